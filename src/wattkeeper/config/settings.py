"""Django settings, all from WATTKEEPER_* variables. A first start needs none: see docs/operate/settings.md."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from wattkeeper.config import env

PACKAGE = Path(__file__).resolve().parent.parent
VAR = Path(env.text("VAR", "var")).resolve()
VAR.mkdir(parents=True, exist_ok=True)

BASE_URL = env.base_url("BASE_URL", "http://localhost:8000")
DEMO_THIRDPARTY_URL = env.text("DEMO_THIRDPARTY_URL").rstrip("/")
IS_DEMO = env.flag("DEMO", default=False)
if IS_DEMO and urlsplit(BASE_URL).hostname not in {"localhost", "127.0.0.1", "::1"}:
    raise ImproperlyConfigured("WATTKEEPER_DEMO shows every mail to anybody: it belongs on localhost only")
IS_HTTPS = BASE_URL.startswith("https://")
SECRET_KEY = env.kept_secret("SECRET_KEY", VAR)
DEBUG = False
OUTBOUND_PRIVATE = env.host_ports("OUTBOUND_PRIVATE", "")
TENANT_HOSTS = env.tenant_hosts("TENANT_HOSTS")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", f"{urlsplit(BASE_URL).hostname},localhost,127.0.0.1,[::1]")
ALLOWED_HOSTS += TENANT_HOSTS

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "wattkeeper.common",
    "wattkeeper.events",
    "wattkeeper.people",
    "wattkeeper.utilities",
    "wattkeeper.customers",
    "wattkeeper.readings",
    "wattkeeper.companies",
    "wattkeeper.authorizations",
    "wattkeeper.ingest",
    "wattkeeper.delivery",
    "wattkeeper.oauth",
    "wattkeeper.api",
    "wattkeeper.greenbutton",
    "wattkeeper.consent",
    "wattkeeper.mydata",
    "wattkeeper.public",
    "wattkeeper.sandbox",
    "wattkeeper.config",
]

# What only adds to the answer stands first, so that it adds to the answers of those behind it too, errors among them.
MIDDLEWARE = [
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "wattkeeper.config.answers.CautionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "wattkeeper.config.gate.GateMiddleware",
    "wattkeeper.config.tenant_hosts.TenantHostMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]

ROOT_URLCONF = "wattkeeper.config.urls"
WSGI_APPLICATION = "wattkeeper.config.wsgi.application"
APPEND_SLASH = False
AUTH_USER_MODEL = "people.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "wattkeeper.utilities.tenants.context",
            ],
        },
    }
]

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{VAR / 'wattkeeper.sqlite3'}")}
# A connection kept for a thread's next request keeps its cache and its prepared statements: milliseconds each time.
DATABASES["default"]["CONN_MAX_AGE"] = 60
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "wattkeeper.common.sqlite"
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-4000;",
    }
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / "test.sqlite3")}  # a file, so that threads meet as in real life
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [PACKAGE / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR / "files"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = False

SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_NAME = "__Host-language" if IS_HTTPS else "language"
LANGUAGE_COOKIE_SECURE = IS_HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_SSL_HOST = urlsplit(BASE_URL).netloc  # never the Host header of the request
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]  # asked on this machine, past the proxy that speaks TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
# A page has a form of ours, the language switch at the least, and under "no-referrer" browsers send `Origin: null` with
# it, as with a forged one (Fetch, "append a request Origin header"). Both policies tell other sites nothing, not even
# our origin. What is no page, redirects to third parties above all, gets "no-referrer" from CautionMiddleware.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
PROXIES = env.proxies("BEHIND_PROXY")
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

SHARED_CACHE = env.shared_cache("SHARED_CACHE")
SERVER_PROCESSES = env.whole("SERVER_PROCESSES", 1, 1, 10_000)  # `wattkeeper serve` sets it for those it starts
LIMITS = {
    "client": env.limit("LIMIT_CLIENT", "50/second"),
    "token": env.limit("LIMIT_TOKEN", "50/second"),
    "address": env.limit("LIMIT_ADDRESS", "50/second"),
    "wrong_clients": env.limit("LIMIT_WRONG_CLIENTS", "120/minute"),
    "wrong_tokens": env.limit("LIMIT_WRONG_TOKENS", "600/minute"),
    "sign_ins": env.limit("LIMIT_SIGN_INS", "60/minute"),
    "sign_ins_to_account": env.limit("LIMIT_SIGN_INS_TO_ACCOUNT", "10/5 minutes"),
}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
SCHEDULED_TASKS = {
    "wattkeeper.sandbox.tasks.grow": 900,
    "wattkeeper.oauth.tasks.forget": 600,
    "wattkeeper.api.tasks.forget_posts": 3600,
    "wattkeeper.common.tasks.log_audit_head": 3600,
    "wattkeeper.delivery.rounds.tell": 60,
    "wattkeeper.events.tasks.forget": 3600,
    "wattkeeper.common.tasks.forget_finished": 24 * 3600,
    "wattkeeper.consent.tasks.forget_sign_ins": 24 * 3600,
}

RECEIPT_KEYS = env.key_store("RECEIPT_KEYS", VAR / "receipt_keys.json")

MAIL_SERVER = env.mail_server("MAIL_URL")
MAIL_FROM = env.email("MAIL_FROM", "")
MAIL_TIMEOUT = env.whole("MAIL_TIMEOUT", 20, 1, 30)
if MAIL_SERVER and not MAIL_FROM:
    raise ImproperlyConfigured("WATTKEEPER_MAIL_URL needs WATTKEEPER_MAIL_FROM: the address mails come from")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "wattkeeper.config.logs.DiscreetFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # a page of traceback for whatever a scanner sends
        "django_tasks_db": {"level": "ERROR"},
        "authlib": {"level": "INFO"},  # at DEBUG its own grants log the tokens they issue
    },
}
