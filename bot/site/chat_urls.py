"""The addresses of the chat page; none of them ever holds a word of the talk."""

from __future__ import annotations

from django.urls import path

from bot.site import chat_views as views

app_name = "chat"
urlpatterns = [
    path("", views.page, name="page"),
    path("send/", views.send, name="send"),
    path("news/", views.news, name="news"),
    path("erased/", views.erased, name="erased"),
    path("too-large/", views.too_large, name="too_large"),
    path("leave/", views.leave, name="leave"),
    path("picture/<int:number>/", views.picture, name="picture"),
]
