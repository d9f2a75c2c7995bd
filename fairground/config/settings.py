"""Django's settings. The environment may set FAIRGROUND_REALM, FAIRGROUND_HOME, FAIRGROUND_HOSTS and DATABASE_URL."""

import os

from fairground.config.cluster.server import configured_server
from fairground.config.home import Home
from fairground.config.realm import Realm

HOME = Home.default()
REALM = Realm.current()
SECRET_KEY = HOME.secret_key()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("FAIRGROUND_HOSTS", "127.0.0.1,localhost").split(",")

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
_DATABASE = _SERVER.django_settings(REALM.database(_SERVER.default_database))
# A page has a thread of its own, so its connection ends with it; the batchers' and sweeps' threads keep theirs.
DATABASES = {"default": _DATABASE | {"CONN_MAX_AGE": 0, "TEST": {"NAME": f"test_{_DATABASE['NAME']}"}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español"), ("zh-hans", "简体中文")]
STATIC_URL = "/static/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
