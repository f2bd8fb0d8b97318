"""Agreements, commissions, sessions and commitments through the API."""

from typing import Any

import pytest
from django.test import Client

from actors.models import Actor
from agreements.models import AgendaItem, AgreementAction, Article, Chair, Commitment, Registration
from registry.core import write
from registry.core.models import Citation, Document, Pair, Source
from tests.cast import agreement, commission, make, session


def get(path: str) -> Any:
    answer = Client().get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def refs(path: str) -> list[str]:
    return [row["ref"] for row in get(path)["results"]]


@pytest.fixture
def treaty(kg_tj: Pair, on_day: Any) -> Any:
    on_day("2026-11-22")
    treaty = agreement(
        kg_tj, ref="TREATY", type="IGA", declared_status="IN_FORCE", signed_on="1994-01~", ended_on="2010"
    )
    Article.objects.create(agreement=treaty, number=2, text="Libraries shall exchange books.")
    Article.objects.create(agreement=treaty, number=1, text="Friendship.")
    AgreementAction.objects.create(agreement=treaty, action="RATIFY", party_id="TJ", acted_on="1995")
    Registration.objects.create(agreement=treaty, scheme="UNTS", number="I-1")
    treaty.written()
    return treaty


def test_declared_and_computed_status_stand_side_by_side(treaty: Any) -> None:
    (row,) = get("agreements/?type=IGA")["results"]
    assert (row["declared_status"], row["computed_status"]) == ("IN_FORCE", "EXPIRED")
    assert (row["declared_status_label"], row["computed_status_label"]) == ("In force", "Expired")
    (row,) = get("agreements/?as_of=2000-01-01")["results"]
    assert row["computed_status"] == "SIGNED"


def test_a_loose_date_stands_beside_its_bounds(treaty: Any) -> None:
    row = get("agreements/TREATY/")
    assert (row["signed_on"], row["signed_on_earliest"], row["signed_on_latest"]) == (
        "1994-01~",
        "1994-01-01",
        "1994-01-31",
    )
    assert (row["in_force_on"], row["in_force_on_earliest"], row["in_force_on_latest"]) == (None, None, None)


def test_a_single_agreement_says_all(treaty: Any, kg_tj: Pair) -> None:
    page = make(Source, {"kind": "PRESS", "address": "https://example.org/"}, {"ref": "S-PAGE"})
    draft = make(Source, {"kind": "PRESS"}, {"ref": "S-DRAFT", "visibility": "draft"})
    Citation.objects.create(record=treaty, source=page, field="signed_on", value="1994-01")
    Citation.objects.create(record=treaty, source=draft, field="signed_on", value="1994-02")
    for visibility in ("published", "draft", "staff_only"):
        Document.objects.create(
            record=treaty, kind="TEXT", title=visibility, address="https://example.org/t", visibility=visibility
        )
    row = get("agreements/TREATY/")
    assert [(article["number"], article["text"]) for article in row["articles"]] == [
        (1, "Friendship."),
        (2, "Libraries shall exchange books."),
    ]
    assert [(act["action"], act["party"], act["party_label"]) for act in row["actions"]] == [
        ("RATIFY", "TJ", "Tajikistan")
    ]
    assert row["registrations"] == [{"scheme": "UNTS", "number": "I-1"}]
    assert [(cited["source"]["ref"], cited["value"]) for cited in row["citations"]] == [("S-PAGE", "1994-01")]
    assert [document["title"] for document in row["documents"]] == ["published"]
    assert refs("citations/?record=TREATY") == [str(Citation.objects.get(value="1994-01").pk)]
    assert [row["title"] for row in get("documents/?record=TREATY")["results"]] == ["published"]


def test_words_of_articles_are_found(treaty: Any) -> None:
    assert refs("agreements/?q=libraries") == ["TREATY"]
    assert refs("agreements/?q=museums") == []


def test_a_commission_names_its_chairs_as_far_as_they_are_public(kg_tj: Pair) -> None:
    council = commission(kg_tj, ref="COUNCIL")
    person = {"type": "N_PERSON", "sector": "STATE", "country_id": "KG"}
    for name, visibility in (("SHOWN", "published"), ("HIDDEN", "draft")):
        actor = make(Actor, {"name": name, **person}, {"ref": name, "visibility": visibility})
        Chair.objects.create(commission=council, side_id="KG", actor=actor, office="Minister")
    chairs = get("commissions/COUNCIL/")["chairs"]
    assert [chair["actor"]["ref"] for chair in chairs] == ["SHOWN"]
    assert refs("commissions/?actor=SHOWN") == ["COUNCIL"]
    assert Client().get("/api/v1/commissions/?actor=HIDDEN").status_code == 400


def test_sessions_and_their_agenda(kg_tj: Pair) -> None:
    council = commission(kg_tj, ref="COUNCIL", title="Council")
    met = session(council, ref="MET", number=2, format="HYBRID")
    AgendaItem.objects.create(session=met, number=1, text="Books")
    (row,) = get("sessions/?commission=COUNCIL&event_format=HYBRID,ONLINE&outcome=HELD")["results"]
    assert (row["title"], row["commission"]["ref"], row["format_label"]) == ("Session 2, Council", "COUNCIL", "Hybrid")
    assert get("sessions/MET/")["agenda"] == [{"number": 1, "text": "Books", "fields": [], "fields_label": []}]


def test_sessions_of_a_draft_commission_are_not_there(kg_tj: Pair) -> None:
    session(commission(kg_tj, ref="DRAFT", visibility="draft"), ref="MET")
    assert refs("sessions/") == []
    assert Client().get("/api/v1/sessions/?commission=DRAFT").status_code == 400


def test_commitments_say_from_where_and_how_far(treaty: Any, kg_tj: Pair) -> None:
    promise = Commitment(
        ref="PROMISE", pair=kg_tj, text="Send books", article=treaty.articles.get(number=2), due_on="2025", state="OPEN"
    )
    write.save(promise, by=write.SYSTEM)
    (row,) = get("commitments/?agreement=TREATY")["results"]
    assert (row["agreement"]["ref"], row["article"], row["session"]) == ("TREATY", 2, None)
    assert (row["state"], row["state_label"], row["due_on"]) == ("OVERDUE", "Overdue", "2025")
    treaty.visibility = "draft"
    write.save(treaty, by=write.SYSTEM)
    assert refs("commitments/") == []


def test_actions_are_a_list_and_those_of_a_draft_are_not_in_it(kg_tj: Pair) -> None:
    treaty, draft = agreement(kg_tj, ref="TREATY"), agreement(kg_tj, ref="DRAFT", visibility="draft")
    ratified = AgreementAction.objects.create(agreement=treaty, action="RATIFY", acted_on="2017", party_id="KG")
    AgreementAction.objects.create(agreement=treaty, action="SUSPEND", acted_on="2019-05-01", ref="A-1")
    hidden = AgreementAction.objects.create(agreement=draft, action="RATIFY", acted_on="2017", party_id="KG")
    (row,) = get("actions/?action=RATIFY&pair=TJ-KG")["results"]
    assert (row["ref"], row["action"], row["party"], row["pair"]) == (str(ratified.pk), "RATIFY", "KG", "KG-TJ")
    assert (row["agreement"]["ref"], row["acted_on_latest"]) == ("TREATY", "2017-12-31")
    assert [row["action"] for row in get("actions/?acted_after=2018&dates=surely")["results"]] == ["SUSPEND"]
    assert [row["action"] for row in get("actions/?has_not=party")["results"]] == ["SUSPEND"]
    assert get(f"actions/{ratified.pk}/") == row
    assert Client().get(f"/api/v1/actions/{hidden.pk}/").status_code == 404
