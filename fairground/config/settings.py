"""Django's settings. The environment may set FAIRGROUND_REALM, …_HOME, …_HOSTS, …_SITE and DATABASE_URL."""

import os

from fairground.config.cluster.server import configured_server
from fairground.config.home import Home
from fairground.config.public_address import public_address
from fairground.config.realm import Realm

HOME = Home.default()
REALM = Realm.current()
SECRET_KEY = HOME.secret_key()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("FAIRGROUND_HOSTS", "127.0.0.1,localhost").split(",")

# What stands in links that leave the site; a demo or a rehearsal is not what the world sees under that address.
SITE_ADDRESS = public_address(os.environ.get("FAIRGROUND_SITE", "")) if REALM.is_real else ""

INSTALLED_APPS = [
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
    "fairground.sites.languages.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
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
                "fairground.config.context.realm",
            ]
        },
    }
]


# The realm's database, on the server that DATABASE_URL names, else in the embedded cluster. Touches nothing yet.
_SERVER = configured_server(home=HOME)
DATABASE_IS_OURS = _SERVER.is_ours
_DATABASE = _SERVER.django_settings(REALM.database(_SERVER.default_database))
# Where the realm's pictures of goods are; made with the first.
PICTURES = HOME.pictures(database=str(_DATABASE["NAME"]))
# Threads keep their connections: those of pages (sites.pages.THREADS a process), of batchers, streams and sweeps.
DATABASES = {
    "default": _DATABASE
    | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "TEST": {"NAME": f"test_{_DATABASE['NAME']}"}}
}
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
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
