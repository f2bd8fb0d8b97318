"""What the pages of initiatives make of the rule: stretches of states, overlaps, the clock, the evidence."""

from datetime import date

import pytest

from continuity import history, rules, tables
from continuity.evidence import evidence_of, steps
from continuity.figures import clock_figure
from continuity.models import ActivityEntry, Initiative
from registry.core import write
from registry.core.models import Source
from tests.cast import commission, event, programme, session


def test_the_stretches_of_a_history_leave_no_gap() -> None:
    facts = rules.Facts(
        kind="programme",
        start=date(2015, 7, 8),
        tracked_from=date(2015, 1, 1),
        activities=((date(2015, 7, 8), True), (date(2016, 11, 16), True)),
        suspensions=((date(2017, 1, 1), date(2017, 1, 31)),),
    )
    told = history.stretches(facts, date(2018, 12, 31))
    assert [(part.state, part.first.isoformat(), part.by) for part in told] == [
        ("active", "2015-07-08", "activity"),
        ("due", "2016-04-26", "clock"),
        ("overdue", "2016-07-08", "clock"),
        ("active", "2016-11-16", "activity"),
        ("suspended", "2017-01-01", "record"),
        ("active", "2017-02-01", "record"),
        ("due", "2017-11-21", "clock"),
        ("overdue", "2018-02-02", "clock"),
        ("dormant", "2018-08-03", "clock"),
    ]
    assert sum(part.days for part in told) == (date(2018, 12, 31) - date(2015, 7, 8)).days + 1
    for part in told:
        assert rules.as_of(facts, part.first).state == rules.as_of(facts, part.last).state == part.state


def test_a_history_of_what_has_no_day_is_empty() -> None:
    assert history.stretches(rules.Facts(kind="agreement"), date(2020, 1, 1)) == []


@pytest.fixture
def council(kg_tj, on_day):
    on_day("2021-01-01")
    council = commission(kg_tj, started_on="2018-01-01")
    session(council, number=1, started_on="2019-03-12")
    return Initiative.objects.get(pk=council.pk)


def asked(row: Initiative, day: str) -> Initiative:
    (row,) = tables.explained(tables.answered([row], date.fromisoformat(day)))
    return row


@pytest.mark.django_db
def test_the_steps_of_a_clock_say_what_was_and_what_will_be(council) -> None:
    row = asked(council, "2019-12-01")
    assert [(step.state, step.day.isoformat()) for step in steps(row)] == [
        ("active", "2019-03-12"),
        ("overdue", "2020-03-11"),
        ("dormant", "2020-09-09"),
        ("plain", "2019-12-01"),
    ]
    assert "282 days" in steps(row)[3].remark or "283 days" in steps(row)[3].remark
    lapsed = asked(council, "2021-01-01")
    assert [str(step.name) for step in steps(lapsed)] == ["Last activity", "Next was due by", "Lapsed since", "Today"]
    assert steps(lapsed)[2].day == date(2020, 9, 10)


@pytest.mark.django_db
def test_the_figure_of_a_clock_fills_its_width_in_order(council) -> None:
    clock = clock_figure(asked(council, "2021-01-01"))
    assert clock is not None
    assert [part.look for part in clock.parts] == ["b-active", "b-due", "b-overdue", "b-dormant"]
    assert clock.parts[0].x == 2 and round(clock.parts[-1].x + clock.parts[-1].width) == 1158
    for one, other in zip(clock.parts, clock.parts[1:], strict=False):
        assert abs(one.x + one.width - other.x) < 0.2
    assert clock.desc.startswith("No session since 12 March 2019.")
    ahead = clock_figure(asked(council, "2019-04-01"))
    assert ahead is not None and [part.look for part in ahead.parts] == ["b-active", "b-due", "b-overdue"]


@pytest.mark.django_db
def test_what_has_no_clock_has_no_figure(kg_tj, on_day) -> None:
    on_day("2021-01-01")
    row = asked(Initiative.objects.get(pk=programme(kg_tj, rhythm="irregular").pk), "2021-01-01")
    assert clock_figure(row) is None and steps(row) == []


@pytest.mark.django_db
def test_the_evidence_is_what_moved_the_clock_latest_first(kg_tj, on_day, sardor) -> None:
    on_day("2021-01-01")
    days = programme(kg_tj, started_on="2016-01-01")
    event(kg_tj, title="First", initiative=days, started_on="2017-05-01")
    event(kg_tj, title="Poor", initiative=days, started_on="2018-05-01", outcome="HELD_DOWNGRADED")
    event(kg_tj, title="Called off", initiative=days, started_on="2019-05-01", outcome="CANCELLED")
    event(kg_tj, title="Draft", initiative=days, started_on="2019-06-01", visibility="draft")
    source = write.save(Source(kind="PRESS", title="News", visibility="published"), by=write.SYSTEM)
    letter = ActivityEntry(initiative_id=days.pk, what="Letter", started_on="2016-03-01", source=source)
    write.save(letter, by=write.SYSTEM)
    row = Initiative.objects.get(pk=days.pk)
    found = evidence_of(row, sardor, date(2021, 1, 1))
    assert [(str(record), record.activity.substantive) for record in found] == [
        ("Poor", False),
        ("First", True),
        ("Letter", True),
    ]
    assert [str(record) for record in evidence_of(row, sardor, date(2017, 5, 1))] == ["First", "Letter"]


@pytest.mark.django_db
def test_a_page_shows_relations_from_either_end(client, kg_tj, on_day) -> None:
    from continuity.models import Relation

    on_day("2021-01-01")
    old, new = programme(kg_tj, title="Old plan"), programme(kg_tj, title="New plan")
    Relation.objects.create(source_id=new.pk, target_id=old.pk, kind="SUPERSEDES")
    assert "Is superseded by" in client.get(old.get_absolute_url()).content.decode()
    assert "Supersedes" in client.get(new.get_absolute_url()).content.decode()
