"""What is counted around an episode, on a small history, counted by hand beside it."""

from datetime import date
from typing import Any

import pytest

from continuity.models import TensionEpisode
from events.indices.figures import Period
from events.indices.reading import gather
from events.indices.resilience import Around, around
from registry.core import clock
from registry.core.models import Pair
from tests.cast import commission, programme
from tests.events.indices.world import actor, held, keep

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(on_day: Any) -> date:
    return on_day("2026-11-22")


def tension(pair: Pair, ref: str, first: str, last: str = "", **fields: Any) -> None:
    said = {"title": ref, "kind": "BORDER_CLOSURE", "visibility": "published"} | fields
    keep(TensionEpisode(pair=pair, ref=ref, started_on=first, ended_on=last, **said))


def told(pair: Pair, ref: str, basis: str = "sector", window: int | None = None) -> Around:
    material = gather([pair], clock.today())[pair.ref]
    found = around(material, Period(date(1990, 1, 1), clock.today()), basis, window)
    return next(one for one in found if one.episode.ref == ref)


def windows(one: Around) -> dict[str, tuple]:
    """Return of each window its days and its events by who led them: state, non-state, unknown."""
    return {w.name: (w.days, *(w.held(lead) for lead in ("state", "non_state", "unknown"))) for w in one.windows}


def cuts(one: Around) -> dict[str, list]:
    return {w.name: [(c.by, c.days, c.episode and c.episode.ref) for c in w.cuts] for w in one.windows if w.cuts}


def test_held_events_before_during_and_after_by_who_led(kg_tj: Pair) -> None:
    ministry, university = actor("MINISTRY", "S_MFA", "STATE"), actor("UNIVERSITY", "N_UNI", "STATE")
    tension(kg_tj, "T1", "2020-01-01", "2020-01-30")  # 30 days, so from 2 December 2019 to 29 February 2020
    held(kg_tj, "TOO-EARLY", "2019-12-01", ministry)
    held(kg_tj, "B1", "2019-12-02", ministry)
    held(kg_tj, "B2", "2019-12-31", ministry, actor("SOCIETY"))
    held(kg_tj, "D1", "2020-01-01")
    held(kg_tj, "D2", "2020-01-30", university)
    held(kg_tj, "A1", "2020-02-29", actor("UNDP", "I_IGO", "INTERNATIONAL"), outcome="HELD_DOWNGRADED")
    held(kg_tj, "TOO-LATE", "2020-03-01", ministry)
    held(kg_tj, "DRAFT", "2020-01-15", ministry, visibility="draft")
    one = told(kg_tj, "T1")
    assert windows(one) == {"before": (30, 1, 1, 0), "during": (30, 1, 0, 1), "after": (30, 0, 1, 0)}
    assert [w.per_30_days() for w in one.windows] == [2.0, 2.0, 1.0]
    assert one.windows[0].ids() == {"B1": 1, "B2": 1}
    assert windows(told(kg_tj, "T1", basis="type"))["during"] == (30, 0, 1, 1)
    longer = told(kg_tj, "T1", window=31)
    assert windows(longer) == {"before": (31, 2, 1, 0), "during": (30, 1, 0, 1), "after": (31, 1, 1, 0)}
    assert longer.windows[0].per_30_days() == pytest.approx(90 / 31)
    assert (one.recovery, one.recovered.ref) == (30, "A1")


def test_windows_are_cut_by_today_tracking_and_other_episodes(kg_tj: Pair) -> None:
    tension(kg_tj, "FIRST", "2015-01-11", "2015-01-20")
    tension(kg_tj, "NEXT", "2015-01-25", "2015-01-26")
    tension(kg_tj, "LAST", "2026-11-11", "2026-11-20")
    tension(kg_tj, "OPEN", "2026-11-05")  # its end is not on file: only that day is certainly its own
    held(kg_tj, "IN-NEXT", "2015-01-25")
    held(kg_tj, "CLEAR", "2015-01-27")
    first = told(kg_tj, "FIRST", window=20)
    assert cuts(first) == {"before": [("tracking", 10, None)], "after": [("episode", 2, "NEXT")]}
    assert windows(first)["before"] == (10, 0, 0, 0)  # the record is claimed to be complete from 1 January 2015
    assert windows(first)["after"] == (18, 0, 0, 1)
    last = told(kg_tj, "LAST")
    assert cuts(last) == {"before": [("episode", 1, "OPEN")], "after": [("today", 8, None)]}
    assert windows(last)["after"] == (2, 0, 0, 0)
    assert (last.recovery, last.waited) == (None, 2)


def test_an_episode_within_another_is_told_and_not_cut_from_its_own_days(kg_tj: Pair) -> None:
    tension(kg_tj, "WAR", "2020-02-01", "2020-02-10")
    tension(kg_tj, "CLOSURE", "2020-01-01", "2020-12-31")
    held(kg_tj, "E1", "2020-02-05")
    one = told(kg_tj, "WAR")
    assert windows(one) == {"before": (0, 0, 0, 0), "during": (10, 0, 0, 1), "after": (0, 0, 0, 0)}
    assert [w.per_30_days() for w in one.windows] == [None, 3.0, None]
    assert [other.ref for other in one.windows[1].overlaps] == ["CLOSURE"]


def test_an_end_that_is_not_on_file_is_neither_today_nor_going_on(kg_tj: Pair) -> None:
    tension(kg_tj, "OPEN", "2020-05")
    held(kg_tj, "E1", "2020-04-20")
    held(kg_tj, "E2", "2021-04-20")
    one = told(kg_tj, "OPEN")
    assert (one.windows, one.survival, one.recovery, one.waited, one.ties) == ([], None, None, None, None)
    assert windows(told(kg_tj, "OPEN", window=30)) == {"before": (30, 0, 0, 1)}  # from its earliest day


def test_survival_and_recovery(kg_tj: Pair) -> None:
    tension(kg_tj, "T1", "2017-06-01", "2017-07")  # to 31 July
    commission(kg_tj, ref="LAPSES")  # from 2016-01-01: lapsed from 2 July 2017
    commission(kg_tj, ref="LIVES", cadence=1000)
    programme(kg_tj, ref="ENDS", cadence=1000, ended_on="2017-06-30")
    commission(kg_tj, ref="DORMANT", cadence=30)
    commission(kg_tj, ref="UNTRACKED", tracking="none")
    commission(kg_tj, ref="LATER", started_on="2017-06-02")
    one = told(kg_tj, "T1")
    assert (set(one.survival.counted), set(one.survival.among)) == ({"LIVES", "ENDS"}, {"LAPSES", "LIVES", "ENDS"})
    assert one.halted == 1  # it ended, and so never lapsed
    assert (one.recovery, one.waited) == (None, (date(2026, 11, 22) - date(2017, 7, 31)).days)
    held(kg_tj, "E1", "2017-07-31")
    held(kg_tj, "E2", "2017-08-02")
    again = told(kg_tj, "T1")
    assert (again.recovery, again.recovered.ref, again.untracked) == (2, "E2", False)


def test_dates_at_both_ends_of_the_calendar(kg_tj: Pair) -> None:
    tension(kg_tj, "ALL", "0001-01-01", "9999-12-31")
    tension(kg_tj, "WIDE", "0001-01-02", "9999-12-30")
    held(kg_tj, "E1", "2020-01-01")
    assert windows(told(kg_tj, "ALL")) == {"during": (4344, 0, 0, 1)}  # tracked and come: the rest is cut
    assert set(windows(told(kg_tj, "WIDE", window=36525))) == {"before", "during", "after"}
