"""One FilterSet per kind, for page and API: what it finds, what it refuses, what it does not tell."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import QueryDict

from actors.models import Actor
from agreements.filters import AgreementFilterSet, CommissionFilterSet, CommitmentFilterSet
from agreements.models import Commitment
from continuity.filters import InitiativeFilterSet
from events.filters import EventFilterSet
from events.models import EventParticipation
from registry.core import write
from registry.core.access import NOBODY
from registry.core.models import Citation, Pair, Source, Term
from registry.core.parameters import Problem
from tests.cast import agreement, commission, event, make, programme


def chosen(kind: type, query: str, user: Any = NOBODY) -> Any:
    """Return the FilterSet of `kind` for a query string, as page and API make it."""
    return kind(QueryDict(query), request=SimpleNamespace(user=user))


def refs(kind: type, query: str, user: Any = NOBODY) -> list[str]:
    filterset = chosen(kind, query, user)
    assert filterset.problems == []
    return sorted(filterset.qs.values_list("ref", flat=True))


def remedy(kind: type, query: str, user: Any = NOBODY) -> Problem:
    filterset = chosen(kind, query, user)
    (problem,) = filterset.problems
    assert list(filterset.qs) == []
    return problem


@pytest.fixture
def agreements(kg_tj: Pair) -> None:
    kz_uz = Pair.objects.between("UZ", "KZ")
    agreement(kg_tj, ref="KGTJ", signed_on="1994-06-30", type="IGA", title="Культурное соглашение")
    agreement(kz_uz, ref="KZUZ", signed_on="1998", type="MOU", title="Memorandum")
    agreement(kz_uz, ref="UNDATED", signed_on="", type="TREATY")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["KGTJ", "KZUZ", "UNDATED"]),
        ("pair=TJ-KG", ["KGTJ"]),
        ("pair=KG-TJ,KZ-UZ&type=MOU", ["KZUZ"]),
        ("country=UZ", ["KZUZ", "UNDATED"]),
        ("country=NA", []),
        ("type=IGA,MOU", ["KGTJ", "KZUZ"]),
        ("type=IGA&type=MOU", ["KGTJ", "KZUZ"]),
        ("type=", ["KGTJ", "KZUZ", "UNDATED"]),
        ("q=kulturnoe", ["KGTJ"]),
        ("signed_after=1994-06-30", ["KGTJ", "KZUZ"]),
        ("signed_after=1994-07-01", ["KZUZ"]),
        ("signed_after=1998-12-31", ["KZUZ"]),
        ("signed_before=1998-01-01", ["KGTJ", "KZUZ"]),
        ("signed_before=1997", ["KGTJ"]),
        ("signed_after=1994&signed_before=1994", ["KGTJ"]),
    ],
)
def test_what_is_found(agreements: None, query: str, found: list[str]) -> None:
    assert refs(AgreementFilterSet, query) == found


@pytest.mark.parametrize(
    ("query", "parameter", "value", "words"),
    [
        ("typ=IGA", "typ", "IGA", "Did you mean “type”?"),
        ("type=IGX", "type", "IGX", "Did you mean “IGA”?"),
        ("country=kg", "country", "kg", "Did you mean “KG”?"),
        ("country=ZZ", "country", "ZZ", "ISO 3166-1"),
        ("pair=KG", "pair", "KG", "two countries"),
        ("pair=KG-KG", "pair", "KG-KG", "two countries"),
        ("signed_after=1994-13", "signed_after", "1994-13", "1994-01-10"),
        ("signed_after=1994~", "signed_after", "1994~", "1994-01-10"),
        ("as_of=2020", "as_of", "2020", "2026-11-22"),
        ("q=a&q=b", "q", "a,b", "Give it once"),
        ("q=" + "a " * 101 + "a", "q", "a a a a a a a a a a …", "at most 200"),
        ("q=%00", "q", "\\0", "null character"),
        ("parent=%00", "parent", "\\0", "null character"),
        ("country=%00", "country", "\\0", "null character"),
        ("parent=NOWHERE", "parent", "NOWHERE", "Check the reference"),
        ("kind=agreement", "kind", "agreement", "There is no parameter “kind”"),
    ],
)
def test_what_is_refused(agreements: None, query: str, parameter: str, value: str, words: str) -> None:
    problem = remedy(AgreementFilterSet, query)
    assert (problem.parameter, problem.value) == (parameter, value)
    assert words in problem.remedy


def test_a_parameter_read_by_the_page_is_known(agreements: None) -> None:
    filterset = AgreementFilterSet(QueryDict("page=2"), also=["page"])
    assert filterset.problems == []


def test_fields_choose_each_row_once(kg_tj: Pair) -> None:
    both = agreement(kg_tj, ref="BOTH")
    both.fields.set(Term.objects.filter(vocabulary="field", code__in=["HERITAGE", "TOURISM"]))
    agreement(kg_tj, ref="NONE")
    assert refs(AgreementFilterSet, "field=HERITAGE,TOURISM") == ["BOTH"]


def test_state_on_any_day(kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    commission(kg_tj, ref="COUNCIL", started_on="2016-01-01")
    programme(kg_tj, ref="YEAR", rhythm="irregular")
    assert refs(InitiativeFilterSet, "state=dormant") == ["COUNCIL"]
    assert refs(InitiativeFilterSet, "state=dormant,episodic") == ["COUNCIL", "YEAR"]
    assert refs(InitiativeFilterSet, "state=active&as_of=2016-02-01") == ["COUNCIL"]
    assert refs(CommissionFilterSet, "state=planned&as_of=2015-12-31") == ["COUNCIL"]
    assert chosen(CommissionFilterSet, "as_of=2015-12-31").as_of == date(2015, 12, 31)


def test_an_initiative_that_may_not_be_seen_is_as_one_that_does_not_exist(kg_tj: Pair, aigul: Any, nurlan: Any) -> None:
    draft = programme(kg_tj, ref="DRAFT", visibility="draft")
    event(kg_tj, ref="SHOWN", initiative=draft)
    for user in (NOBODY, nurlan):
        hidden, absent = (remedy(EventFilterSet, f"initiative={ref}", user) for ref in ("DRAFT", "ABSENT"))
        assert hidden.remedy.replace("DRAFT", "ABSENT") == absent.remedy
    assert refs(EventFilterSet, "initiative=DRAFT", aigul) == ["SHOWN"]


def test_a_draft_actor_chooses_nothing_for_others(kg_tj: Pair, aigul: Any) -> None:
    union = make(
        Actor,
        {"name": "Union", "type": "N_UNION", "sector": "NON_STATE", "country_id": "KG"},
        {"ref": "UNION", "visibility": "draft"},
    )
    shown = event(kg_tj, ref="SHOWN")
    EventParticipation.objects.create(event=shown, actor=union, role="ORGANISER")
    assert refs(EventFilterSet, "sector=NON_STATE") == []
    assert refs(EventFilterSet, "sector=NON_STATE", aigul) == ["SHOWN"]
    assert refs(EventFilterSet, "actor=UNION&role=ORGANISER", aigul) == ["SHOWN"]
    assert refs(EventFilterSet, "actor=UNION&role=FUNDER", aigul) == []


def test_unreported_events(kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    event(kg_tj, ref="PAST", outcome="PLANNED", started_on="", planned_on="2026-05")
    event(kg_tj, ref="AHEAD", outcome="PLANNED", started_on="", planned_on="2026-11")
    event(kg_tj, ref="HELD")
    assert refs(EventFilterSet, "unreported=YES") == ["PAST"]
    assert refs(EventFilterSet, "unreported=NO") == ["AHEAD", "HELD"]


def test_commitments_are_overdue_by_their_day(kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    event(kg_tj)  # a pair is public with something public in it, and its commitments with it
    for ref, due_on, state in (("LATE", "2025", "OPEN"), ("WAITS", "2027", "OPEN"), ("KEPT", "2025", "DONE")):
        promise = Commitment(pair=kg_tj, text="A promise", ref=ref, due_on=due_on, state=state)
        write.save(promise, by=write.SYSTEM)
    assert refs(CommitmentFilterSet, "state=OVERDUE") == ["LATE"]
    assert refs(CommitmentFilterSet, "state=OPEN") == ["WAITS"]
    assert refs(CommitmentFilterSet, "state=OPEN,OVERDUE,DONE") == ["KEPT", "LATE", "WAITS"]


def test_records_cited_from_a_source(kg_tj: Pair, aigul: Any) -> None:
    council = commission(kg_tj, ref="COUNCIL")
    commission(kg_tj, ref="OTHER")
    page = make(Source, {"kind": "PRESS", "address": "https://example.org/"}, {"ref": "S-PAGE"})
    Citation.objects.create(record=council, source=page, field="started_on")
    assert refs(CommissionFilterSet, "source=S-PAGE") == ["COUNCIL"]
    assert refs(InitiativeFilterSet, "source=S-PAGE") == ["COUNCIL"]
    Source.objects.update(visibility="draft")
    assert "Check the reference" in remedy(CommissionFilterSet, "source=S-PAGE").remedy
