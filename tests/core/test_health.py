"""Each part in green, amber and red, with the reason and the remedy; by what is stored, not by what is claimed."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from registry.core import clockwork, health, jobs
from registry.core.health import Level
from registry.core.models import Heartbeat, Job, User

MINUTE = timedelta(minutes=1)


def finding(name: str) -> health.Finding:
    return next(part.finding for part in health.parts() if part.name == name)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["tick", "worker", "sweep"])
def test_a_heartbeat_grows_old(name: str) -> None:
    assert finding(name).level == Level.RED
    assert "ever" in finding(name).reason
    clockwork.beat(name)
    assert finding(name).level == Level.GREEN
    assert (finding(name).remedy, "less than a minute ago" in finding(name).reason) == ("", True)
    for limit, before, after in zip(
        health.LIMITS[name], (Level.GREEN, Level.AMBER), (Level.AMBER, Level.RED), strict=True
    ):
        Heartbeat.objects.update(at=timezone.now() - limit + MINUTE)
        assert finding(name).level == before
        Heartbeat.objects.update(at=timezone.now() - limit)
        assert finding(name).level == after
        assert finding(name).remedy


@pytest.mark.django_db
def test_the_oldest_job_that_waits() -> None:
    job = Job.objects.create(kind="refold")
    assert finding("jobs").level == Level.GREEN
    for limit, level in zip(health.LIMITS["jobs"], (Level.AMBER, Level.RED), strict=True):
        Job.objects.update(asked_at=timezone.now() - limit)
        assert finding("jobs").level == level
    Job.objects.create(kind="refold")
    assert finding("jobs").level == Level.RED, "the younger one hides nothing"
    assert jobs._claim(job.pk)
    assert finding("jobs").level == Level.GREEN


@pytest.mark.django_db
def test_a_job_that_failed_is_seen_until_one_of_its_kind_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert finding("failed_jobs").level == Level.GREEN
    monkeypatch.setitem(jobs.KINDS, "count", lambda: str(1 // 0))
    Job.objects.create(kind="count")
    Job.objects.create(kind="count", window=timezone.now() - MINUTE)
    jobs.run_jobs()
    assert (finding("failed_jobs").level, finding("failed_jobs").reason) == (
        Level.AMBER,
        "Jobs that failed: 1 given up, 1 to be tried again.",
    )
    monkeypatch.setitem(jobs.KINDS, "count", lambda: "counted")
    Job.objects.create(kind="refold", state="done")
    assert finding("failed_jobs").level == Level.AMBER, "another kind makes nothing good"
    Job.objects.create(kind="count")
    jobs.run_jobs()
    assert finding("failed_jobs").level == Level.GREEN


@pytest.mark.django_db
def test_what_failed_is_done_again_on_request(monkeypatch: pytest.MonkeyPatch, client: Any, rosa: User) -> None:
    monkeypatch.setitem(jobs.KINDS, "count", lambda: str(1 // 0))
    job = Job.objects.create(kind="count")
    done = Job.objects.create(kind="refold", state="done")
    jobs.run_jobs()
    monkeypatch.setitem(jobs.KINDS, "count", lambda: "counted")
    client.force_login(rosa)
    said = client.post("/admin/core/job/", {"action": "do_again", "_selected_action": [job.pk, done.pk]}, follow=True)
    assert "One job waits to be done again." in said.content.decode()
    jobs.run_jobs()
    job.refresh_from_db()
    assert (job.state, job.report) == ("done", "counted")
    assert finding("failed_jobs").level == Level.GREEN


@pytest.mark.django_db
def test_the_whole_is_as_its_worst_part(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tick", "worker", "sweep"):
        clockwork.beat(name)
    assert health.worst(health.parts()) == Level.GREEN
    Heartbeat.objects.filter(name="tick").update(at=timezone.now() - health.LIMITS["tick"][0])
    assert health.worst(health.parts()) == Level.AMBER
    Heartbeat.objects.filter(name="sweep").delete()
    assert health.worst(health.parts()) == Level.RED


def test_without_database_and_broker_the_page_answers_and_says_so(tmp_path: Path) -> None:
    """In a process of its own, whose variables name servers that are not there."""
    script = (
        "import json, registry.wsgi\n"
        "from django.test import Client\n"
        "client = Client()\n"
        "client.cookies['sessionid'] = 'of-somebody-who-has-signed-in'\n"
        "page, told = client.get('/health'), client.get('/health?format=json')\n"
        "print(json.dumps([page.status_code, page.content.decode(), told.status_code, told.json()]))"
    )
    env = os.environ | {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DJANGO_SETTINGS_MODULE": "registry.settings",
        "VAR": str(tmp_path),
        "CLOCK": "",
    }
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "staticfiles.json").write_text(_manifest())
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    status, page, status_of_json, told = json.loads(done.stdout.splitlines()[-1])
    assert (status, status_of_json, told["status"]) == (503, 503, "red")
    assert {name: part["status"] for name, part in told["parts"].items()} == {"database": "red", "broker": "red"}
    assert "The database does not answer" in page and "The broker does not answer" in page
    assert "nobody" not in page


def _manifest() -> str:
    """Return what `collectstatic` would write, with every file under its own name."""
    static = settings.BASE_DIR / "static"
    names = [str(path.relative_to(static)) for path in sorted(static.rglob("*")) if path.is_file()]
    return json.dumps({"version": "1.1", "paths": {name: name for name in names}, "hash": ""})


def test_the_limits_stand_in_the_documentation() -> None:
    """In the table of the administrator: part, amber from, red from."""
    text = (settings.BASE_DIR / "docs" / "administration.md").read_text()
    for name, (amber, red) in health.LIMITS.items():
        assert f"| `{name}` | {in_words(amber)} | {in_words(red)} |" in text


def in_words(age: timedelta) -> str:
    minutes = age // MINUTE
    return f"{minutes} minutes" if minutes < 60 else f"{minutes // 60} hours"
