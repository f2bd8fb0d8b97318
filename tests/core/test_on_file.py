"""has= and has_not=: what is on file of a record, as far as the reader may see it."""

from typing import Any

import pytest
from django.http import QueryDict

from actors.models import Actor
from agreements.filters import AgreementFilterSet, CommissionFilterSet, SessionFilterSet
from continuity.filters import InitiativeFilterSet, SuspensionFilterSet
from continuity.models import Suspension
from events.filters import EventFilterSet
from events.models import EventParticipation
from registry.core import write
from registry.core.access import NOBODY
from registry.core.models import Citation, Document, Pair, Place, Source
from tests.cast import agreement, commission, event, make, programme, session
from tests.core.test_filters import refs, remedy


def put(model: type, **fields: Any) -> Any:
    return write.save(model(**fields), by=write.SYSTEM)


@pytest.fixture
def council(kg_tj: Pair) -> Any:
    """A commission with two sessions, of which one has minutes and a place, and an agreement above it."""
    treaty = agreement(kg_tj, ref="TREATY", signed_on="")
    council = commission(kg_tj, ref="COUNCIL", parent=treaty, summary="It meets.")
    place = put(Place, ref="P-OSH", name="Osh", country_id="KG")
    minutes = session(council, ref="FIRST", number=1, place=place)
    session(council, ref="SECOND", number=None)
    for ref, kind, visibility in (("M", "MINUTES", "published"), ("A", "AGENDA", "draft")):
        put(Document, ref=ref, record=minutes, kind=kind, address="https://example.org/m", visibility=visibility)
    return council


@pytest.mark.parametrize(
    ("kind", "query", "found"),
    [
        (SessionFilterSet, "has=minutes", ["FIRST"]),
        (SessionFilterSet, "has_not=minutes", ["SECOND"]),
        (SessionFilterSet, "has=documents,place,number", ["FIRST"]),
        (SessionFilterSet, "has=minutes,agenda", []),
        (SessionFilterSet, "has_not=place,number", ["SECOND"]),
        (SessionFilterSet, "has=started_on&has_not=place", ["SECOND"]),
        (InitiativeFilterSet, "has=parent", ["COUNCIL"]),
        (InitiativeFilterSet, "has=children", ["TREATY"]),
        (InitiativeFilterSet, "has_not=parent,summary", ["TREATY"]),
        (CommissionFilterSet, "has=sessions,summary", ["COUNCIL"]),
        (AgreementFilterSet, "has_not=signed_on", ["TREATY"]),
        (AgreementFilterSet, "has=signed_on", []),
    ],
)
def test_what_is_on_file(council: Any, kind: type, query: str, found: list[str]) -> None:
    assert refs(kind, query) == found


def test_what_is_hidden_is_not_on_file(council: Any, aigul: Any, nurlan: Any) -> None:
    """A draft that a row leads to, or that leads to the row, is as if it were not there."""
    shown = event(council.pair, ref="SHOWN", initiative=programme(council.pair, ref="DRAFT", visibility="draft"))
    event(council.pair, ref="OF-COUNCIL", initiative=council, visibility="draft")
    actor = {"name": "Union", "type": "N_UNION", "sector": "NON_STATE", "country_id": "KG"}
    EventParticipation.objects.create(event=shown, actor=make(Actor, actor, {"visibility": "draft"}), role="ORGANISER")
    hidden = put(Source, kind="PRESS", title="Draft", desk_id="KG", visibility="draft")
    Citation.objects.create(record=shown, source=hidden, field="title")
    for user, seen in ((NOBODY, False), (nurlan, False), (aigul, True)):
        for name in ("initiative", "participations", "citations"):
            assert ("SHOWN" in refs(EventFilterSet, f"has={name}", user)) is seen, (user, name)
            assert ("SHOWN" in refs(EventFilterSet, f"has_not={name}", user)) is not seen
        assert refs(InitiativeFilterSet, "has=events", user) == (["COUNCIL", "DRAFT"] if seen else [])
    assert refs(SessionFilterSet, "has=documents", nurlan) == ["FIRST"]


def test_an_unknown_name_is_refused_with_all_that_are_known(council: Any) -> None:
    problem = remedy(SessionFilterSet, "has=minute")
    assert (problem.parameter, problem.value) == ("has", "minute")
    assert "Did you mean “minutes”?" in problem.remedy and "agenda_fields" in problem.remedy


def test_what_is_part_of_an_initiative(council: Any) -> None:
    Suspension.objects.create(initiative=council, started_on="2018")
    Suspension.objects.create(initiative=council, started_on="2020", ended_on="2020-03", why="Elections")
    for query, days in (("has=why,ended_on", ["2020"]), ("has_not=why", ["2018"])):
        filterset = SuspensionFilterSet(QueryDict(query), Suspension.objects.all())
        assert [row.started_on for row in filterset.qs] == days
    assert refs(CommissionFilterSet, "has=suspensions") == ["COUNCIL"]
