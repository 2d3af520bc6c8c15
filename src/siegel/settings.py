"""Settings of an installation, read from the environment only; every one is in docs/settings.md.

There is no debug switch: what would weaken the security of an installation cannot be set.
"""

import os
import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from siegel.tenancy.signing import TenantSecretKey


def _path(name: str, default: Path) -> Path:
    return Path(os.environ.get(name) or default).absolute()


def _positive(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least 1, not {text!r}.")
    return int(text)


def _scanner(name: str) -> str:
    text = os.environ.get(name, "")
    named = re.fullmatch(r"unix:/.+|tcp:[A-Za-z0-9.-]+:([1-9][0-9]{0,4})", text)
    if text and not (named and int(named[1] or 1) < 65536):
        raise ImproperlyConfigured(
            f"{name} must be empty, unix:/absolute/path or tcp:host:port, not {text!r}."
        )
    return text


def _service(name: str) -> str:
    text = os.environ.get(name, "")
    # What is on this machine needs no encryption on the way.
    if text and not re.fullmatch(r"https://[^\s?#]+/|http://127\.0\.0\.1(:[0-9]+)?/[^\s?#]*", text):
        raise ImproperlyConfigured(f"{name} must be empty or https://…/, not {text!r}.")
    return text


def _one_of(name: str, *allowed: str) -> str:
    text = os.environ.get(name) or allowed[0]
    if text not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {text!r}.")
    return text


def _address(name: str) -> str:
    text = os.environ.get(name, "")
    if text and not re.fullmatch(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", text):
        raise ImproperlyConfigured(f"{name} must be an e-mail address, not {text!r}.")
    return text


def _file(name: str) -> Path | None:
    text = os.environ.get(name, "")
    return Path(text).absolute() if text else None


def _mail_server(host: str, sender: str, tls: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:-]*", host):
        raise ImproperlyConfigured(f"SIEGEL_SMTP_HOST must be a host's name, not {host!r}.")
    if host and not sender:
        raise ImproperlyConfigured("SIEGEL_SMTP_HOST needs SIEGEL_SMTP_FROM, an e-mail address.")
    if host and tls == "none" and not re.fullmatch(r"localhost|127\.[0-9.]+|::1", host):
        raise ImproperlyConfigured(
            "SIEGEL_SMTP_TLS=none is for a mail server on this machine only, such as 127.0.0.1."
        )
    return host


def _list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


# Where things lie. Keys and the key that wraps them stay outside the data, so that a copy of the
# data folder alone opens nothing.
SIEGEL_DATA = _path("SIEGEL_DATA", Path("var/siegel"))
SIEGEL_KEYS = _path("SIEGEL_KEYS", SIEGEL_DATA.with_name(SIEGEL_DATA.name + "-keys"))
SIEGEL_KEK_FILE = _path(
    "SIEGEL_KEK_FILE", SIEGEL_DATA.with_name(SIEGEL_DATA.name + "-kek") / "kek.json"
)
SIEGEL_STATIC = _path("SIEGEL_STATIC", Path(__file__).parents[2] / "var" / "static")

# How much an installation allows itself.
SIEGEL_THREADS = _positive("SIEGEL_THREADS", 4)
SIEGEL_CONNECTIONS_PER_THREAD = _positive("SIEGEL_CONNECTIONS_PER_THREAD", 64)
SIEGEL_WRITER_IDLE_SECONDS = _positive("SIEGEL_WRITER_IDLE_SECONDS", 30)
SIEGEL_BODY_LIMIT = _positive("SIEGEL_BODY_LIMIT", 1024 * 1024)
SIEGEL_FRAMES_PER_SECOND = _positive("SIEGEL_FRAMES_PER_SECOND", 20)
SIEGEL_STARTS_PER_NETWORK_AND_HOUR = _positive("SIEGEL_STARTS_PER_NETWORK_AND_HOUR", 20)
SIEGEL_STARTS_PER_MINUTE = _positive("SIEGEL_STARTS_PER_MINUTE", 120)
# Addresses of proxies whose X-Forwarded-* headers are believed; nobody's by default.
SIEGEL_TRUSTED_PROXIES = _list("SIEGEL_TRUSTED_PROXIES")
# How a line of the log is written: one JSON object, or text for eyes.
SIEGEL_LOG_FORMAT = _one_of("SIEGEL_LOG_FORMAT", "json", "text")
# How passwords are hashed, and what all hashes at one time may take of the memory.
SIEGEL_PASSWORD_PROFILE = _one_of("SIEGEL_PASSWORD_PROFILE", "argon2id", "fips")
SIEGEL_PASSWORD_MEMORY_MB = _positive("SIEGEL_PASSWORD_MEMORY_MB", 256)
# The mail server that system mail goes through; without one people are handed links to copy.
SIEGEL_SMTP_TLS = _one_of("SIEGEL_SMTP_TLS", "starttls", "implicit", "none")
SIEGEL_SMTP_FROM = _address("SIEGEL_SMTP_FROM")
SIEGEL_SMTP_HOST = _mail_server(
    os.environ.get("SIEGEL_SMTP_HOST", ""), SIEGEL_SMTP_FROM, SIEGEL_SMTP_TLS
)
SIEGEL_SMTP_PORT = _positive(
    "SIEGEL_SMTP_PORT", {"starttls": 587, "implicit": 465, "none": 25}[SIEGEL_SMTP_TLS]
)
SIEGEL_SMTP_USER = os.environ.get("SIEGEL_SMTP_USER", "")
SIEGEL_SMTP_PASSWORD_FILE = _file("SIEGEL_SMTP_PASSWORD_FILE")
# Certificates of those who may vouch for the mail server, beside the system's own.
SIEGEL_SMTP_CA_FILE = _file("SIEGEL_SMTP_CA_FILE")
# The port in links that are mailed: https://<host of the organisation>.
SIEGEL_HTTPS_PORT = _positive("SIEGEL_HTTPS_PORT", 443)
# More passwords that are not accepted: one a line; empty: none but the built-in lists.
SIEGEL_PASSWORD_BLOCKLIST = os.environ.get("SIEGEL_PASSWORD_BLOCKLIST", "")
# Asked for the hashes of stolen passwords that begin with five digits; empty: nobody is asked.
SIEGEL_BREACH_SERVICE = _service("SIEGEL_BREACH_SERVICE")
# The virus scanner that files pass; without one they are shown as not scanned.
SIEGEL_CLAMD = _scanner("SIEGEL_CLAMD")

DEBUG = False
ALLOWED_HOSTS = ["*"]  # The registry of tenants decides: an unknown host is 404 (asgi, middleware).
SECRET_KEY = TenantSecretKey()
ROOT_URLCONF = "siegel.urls"
SURFACES = {"desk": "siegel.urls", "chat": "siegel.widget.urls"}
WSGI_APPLICATION = None

INSTALLED_APPS = [
    "siegel.tenancy",
    "siegel.tenancy.proof",
    "siegel.audit",
    "siegel.identity",
    "siegel.files",
    "siegel.conversations",
    "siegel.widget",
    "siegel.desk",
    "siegel.continuity",
    "siegel.trust",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "siegel.access_log.note_route",
    "siegel.tenancy.middleware.serve_tenant",
    "siegel.security_headers.security_headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "siegel.trust.cookieless.without_cookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "siegel.identity.session_seen.note_use",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "siegel.refusals.refuse_method_in_words",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "siegel.refusals.SignInRequired",
    "siegel.identity.factor_gate.SecondFactorRequired",
    "siegel.identity.due_passwords.PasswordsFirst",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
            ],
        },
    }
]

# The control plane: no content and no credential is ever in it. Tenants' databases are opened by
# siegel.tenancy.handler and never listed here.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": SIEGEL_DATA / "control.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
        },
    }
}
DATABASE_ROUTERS = ["siegel.tenancy.routing.PlaneRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "siegel_cache",
        "KEY_FUNCTION": "siegel.tenancy.names.cache_key",
        # Above it a third is thrown away, counters of failed sign-ins among it: no stranger makes
        # so many within the hour that they are kept.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

AUTH_USER_MODEL = "identity.Person"
AUTHENTICATION_BACKENDS = ["siegel.identity.password_backend.JudgingBackend"]
# The first one makes new records; the others verify what is there.
PASSWORD_HASHERS = [
    f"siegel.identity.hashing.{name}"
    for name in {
        "argon2id": ["Argon2id", "Pbkdf2", "WrappedSha256", "Unpeppered"],
        "fips": ["Pbkdf2", "Argon2id", "WrappedSha256", "Unpeppered"],
    }[SIEGEL_PASSWORD_PROFILE]
]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "siegel.identity.passwords.PolicyOfTenant"}]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"  # Where somebody begins depends on what they may do (desk.views.home).
LOGOUT_REDIRECT_URL = "/sign-in/"
ACCOUNT_ADAPTER = "siegel.identity.adapter.ClosedAccounts"
MFA_ADAPTER = "siegel.identity.adapter.SealedFactors"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_FORMS = {"login": "siegel.identity.sign_in_form.SignInForm"}
ACCOUNT_RATE_LIMITS = {
    # Counted are failures, and those of known devices apart (siegel.identity.throttle): with a
    # limit for all tries of a network, or of an account, strangers could lock people out.
    "login": None,
    "login_failed": "10/m/ip",
    # Ours, counted by the same means.
    "invitation": "30/m/ip",
    "passkey": "30/m/ip",
    "change_password": "5/m/user",
    "judge_password": "120/m/user",
    "recognition_refused": "30/m/ip",
    # Strangers who ask for somebody's address keep nobody from asking elsewhere: the key is address
    # and network, or the contact. What an address gets in all is limited without a word.
    "client_link": "10/m/ip,60/h/ip",
    "client_link_here": "5/h/key",
    "client_link_contact": "6/h/key",
    "client_link_address": "30/h/key",
    "forgotten": "10/m/ip,60/h/ip",
    # Of one address: from one network, and from all of them.
    "forgotten_address": "3/h/key",
    "forgotten_everywhere": "20/h/key",
    "reset": "30/m/ip",
}

SESSION_ENGINE = "siegel.identity.session_engine"
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60  # No session lasts longer: siegel.identity.session_limits.
# A CSRF secret in the session lives in the tenant's database: a pair made at A means nothing at B.
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "siegel.refusals.csrf_refused"
LANGUAGE_COOKIE_NAME = "__Host-language"
LANGUAGE_COOKIE_SECURE = True
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"

LANGUAGE_CODE = "en"
LANGUAGES = [("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = SIEGEL_STATIC
STATICFILES_DIRS = [Path(__file__).parent / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
WHITENOISE_ROOT = STATIC_ROOT / "root"

DATA_UPLOAD_MAX_MEMORY_SIZE = SIEGEL_BODY_LIMIT
# Above it Django would keep what was sent in a file, unsealed.
FILE_UPLOAD_MAX_MEMORY_SIZE = SIEGEL_BODY_LIMIT
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
X_FRAME_OPTIONS = "DENY"

# Uvicorn's loggers, and everybody else's, reach the root. What a line may hold: siegel.log_lines.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "siegel.log_lines.JsonLine"},
        "text": {"()": "siegel.log_lines.TextLine"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": SIEGEL_LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # It names every passkey that is used.
        "fido2": {"level": "WARNING"},
        # What is refused has its line in the access log.
        "django.request": {"level": "ERROR"},
    },
}
