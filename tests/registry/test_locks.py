"""The locks install the same bytes everywhere, from whatever index the machine uses."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", (ROOT / name).read_text(), re.M))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.M)[1:]
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text and "index" not in text.lower()


def test_what_is_tested_is_what_is_installed() -> None:
    run, test = (pins(name) for name in LOCKS)
    assert run.items() <= test.items()


IMPORTED = """
import sys, django, kombu.transport.filesystem, kombu.transport.redis, gunicorn.app.wsgiapp, gunicorn.workers.gthread
from importlib.metadata import packages_distributions
from celery.apps import beat, worker
django.setup()
import registry.celery, registry.urls, registry.wsgi
known = packages_distributions()
tops = {name.partition(".")[0] for name in sys.modules}
print(*sorted({known[top][0].lower().replace("_", "-").replace(".", "-") for top in tops & known.keys()}))
"""


def test_what_is_imported_at_run_time_is_in_the_run_time_lock(tmp_path: Path) -> None:
    """A package may import what it does not ask for; here it would be found among the packages of the tests."""
    env = {"DJANGO_SETTINGS_MODULE": "registry.settings", "VAR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", IMPORTED]
    told = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    imported = set(told.stdout.split())
    assert "celery" in imported
    optional = {"greenlet", "pygments", "setuptools"}  # used where they happen to be
    optional |= {"requests", "certifi", "chardet", "charset-normalizer", "idna", "urllib3"}  # so by DRF
    optional |= {"jinja2", "markupsafe"}  # so by Django
    optional |= {"numpy"}  # so by openpyxl
    assert imported - pins("requirements.lock").keys() - optional == set()
