"""The clockwork at its real work: after a stop, over the nights that the clocks change, from both ends of the world."""

import subprocess
import sys
import time as clock_of_machine
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from continuity import notices, sweep, tasks
from continuity.models import Notice, Subscription, Transition
from registry.core import clockwork, jobs
from registry.core.models import Heartbeat, Job, Pair, User
from tests.cast import commission, session

Every = Subscription.Every


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the tasks that are rung for; nobody hears them."""
    names: list[str] = []
    for task in clockwork.QUEUES:
        monkeypatch.setattr(task, "apply_async", lambda task=task, **options: names.append(task.name))
    return names


@pytest.fixture
def council(kg_tj: Pair, on_day: Callable[[str], date], rung: list[str]) -> Any:
    """A commission that met on 12 March 2020 and is announced, by a tick: overdue from 13 March 2021."""
    on_day("2020-03-12")
    council = commission(kg_tj, title="Council", started_on="2020-01-01")
    session(council)
    a_round()
    return council


def a_round() -> None:
    """Tick, and do what is rung for."""
    clockwork.tick()
    jobs.run_jobs()
    notices.send_notices()


def sweeps() -> list[Job]:
    return list(Job.objects.filter(kind="sweep").order_by("window"))


# After a stop ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stopped_at", "hours", "windows"),
    [
        ("2021-03-11T22:00", 26, 26 * 6),
        ("2021-03-10T00:00", 3 * 24, 3 * 144),
        ("2021-02-26T00:00", 15 * 24, 14 * 144),  # a tick looks back 14 days
    ],
    ids=["26 hours", "3 days", "15 days"],
)
def test_after_a_stop_each_window_once_and_one_mail_a_person(
    council: Any, sardor: User, rosa: User, mailoutbox: list, on_day: Any, stopped_at: str, hours: int, windows: int
) -> None:
    for user in (sardor, rosa):
        Subscription.objects.create(user=user, every="day")
    for number in range(6):
        commission(council.pair, title=f"Working group {number}", parent=council, started_on="2020-03-12")
    on_day(stopped_at)
    Job.objects.all().delete()
    a_round()
    before = len(sweeps())
    Notice.objects.all().delete()
    mailoutbox.clear()
    on_day((datetime.fromisoformat(stopped_at) + timedelta(hours=hours)).isoformat())
    for _delivery in range(3):
        a_round()
    new = sweeps()[before:]
    assert len(new) == len({job.window for job in new}) == windows
    assert [job.attempts for job in new] == [0] * (windows - 1) + [1]
    assert {job.state for job in new} == {"done"}
    digests = [message for message in mailoutbox if "self-test" not in message.subject]
    assert not digests, "they wait for the morning"
    on_day("2021-03-13T12:00")
    a_round()
    digests = [message for message in mailoutbox if "self-test" not in message.subject]
    assert sorted(message.to for message in digests) == [["rosa@example.org"], ["sardor@example.org"]]
    assert all(message.subject.endswith("… and 6 more") for message in digests)
    assert Transition.objects.filter(to_state="overdue").count() == 7


@pytest.mark.django_db
def test_a_sweep_that_queued_something_rings_for_the_mails_at_once(
    council: Any, sardor: User, on_day: Any, rung: list[str]
) -> None:
    Subscription.objects.create(user=sardor, every="once")
    rung.clear()
    on_day("2021-03-13")
    clockwork.tick()
    jobs.run_jobs()
    assert rung == ["continuity.tasks.send_notices"]
    assert Job.objects.filter(kind="sweep").latest("window").report == (
        "1 changes of state announced, 0 concerns raised, 1 notices queued"
    )
    rung.clear()
    tasks.sweep()
    assert rung == [], "nothing new"
    assert Heartbeat.objects.filter(name="sweep").exists()


@pytest.mark.django_db
def test_a_failing_sweep_stops_neither_mails_nor_the_next_sweep(
    council: Any, sardor: User, on_day: Any, mailoutbox: list, monkeypatch: Any
) -> None:
    Subscription.objects.create(user=sardor, every="once")
    on_day("2021-03-13")
    sweep.sweep()
    monkeypatch.setitem(jobs.KINDS, "sweep", lambda: str(1 // 0))
    a_round()
    assert [message.to for message in mailoutbox if "Council" in message.subject] == [["sardor@example.org"]]
    assert sweeps()[-1].report.startswith("ZeroDivisionError")
    monkeypatch.setitem(jobs.KINDS, "sweep", tasks.swept)
    on_day("2021-03-14")
    a_round()
    assert sweeps()[-1].state == "done"


# The hour of sending ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "night", "dues"),
    [
        ("Europe/Berlin", "2026-03-28", ["05:00", "04:00", "04:00"]),  # clocks go forward on the 29th
        ("Europe/Berlin", "2026-10-24", ["04:00", "05:00", "05:00"]),  # and back on 25 October
        ("America/New_York", "2026-03-07", ["11:00", "10:00", "10:00"]),
        ("America/New_York", "2026-10-31", ["10:00", "11:00", "11:00"]),
        ("Australia/Lord_Howe", "2026-10-03", ["19:30", "19:00", "19:00"]),  # by half an hour, the evening before
        ("Asia/Bishkek", "2028-02-28", ["00:00", "00:00", "00:00"]),  # 28 and 29 February, 1 March
        ("Europe/Berlin", "2026-12-31", ["05:00", "05:00", "05:00"]),
    ],
)
def test_daily_digests_keep_six_in_the_morning_over_such_nights(zone: str, night: str, dues: list[str]) -> None:
    first = date.fromisoformat(night)
    at = datetime.combine(first, time(0, 30), ZoneInfo(zone)).astimezone(UTC)
    found = []
    for _day in dues:
        at = notices.due_at(Every.DAY, zone, at)
        found.append(at)
    assert [f"{due:%H:%M}" for due in found] == dues
    local = [due.astimezone(ZoneInfo(zone)) for due in found]
    assert [due.date() - first for due in local] == [timedelta(days=number) for number in range(len(dues))]
    assert {due.time() for due in local} == {time(6)}


@pytest.mark.parametrize(
    ("night", "due"),
    [
        ("2026-03-29", "2026-03-29T01:30"),  # half past two is left out that night: half past three by the new time
        ("2026-10-25", "2026-10-25T00:30"),  # and comes twice that night: the first one counts
    ],
)
def test_an_hour_that_does_not_exist_or_comes_twice_is_one_digest(
    monkeypatch: pytest.MonkeyPatch, night: str, due: str
) -> None:
    """Asked every ten minutes for two days, as if each digest had just gone out, one day has one digest."""
    monkeypatch.setattr(notices, "HOUR", time(2, 30))
    start = datetime.fromisoformat(night).replace(tzinfo=UTC) - timedelta(hours=12)
    moments = [start + number * timedelta(minutes=10) for number in range(2 * 144)]
    dues = sorted({notices.due_at(Every.DAY, "Europe/Berlin", moment) for moment in moments})
    assert dues[0] == datetime.fromisoformat(due).replace(tzinfo=UTC)
    days = [at.astimezone(ZoneInfo("Europe/Berlin")).date() for at in dues]
    assert [later - earlier for earlier, later in zip(days, days[1:], strict=False)] == [timedelta(days=1)] * 2


@pytest.fixture(params=["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def machine_in(request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine stand in one zone after the other."""
    monkeypatch.setenv("TZ", request.param)
    clock_of_machine.tzset()
    yield
    monkeypatch.undo()
    clock_of_machine.tzset()


@pytest.mark.usefixtures("machine_in")
@pytest.mark.parametrize(
    ("every", "zone", "now", "due"),
    [
        ("month", "UTC", "2028-02-29T12:00", "2028-03-01T06:00"),
        ("month", "UTC", "2026-12-31T23:59", "2027-01-01T06:00"),
        ("month", "Pacific/Kiritimati", "2026-12-31T12:00", "2026-12-31T16:00"),  # there it is 2027
        ("month", "Pacific/Pago_Pago", "2027-01-01T12:00", "2027-01-01T17:00"),  # there it is 2026 until 11
        ("week", "Pacific/Pago_Pago", "2026-12-28T12:00", "2026-12-28T17:00"),
        ("day", "Pacific/Kiritimati", "2026-11-22T12:00", "2026-11-22T16:00"),
        ("day", "Pacific/Apia", "2011-12-30T09:00", "2011-12-30T16:00"),  # Samoa left out 30 December 2011
        ("day", "Pacific/Apia", "2011-12-30T16:00", "2011-12-31T16:00"),
    ],
)
def test_digests_over_the_ends_of_months_and_years(every: str, zone: str, now: str, due: str) -> None:
    found = notices.due_at(every, zone, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)


# From both ends of the world -------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_from_both_ends_of_the_world_make_one_set_of_windows_and_one_run(
    council: Any, sardor: User, rosa: User, process_env: dict[str, str]
) -> None:
    """One process is fourteen hours ahead of UTC, the other eleven behind: there it is never the same day."""
    User.objects.filter(pk=sardor.pk).update(time_zone="Asia/Bishkek")
    sardor.refresh_from_db()
    Subscription.objects.create(user=sardor, every="day")
    Job.objects.all().delete()
    Job.objects.create(kind="sweep", window=datetime(2021, 3, 11, 23, 50, tzinfo=UTC), state="done")
    started = [
        subprocess.Popen(
            [sys.executable, "manage.py", "tick"],
            cwd=settings.BASE_DIR,
            env=process_env | {"CLOCK": "2021-03-13", "TZ": zone},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago")
    ]
    for process in started:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0, out
    found = sweeps()[1:]
    midnight = datetime(2021, 3, 12, tzinfo=UTC)
    assert [job.window for job in found] == [midnight + number * timedelta(minutes=10) for number in range(2 * 144)]
    assert [job.attempts for job in found] == [0] * 287 + [1]
    others = Job.objects.exclude(kind="sweep").order_by("kind").values_list("kind", "window", "attempts", "state")
    assert list(others) == [
        ("forget_answers", datetime(2021, 3, 13, tzinfo=UTC), 1, "done"),
        ("prune_jobs", datetime(2021, 3, 13, tzinfo=UTC), 1, "done"),
        ("self_test", datetime(2021, 3, 8, tzinfo=UTC), 1, "done"),
        ("snapshot", datetime(2021, 3, 13, tzinfo=UTC), 1, "done"),
    ]
    overdue = Transition.objects.get(to_state="overdue")
    assert (overdue.changed_on, overdue.swept_on) == (date(2021, 3, 13), date(2021, 3, 13))
    assert Notice.objects.get().due_at == datetime(2021, 3, 14, 0, 0, tzinfo=UTC)
