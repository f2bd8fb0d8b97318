"""Programmes, events, outputs and fulfilments through the API."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from actors.models import Actor
from agreements.models import Commitment
from continuity.models import Activity
from events.models import BudgetLine, EventParticipation, Fulfilment, Output, Sent, StanceCoding
from registry.core import write
from registry.core.models import Pair, Place, Revision, Term, User
from tests.cast import event, make, programme
from tests.programs import Program


def get(path: str) -> Any:
    answer = Client().get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def refs(path: str) -> list[str]:
    return [row["ref"] for row in get(path)["results"]]


@pytest.fixture
def festival(kg_tj: Pair, on_day: Any) -> Any:
    on_day("2026-11-22")
    place = write.save(Place(ref="P-OSH", name="Osh", country_id="KG"), by=write.SYSTEM)
    festival = event(kg_tj, ref="FESTIVAL", title="Festival", kind="FESTIVAL", border="YES", country_id="KG")
    festival.places.set([place])
    festival.fields.set(Term.objects.filter(vocabulary="field", code__in=["FESTIVAL", "TOURISM"]))
    festival.audiences.set(Term.objects.filter(vocabulary="audience", code="YOUTH"))
    festival.also_involved.set(["UZ", "KZ"])
    for ref, visibility in (("UNION", "published"), ("HIDDEN", "draft")):
        actor = make(
            Actor,
            {"name": ref.title(), "type": "N_UNION", "sector": "NON_STATE", "country_id": "KG"},
            {"ref": ref, "visibility": visibility},
        )
        EventParticipation.objects.create(event=festival, actor=actor, role="ORGANISER", side_id="KG")
    Sent.objects.create(event=festival, country_id="TJ", people=40)
    return festival


def test_what_a_row_of_an_event_says(festival: Any) -> None:
    (row,) = get("events/")["results"]
    assert (row["kind"], row["kind_label"]) == ("FESTIVAL", "Festival")
    assert (row["fields"], row["fields_label"]) == (
        ["FESTIVAL", "TOURISM"],
        [str(term) for term in Term.objects.filter(vocabulary="field", code__in=["FESTIVAL", "TOURISM"])],
    )
    assert (row["pair"], row["pair_label"]) == ("KG-TJ", "Kyrgyzstan and Tajikistan")
    assert (row["country"], row["country_label"]) == ("KG", "Kyrgyzstan")
    assert [place["ref"] for place in row["places"]] == ["P-OSH"]
    assert row["sent"] == [{"country": "TJ", "country_label": "Tajikistan", "people": 40}]
    assert row["also_involved"] == ["KZ", "UZ"]
    (participation,) = row["participations"]
    assert (participation["actor"]["ref"], participation["role"], participation["side"]) == ("UNION", "ORGANISER", "KG")
    assert row["unreported"] is False


@pytest.mark.parametrize(
    "query",
    [
        "field=TOURISM,SPORT",
        "audience=YOUTH",
        "place=P-OSH",
        "border=YES",
        "held_in=KG",
        "also_involved=UZ",
        "actor=UNION&role=ORGANISER&sector=NON_STATE",
        "event_format=ONSITE&outcome=HELD&kind=FESTIVAL",
        "started_after=2020-05-01&started_before=2020-05-01",
        "country=TJ",
        "unreported=NO",
        "q=ФЕСТИВАЛ",
    ],
)
def test_events_are_found(festival: Any, kg_tj: Pair, query: str) -> None:
    event(kg_tj, ref="OTHER", title="Match", outcome="PLANNED", started_on="", planned_on="2026-05", format="ONLINE")
    found = refs(f"events/?{query}")
    assert "FESTIVAL" in found
    assert found == ["FESTIVAL"] or query == "country=TJ"


def test_an_unreported_event_says_so(kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    event(kg_tj, ref="PAST", outcome="PLANNED", started_on="", planned_on="2026-05")
    (row,) = get("events/?unreported=YES")["results"]
    assert (row["ref"], row["unreported"]) == ("PAST", True)


def test_a_programme_and_its_money(kg_tj: Pair) -> None:
    days = programme(kg_tj, ref="DAYS")
    BudgetLine.objects.create(programme=days, amount="1500.50", currency="EUR", year=2020)
    row = get("programmes/DAYS/")
    assert (row["kind"], row["programme_kind"], row["programme_kind_label"]) == (
        "programme",
        "DAYS",
        row["programme_kind_label"],
    )
    assert row["budget"] == [{"year": 2020, "amount": 1500.5, "currency": "EUR", "funder": None}]
    assert refs("programmes/?programme_kind=DAYS,YEAR") == ["DAYS"]


def test_an_output_and_how_it_is_read(festival: Any, kg_tj: Pair, aigul: Any) -> None:
    book = make(
        Output,
        {"pair": kg_tj, "title": "Book", "kind": "PUBLICATION", "published_on": "2021"},
        {"ref": "BOOK", "event": festival},
    )
    StanceCoding.objects.create(output=book, coder=aigul, stance="NEUTRAL", coded_on=date(2022, 1, 1))
    (row,) = get("outputs/?event=FESTIVAL&published_after=2021-06")["results"]
    assert [stance["stance"] for stance in row["stances"]] == ["NEUTRAL"]
    assert "aigul" not in Client().get("/api/v1/outputs/").content.decode().lower()


def test_a_fulfilment_says_how_long_it_took(festival: Any, kg_tj: Pair) -> None:
    promise = write.save(
        Commitment(ref="PROMISE", pair=kg_tj, text="Hold it", promised_on="2020-01-01"), by=write.SYSTEM
    )
    kept = Fulfilment(ref="KEPT", commitment=promise, event=festival, fulfilled_on="2020-05-01")
    write.save(kept, by=write.SYSTEM)
    (row,) = get("fulfilments/?commitment=PROMISE")["results"]
    assert (row["lead_days"], row["event"]["ref"], row["initiative"]) == (121, "FESTIVAL", None)
    festival.visibility = "draft"
    write.save(festival, by=write.SYSTEM)
    programme(kg_tj)  # so that the pair is still public
    assert refs("fulfilments/") == []


# What entering an event asks of the database, each of them once however much is on file:
#
#  1 the token, with its owner
#  2 the desks of its owner
#  3 the pair
#  4 whether the initiative is one of those on offer
#  5 the initiative
#    begin
#  6 whether the aliases of the search are as they were
#  7 insert the event
#  8 lock the initiative and those above it, saying who sees them
#  9 insert its day in the ledger of each of them
# 10 what the rule reads of them, their pair and parent
# 11 their ledger
# 12 their suspensions
# 13 their lapses on file
# 14 which links, rows and citations the event has, for the revision: none
# 15 insert the revision
# 16 insert the change
# 17 what the feed said last of the pair
#    commit; the change gets its place in a transaction of its own
# 18 the event, as a read of it finds it
# 19 which links, rows, citations and documents it has: none
# 20 the initiative, as a link to it says it
ENTERING = 20 + len(["begin", "commit"])


def test_entering_an_event_asks_what_it_must_and_no_more(kg_tj: Pair, bakyt: User, on_day: Any) -> None:
    on_day("2026-11-22")
    council = programme(kg_tj, title="Council", tracking="none")
    days = programme(kg_tj, title="Days", tracking="none", parent=council)
    program = Program(bakyt)
    said = {"pair": "KG-TJ", "initiative": days.ref, "title": "Concert", "kind": "CONCERT", "format": "ONSITE"}
    said |= {"outcome": "HELD", "started_on": "2026-05-17", "visibility": "published"}
    for number, expected in enumerate((None, ENTERING, ENTERING)):  # the first tells that there is a pair, and more
        with CaptureQueriesContext(connection) as asked:
            made = program.post("events/", said)
        assert made.status_code == 201, made.content
        assert expected in (None, len(asked)), "\n".join(query["sql"] for query in asked)
        on_file = Revision.objects.filter(ref=made.json()["ref"]), Activity.objects.filter(evidence_kind="event")
        assert [rows.count() for rows in on_file] == [1, 2 * (number + 1)]
