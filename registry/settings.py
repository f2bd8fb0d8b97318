"""Settings of Concord: everything that differs between two installations is an environment variable.

Each variable is read once, here, and a wrong value stops the start with a sentence that names the variable, the value
and the remedy. `docs/administration.md` explains them to the administrator.
"""

import datetime
import os
import secrets
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import SplitResult, urlsplit

import environ
from django.conf import locale
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]


# What the administrator sets -------------------------------------------------------------------------------------


def _wrong(name: str, value: str, remedy: str) -> NoReturn:
    # Not an exception that Django knows: those reach the administrator at the foot of a traceback.
    print(f"Concord does not start: {name}={value!r} cannot be used. {remedy}", file=sys.stderr)
    sys.exit(3)  # gunicorn gives up at 3; after any other status it tries again and again


def _folder(path: Path) -> Path:
    """Create the folder where it is missing and return it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _wrong("VAR", os.environ.get("VAR", ""), f"{path}: {error.strerror}. Name a folder that can be written to.")
    return path


def _port() -> int:
    value = os.environ.get("PORT") or "8000"
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
        _wrong("PORT", value, "Give a number from 1 to 65535, such as 8000.")
    return int(value)


def _address(name: str, value: str, schemes: tuple[str, ...], example: str) -> SplitResult:
    """Split an address, or say what an address of this variable looks like. Passwords are not repeated."""
    shown = value if "@" not in value else f"{value.split('://')[0]}://…@{value.rsplit('@', 1)[1]}"
    try:
        parts = urlsplit(value)
        _ = parts.port  # a port that is no number is found only when it is read
    except ValueError as error:
        _wrong(name, shown, f"{str(error).capitalize()}. Write it like {example}.")
    if parts.scheme not in schemes:
        _wrong(name, shown, f"It must begin with {' or '.join(f'{s}://' for s in schemes)}. Write it like {example}.")
    if parts.scheme not in {"sqlite", "unix"} and not parts.hostname:
        _wrong(name, shown, f"It names no host. Write it like {example}.")
    return parts


def _site_url(port: int) -> SplitResult:
    value = (os.environ.get("SITE_URL") or f"http://localhost:{port}").rstrip("/")
    parts = _address("SITE_URL", value, ("http", "https"), "https://concord.example.org")
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        _wrong("SITE_URL", value, "Give scheme and host and no path, such as https://concord.example.org.")
    return parts


def _database(default: Path) -> dict[str, Any]:
    """Return Django's connection settings; `docs/decisions.md` says what was measured."""
    value = os.environ.get("DATABASE_URL") or f"sqlite:///{default}"
    example = "postgresql://user:password@db:5432/concord"
    parts = _address("DATABASE_URL", value, ("sqlite", "postgres", "postgresql"), example)
    if not parts.path.strip("/"):
        _wrong("DATABASE_URL", parts.scheme + "://…", f"It names no database. Write it like {example}.")
    config: dict[str, Any] = dict(environ.Env.db_url_config(value))
    if parts.scheme == "sqlite":
        # IMMEDIATE: a transaction that reads first and writes later fails at once with "database is locked" otherwise,
        # whatever the timeout, when another has written in between.
        config["OPTIONS"] = {
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
        }
    else:
        config |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    return config


def _email() -> Mapping[str, Any]:
    """Return Django's mail settings; without EMAIL_URL every mail becomes a file under VAR/mail."""
    value = os.environ.get("EMAIL_URL")
    if not value:
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return {"EMAIL_BACKEND": backend, "EMAIL_FILE_PATH": str(_folder(VAR / "mail"))}
    example = "smtp+tls://user:password@mail.example.org:587"
    parts = _address("EMAIL_URL", value, ("smtp", "smtp+tls", "smtp+ssl"), example)
    default_port = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}[parts.scheme]
    config = environ.Env.email_url_config(value)
    return config | {"EMAIL_PORT": config["EMAIL_PORT"] or default_port, "EMAIL_TIMEOUT": 30}


def _rate_limit() -> int:
    """Return how often one address may ask the API in a minute; 0: as often as it likes."""
    value = os.environ.get("RATE_LIMIT") or "600"
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        _wrong("RATE_LIMIT", value, "Give a number of requests a minute, such as 600, or 0 for no limit.")
    return int(value)


def _operator() -> list[str]:
    """Return the addresses of those who keep the installation running; without any, registrars are written to."""
    value = os.environ.get("OPERATOR") or ""
    addresses = [part.strip() for part in value.split(",") if part.strip()]
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError:
            _wrong("OPERATOR", value, f"{address!r} is no e-mail address. Write it like name@example.org.")
    return addresses


def _debug() -> bool:
    value = os.environ.get("DEBUG") or "0"
    if value not in {"0", "1"}:
        _wrong("DEBUG", value, "Write 1, or unset it.")
    if PRODUCTION and value == "1":
        _wrong("DEBUG", value, "In production error pages show no internals: unset DEBUG.")
    return value == "1"


def _clock() -> datetime.date | None:
    """Return the day or the moment (a `datetime` in UTC) at which today stands; None: at the present one."""
    value = os.environ.get("CLOCK")
    if not value:
        return None
    if PRODUCTION:
        _wrong("CLOCK", value, "In production today is today: unset CLOCK (production means that SECRET_KEY is set).")
    try:
        if len(value) <= len("2026-11-22"):
            return datetime.date.fromisoformat(value)
        moment = datetime.datetime.fromisoformat(value)
        return moment.astimezone(datetime.UTC) if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    except (ValueError, OverflowError):
        remedy = "Give a day as YYYY-MM-DD, such as 2026-11-22, or a moment in UTC as 2026-11-22T06:00; or unset it."
        _wrong("CLOCK", value, remedy)


def _secret_key() -> str:
    """Return SECRET_KEY, or outside production a key of this machine, made once (mode 600)."""
    if PRODUCTION:
        value = os.environ["SECRET_KEY"]
        if len(value) < 50 or len(set(value)) < 5:
            _wrong("SECRET_KEY", "…", "It is too short to be secret: give at least 50 random characters.")
        return value
    path = VAR / "secret_key"
    if not path.exists():
        mine = VAR / f"secret_key.{os.getpid()}"
        mine.touch(mode=0o600)
        mine.write_text(secrets.token_urlsafe(50))
        try:
            os.link(mine, path)  # fails where another process was first: then its key is the key
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return path.read_text().strip()


PRODUCTION = bool(os.environ.get("SECRET_KEY"))
for _name in ("SITE_URL", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
    if PRODUCTION and not os.environ.get(_name):
        _wrong(_name, "", "Production (SECRET_KEY is set) needs it; docker-compose.yml shows an example.")

VAR = _folder(Path(os.environ.get("VAR") or BASE_DIR / "var").absolute())
if not os.access(VAR, os.W_OK):
    _wrong("VAR", str(VAR), "The folder cannot be written to. Change its owner or name another.")
PORT = _port()
_site = _site_url(PORT)
SITE_URL = _site.geturl()
SECRET_KEY = _secret_key()
CLOCK = _clock()
DEBUG = _debug()
REDIS_URL = os.environ.get("REDIS_URL") or None
if REDIS_URL:
    _address("REDIS_URL", REDIS_URL, ("redis", "rediss", "unix"), "redis://redis:6379/0")

# Data ------------------------------------------------------------------------------------------------------------

DATABASES = {"default": _database(VAR / "concord.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "core.User"
MEDIA_ROOT = VAR / "documents"

# Shared by the processes in both cases: rate limits are counted here.
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "registry.core.cache.Forgetful",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(VAR / "cache"),
            "OPTIONS": {"MAX_ENTRIES": 5000},
        }
    }

# Applications ----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "registry.core",
    "actors",
    "continuity",
    "agreements",
    "events",
    "registry.site",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "registry.middleware.give_up_who_takes_nothing",
    "registry.middleware.Compress",
    "registry.middleware.content_security_policy",
    "registry.middleware.LimitStatements",
    "registry.middleware.forget_the_day",
    "registry.middleware.trust_the_database",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "registry.urls"
WSGI_APPLICATION = "registry.wsgi.application"

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Languages and time ----------------------------------------------------------------------------------------------

# Tajik is unknown to Django 5.2.
locale.LANG_INFO.setdefault("tg", {"bidi": False, "code": "tg", "name": "Tajik", "name_local": "Тоҷикӣ"})
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("ru", "Русский"),
    ("uz", "Oʻzbekcha"),
    ("kk", "Қазақша"),
    ("ky", "Кыргызча"),
    ("tg", "Тоҷикӣ"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# Static files ----------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Security --------------------------------------------------------------------------------------------------------

_secure = _site.scheme == "https"
ALLOWED_HOSTS = [_site.hostname or ""]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "registry.core.views.form_expired"
if not PRODUCTION:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "testserver"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
USE_X_FORWARDED_HOST = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION and _secure
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION and _secure else 0
# Other names under a ministry's domain, and browsers' preload lists, are not ours to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
# An event with two hundred participants is a form of some two thousand controls.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# Mail ------------------------------------------------------------------------------------------------------------

vars().update(_email())
OPERATOR = _operator()
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("DEFAULT_FROM") or f"Concord <concord@{_site.hostname}>"

# API -------------------------------------------------------------------------------------------------------------

RATE_LIMIT = _rate_limit()
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    # The first one says in a 401 how to come in. With a cookie alone one writes only from our own pages (CSRF).
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "registry.core.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "registry.core.problems.problem_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,  # a parameter that is not known is refused, whatever its name
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Concord",
    "VERSION": "1",
    "DESCRIPTION": (
        "A registry of cultural cooperation between any two countries: agreements, joint commissions and their "
        "sessions, programmes, events and the actors behind them; and of each initiative whether it is still alive.\n\n"
        "Lists answer in pages: follow `next` until it is null. A row whose sort key is unchanged is never skipped or "
        "repeated. What is not on file is null. A code stands beside its label (`type`, `type_label`). A loose date "
        "(`1994`, `1994-01`, `1994-01-10`, with `~` for about or `?` for in doubt) stands beside the earliest and the "
        "latest day it can mean; a range of days finds it as soon as it may lie in the range. Another record is a link "
        "(kind, ref, title, url, api). An unknown parameter or value is refused with what to write instead; "
        "an empty one counts as none."
    ),
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [],  # codes stand where they are used: lists are shared, and have no name of their own
    "SERVERS": [{"url": "/"}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none", "tryItOutEnabled": True},
}

# Jobs ------------------------------------------------------------------------------------------------------------

CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False  # a page never waits for a broker that is down: the next tick finds the row
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a broker that is away overnight does not end the worker
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    # 1: a task whose worker was killed comes back as soon as its visibility timeout (seconds) is over.
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "visibility_timeout": 3600,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 5,
        "socket_timeout": 15,  # a broker that hangs, or whose machine is gone, would be waited for without end
        "socket_keepalive": True,
    }
else:
    CELERY_BROKER_URL = "filesystem://localhost"
    _queue = str(_folder(VAR / "broker" / "queue"))
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": _queue,
        "data_folder_out": _queue,
        "control_folder": str(_folder(VAR / "broker" / "control")),
    }
# Beat only ticks: what falls due and when is said in registry/core/clockwork.py. A ring that nobody heard is worthless
# once the next one is due: hence `expires` (seconds).
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "registry.core.tasks.tick", "schedule": 60, "options": {"expires": 55}},
}

# Log: one line per record on standard output ----------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "registry.log.OneLine", "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"}},
    "root": {"handlers": ["out"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        # Says at every HEAD that the server dropped the body, which is its duty.
        "gunicorn.http.wsgi": {"level": "ERROR"},
    },
}
