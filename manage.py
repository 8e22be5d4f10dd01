#!/usr/bin/env python
"""Django's command line: `python manage.py createsuperuser`, `migrate`, …"""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.site.settings")
    from django.core.management import execute_from_command_line

    from bot.settings import SettingsError

    try:
        execute_from_command_line(sys.argv)
    except SettingsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
