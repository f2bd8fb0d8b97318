"""Lapses as of any day: off the stored rows and from the rule; what they overlap and what revived them."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from continuity import lapses
from continuity.evidence import shown_by
from continuity.models import Initiative, Lapse, Suspension, TensionEpisode
from continuity.rules import Facts
from continuity.rules import lapses as lapses_of
from registry.core import write
from registry.core.access import NOBODY
from registry.core.models import Pair
from tests.cast import commission, event, make, programme, session
from tests.continuity.histories import PROPERTY, edges, histories
from tests.continuity.test_twins import put

pytestmark = pytest.mark.django_db

FEW = settings(PROPERTY, max_examples=10)


def days(text: str) -> date:
    return date.fromisoformat(text)


def told(day: date) -> list[tuple]:
    rows = lapses.as_of(Lapse.objects.filter(void=False), day).order_by("initiative_id", "began_on")
    return [(row.initiative_id, row.began_on, row.ended_on, row.ended_by, row.days) for row in rows]


def expected(stored: dict[int, Facts], day: date) -> list[tuple]:
    return [
        (pk, run.began_on, run.ended_on, run.ended_by, ((run.ended_on or day + timedelta(1)) - run.began_on).days)
        for pk, facts in stored.items()
        for run in lapses_of(facts, day)
    ]


@pytest.mark.parametrize("swept", [True, False], ids=["stored", "told"])
@FEW
@given(many=st.lists(histories, min_size=1, max_size=8), data=st.data())
def test_the_lapses_of_any_day_are_those_of_the_rule(swept: bool, many: list[Facts], data: Any) -> None:
    """Of days up to today read off the stored rows; where nothing has swept, and for days to come, from the rule."""
    today = date.today()
    with transaction.atomic():
        stored = put(many)
        if swept:  # the lapses of today are on file, and by the stored results nothing has changed since
            for pk, facts in stored.items():
                for run in lapses_of(facts, today):
                    Lapse(initiative_id=pk, began_on=run.began_on, ended_on=run.ended_on, ended_by=run.ended_by).save()
            Initiative.objects.update(good_until=date.max, fixed_state="untracked")
        days = sorted({on for facts in many for on in edges(facts)} | {today, today + timedelta(900)})
        for day in data.draw(st.lists(st.sampled_from(days), min_size=1, max_size=4)):
            assert lapses.stored_lapses_hold(day) is (swept and day <= today)
            assert told(day) == expected(stored, day), day
        transaction.set_rollback(True)


@pytest.fixture
def council(kg_tj: Pair, on_day: Any) -> Any:
    """A commission that met on 12 March 2019 and 1 December 2020; today is 1 January 2021."""
    on_day("2021-01-01")
    council = commission(kg_tj, ref="COUNCIL", title="Council")
    session(council, ref="MET", started_on="2019-03-12", number=2)
    session(council, ref="AGAIN", started_on="2020-12-01", number=3)
    return council


def spans(day: str) -> list[tuple]:
    rows = lapses.as_of(Lapse.objects.visible_to(NOBODY), days(day)).order_by("began_on")
    return [(str(row.began_on), row.ended_on and str(row.ended_on), row.ended_by, row.days) for row in rows]


EARLY = ("2017-07-02", "2019-03-12", "activity", 618)


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2017-07-01", []),
        ("2017-07-02", [("2017-07-02", None, "", 1)]),
        ("2019-03-11", [("2017-07-02", None, "", 618)]),
        ("2019-03-12", [EARLY]),
        ("2020-11-30", [EARLY, ("2020-09-10", None, "", 82)]),
        ("2021-01-01", [EARLY, ("2020-09-10", "2020-12-01", "activity", 82)]),
        ("2022-06-01", [EARLY, ("2020-09-10", "2020-12-01", "activity", 82)]),
        ("2022-06-02", [EARLY, ("2020-09-10", "2020-12-01", "activity", 82), ("2022-06-02", None, "", 1)]),
    ],
)
def test_a_lapse_that_ends_later_is_open(council: Any, day: str, found: list) -> None:
    assert spans(day) == found


def test_what_will_lapse_has_no_reference_and_a_place_of_its_own(council: Any) -> None:
    Suspension.objects.create(initiative=council, started_on="2023-01-01", ended_on="2023-01-31")
    council.written()
    rows = list(lapses.as_of(Lapse.objects.visible_to(NOBODY), days("2026-01-01")))
    to_come = [row for row in rows if not row.ref]
    assert [(str(row.began_on), row.ended_by) for row in to_come] == [("2024-08-02", ""), ("2022-06-02", "suspension")]
    assert len({row.pk for row in rows}) == 4 and all(row.pk < 0 for row in to_come)
    assert to_come[0].get_absolute_url() == "/commissions/COUNCIL/"


def test_what_people_wrote_stays_with_a_lapse_that_is_told(council: Any, on_day: Any) -> None:
    lapse = Lapse.objects.latest("began_on")
    lapse.cause = "An election"
    write.save(lapse, by=write.SYSTEM)
    (row,) = lapses.as_of(Lapse.objects.filter(cause__contains="election"), days("2030-01-01"))
    assert (row.pk, row.ref, row.cause) == (lapse.pk, lapse.ref, "An election")


def test_a_lapse_that_began_unswept_is_there_all_the_same(council: Any, on_day: Any) -> None:
    on_day("2022-06-05")
    assert Lapse.objects.count() == 2 and not lapses.stored_lapses_hold(days("2022-06-05"))
    assert spans("2022-06-05")[-1] == ("2022-06-02", None, "", 4)
    assert lapses.stored_lapses_hold(days("2022-06-01"))


def test_the_initiatives_that_are_asked_for_are_told_of(council: Any, kg_tj: Pair) -> None:
    other = programme(kg_tj)
    of = Initiative.objects.filter(pk=other.pk)
    rows = lapses.as_of(Lapse.objects.visible_to(NOBODY), days("2030-01-01"), of)
    assert {row.initiative_id for row in rows} == {other.pk}


def test_rows_of_a_day_can_be_counted_joined_and_asked_within_others(council: Any) -> None:
    rows = lapses.as_of(Lapse.objects.visible_to(NOBODY), days("2030-01-01"))
    assert rows.count() == 3 and rows.filter(days__gte=618).count() == 2
    assert rows.filter(initiative__pair="KG-TJ", ended_on=None).exists()
    assert Initiative.objects.filter(pk__in=rows.filter(ended_on=None).values("initiative")).count() == 1


# What they overlap ---------------------------------------------------------------------------------------------------

LAPSE = ("2018-05-18", "2020-03-01")


@pytest.mark.parametrize(
    ("started_on", "ended_on", "of", "overlaps"),
    [
        ("2018", "2019", LAPSE, True),
        ("2017-01-01", "2018-05-18", LAPSE, True),
        ("2017-01-01", "2018-05-17", LAPSE, False),
        ("2020-03-01", "2020-03-02", LAPSE, False),
        ("2020-02-29", "", LAPSE, True),
        ("2017-01-01", "", LAPSE, False),  # an end not on file is neither today nor still going on
        ("2018", "", LAPSE, True),  # by its latest day
        ("2021-01-01", "", (LAPSE[0], None), True),
        ("2021-01-02", "", (LAPSE[0], None), False),  # the day after the one asked
    ],
)
def test_an_overlap_is_a_shared_day_in_both_writings(
    kg_tj: Pair, started_on: str, ended_on: str, of: tuple, overlaps: bool
) -> None:
    """Asked on 1 January 2021, of one lapse in Python and of all in SQL."""
    day = days("2021-01-01")
    initiative = programme(kg_tj, tracking="none")
    lapse = Lapse(initiative_id=initiative.pk, began_on=days(of[0]), ended_on=of[1] and days(of[1]))
    lapse.save()
    made = {"pair": kg_tj, "title": "Closure", "kind": "OTHER", "started_on": started_on, "ended_on": ended_on}
    episode = make(TensionEpisode, made, {})
    assert bool(lapses.overlapping(lapse, [episode], day)) is overlaps
    rows = Lapse.objects.filter(lapses.overlapped_by(TensionEpisode.objects.all(), day))
    assert rows.filter(pk=lapse.pk).exists() is overlaps
    other = Pair.objects.between("KZ", "UZ")
    TensionEpisode.objects.update(pair=other)
    assert not rows.filter(pk=lapse.pk).exists()


def test_the_last_known_day_is_the_same_in_both_writings(kg_tj: Pair) -> None:
    for first, last in (("2017", ""), ("2017-02", "2018"), ("2017-02-03", "2017-03-04")):
        made = {"pair": kg_tj, "title": "Closure", "kind": "OTHER", "started_on": first, "ended_on": last}
        make(TensionEpisode, made, {})
    rows = TensionEpisode.objects.annotate(told=TensionEpisode.LAST_KNOWN).order_by("pk")
    assert [row.told for row in rows] == [row.last_known for row in rows]
    assert [str(row.told) for row in rows] == ["2017-12-31", "2018-12-31", "2017-03-04"]


# What revived them ---------------------------------------------------------------------------------------------------


def test_what_revived_a_lapse_is_what_was_held_on_its_first_day_after(council: Any, kg_tj: Pair) -> None:
    event(kg_tj, title="Concert", initiative=council, started_on="2020-12-01")
    event(kg_tj, title="Poor", initiative=council, started_on="2020-12-01", outcome="HELD_DOWNGRADED")
    event(kg_tj, title="Draft", initiative=council, started_on="2020-12-01", visibility="draft")
    event(kg_tj, title="Later", initiative=council, started_on="2020-12-02")
    first, second = Lapse.objects.order_by("began_on")
    found = lapses.revivals([first, second])
    assert [str(record) for record in shown_by(found[second.pk], NOBODY)] == ["Session 3, Council", "Concert"]
    assert [record.ref for record in shown_by(found[first.pk], NOBODY)] == ["MET"]


def test_a_session_for_staff_revives_nothing(kg_tj: Pair, on_day: Any) -> None:
    on_day("2021-01-01")
    council = commission(kg_tj)
    session(council, started_on="2019-03-12", visibility="staff_only")
    (lapse,) = Lapse.objects.all()
    assert lapse.ended_on is None and lapses.revivals([lapse]) == {}


def test_what_is_hidden_after_it_revived_is_not_shown(council: Any, aigul: Any) -> None:
    """The ledger drops it at once; should a row be left behind, the reader does not see what it points to."""
    lapse = Lapse.objects.latest("began_on")
    found = lapses.revivals([lapse])[lapse.pk]
    type(council).objects.get(pk=council.pk).sessions.filter(ref="AGAIN").update(visibility="draft")
    assert shown_by(found, NOBODY) == []
    assert [record.ref for record in shown_by(found, aigul)] == ["AGAIN"]
