"""Django's settings. The environment may set FAIRGROUND_… and DATABASE_URL (docs/operations.md, "The environment")."""

import os
from pathlib import Path

from fairground.config.cluster.server import configured_server
from fairground.config.four_eyes import four_eyes
from fairground.config.home import Home
from fairground.config.mail import TIMEOUT_S, mail_server
from fairground.config.platform_operator import platform_operator
from fairground.config.public_address import public_address
from fairground.config.realm import Realm
from fairground.config.sign_in_providers import origins_of, sign_in_providers
from fairground.payments.providers.configuration import read_provider_keys
from fairground.sites.back_office.look import LOOK

# Addresses and e-mails that are counted at once; a write counts them, in about a millisecond.
TRIES_MAX = 20_000

HOME = Home.default()
REALM = Realm.current()
SECRET_KEY = HOME.secret_key()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("FAIRGROUND_HOSTS", "127.0.0.1,localhost").split(",")

# What stands in links that leave the site; a demo or a rehearsal is not what the world sees under that address.
SITE_ADDRESS = public_address(os.environ.get("FAIRGROUND_SITE", "")) if REALM.is_real else ""

# What stands before the links of letters: the same, or where a demo serves.
LINKS_ADDRESS = SITE_ADDRESS if REALM.is_real else public_address(os.environ.get("FAIRGROUND_SERVED_AT", ""))

# Where `fairground rates fetch` finds exchange rates; nothing asks there by itself.
RATES_URL = os.environ.get("FAIRGROUND_RATES_URL", "")

# The theme stands before the admin whose templates it replaces; the site of the back office is our own, none is found.
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "fairground.kernel",
    "fairground.letters",
    "fairground.ledger",
    "fairground.identity",
    "fairground.markets",
    "fairground.merchants",
    "fairground.catalog",
    "fairground.festivals",
    "fairground.inventory",
    "fairground.promotions",
    "fairground.redpackets",
    "fairground.carts",
    "fairground.orders",
    "fairground.payments",
    "fairground.pastsales",
    "fairground.search",
    "fairground.crossborder",
    "fairground.fulfilment",
    "fairground.draws",
    "fairground.dashboard",
    "fairground.waiting",
    "fairground.settlement",
    "fairground.checkout",
    "fairground.aftersales",
    "fairground.rehearsal",
    "fairground.sites",
    # After our own, so that our templates go before theirs.
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
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
    "allauth.account.middleware.AccountMiddleware",
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
                "fairground.sites.storefront.frame.around",
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
# What has to be counted over all processes: how often somebody tried to sign in. A migration of identity makes it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "identity_tries",
        "OPTIONS": {"MAX_ENTRIES": TRIES_MAX},
    }
}

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
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
# The browser names the public address, where a proxy speaks TLS for us; the admin's forms look at it.
CSRF_TRUSTED_ORIGINS = [SITE_ADDRESS] if SITE_ADDRESS else []
# Messages go with the session: a cookie of their own would make a page somebody's.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Signing in (ADR 15). E-mail is the name; a code proves it; passkeys and second factors as one likes.
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "profile"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "fairground.sites.people.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_ADDRESS.startswith("https:") else "http"
# Five wrong passwords for an address in five minutes, ten from a place in one minute (the library's own numbers).
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("FAIRGROUND_PROXIES", "0"))
MFA_ADAPTER = "fairground.sites.people.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = MFA_PASSKEY_SIGNUP_ENABLED = True
# Browsers give passkeys to HTTPS alone, and to localhost, where a shop is tried out.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SITE_ADDRESS.startswith("https:")
OIDC = sign_in_providers(os.environ.get("FAIRGROUND_OIDC", "") if REALM.is_real else "")
OIDC_ORIGINS = origins_of(OIDC)
SOCIALACCOUNT_ADAPTER = "fairground.sites.people.adapter.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": OIDC, "OAUTH_PKCE_ENABLED": True}}

PLATFORM_OPERATOR = platform_operator(os.environ.get("FAIRGROUND_OPERATOR", ""))

# Who approves a payout is not who sends it; who runs the platform alone turns it off.
FOUR_EYES = four_eyes(os.environ.get("FAIRGROUND_FOUR_EYES", ""), is_real=REALM.is_real)

# Letters leave the real realm alone, and it only where the operator named a server.
_MAIL = mail_server(os.environ.get("FAIRGROUND_MAIL", "")) if REALM.is_real else None
MAIL_LEAVES = _MAIL is not None
EMAIL_FILE_PATH = str(HOME.letters / REALM.name)
DEFAULT_FROM_EMAIL = _MAIL.sender if _MAIL else "shop@localhost"
if _MAIL:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT, EMAIL_TIMEOUT = _MAIL.host, _MAIL.port, TIMEOUT_S
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.user, _MAIL.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.starts_tls, _MAIL.within_tls
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"

# Payment providers leave the real realm alone as well, except for those on this machine.
PROVIDER_KEYS = read_provider_keys(
    files={
        "stripe": os.environ.get("FAIRGROUND_STRIPE_FILE", ""),
        "alipay_plus": os.environ.get("FAIRGROUND_ALIPAY_PLUS_FILE", ""),
    },
    is_real=REALM.is_real,
)

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
# Words of django-allauth in a language that it does not bring.
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "sites" / "locale_of_sign_in"]
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
    "filters": {"hidden_links": {"()": "fairground.config.hidden_links.HiddenLinks"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["hidden_links"]}},
    # Stripe's library tells each of its questions.
    "loggers": {"stripe": {"level": "WARNING"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
