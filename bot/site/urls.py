"""The addresses of the site: the chat at the root, the desk of the hotline staff under /desk/."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("desk/", include("bot.console.urls")),
    path("", include("bot.site.chat_urls")),
]

handler400 = "bot.site.error_views.bad_request"
handler403 = "bot.site.error_views.not_allowed"
handler404 = "bot.site.error_views.not_found"
