"""The sweep: what has changed since it was last announced, once, with the day it truly changed."""

import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from continuity import care, door, rules, states, sweep, tasks
from continuity.models import Concern, Initiative, Lapse, Notice, Subscription, Transition
from continuity.since import changed_on
from registry.core import write
from registry.core.models import Pair, User
from tests.cast import commission, event, programme, session
from tests.continuity.histories import FIRST, PROPERTY, histories
from tests.continuity.test_since import store
from tests.continuity.test_twins import put

ROOT = Path(__file__).resolve().parents[2]


def changes() -> list[tuple[int, str, str, str]]:
    rows = Transition.objects.order_by("initiative", "number")
    return [(row.number, row.from_state, row.to_state, str(row.changed_on)) for row in rows]


# What is announced -----------------------------------------------------------------------------------------------


@pytest.fixture
def council(kg_tj: Pair, on_day: Callable[[str], date]) -> Any:
    """A commission of KG and TJ that met on 12 March 2020: due by 12 March 2021, dormant from 11 September 2021."""
    on_day("2020-04-01")
    council = commission(kg_tj, title="Council", started_on="2020-01-01")
    session(council)
    return council


def test_each_change_is_announced_once_with_the_day_it_truly_changed(council: Any, on_day: Any) -> None:
    for day in ("2020-04-01", "2020-12-29", "2020-12-30", "2021-03-20", "2021-12-31", "2022-06-01"):
        on_day(day)
        sweep.sweep()
        assert sweep.sweep() == sweep.Swept(0, 0, 0)
    assert changes() == [
        (1, "", "active", "2020-01-01"),
        (2, "active", "due", "2020-12-30"),
        (3, "due", "overdue", "2021-03-13"),
        (4, "overdue", "dormant", "2021-09-11"),
    ]
    council.refresh_from_db()
    assert (council.announced_state, council.announced_number) == ("dormant", 4)


def test_after_downtime_one_sweep_does_what_was_missed(council: Any, on_day: Any) -> None:
    sweep.sweep()
    on_day("2023-01-01")
    assert sweep.sweep().transitions == 1
    assert changes()[1:] == [(2, "active", "dormant", "2021-09-11")]


def test_a_lapse_begins_on_file_when_it_begins(council: Any, on_day: Any) -> None:
    on_day("2021-09-10")
    sweep.sweep()
    assert not Lapse.objects.exists()
    on_day("2021-09-11")
    sweep.sweep()
    assert list(Lapse.objects.values_list("initiative", "began_on", "ended_on")) == [
        (council.pk, date(2021, 9, 11), None)
    ]


def test_the_lapse_of_a_draft_begins_on_file_too(kg_tj: Pair, on_day: Any) -> None:
    on_day("2020-04-01")
    draft = commission(kg_tj, started_on="2020-01-01", visibility="draft")
    on_day("2022-01-01")
    assert sweep.sweep() == sweep.Swept(0, 0, 0)
    assert Lapse.objects.get().initiative_id == draft.pk
    draft.refresh_from_db()
    assert draft.lapsed_since == Lapse.objects.get().began_on == date(2021, 7, 2)


def test_a_lapse_that_was_set_aside_comes_back_with_its_text(council: Any, on_day: Any) -> None:
    """The desk has corrected a session away and back; what it wrote on the lapse is not written anew beside it."""
    on_day("2021-09-11")
    sweep.sweep()
    lapse = Lapse.objects.get()
    lapse.cause = "No minister"
    lapse.save()
    meeting = session(council, started_on="2021-09-11")
    assert Lapse.objects.get().void
    on_day("2021-09-10")
    write.delete(meeting, by=write.SYSTEM)
    assert Lapse.objects.get().void
    council.refresh_from_db()
    assert council.lapsed_since is None
    on_day("2021-09-11")
    sweep.sweep()
    assert list(Lapse.objects.values_list("cause", "void")) == [("No minister", False)]
    assert Initiative.objects.get().lapsed_since == date(2021, 9, 11)
    call_command("rebuild_ledger", "--check")


def test_a_row_whose_stored_results_hold_no_longer_is_refreshed(kg_tj: Pair, on_day: Any) -> None:
    """A known last day moves the clock by itself: no one writes anything on it."""
    on_day("2020-04-01")
    days = programme(kg_tj, started_on="2020-01-01", ended_on="2020-06-30")
    sweep.sweep()
    on_day("2020-07-01")
    sweep.sweep()
    days.refresh_from_db()
    assert (days.fixed_state, days.announced_state) == ("concluded", "concluded")
    assert changes() == [(1, "", "active", "2020-01-01"), (2, "active", "concluded", "2020-07-01")]


@pytest.mark.parametrize("visibility", ["draft", "staff_only"])
def test_what_is_not_public_is_not_announced(kg_tj: Pair, on_day: Any, visibility: str, rosa: User) -> None:
    on_day("2026-11-22")
    Subscription.objects.create(user=rosa)
    hidden = commission(kg_tj, visibility=visibility)
    event(kg_tj, initiative=hidden, outcome="PLANNED", started_on="", planned_on="2026-05", visibility=visibility)
    assert sweep.sweep() == sweep.Swept(0, 0, 0)
    assert not Transition.objects.exists()
    assert not Notice.objects.exists()


def test_a_withdrawn_initiative_is_announced_no_more(council: Any, on_day: Any) -> None:
    sweep.sweep()
    council.refresh_from_db()
    council.visibility = "draft"
    write.save(council, by=write.SYSTEM)
    on_day("2023-01-01")
    assert sweep.sweep().transitions == 0


def test_many_changes_are_announced_in_several_transactions(kg_tj: Pair, on_day: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(sweep.AT_ONCE, connection.vendor, 2)
    on_day("2020-04-01")
    for number in range(5):
        commission(kg_tj, title=f"Commission {number}")
    assert sweep.sweep().transitions == 5
    assert sweep.sweep().transitions == 0


def test_a_sweep_that_finds_nothing_reads_a_little_and_writes_nothing(
    council: Any, django_assert_num_queries: Any, on_day: Any
) -> None:
    sweep.sweep()
    # 1 what may need anything, into a temporary table 2 it is counted 3 its first and last: none 4 the table is dropped
    # for each of five kinds of concern: 1 savepoint (a transaction, outside of tests) 2 what is worrying
    # 3 what is raised 4 end of savepoint; for agreements, thrice: whose stored term holds no longer
    # for deputies, then for leads: 1 savepoint 2 what has stayed unanswered 3 end of savepoint
    with django_assert_num_queries(4 + 5 * 4 + 3 + 2 * 3) as queries:
        sweep.sweep()
    assert not [one["sql"] for one in queries.captured_queries if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


ANNOUNCED = ["", *rules.State.values, *["now"] * 10]
"""What may have been announced; "now": the state of today, of which half of them are to be sure."""


@pytest.mark.django_db
@PROPERTY
@given(
    many=st.lists(histories, min_size=1, max_size=8),
    ahead=st.integers(0, 2000),
    later=st.integers(-400, 1000),
    announced=st.lists(st.sampled_from(ANNOUNCED), min_size=8, max_size=8),
    hidden=st.integers(-1, 7),
    lapsed=st.integers(-1, 7),
)
def test_two_stored_days_find_what_the_conditions_find(
    many: list[rules.Facts], ahead: int, later: int, announced: list[str], hidden: int, lapsed: int
) -> None:
    stored_on = FIRST + timedelta(days=ahead)
    today = stored_on + timedelta(days=later)
    with transaction.atomic():
        for at, (pk, facts) in enumerate(put(many).items()):
            store(pk, facts, stored_on)
            visibility, since = "draft" if at == hidden else "published", FIRST if at == lapsed else None
            state = rules.as_of(facts, today).state if announced[at] == "now" else announced[at]
            kept = {"announced_state": state, "visibility": visibility, "lapsed_since": since}
            Initiative.objects.filter(pk=pk).update(**kept)
        needing = states.stale(today) | states.unlapsed(today) | states.unannounced(today)
        found = set(Initiative.objects.filter(states.uncalm(today)).values_list("pk", flat=True))
        assert found == set(Initiative.objects.filter(needing).values_list("pk", flat=True))
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(parent=PROPERTY, max_examples=30, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(many=st.lists(histories, min_size=1, max_size=8), ahead=st.integers(0, 1500), later=st.integers(1, 400))
def test_after_a_sweep_the_records_say_what_the_rule_says(many: list[rules.Facts], ahead: int, later: int) -> None:
    """Of histories that go on after the first sweep, so that the clock moves by itself, once or often."""
    first, today = FIRST + timedelta(days=ahead), FIRST + timedelta(days=ahead + later)
    many = [replace(one, clause=None, tracked_until=one.tracked_from and one.tracked_until) for one in many]
    with transaction.atomic():
        facts = put(many)
        for pk, one in facts.items():
            tracked = {"tracked_from": one.tracked_from, "tracked_until": one.tracked_until}
            dates = {"started_on_earliest": one.start, "ended_on_latest": one.end, "visibility": "published"}
            own = "own" if one.tracked_from else "none"
            Initiative.objects.filter(pk=pk).update(tracking=own, **tracked, **dates)
        with override_settings(CLOCK=first):
            door.refresh(facts)
            sweep.sweep()
        with override_settings(CLOCK=today):
            sweep.sweep()
        for row in Initiative.objects.all():
            answer, lapses = rules.as_of(facts[row.pk], today), rules.lapses(facts[row.pk], today)
            stored = {name: getattr(row, name) for name in Initiative.STORED - {"lapsed_since", "cadence_source"}}
            assert stored == {name: getattr(answer, name) for name in stored}
            assert row.announced_state == answer.state
            on_file = Lapse.objects.filter(initiative=row, void=False).order_by("began_on")
            assert [rules.Lapse(*one) for one in on_file.values_list("began_on", "ended_on", "ended_by")] == [*lapses]
            assert row.lapsed_since == next((one.began_on for one in lapses if one.ended_on is None), None)
            for told in Transition.objects.filter(initiative=row, swept_on=today):
                assert (told.to_state, told.changed_on) == (answer.state, changed_on(facts[row.pk], today))
        transaction.set_rollback(True)


# Concerns --------------------------------------------------------------------------------------------------------


@pytest.fixture
def concert(kg_tj: Pair, on_day: Callable[[str], date]) -> Any:
    """An event that was planned for 10 May 2026."""
    on_day("2026-05-01")
    return event(kg_tj, title="Concert", outcome="PLANNED", started_on="", planned_on="2026-05-10")


def test_an_unreported_event_is_raised_once_and_settled_when_reported(concert: Any, on_day: Any) -> None:
    assert sweep.sweep().concerns == 0
    on_day("2026-05-11")
    assert [sweep.sweep().concerns, sweep.sweep().concerns] == [1, 0]
    raised = Concern.objects.get()
    assert (raised.kind, raised.title, raised.since) == ("unreported", "Concert", date(2026, 5, 11))
    assert raised.path == concert.get_absolute_url()
    concert.outcome, concert.started_on = "HELD", "2026-05-10"
    write.save(concert, by=write.SYSTEM)
    on_day("2026-05-12")
    sweep.sweep()
    raised.refresh_from_db()
    assert raised.settled_on == date(2026, 5, 12)


def test_a_concern_that_comes_back_is_open_again_and_told_only_once(concert: Any, on_day: Any, sardor: User) -> None:
    Subscription.objects.create(user=sardor)
    on_day("2026-05-11")
    sweep.sweep()
    Notice.objects.update(state="sent")
    for outcome, began in (("HELD", "2026-05-10"), ("PLANNED", "")):
        concert.outcome, concert.started_on = outcome, began
        write.save(concert, by=write.SYSTEM)
        sweep.sweep()
    assert Concern.objects.get().settled_on is None
    assert Notice.objects.count() == 1


def test_a_settled_concern_takes_back_what_is_queued(concert: Any, on_day: Any, sardor: User) -> None:
    Subscription.objects.create(user=sardor)
    on_day("2026-05-11")
    sweep.sweep()
    assert Notice.objects.count() == 1
    concert.outcome = "CANCELLED"
    write.save(concert, by=write.SYSTEM)
    sweep.sweep()
    assert Notice.objects.count() == 0


def test_a_kind_of_concern_that_fails_holds_up_nothing_else(
    council: Any, concert: Any, on_day: Any, monkeypatch: Any
) -> None:
    def broken(today: date, refs: Collection[str] | None) -> Iterator[care.Worry]:
        raise ValueError("one bad record")
        yield

    monkeypatch.setitem(care.CONCERNS, "a broken kind", replace(care.CONCERNS["unreported"], find=broken))
    on_day("2026-05-11")
    swept = sweep.sweep()
    assert (swept.transitions, swept.concerns) == (1, 1)


# Ringing ---------------------------------------------------------------------------------------------------------


def processes(env: dict[str, str], *commands: str) -> list[str]:
    """Run manage.py commands at the same time and return what each has printed."""
    running = [
        subprocess.Popen(
            [sys.executable, "manage.py", *command.split()],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command in commands
    ]
    told = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0] * len(running), told
    return told


def test_a_lapse_rung_twice_from_two_processes_is_one_mail(
    process_env: dict[str, str], council: Any, sardor: User, on_day: Any
) -> None:
    folder = Path(project.VAR) / "mail"
    for old in folder.glob("*"):
        old.unlink()
    sweep.sweep()
    Subscription.objects.create(user=sardor, every="once", states=["dormant"])
    env = process_env | {"CLOCK": "2021-09-11"}
    processes(env, "sweep", "sweep")
    processes(env, "send_notices", "send_notices")
    processes(env, "sweep", "send_notices")
    mails = [path.read_text() for path in folder.glob("*")]
    assert len(mails) == 1
    assert "Council dormant, 548 days since the last session" in mails[0].replace("\n ", " ")
    assert Transition.objects.filter(initiative=council, to_state="dormant").count() == 1
    assert Notice.objects.get().state == "sent"


def test_the_tasks_do_the_same_as_the_commands(council: Any, sardor: User, on_day: Any, mailoutbox: list) -> None:
    tasks.sweep()
    Subscription.objects.create(user=sardor, every="once")
    on_day("2021-09-11")
    tasks.sweep()
    tasks.send_notices()
    assert len(mailoutbox) == 1


def test_nobody_hears_the_bell_and_nothing_is_lost(council: Any, sardor: User, on_day: Any, monkeypatch: Any) -> None:
    from kombu.exceptions import OperationalError

    def deaf(*args: Any, **options: Any) -> None:
        raise OperationalError("no broker")

    sweep.sweep()
    Subscription.objects.create(user=sardor, every="once")
    monkeypatch.setattr(tasks.send_notices, "apply_async", deaf)
    on_day("2021-09-11")
    tasks.sweep()
    assert Notice.objects.get().state == "queued"


# The ledger ------------------------------------------------------------------------------------------------------


def test_rebuilding_the_ledger_finds_no_drift_then_finds_it_and_mends_it(council: Any, capsys: Any) -> None:
    call_command("rebuild_ledger", "--check")
    assert "No drift" in capsys.readouterr().out
    Initiative.objects.update(due_on=date(1999, 1, 1))
    with pytest.raises(SystemExit) as stopped:
        call_command("rebuild_ledger", "--check")
    assert stopped.value.code == 1
    assert Initiative.objects.get().due_on == date(1999, 1, 1)
    call_command("rebuild_ledger")
    assert "1 initiatives had drifted" in capsys.readouterr().out
    assert Initiative.objects.get().due_on == date(2021, 3, 12)
    call_command("rebuild_ledger", "--check")
