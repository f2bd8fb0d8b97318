"""Long work as rows: done once, begun again when a worker was killed, and never lost."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from registry.core import jobs, tasks
from registry.core.models import Job, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Register the work "count", and return what it was called with."""
    calls: list[dict[str, Any]] = []

    def count(**arguments: Any) -> str:
        if arguments.get("fail"):
            raise ValueError("row 7 is no date")
        calls.append(arguments)
        return f"{len(calls)} counted"

    monkeypatch.setitem(jobs.KINDS, "count", count)
    monkeypatch.setattr(tasks.run_jobs, "apply_async", lambda **options: None)
    return calls


def test_a_job_is_done_once_and_reports(work: list, rosa: User) -> None:
    job = jobs.ask("count", by=rosa, of="pairs")
    assert [jobs.run_jobs(), jobs.run_jobs()] == [1, 0]
    job.refresh_from_db()
    assert (job.state, job.report, job.asked_by, job.leased_until) == ("done", "1 counted", rosa, None)
    assert work == [{"of": "pairs"}]


def test_a_job_that_fails_says_why_and_holds_up_no_other(work: list) -> None:
    bad, good = jobs.ask("count", fail=True), jobs.ask("count")
    assert jobs.run_jobs() == 2
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.report) == ("failed", "ValueError: row 7 is no date")
    assert good.state == "done"


def test_a_killed_worker_loses_its_lease_and_another_begins_anew(work: list) -> None:
    job = jobs.ask("count")
    assert jobs._claim(job.pk)
    assert jobs.run_jobs() == 0, "a worker holds it"
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert jobs.run_jobs() == 1
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)


def test_work_that_kills_its_workers_is_given_up(work: list) -> None:
    job = jobs.ask("count")
    Job.objects.update(attempts=jobs.ATTEMPTS)
    jobs.run_jobs()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "never ended" in job.report
    assert work == []


def test_a_worker_held_to_be_dead_does_not_speak_for_its_successor(work: list, monkeypatch: Any) -> None:
    def slow() -> str:
        Job.objects.update(attempts=2)  # the lease ran out, and a successor has begun
        return "too late"

    monkeypatch.setitem(jobs.KINDS, "slow", slow)
    job = jobs.ask("slow")
    jobs.run_jobs()
    job.refresh_from_db()
    assert (job.state, job.report) == ("running", "")


def test_unknown_work_is_refused_and_fails_where_it_is_already_stored(work: list) -> None:
    with pytest.raises(KeyError, match=r"No work is registered as 'dance'. There is: .*count"):
        jobs.ask("dance")
    job = Job.objects.create(kind="dance")
    jobs.run_jobs()
    job.refresh_from_db()
    assert (job.state, "'dance'" in job.report) == ("failed", True)


def test_the_task_and_the_command_do_the_same(work: list, capsys: Any) -> None:
    jobs.ask("count")
    tasks.run_jobs()
    jobs.ask("count")
    call_command("run_jobs")
    assert "1 jobs ended" in capsys.readouterr().out
    assert len(work) == 2


def test_nobody_hears_the_bell_and_nothing_is_lost(
    work: list, monkeypatch: Any, django_capture_on_commit_callbacks: Callable
) -> None:
    rung = []

    def deaf(**options: Any) -> None:
        rung.append(options)
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.run_jobs, "apply_async", deaf)
    with django_capture_on_commit_callbacks(execute=True):
        jobs.ask("count")
    assert len(rung) == 1
    assert jobs.run_jobs() == 1


def test_nobody_is_rung_for_what_is_not_committed(work: list, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.run_jobs, "apply_async", lambda **options: rung.append(options))
    jobs.ask("count")  # in the transaction of this test, which is rolled back
    assert rung == []


@pytest.mark.parametrize("kind", ["rebuild_ledger", "refold"])
def test_registered_commands_run_as_jobs(world: None, kind: str) -> None:
    job = Job.objects.create(kind=kind)
    jobs.run_jobs()
    job.refresh_from_db()
    assert (job.state, bool(job.report)) == ("done", True)


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_does_it(work: list) -> None:
    for _round in range(5):
        jobs.ask("count")
        start = threading.Barrier(4)

        def work_once(start: threading.Barrier = start) -> None:
            start.wait()
            try:
                jobs.run_jobs()
            finally:
                connection.close()

        threads = [threading.Thread(target=work_once) for _worker in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(work) == 5
