"""What the demonstration shows on 22 November 2026, to the day. Sources: data/README.md and docs/continuity.md."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from actors.models import Actor
from agreements.models import Agreement, Commitment
from continuity import door, results, rules, states
from continuity.models import Initiative, Lapse, Relation
from events.indices.answer import indices_of
from events.indices.asking import PairIndicesForm, question
from events.models import Event, Fulfilment
from events.reports import unreported
from registry.core.models import Citation, Pair, Place, Revision, User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demonstration")]

COUNTS = {"episodic": 18, "untracked": 19, "concluded": 4, "dormant": 2, "overdue": 1, "active": 1}


@pytest.fixture
def today(demonstration: date, settings) -> date:
    settings.CLOCK = demonstration
    return demonstration


def answer(ref: str, day: date) -> rules.Answer:
    return states.answers(Initiative.objects.filter(ref=ref), day)[Initiative.objects.get(ref=ref).pk]


def test_states_are_those_of_the_readme(today: date) -> None:
    told = states.answers(Initiative.objects.all(), today)
    by_state: dict[str, list[str]] = {}
    for ref, pk in Initiative.objects.order_by("ref").values_list("ref", "pk"):
        by_state.setdefault(told[pk].state, []).append(ref)
    assert {state: len(refs) for state, refs in by_state.items()} == COUNTS
    assert by_state["dormant"] == ["KGTJ-DAYS", "R28B"]
    assert by_state["overdue"] == ["R15"]
    assert by_state["active"] == ["R52"]
    assert by_state["concluded"] == ["R06", "R09", "R36", "R40"]


def test_days_of_culture_are_dormant_since_18_may_2018(today: date) -> None:
    days = answer("KGTJ-DAYS", today)
    assert days.state == "dormant"
    assert (days.last_activity_on, days.due_on) == (date(2016, 11, 16), date(2017, 11, 16))
    assert (days.cadence_days, days.cadence_source, days.lapses_on) == (365, "default", date(2018, 5, 17))
    lapse = Lapse.objects.get(initiative__ref="KGTJ-DAYS")
    assert (lapse.began_on, lapse.ended_on, lapse.ended_by) == (date(2018, 5, 18), None, "")


def test_council_of_foreign_ministers_is_dormant_since_2_july_2016(today: date) -> None:
    council = answer("R28B", today)
    assert (council.state, council.due_on, council.last_activity_on) == ("dormant", date(2016, 1, 1), None)
    assert Lapse.objects.get(initiative__ref="R28B").began_on == date(2016, 7, 2)


def test_intergovernmental_council_is_due_by_its_meeting_clause(today: date) -> None:
    council = answer("R52", today)
    assert (council.state, council.due_on, council.cadence_source) == ("active", date(2027, 2, 13), "clause")


def test_supreme_interstate_council_is_overdue_since_16_november_2026(today: date) -> None:
    council = answer("R15", today)
    assert (council.state, council.due_on, council.cadence_source) == ("overdue", date(2026, 11, 15), "default")
    assert answer("R15", date(2026, 11, 15)).state == "due"
    assert answer("R15", date(2026, 11, 16)).state == "overdue"


def test_treaties_of_friendship_are_episodic(today: date) -> None:
    for ref in ("R01", "R02", "R04", "R26", "R27"):
        assert answer(ref, today).state == "episodic"
        assert answer(ref, today).due_on is None


def test_announced_editions_of_2018_and_2026_are_unreported(today: date) -> None:
    assert set(Event.objects.filter(unreported(today)).values_list("ref", flat=True)) == {"R11", "R32", "R58"}


def test_stored_results_are_those_of_the_records(today: date) -> None:
    assert door.rebuild() == 0


# Five more, and what the files say besides -------------------------------------------------------------------------


def test_days_of_culture_on_other_days(today: date) -> None:
    facts = results.facts_of([Initiative.objects.get(ref="KGTJ-DAYS")]).popitem()[1]
    told = [rules.as_of(facts, day).state for day in (date(2015, 7, 7), date(2016, 12, 1), date(2017, 11, 16))]
    assert told == ["planned", "active", "due"]
    assert [rules.as_of(facts, day).state for day in (date(2018, 5, 17), date(2018, 5, 18))] == ["overdue", "dormant"]


def test_what_the_sample_cannot_bear_is_untracked(today: date) -> None:
    for ref in ("R23", "KZUZ-DAYS", "R28A", "R60"):
        assert answer(ref, today).state == "untracked"


def test_promise_of_may_2023_was_kept_435_days_later(today: date) -> None:
    kept = Fulfilment.objects.get(commitment__ref="C01")
    assert (kept.event.ref, kept.lead_days) == ("R18A", 435)
    kept = Fulfilment.objects.get(commitment__ref="C02")
    assert (kept.initiative.ref, kept.lead_days) == ("R23", 464)


def test_promise_of_a_meeting_comes_from_the_event(today: date) -> None:
    promise = Commitment.objects.get(ref="C05")
    assert [event.ref for event in promise.made_at.all()] == ["R21"]
    assert promise.session is None
    assert [actor.ref for actor in promise.responsible_b.all()] == ["A-MC-UZ"]


def test_sources_that_disagree_stand_side_by_side(today: date) -> None:
    told = Citation.objects.about(Event.objects.get(ref="R30")).filter(field="started_on")
    assert dict(told.values_list("source__ref", "value")) == {
        "S-MFAKG-CULTURE": "2015-07-08",
        "S-AVESTA-32613": "2015-06-07",
    }


def test_citations_name_fields_of_the_model(today: date) -> None:
    council = Initiative.objects.get(ref="R52").child
    assert "R52A" in Citation.objects.about(council).filter(field="parent").values_list("value", flat=True)
    treaty = Agreement.objects.get(ref="R04")
    fields = set(Citation.objects.about(treaty).values_list("field", flat=True))
    assert {"signed_place", "action AC03 acted_on"} <= fields
    assert Citation.objects.about(Agreement.objects.get(ref="R01")).filter(field="relation RL05 kind").exists()


def test_names_in_other_scripts_lead_to_english_records(today: date) -> None:
    found = {query: set(Actor.objects.search(query)) for query in ("Тоҷикистон", "Tojikiston", "Таджикистан")}
    assert Actor.objects.get(ref="A-MC-TJ") in found["Тоҷикистон"]
    assert found["Тоҷикистон"] == found["Tojikiston"] == found["Таджикистан"]


def test_columns_with_lists_and_pairs(today: date) -> None:
    assert Event.objects.get(ref="R30").sent.get().people == 40
    assert set(Event.objects.get(ref="R14").places.values_list("ref", flat=True)) == {
        "P-TASHKENT",
        "P-SAMARKAND",
        "P-BUKHARA",
    }
    assert Place.objects.get(ref="P-TASHKENT").other_names == {"uz": ["Toshkent"]}
    assert set(Place.objects.get(ref="P-SUGHD").border_of.values_list("ref", flat=True)) == {"KG-TJ", "TJ-UZ"}
    assert Actor.objects.get(ref="A-ESENGUL").parent.ref == "A-MC-KG"
    assert Relation.objects.get(ref="RL05").target.ref == "R04"


def test_only_two_pairs_are_tracked_and_that_is_assumed(today: date) -> None:
    tracked = Pair.objects.filter(tracked_from__isnull=False).values_list("ref", "tracked_from", "tracking_basis")
    assert list(tracked) == [("KG-TJ", date(2015, 1, 1), "assumed"), ("KZ-UZ", date(2018, 1, 1), "assumed")]


# Indices, as counted by hand in docs/indices.md -----------------------------------------------------------------------


def indices(today: date, ref: str, last: str, basis: str = "sector") -> dict[str, tuple]:
    """Return numerator and denominator of each index, and of each part under “index part”."""
    pair = Pair.objects.get(ref=ref)
    form = PairIndicesForm({"to": last, "basis": basis})
    assert form.problems == []
    (found,) = indices_of([pair], question(form.cleaned_data, [pair]))
    figures = [line.figure for line in found.lines]
    return {f"{one.code} {one.part}".strip(): (one.numerator, one.denominator) for one in figures}


def test_indices_to_the_end_of_2025(today: date) -> None:
    assert indices(today, "KG-TJ", "2025-12-31") == {
        "continuity": (548 + 1045 + 177, 4018 + 3830 + 177),
        "sessions": (0, 11),
        "commitments": (0, 0),
        "non_state": (5, 9),
        "actor_diversity": (100 - 14, 100),
        "sector_diversity": (100 - 38, 100),
        "structure": (6, 15),
        "ladder stand_alone": (9, 15),
        "ladder recurring": (2, 15),
        "ladder programme": (3, 15),
        "ladder agreement_or_commission": (1, 15),
        "ladder agreement_and_commission": (0, 15),
        "ladder_continuity recurring": (1045, 3830),
        "ladder_continuity programme": (0, 0),
        "ladder_continuity agreement_or_commission": (0, 0),
        "ladder_continuity agreement_and_commission": (725, 4195),
        "long_term": (0, 15),
        "breadth": (0, 0),
        "stock all": (0, None),
        "stock cultural": (0, None),
        "digital": (1, 15),
        "youth": (8, 15),
        "border": (6, 15),
        "beyond_cycles": (0, 2),
        "agenda": (0, 0),
        "recurrence": (1, 1),
        "without_sessions": (11, 15),
        "lasting_ties": (0, 24),
    }


def test_indices_up_to_today_and_on_the_other_basis(today: date) -> None:
    found = indices(today, "KG-TJ", "2026-11-22")
    assert (found["continuity"], found["sessions"], found["commitments"]) == ((2096, 9003), (1, 12), (0, 1))
    by_sector, by_type = (indices(today, "KZ-UZ", "2026-11-22", basis) for basis in ("sector", "type"))
    assert (by_sector["non_state"], by_type["non_state"]) == ((0, 9), (2, 9))


def test_resilience_around_the_armed_conflict(today: date) -> None:
    pair = Pair.objects.get(ref="KG-TJ")
    form = PairIndicesForm({})
    assert form.problems == []
    (found,) = indices_of([pair], question(form.cleaned_data, [pair]))
    conflict, closure = found.episodes
    assert conflict.episode.ref == "T-KG-TJ-UCDP13324"
    assert [(window.days, window.held()) for window in conflict.windows] == [(506, 2), (506, 0), (0, 0)]
    assert (conflict.recovery, conflict.recovered.ref) == (610, "R74")
    assert (conflict.survival.numerator, conflict.survival.denominator) == (0, 0)
    assert [(cut.by, cut.days) for cut in closure.windows[0].cuts] == [("episode", 20)]


# The command -------------------------------------------------------------------------------------------------------


def test_every_write_is_logged_as_that_of_a_file(today: date) -> None:
    assert Revision.objects.get(model="events.Event", ref="R12", version=1).why == "loaded from events.csv"
    assert not Revision.objects.exclude(by=None).exists()


def test_second_call_loads_nothing_and_shows_the_accounts(today: date) -> None:
    before = Revision.objects.count()
    out = StringIO()
    call_command("demonstrate", stdout=out)
    assert Revision.objects.count() == before
    for name in ("editor.kz", "approver.uz", "editor.kg", "approver.tj", "registrar"):
        assert name in out.getvalue()
    assert "demonstration" in out.getvalue()


def test_accounts_sit_at_their_desks(today: date) -> None:
    approver = User.objects.get(username="approver.kg")
    assert approver.check_password("demonstration")
    assert [(seat.country_id, seat.role) for seat in approver.desk_roles.all()] == [("KG", "approver")]
    assert User.objects.get(username="registrar").is_registrar
    assert User.objects.count() == 9


def test_production_refuses_it(today: date, settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="not for production"):
        call_command("demonstrate")
