"""Django's settings. The environment may set FAIRGROUND_REALM, …_HOME, …_HOSTS, …_SITE and DATABASE_URL."""

import os

from fairground.config.cluster.server import configured_server
from fairground.config.home import Home
from fairground.config.public_address import public_address
from fairground.config.realm import Realm
from fairground.sites.back_office.look import LOOK

HOME = Home.default()
REALM = Realm.current()
SECRET_KEY = HOME.secret_key()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("FAIRGROUND_HOSTS", "127.0.0.1,localhost").split(",")

# What stands in links that leave the site; a demo or a rehearsal is not what the world sees under that address.
SITE_ADDRESS = public_address(os.environ.get("FAIRGROUND_SITE", "")) if REALM.is_real else ""

# The theme stands before the admin whose templates it replaces; the site of the back office is our own, none is found.
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "fairground.kernel",
    "fairground.ledger",
    "fairground.identity",
    "fairground.markets",
    "fairground.merchants",
    "fairground.catalog",
    "fairground.festivals",
    "fairground.inventory",
    "fairground.orders",
    "fairground.search",
    "fairground.dashboard",
    "fairground.checkout",
    "fairground.rehearsal",
    "fairground.sites",
]
MIDDLEWARE = [
    "fairground.sites.headers.safe_headers",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "fairground.sites.languages.ChosenLanguage",
    "fairground.sites.same_origin.same_origin",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "fairground.config.urls"
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
                "fairground.config.context.realm",
            ]
        },
    }
]


# The realm's database, on the server that DATABASE_URL names, else in the embedded cluster. Touches nothing yet.
_SERVER = configured_server(home=HOME)
DATABASE_IS_OURS = _SERVER.is_ours
_DATABASE = _SERVER.django_settings(REALM.database(_SERVER.default_database))
# Threads keep their connections: those of pages (sites.pages.THREADS a process), of batchers, streams and sweeps.
DATABASES = {
    "default": _DATABASE
    | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "TEST": {"NAME": f"test_{_DATABASE['NAME']}"}}
}
AUTH_USER_MODEL = "identity.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# A guest's cart and a user's sign-in last a month after the last visit that changed something.
SESSION_COOKIE_NAME = "fairground_session"
SESSION_COOKIE_AGE = 30 * 86_400
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_ADDRESS.startswith("https:")
# Messages go with the session: a cookie of their own would make a page somebody's.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
# Each by the name that it has in itself.
LANGUAGES = [
    ("en", "English"),
    ("zh-hans", "简体中文"),
    ("es", "Español"),
    ("vi", "Tiếng Việt"),
    ("ru", "Русский"),
    ("ar", "العربية"),
]
# The languages that are written from the right, for `dir`.
LANGUAGES_BIDI = ["ar"]
# What a shopper chose at the foot of a page; a year is as long as browsers and the law bear with.
LANGUAGE_COOKIE_NAME = "fairground_language"
MARKET_COOKIE_NAME = "fairground_market"
CHOICE_KEPT_S = 365 * 86_400
STATIC_URL = "/static/"
# A product's texts in all languages come in one form of the back office.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
UNFOLD = LOOK
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
