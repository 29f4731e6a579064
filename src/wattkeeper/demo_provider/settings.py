"""Django settings of the demo provider: no database; who is signed in stands in a signed cookie."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from wattkeeper.demo_provider.configuration import CONFIG

PACKAGE = Path(__file__).resolve().parent
CONFIG.var.mkdir(parents=True, exist_ok=True, mode=0o700)


def kept_secret(path: Path) -> str:
    """A random key made at the first start and kept, so that a restart signs nobody out."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii")


SECRET_KEY = kept_secret(CONFIG.var / "secret_key")
DEBUG = False
ALLOWED_HOSTS = [urlsplit(CONFIG.issuer).hostname or "", "localhost", "127.0.0.1", "[::1]"]
INSTALLED_APPS = ["django.contrib.sessions", "django.contrib.staticfiles", "csp", "wattkeeper.demo_provider"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]
ROOT_URLCONF = "wattkeeper.demo_provider.urls"
WSGI_APPLICATION = "wattkeeper.demo_provider.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
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

# Cookies don't know ports, so on localhost these names must differ from the platform's.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_NAME = "online_account_session"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_SECURE = CONFIG.is_https
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "online_account_csrf"
CSRF_COOKIE_SECURE = CONFIG.is_https
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_NAME = "online_account_language"
LANGUAGE_COOKIE_SECURE = CONFIG.is_https
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "img-src": [SELF],
        "form-action": [SELF, "http:", "https:"],  # the answer redirects to the relying party, and that further on
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
