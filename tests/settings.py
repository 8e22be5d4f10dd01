"""Django's settings for a test run: the real ones, read after the environment was cleaned.

pytest-django loads its settings before any conftest.py, so this is the one place early enough.
"""

from __future__ import annotations

import os

from tests import environment  # noqa: F401

os.environ["DJANGO_SETTINGS_MODULE"] = "bot.site.settings"  # for programs that a test starts

from bot.site.settings import *  # noqa: F403

# Several test runs may share one PostgreSQL server.
if DATABASES["default"]["ENGINE"].endswith("postgresql"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": f"test_anxing_{os.getpid()}"}  # noqa: F405
