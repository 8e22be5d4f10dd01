"""The addresses of the desk."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from bot.console import erasing, views
from bot.console.sign_in import SignIn

app_name = "console"
urlpatterns = [
    path("", views.conversations, name="conversations"),
    path("talk/<uuid:pk>/", views.conversation, name="conversation"),
    path("talk/<uuid:pk>/erase/", erasing.erase, name="erase"),
    path("talk/<uuid:pk>/news/", views.news, name="news"),
    path("recruiters/", views.recruiters, name="recruiters"),
    path("sign-in/", SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("language/", include("django.conf.urls.i18n")),
]
