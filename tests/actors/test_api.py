"""Actors through the API."""

from typing import Any

from django.test import Client

from actors.models import Actor, ActorIdentifier, ActorName
from continuity.models import InitiativeParticipation
from events.models import EventParticipation
from registry.core.models import Pair
from tests.cast import event, make, programme


def get(path: str) -> Any:
    answer = Client().get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def actor(ref: str, **fields: Any) -> Actor:
    defaults = {"name": ref.title(), "type": "N_UNI", "sector": "STATE", "country_id": "TJ"}
    return make(Actor, defaults, {"ref": ref, **fields})


def test_an_actor_with_its_names_and_numbers(world: None) -> None:
    ministry = actor("MINISTRY", type="S_MIN_CULT")
    university = actor("UNIVERSITY", parent=ministry, predecessor=actor("INSTITUTE", visibility="draft"))
    ActorName.objects.create(actor=university, name="Донишгоҳ", language="tg", valid_from="1994")
    ActorIdentifier.objects.create(actor=university, scheme="ROR", value="012345")
    university.written()
    (row,) = get("actors/?parent=MINISTRY")["results"]
    assert (row["type"], row["sector"], row["country_label"]) == ("N_UNI", "STATE", "Tajikistan")
    assert [(name["name"], name["valid_from_earliest"]) for name in row["other_names"]] == [("Донишгоҳ", "1994-01-01")]
    assert row["identifiers"] == [{"scheme": "ROR", "scheme_label": "ROR", "value": "012345"}]
    assert (row["parent"]["ref"], row["predecessor"]) == ("MINISTRY", None)
    assert get("actors/?q=donishgoh")["results"] == [row]


def test_actors_are_found_by_what_they_are(world: None) -> None:
    actor("UNIVERSITY")
    actor("UNION", type="N_UNION", sector="NON_STATE", country_id="KG")
    for query in ("type=N_UNION", "sector=NON_STATE,MIXED", "country=KG", "q=union"):
        assert [row["ref"] for row in get(f"actors/?{query}")["results"]] == ["UNION"], query


def test_lists_are_in_order_of_names(world: None) -> None:
    for ref in ("B", "A", "C"):
        actor(ref)
    assert [row["ref"] for row in get("actors/")["results"]] == ["A", "B", "C"]
    assert [row["ref"] for row in get("actors/?ordering=-id")["results"]] == ["C", "A", "B"]


def test_a_participation_is_seen_where_both_the_actor_and_what_it_takes_part_in_are(kg_tj: Pair, aigul: Any) -> None:
    union, hidden = (
        make(
            Actor,
            {"name": ref.title(), "type": "N_UNION", "sector": "NON_STATE", "country_id": "KG"},
            {"ref": ref, "visibility": visibility},
        )
        for ref, visibility in (("UNION", "published"), ("HIDDEN", "draft"))
    )
    seen, unseen = set(), set()
    for visibility in ("published", "draft"):
        owners = {
            "event": (EventParticipation, event(kg_tj, visibility=visibility)),
            "initiative": (InitiativeParticipation, programme(kg_tj, visibility=visibility)),
        }
        for name, (table, owner) in owners.items():
            for actor in (union, hidden):
                made = table.objects.create(**{name: owner}, actor=actor, role="ORGANISER", side_id="KG")
                (seen if visibility == "published" and actor is union else unseen).add((name, str(made.pk)))
    at_desk = Client()
    at_desk.force_login(aigul)
    for client, rows in ((Client(), seen), (at_desk, seen | unseen)):
        for name in ("event", "initiative"):
            found = client.get(
                f"/api/v1/{name}-participations/?count=1&actor_type=N_UNION&role=ORGANISER&side=KG"
            ).json()
            assert {(name, row["ref"]) for row in found["results"]} == {row for row in rows if row[0] == name}
            assert found["count"] == len(found["results"])
    for name, ref in unseen:
        assert Client().get(f"/api/v1/{name}-participations/{ref}/").status_code == 404
