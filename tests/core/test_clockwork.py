"""Windows: each stored once, its work done once, whatever is missed, delivered twice or killed."""

from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from registry.celery import Pulse
from registry.core import clockwork, jobs, tasks
from registry.core.models import Heartbeat, Job

HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Schedule "hourly", and nothing else, and return the windows it was done for; it fails while the list says so."""
    done: list[str] = []

    def hourly(window: str) -> str:
        if done[-1:] == ["fail"]:
            raise ConnectionRefusedError("nobody is there")
        done.append(window)
        return "done"

    def arguments(window: datetime) -> dict[str, str]:
        return {"window": f"{window:%d %H:%M}"}

    monkeypatch.setattr(clockwork, "SCHEDULES", {})
    monkeypatch.setattr(jobs, "KINDS", {})
    clockwork.schedule("hourly", hourly, HOUR, arguments)
    return done


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def states() -> dict[str, int]:
    return {state: Job.objects.filter(state=state).count() for state in Job.State if Job.objects.filter(state=state)}


# How windows are cut ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "now", "newest"),
    [
        (clockwork.TEN_MINUTES, "2026-11-22T10:09:59", "2026-11-22T10:00"),
        (clockwork.TEN_MINUTES, "2026-11-22T10:10", "2026-11-22T10:10"),
        (clockwork.DAY, "2026-11-22T23:59", "2026-11-22T00:00"),
        (clockwork.WEEK, "2026-11-22T23:59", "2026-11-16T00:00"),  # a Sunday
        (clockwork.WEEK, "2026-11-23T00:00", "2026-11-23T00:00"),
        (clockwork.DAY, "2028-02-29T12:00", "2028-02-29T00:00"),
        (clockwork.DAY, "2028-03-01T00:00", "2028-03-01T00:00"),
        (clockwork.WEEK, "2027-01-01T00:00", "2026-12-28T00:00"),  # week 53
        (clockwork.TEN_MINUTES, "2027-01-01T00:00", "2027-01-01T00:00"),
    ],
)
def test_the_window_of_a_moment(every: timedelta, now: str, newest: str) -> None:
    schedule = clockwork.Schedule(every, lambda window: {})
    assert schedule.newest(moment(now)) == moment(newest)


def test_of_work_never_done_only_the_newest_window_is_due(work: list, on_day: Any) -> None:
    on_day("2026-11-22")
    assert [clockwork.tick(), clockwork.tick()] == [1, 0]
    assert Job.objects.get().window == moment("2026-11-22T23:00")


@pytest.mark.parametrize(
    ("last", "missed"),
    [
        ("2026-11-21T21:00", 26),  # 26 hours
        ("2026-11-19T23:00", 3 * 24),
        ("2026-11-08T23:00", 14 * 24),
        ("2026-11-07T23:00", 14 * 24),  # 15 days: a tick looks back 14
        ("2025-11-22T23:00", 14 * 24),
    ],
)
def test_after_a_stop_every_missed_window_is_stored_and_the_work_done_once(
    work: list, on_day: Any, last: str, missed: int
) -> None:
    on_day("2026-11-22")
    Job.objects.create(kind="hourly", window=moment(last), state="done")
    assert [clockwork.tick(), clockwork.tick()] == [missed, 0]
    new = list(Job.objects.filter(window__gt=moment(last)).order_by("window"))
    assert [job.window for job in new] == [
        moment("2026-11-22T23:00") - number * HOUR for number in reversed(range(missed))
    ]
    assert [jobs.run_jobs(), jobs.run_jobs()] == [1, 0]
    assert work == ["22 23:00"]
    for job in new:
        job.refresh_from_db()
    assert {job.state for job in new} == {"done"}
    assert [job.report for job in new][-1] == "done"
    assert {job.report for job in new[: missed - 1]} == {"Caught up with the window of 2026-11-22 23:00 UTC."}
    assert sum(job.attempts for job in new) == 1


@pytest.mark.parametrize(("day", "before"), [("2028-02-29", "02-28"), ("2028-03-01", "02-29"), ("2027-01-01", "12-31")])
def test_days_without_gap_over_29_february_and_the_year_end(work: list, on_day: Any, day: str, before: str) -> None:
    today = on_day(day)
    on_day((today - timedelta(days=1)).isoformat())
    clockwork.tick()
    on_day(day)
    assert clockwork.tick() == 24
    windows = list(Job.objects.order_by("window").values_list("window", flat=True))
    assert f"{windows[0]:%m-%d}" == before
    assert {later - earlier for earlier, later in zip(windows, windows[1:], strict=False)} == {HOUR}


# Failing, killed, twice at once ----------------------------------------------------------------------------------


def test_work_that_fails_is_put_back_with_pauses_and_the_others_wait_for_it(work: list, on_day: Any) -> None:
    on_day("2026-11-21")
    Job.objects.create(kind="hourly", window=moment("2026-11-21T20:00"), state="done")
    clockwork.tick()
    work.append("fail")
    assert [jobs.run_jobs(), jobs.run_jobs()] == [1, 0], "neither again at once nor in the earlier windows"
    job = Job.objects.order_by("window").last()
    assert job is not None and job.leased_until is not None
    assert (job.state, job.attempts, job.report) == ("queued", 1, "ConnectionRefusedError: nobody is there")
    assert job.leased_until > timezone.now()
    work.clear()
    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    assert jobs.run_jobs() == 1
    assert (work, states()) == (["21 23:00"], {"done": 4})


def test_a_later_window_does_the_work_of_one_that_failed(work: list, on_day: Any) -> None:
    on_day("2026-11-21")
    clockwork.tick()
    work.append("fail")
    jobs.run_jobs()
    work.clear()
    on_day("2026-11-22")
    clockwork.tick()
    jobs.run_jobs()
    assert (work, states()) == (["22 23:00"], {"done": 25})


def test_work_that_never_succeeds_is_given_up(work: list, on_day: Any) -> None:
    on_day("2026-11-22")
    clockwork.tick()
    work.append("fail")
    Job.objects.update(attempts=jobs.TRIES - 1)
    jobs.run_jobs()
    assert Job.objects.get().state == "failed"


def test_a_job_that_fails_holds_up_no_other(work: list, on_day: Any, monkeypatch: Any) -> None:
    on_day("2026-11-22")
    daily: list[int] = []
    clockwork.schedule("daily", lambda: str(daily.append(1)), clockwork.DAY)
    work.append("fail")
    clockwork.tick()
    jobs.run_jobs()
    assert (daily, Job.objects.get(kind="daily").state) == ([1], "done")


def test_a_window_whose_worker_was_killed_is_done_again_or_caught_up_with(work: list, on_day: Any) -> None:
    on_day("2026-11-21")
    clockwork.tick()
    killed = Job.objects.get()
    assert jobs._claim(killed.pk)
    on_day("2026-11-22")
    clockwork.tick()
    assert jobs.run_jobs() == 1
    killed.refresh_from_db()
    assert killed.state == "running", "its worker may be alive, and then it says itself what came of it"
    Job.objects.filter(pk=killed.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    assert jobs.run_jobs() == 0, "a later window was done"
    on_day("2026-11-23")
    clockwork.tick()
    jobs.run_jobs()
    killed.refresh_from_db()
    assert killed.report == "Caught up with the window of 2026-11-23 23:00 UTC."


def test_a_window_that_has_not_begun_waits(work: list, on_day: Any) -> None:
    """As when CLOCK, or the clock of the machine, was ahead and is set right."""
    on_day("2026-12-24")
    clockwork.tick()
    on_day("2026-11-22")
    assert jobs.run_jobs() == 0
    assert clockwork.tick() == 1
    assert jobs.run_jobs() == 1
    assert work == ["22 23:00"]


def test_while_the_clock_stands_still_work_is_done_again_at_its_interval(work: list, on_day: Any) -> None:
    on_day("2026-11-22")
    for _round in range(2):
        clockwork.tick()
        jobs.run_jobs()
    assert len(work) == 1
    Job.objects.update(asked_at=timezone.now() - HOUR - timedelta(seconds=1))
    for _round in range(2):
        clockwork.tick()
        jobs.run_jobs()
    assert len(work) == 2
    assert Job.objects.count() == 1


def test_old_jobs_are_deleted_once_they_have_ended(work: list, on_day: Any) -> None:
    today = on_day("2026-11-22")
    clockwork.tick()
    waiting = jobs.ask("hourly", window="asked for")
    Job.objects.update(asked_at=timezone.now() - clockwork.KEPT - HOUR)
    young = Job.objects.create(kind="hourly", window=moment(f"{today}T20:00"), state="failed")
    Job.objects.filter(window=moment(f"{today}T23:00")).update(state="done")
    assert clockwork.prune() == "1 old jobs deleted"
    assert set(Job.objects.all()) == {waiting, young}
    assert clockwork.KEPT > clockwork.LOOK_BACK + clockwork.WEEK


# Bells and processes ---------------------------------------------------------------------------------------------


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the tasks that are rung for."""
    names: list[str] = []
    for task in (*clockwork.QUEUES, tasks.tick):
        monkeypatch.setattr(task, "apply_async", lambda task=task, **options: names.append(task.name))
    return names


def test_beat_only_ticks() -> None:
    (entry,) = settings.CELERY_BEAT_SCHEDULE.values()
    assert entry == {"task": tasks.tick.name, "schedule": 60, "options": {"expires": 55}}


def test_a_tick_rings_for_all_that_waits(work: list, rung: list[str]) -> None:
    for _delivery in range(5):
        tasks.tick()
    assert Job.objects.count() == 1
    assert rung == 5 * ["registry.core.tasks.run_jobs", "continuity.tasks.send_notices"]


def test_what_is_scheduled() -> None:
    """Each with the minutes between two of its windows."""
    every = {kind: schedule.every // timedelta(minutes=1) for kind, schedule in clockwork.SCHEDULES.items()}
    assert every == {
        "sweep": 10,
        "prune_jobs": 24 * 60,
        "snapshot": 24 * 60,
        "forget_answers": 24 * 60,
        "self_test": 7 * 24 * 60,
    }


def test_heartbeats_are_written_over() -> None:
    clockwork.beat("worker")
    first = Heartbeat.objects.get().at
    clockwork.beat("worker")
    assert Heartbeat.objects.get().at > first


@pytest.mark.django_db(transaction=True)
def test_a_worker_rings_once_and_notes_that_it_lives(rung: list[str]) -> None:
    pulse = Pulse(None)
    pulse.stop(None)
    thread = Thread(target=pulse.run)
    thread.start()
    thread.join()
    assert rung == [tasks.tick.name]
    assert Heartbeat.objects.filter(name="worker").exists()


def test_without_a_worker_one_command_does_all(
    work: list, on_day: Any, capsys: Any, rung: list[str], world: None
) -> None:
    on_day("2026-11-22")
    call_command("tick")
    assert work == ["22 23:00"]
    assert "1 windows due" in capsys.readouterr().out
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"worker", "tick"}


def test_the_database_refuses_a_second_row_of_a_window(work: list) -> None:
    row = {"kind": "hourly", "window": moment("2026-11-22T23:00")}
    Job.objects.bulk_create([Job(**row), Job(**row)], ignore_conflicts=True)
    Job.objects.bulk_create([Job(kind="hourly"), Job(kind="hourly")])
    assert Job.objects.count() == 3
