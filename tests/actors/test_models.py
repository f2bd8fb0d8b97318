"""Actors: names over time, the tree they stand in, what they refuse."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from actors.models import LEADING_ROLES, Actor, ActorIdentifier, ActorName
from registry.core import write
from registry.core.models import User
from tests.everything import keep


def ministry(**fields: Any) -> Actor:
    return Actor(**{"name": "Ministry", "type": "S_MIN_CULT", "sector": "STATE", "country_id": "KG", **fields})


def refused(record: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as error:
        record.full_clean()
    return error.value.message_dict


@pytest.mark.parametrize("field", ["parent", "predecessor"])
def test_no_actor_is_part_of_itself_or_its_own_predecessor(world: None, field: str) -> None:
    top = keep(ministry())
    middle = keep(ministry(**{field: top}))
    low = keep(ministry(**{field: middle}))
    for other in (top, middle, low):
        setattr(top, field, other)
        assert refused(top) == {field: ["This would make a circle. Choose another actor."]}
    setattr(top, field, None)
    top.full_clean()


def test_a_name_that_ends_before_it_begins(world: None) -> None:
    name = ActorName(actor=keep(ministry()), name="Министерство", language="ru", valid_from="2010", valid_until="2009")
    assert "“2009” lies before “2010”" in refused(name)["valid_until"][0]


def test_a_number_belongs_to_one_actor(world: None) -> None:
    keep(ministry()).identifiers.create(scheme="ROR", value="02n415q13")
    other = ActorIdentifier(actor=keep(ministry()), scheme="ROR", value="02n415q13")
    assert "__all__" in refused(other)
    ActorIdentifier(actor=other.actor, scheme="ISNI", value="02n415q13").full_clean()


def test_the_sector_is_its_own_field_and_the_type_suggests_one(world: None) -> None:
    """A newspaper may be the state’s own."""
    paper = keep(ministry(type="N_MEDIA", sector="STATE"))
    assert (paper.sector, paper.default_sector) == ("STATE", "NON_STATE")
    assert "sector" in refused(ministry(sector="PUBLIC"))


def test_an_old_name_is_found(world: None) -> None:
    actor = keep(ministry())
    with write.change(actor, by=write.SYSTEM):
        actor.save()
        actor.other_names.create(name="Маданият министрлиги", language="ky", valid_until="2012")
    assert list(Actor.objects.search("madaniyat")) == [actor]
    with write.change(actor, by=write.SYSTEM):
        actor.save()
        actor.other_names.all().delete()
    assert not Actor.objects.search("madaniyat").exists()


def test_an_actor_that_took_part_stays(world: None, rosa: User) -> None:
    top = keep(ministry(name="Ministry of Culture"))
    keep(ministry(name="Department", parent=top))
    with pytest.raises(ValidationError, match="actor “Department”"):
        write.delete(top, by=rosa)


def test_who_holds_the_reins() -> None:
    assert set(LEADING_ROLES) == {"INITIATOR", "ORGANISER", "CO_ORGANISER", "COORDINATOR"}
