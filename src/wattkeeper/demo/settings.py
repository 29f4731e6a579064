"""Django settings of the demo third-party website: no database, no accounts, sessions in files of its own."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from wattkeeper.demo.configuration import CONFIG

PACKAGE = Path(__file__).resolve().parent
SESSIONS = CONFIG.var / "sessions"
SESSIONS.mkdir(parents=True, exist_ok=True, mode=0o700)


def kept_secret(path: Path) -> str:
    """A random key made at the first start and kept, so that a restart doesn't end the visitors' sessions."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii")


SECRET_KEY = kept_secret(CONFIG.var / "secret_key")
DEBUG = False
ALLOWED_HOSTS = [urlsplit(CONFIG.own_url).hostname or "", "localhost", "127.0.0.1", "[::1]"]
INSTALLED_APPS = ["django.contrib.sessions", "django.contrib.staticfiles", "csp", "wattkeeper.demo"]
MIDDLEWARE = [
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]
ROOT_URLCONF = "wattkeeper.demo.urls"
WSGI_APPLICATION = "wattkeeper.demo.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "wattkeeper.demo.views.site",
            ],
        },
    }
]
DATABASES: dict[str, dict[str, str]] = {}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True

# Visitors' tokens stay in files on this side: the cookie holds a random name and nothing else. Cookies don't know
# ports, so on localhost these names must differ from the platform's.
SESSION_ENGINE = "django.contrib.sessions.backends.file"
SESSION_FILE_PATH = SESSIONS
SESSION_COOKIE_NAME = "demo_session"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_SECURE = CONFIG.is_https
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "demo_csrf"
CSRF_COOKIE_SECURE = CONFIG.is_https
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "wattkeeper.demo.views.forged"
LANGUAGE_COOKIE_NAME = "demo_language"
LANGUAGE_COOKIE_SECURE = CONFIG.is_https
SECURE_REFERRER_POLICY = "same-origin"  # "no-referrer" makes browsers send "Origin: null" with our own forms
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}},
}
