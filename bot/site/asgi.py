"""The site as uvicorn serves it."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.site.settings")
django_application = get_asgi_application()

from django.conf import settings  # noqa: E402  # only after Django is set up

from bot.health.addresses import HealthAddresses  # noqa: E402
from bot.site.uploads import UploadLimit  # noqa: E402

site = UploadLimit(django_application, settings.LARGEST_UPLOAD, "/too-large/")
application = HealthAddresses(site, settings.ANXING)
