"""Every setting, from the environment, safe for production by default.

A value may also come from a file: NAME_FILE=/run/secrets/name is read instead of NAME. A bad value ends the process
with one line. docs/settings.md lists all of them; tests/statuspage/test_papers.py compares the two.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from statuspage.environment import Environment
from statuspage.lib import data_dir
from statuspage.lib.hosts import in_address, is_here

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

# --- Where the program lives ----------------------------------------------------------------------
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "data"))).resolve()
PORT = env.int("PORT", default=8000)
SITE_URL = env.site_url("SITE_URL", default=f"http://localhost:{PORT}")
SECRET_KEY = env.secret_key("SECRET_KEY", kept_in=DATA_DIR / data_dir.KEPT_KEY)
DEBUG = env.bool("DEBUG", default=False)
# Of each web process; two of them are kept for the public page. Most of the others only ever wait for a place.
WEB_THREADS = env.int("WEB_THREADS", default=64)
WEB_PLACES = min(6, 2 * (os.cpu_count() or 1) - 1)  # how many requests of a web process are inside Django at once
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # what Prometheus shows at /metrics; without it there is none
DEMO = env.bool("DEMO", default=True)  # `make up` fills an empty database with it
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="")  # for the log-ins that seed_demo makes

_site = urlsplit(SITE_URL)
_host = _site.hostname or ""
_https = _site.scheme == "https"
_mail_host = f"[IPv6:{_host}]" if ":" in _host else _host
_is_local = is_here(_host)
ALLOWED_HOSTS = [
    *(["localhost", "127.0.0.1", "[::1]"] if _is_local else [in_address(_host)]),
    *env.hosts("ALLOWED_HOSTS"),
]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- The parts behind it --------------------------------------------------------------------------
# Without DATABASE_URL: SQLite in DATA_DIR.
DATABASES = {"default": env.database("DATABASE_URL", sqlite=DATA_DIR / "statuspage.sqlite3")}
# The default is the embedded server that `make up` starts for this DATA_DIR.
REDIS_URL = env.str("REDIS_URL", default=data_dir.broker_url(DATA_DIR))

# outbox: keeps mail and SMS as files below DATA_DIR/outbox, readable at /outbox/.
EMAIL_URL = env.str("EMAIL_URL", default="outbox:")
SMS_URL = env.str("SMS_URL", default="outbox:")
DEFAULT_FROM_EMAIL = env.mailbox("MAIL_FROM", default=f"status@{_mail_host}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# user:password with which a mail provider calls /receipts/mail/; without it, it may not.
ANYMAIL_WEBHOOK_SECRET = env.str("ANYMAIL_WEBHOOK_SECRET", default="")
# bounces@status.example.com: the envelope's sender is bounces+<signed delivery>@..., see manage.py receive_bounce.
BOUNCE_ADDRESS = env.mailbox("BOUNCE_ADDRESS", default="")
# What providers report beyond this waits for a person: no flood of reports silences the list.
SUPPRESSIONS_PER_HOUR = env.number("SUPPRESSIONS_PER_HOUR", default=500, least=0)
ANYMAIL: dict[str, str] = {}  # filled where EMAIL_URL names a provider
if EMAIL_URL.startswith("outbox:"):
    EMAIL_BACKEND = "subscribers.channels.outbox.files.EmailBackend"
else:
    vars().update(env.mail_server("EMAIL_URL", EMAIL_URL, webhook_secret=ANYMAIL_WEBHOOK_SECRET))
EMAIL_TIMEOUT = 30
# Of each worker process at most; it finds by watching with how many the relay is fastest.
EMAIL_CONNECTIONS = env.number("EMAIL_CONNECTIONS", default=50)
EMAIL_MESSAGES_PER_CONNECTION = env.number("EMAIL_MESSAGES_PER_CONNECTION", default=500)
EMAIL_RATE = env.rate("EMAIL_RATE", default=0)  # mails a second, of each worker process; 0: any
EMAIL_PER_DOMAIN = env.number("EMAIL_PER_DOMAIN", default=0, least=0)  # at once to one recipient domain; 0: any
SMS_RATE = env.rate("SMS_RATE", default=0)  # messages a second, of each worker process; 0: any
SMS_REQUESTS = env.number("SMS_REQUESTS", default=256)  # at once, of each worker process
# 0 for a copy that keeps the address and the database of its original: nothing leaves it.
SENDING = env.bool("SENDING", default=True)
DELIVERY_RETENTION_DAYS = env.number("DELIVERY_RETENTION_DAYS", default=90, least=0)  # then counts alone; 0: for ever

# --- Django ---------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "statuspage",
    "incidents",
    "subscribers",
    "statuspage.accounts.apps.StaffSiteConfig",  # django.contrib.admin, with a log-in of our own
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "phonenumber_field",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "statuspage.policy.PolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "incidents.context.ZoneOfTheAdminMiddleware",
    "statuspage.errors.MethodNotAllowedMiddleware",
    "statuspage.guesses.GuessesMiddleware",
    "statuspage.without_database.WithoutDatabaseMiddleware",
]
ROOT_URLCONF = "statuspage.urls"
WSGI_APPLICATION = "statuspage.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "incidents.context.site",
            ],
        },
    },
]

LANGUAGE_CODE = "en"  # of the staff's screens; the site's own is a setting of the site
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # those with a complete catalogue: see `make messages`
LOCALE_PATHS = [BASE_DIR / "statuspage" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # every address comes from the manifest; compressing both takes twice as long
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # The manifest is written by collectstatic; with DEBUG the files are served as they lie in static/.
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

LOGIN_URL = "admin:login"
PASSWORD_HASHERS = ["statuspage.accounts.hasher.OneAtATime"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
PHONENUMBER_DB_FORMAT = "E164"

# --- Security -------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
# For this host alone: what else is below the domain is not ours to decide, and preloading cannot be taken back.
_hsts = env.hsts("HSTS")
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https and "includesubdomains" in _hsts
SECURE_HSTS_PRELOAD = _https and "preload" in _hsts
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # they want both of everybody
# None: nobody said. The door reads what the proxy says, and Django what the door made of it.
TRUST_PROXY = env.bool("TRUST_PROXY", default=None)
# How many of the last addresses in X-Forwarded-For are true.
TRUSTED_PROXIES = env.number("PROXY_COUNT", default=1) if TRUST_PROXY else 0
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "statuspage.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "frame-src": [SELF],
    }
}

# --- Logging --------------------------------------------------------------------------------------
LOG_LEVEL = env.log_level("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        # Without the tokens that stand in addresses, also in a traceback.
        "line": {
            "()": "statuspage.lib.masking.MaskingFormatter",
            "fmt": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "filters": {"refusals": {"()": "statuspage.lib.one_line.RefusalsInOneLine"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["refusals"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Each 404 and each scanner's wrong Host is no news; a 500 is.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # Django adds a second handler of its own to this one.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},  # runserver's, one line a request
    },
}
