"""The history of a record as everyone may read it: steps between public versions, and names of fields alone."""

from typing import Any

from django.test import Client

from actors.models import Actor
from registry.core import access, changes, write
from registry.core.models import Pair, User
from tests.cast import event
from tests.everything import keep


def history(record: Any, user: User | None = None) -> list[dict[str, Any]]:
    changes.number()
    client = Client()
    if user is not None:
        client.force_login(user)
    return client.get(f"/api/v1/events/{record.ref}/?expand=history").json()["history"]


def edit(record: Any, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(record, name, value)
    write.save(record, by=write.SYSTEM, why="told by the desk")


def test_the_steps_between_public_versions(kg_tj: Pair) -> None:
    concert = event(kg_tj, title="A secret", visibility=access.DRAFT)
    edit(concert, title="Still a secret", note="also")
    edit(concert, visibility=access.PUBLISHED)
    edit(concert, title="Concert", attendance=40)
    edit(concert, visibility=access.DRAFT)
    edit(concert, note="a secret")
    edit(concert, visibility=access.PUBLISHED, note="", occasion_note="Nowruz")
    told = history(concert)
    assert [(step["number"], step["version"], step["what"], step["fields_changed"]) for step in told] == [
        (4, 7, "published", ["note", "occasion_note"]),
        (3, None, "withdrawn", []),
        (2, 4, "changed", ["attendance", "title"]),
        (1, 3, "published", []),
    ]
    assert all(step["at"] for step in told)
    assert "secret" not in str(told) and not {"by", "why"} & told[0].keys()


def test_who_and_why_are_told_to_its_desks(kg_tj: Pair, aigul: User, nurlan: User) -> None:
    concert = event(kg_tj)
    concert.title = "Concert"
    write.save(concert, by=aigul, why="a slip")
    assert (history(concert, aigul)[0]["by"], history(concert, aigul)[0]["why"]) == (str(aigul), "a slip")
    for other in (None, nurlan):
        assert not {"by", "why"} & history(concert, other)[0].keys()


def test_a_hidden_actor_is_not_told_of(kg_tj: Pair, aigul: User) -> None:
    concert = event(kg_tj)
    hidden = keep(Actor(name="Hidden", type="N_CSO", sector="NON_STATE", country_id="KG", visibility=access.DRAFT))
    with write.change(concert, by=write.SYSTEM):
        concert.save()
        concert.participations.create(actor=hidden, role="ORGANISER")
    assert history(concert)[0]["fields_changed"] == []
    assert history(concert, aigul)[0]["fields_changed"] == ["participations"]


def test_only_one_value_is_known(kg_tj: Pair, client: Client) -> None:
    refused = client.get(f"/api/v1/events/{event(kg_tj).ref}/?expand=all").json()
    assert refused["errors"][0]["parameter"] == "expand"
    assert "history" not in client.get(f"/api/v1/events/{event(kg_tj).ref}/").json()
