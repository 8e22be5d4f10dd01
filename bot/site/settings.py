"""Django's settings, derived from bot.settings; nothing here is chosen twice."""

from __future__ import annotations

import os
from typing import Any

from bot.settings import Settings

os.environ["RASA_TELEMETRY_ENABLED"] = "false"  # Rasa reports use to its maker unless told not to

ANXING = Settings.from_environment()

DEBUG = ANXING.debug
SECRET_KEY = ANXING.secret_key
SEAL_KEYS = ANXING.seal_keys
SEAL_KEYS_FILE = ANXING.seal_keys_file
PSEUDONYM_KEY = ANXING.pseudonym_key
RETENTION_DAYS = ANXING.retention_days
RETENTION_OPEN_DAYS = ANXING.retention_open_days
BACKUPS = ANXING.backups
ALLOWED_HOSTS = list(ANXING.allowed_hosts)
ROOT_URLCONF = "bot.site.urls"
ASGI_APPLICATION = "bot.site.asgi.application"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "bot.records",
    "bot.console",
    "bot.site",
]

MIDDLEWARE = [
    "bot.site.request_ids.name_request",
    "bot.site.security.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]


def _sqlite(name: str) -> dict[str, Any]:
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)  # SQLite gives its WAL the same permissions
    os.close(descriptor)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",  # a writer queues at the start instead of failing half way
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
            " PRAGMA temp_store=MEMORY;",
        },
        # A file, as in memory several threads would share one lock.
        "TEST": {"NAME": str(ANXING.var / "test.sqlite3")},
    }


def _postgresql() -> dict[str, Any]:
    database = ANXING.database
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database.name,
        "HOST": database.host,
        "PORT": database.port or "",
        "USER": database.user,
        "PASSWORD": database.password,
        "OPTIONS": {"connect_timeout": "5", **database.options},
    }


DATABASES = {"default": _sqlite(ANXING.database.name) if ANXING.database.engine == "sqlite" else _postgresql()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

AUTHENTICATION_BACKENDS = ["bot.console.sign_in.LimitedTries", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "console:sign_in"
LOGIN_REDIRECT_URL = "console:conversations"
LOGOUT_REDIRECT_URL = "console:sign_in"

STATIC_URL = "/static/"
WHITENOISE_MAX_AGE = 3600
WHITENOISE_USE_FINDERS = True  # straight from the source tree: no collectstatic step to forget

#: In memory: in the database they would lie in clear, and who reads one is at the desk as that member of staff.
#: The site is one process; staff sign in again when it was restarted.
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}}}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ANXING.behind_tls
CSRF_FAILURE_VIEW = "bot.site.chat_views.expired"
CSRF_COOKIE_AGE = None  # gone with the browser: nothing on the phone says for a year that somebody was here
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = ANXING.behind_tls
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = ANXING.behind_tls
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = ANXING.behind_tls
SECURE_HSTS_SECONDS = 31_536_000 if ANXING.behind_tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ANXING.behind_tls
SECURE_HSTS_PRELOAD = ANXING.behind_tls
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ANXING.behind_tls else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
#: Pictures and files of one form together. They stay in memory: nothing that somebody sent is ever written to a disk.
LARGEST_UPLOAD = 21_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = LARGEST_UPLOAD
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

#: Where the button 快速离开 leads.
QUICK_EXIT_URL = ANXING.quick_exit_url

LOGGING_CONFIG = "bot.logs.configure"  # one safe formatter for every process
LOGGING = {"version": 1}  # were it empty, Django would not call configure()
