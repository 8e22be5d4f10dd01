from __future__ import annotations

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "bot.site"
    label = "anxing_site"
