"""A wrong variable stops the start with a sentence that names variable, value and remedy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "qk3Jr8vXw2Ls9Tz5Yb7Nc1Md4Pf6Hg0Ra-qk3Jr8vXw2Ls9Tz5Yb7Nc1Md4Pf6Hg0Ra",
    "SITE_URL": "https://concord.example.org",
    "DATABASE_URL": "postgresql://concord:secret@db:5432/concord",
    "REDIS_URL": "redis://redis:6379/0",
    "EMAIL_URL": "smtp+tls://user:p%40ss@mail.example.org",
}
CONFIGURING = {"CLOCK", "DEBUG", "DEFAULT_FROM", "OPERATOR", "PORT", "RATE_LIMIT"} | set(PRODUCTION)
SHOW = "from django.conf import settings as s; print(({}))"


def start(var: Path, variables: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in an environment that holds `variables` and nothing else that configures Concord."""
    env = {k: v for k, v in os.environ.items() if k not in CONFIGURING}
    env |= {"VAR": str(var), "DJANGO_SETTINGS_MODULE": "registry.settings"} | variables
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)


def shown(var: Path, variables: dict[str, str], expression: str) -> str:
    result = start(var, variables, "-c", SHOW.format(expression))
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "80a"}, "PORT='80a' cannot be used. Give a number from 1 to 65535"),
        ({"PORT": "70000"}, "PORT='70000' cannot be used"),
        (
            {"SITE_URL": "concord.example.org"},
            "SITE_URL='concord.example.org' cannot be used. It must begin with http://",
        ),
        ({"SITE_URL": "https://example.org/concord"}, "Give scheme and host and no path"),
        ({"DATABASE_URL": "mysql://db/x"}, "DATABASE_URL='mysql://db/x' cannot be used. It must begin with sqlite://"),
        ({"DATABASE_URL": "postgresql://u:secret@db:x/y"}, "DATABASE_URL='postgresql://…@db:x/y' cannot be used"),
        ({"DATABASE_URL": "postgresql://db"}, "It names no database"),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL='localhost:6379' cannot be used. It must begin with redis://"),
        ({"EMAIL_URL": "mail.example.org"}, "EMAIL_URL='mail.example.org' cannot be used"),
        (
            {"OPERATOR": "ops@example.org, ops@nowhere"},
            "OPERATOR='ops@example.org, ops@nowhere' cannot be used. 'ops@nowhere' is no e-mail address.",
        ),
        ({"RATE_LIMIT": "-1"}, "RATE_LIMIT='-1' cannot be used. Give a number of requests a minute"),
        ({"DEBUG": "yes"}, "DEBUG='yes' cannot be used. Write 1, or unset it"),
        ({"CLOCK": "22.11.2026"}, "CLOCK='22.11.2026' cannot be used. Give a day as YYYY-MM-DD"),
        ({"CLOCK": "2026-11-22T25:00"}, "CLOCK='2026-11-22T25:00' cannot be used. Give a day as YYYY-MM-DD"),
        ({"CLOCK": "0001-01-01T00:00+05:00"}, "or a moment in UTC as 2026-11-22T06:00"),
        ({"VAR": "/dev/null/var"}, "VAR='/dev/null/var' cannot be used"),
        (PRODUCTION | {"CLOCK": "2026-11-22"}, "CLOCK='2026-11-22' cannot be used. In production today is today"),
        (PRODUCTION | {"DEBUG": "1"}, "DEBUG='1' cannot be used. In production"),
        (PRODUCTION | {"SECRET_KEY": "short"}, "SECRET_KEY='…' cannot be used. It is too short"),
        (PRODUCTION | {"EMAIL_URL": ""}, "EMAIL_URL='' cannot be used. Production (SECRET_KEY is set) needs it"),
    ],
    ids=lambda value: "-".join(list(value)[-1:]) if isinstance(value, dict) else None,
)
def test_a_wrong_variable_stops_the_start_with_a_sentence(
    tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    result = start(tmp_path, variables, "-c", SHOW.format("s.DEBUG"))
    assert result.returncode != 0
    assert sentence in result.stderr
    assert "secret@" not in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "command", [("manage.py", "check"), ("-c", "import registry.wsgi"), ("-m", "celery", "--app", "registry", "report")]
)
def test_every_entrance_says_the_sentence_and_no_traceback(tmp_path: Path, command: tuple[str, ...]) -> None:
    result = start(tmp_path, {"PORT": "none"}, *command)
    assert result.returncode != 0
    assert result.stderr.strip().startswith("Concord does not start: PORT='none' cannot be used.")
    assert "Traceback" not in result.stderr


def test_outside_production_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    first = shown(tmp_path, {}, "s.SECRET_KEY")
    assert len(first) >= 50
    assert shown(tmp_path, {}, "s.SECRET_KEY") == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.glob("secret_key*")] == ["secret_key"]


def test_the_defaults_need_no_service(tmp_path: Path) -> None:
    expression = "s.DATABASES['default']['NAME'], s.CELERY_BROKER_URL, s.EMAIL_FILE_PATH, s.SITE_URL, s.CLOCK"
    expected = (
        f"{tmp_path}/concord.sqlite3",
        "filesystem://localhost",
        f"{tmp_path}/mail",
        "http://localhost:8123",
        None,
    )
    assert shown(tmp_path, {"PORT": "8123"}, expression) == str(expected)


def test_the_clock_can_stand_at_a_moment(tmp_path: Path) -> None:
    assert shown(tmp_path, {"CLOCK": "2026-11-22T06:00"}, "str(s.CLOCK)") == "2026-11-22 06:00:00+00:00"
    assert shown(tmp_path, {"CLOCK": "2026-11-22T06:00+05:00"}, "str(s.CLOCK)") == "2026-11-22 01:00:00+00:00"


def test_production_is_strict(tmp_path: Path) -> None:
    expression = (
        "s.PRODUCTION, s.DEBUG, s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS, s.SESSION_COOKIE_SECURE, "
        "s.SECURE_SSL_REDIRECT, s.EMAIL_HOST_PASSWORD, s.EMAIL_PORT, s.EMAIL_USE_TLS, "
        "s.DEFAULT_FROM_EMAIL, s.CELERY_BROKER_URL"
    )
    site = "https://concord.example.org"
    expected = (
        *(True, False, ["concord.example.org"], [site], True, True),
        *("p@ss", 587, True, "Concord <concord@concord.example.org>", "redis://redis:6379/0"),
    )
    assert shown(tmp_path, PRODUCTION, expression) == str(expected)
    assert not (tmp_path / "secret_key").exists()
