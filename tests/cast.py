"""The cast: who acts in the tests, and the small world they act in. All names of people are made up.

Aigul edits and Bakyt approves at the desk of Kyrgyzstan, Farrukh edits and Gulnora approves at that of Tajikistan,
Nurlan edits at that of Kazakhstan: to the pair KG-TJ he is another desk. Sardor only has an account. Rosa keeps the
registry.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from agreements.models import Agreement, Commission, Session
from events.models import Event, Programme
from registry.core import clock, write
from registry.core.models import Country, DeskRole, Pair, User

COUNTRIES = ("KG", "KZ", "TJ", "TM", "UZ", "BR", "NA")


@pytest.fixture
def world(db: None) -> None:
    """A few countries and all terms of the vocabularies."""
    from django.core.management import call_command

    call_command("load_vocabularies", verbosity=0)
    Country.objects.bulk_create([Country(code=code) for code in COUNTRIES], ignore_conflicts=True)


def person(name: str, country: str = "", role: str = "", **fields: Any) -> User:
    """Store one user, with a seat at a desk where `country` and `role` are given. The password is the name."""
    user = User.objects.create_user(name, f"{name}@example.org", name, first_name=name.title(), **fields)
    if country:
        DeskRole.objects.create(user=user, country_id=country, role=role)
    return user


@pytest.fixture
def aigul(world: None) -> User:
    return person("aigul", "KG", "editor")


@pytest.fixture
def bakyt(world: None) -> User:
    return person("bakyt", "KG", "approver")


@pytest.fixture
def farrukh(world: None) -> User:
    return person("farrukh", "TJ", "editor")


@pytest.fixture
def gulnora(world: None) -> User:
    return person("gulnora", "TJ", "approver")


@pytest.fixture
def nurlan(world: None) -> User:
    return person("nurlan", "KZ", "editor")


@pytest.fixture
def sardor(world: None) -> User:
    return person("sardor")


@pytest.fixture
def rosa(world: None) -> User:
    return person("rosa", is_staff=True, is_superuser=True)


@pytest.fixture
def on_day(settings: Any) -> Callable[[str], date]:
    """Return a function that moves today to a day or a moment, as the variable CLOCK does: `on_day("2026-11-22")`."""

    def move(text: str) -> date:
        is_day = len(text) == len("2026-11-22")
        settings.CLOCK = date.fromisoformat(text) if is_day else datetime.fromisoformat(text).replace(tzinfo=UTC)
        return clock.today()

    return move


@pytest.fixture
def kg_tj(world: None) -> Pair:
    """The pair of Kyrgyzstan and Tajikistan, tracked from 1 January 2015, which is assumed."""
    pair = Pair.objects.between("KG", "TJ")
    pair.tracked_from, pair.tracking_basis = date(2015, 1, 1), "assumed"
    return write.save(pair, by=write.SYSTEM)


# Makers: one published record with sound defaults; any field can be given ----------------------------------------


def make(model: type, defaults: dict[str, Any], fields: dict[str, Any]) -> Any:
    record = model(**{"visibility": "published", **defaults, **fields})
    record.full_clean(exclude=record.DERIVED)  # that is set when it is saved
    return write.save(record, by=write.SYSTEM)


def agreement(pair: Pair, **fields: Any) -> Agreement:
    defaults = {"title": "Treaty", "type": "TREATY", "declared_status": "SIGNED", "rhythm": "irregular"}
    return make(Agreement, {"pair": pair, "signed_on": "2016-01-10", **defaults}, fields)


def commission(pair: Pair, **fields: Any) -> Commission:
    defaults = {"title": "Joint commission", "type": "JOINT_CULT", "rhythm": "regular", "started_on": "2016-01-01"}
    return make(Commission, {"pair": pair, **defaults}, fields)


def programme(pair: Pair, **fields: Any) -> Programme:
    defaults = {"title": "Days of culture", "programme_kind": "DAYS", "rhythm": "regular", "started_on": "2016-01-01"}
    return make(Programme, {"pair": pair, **defaults}, fields)


def session(commission: Commission, **fields: Any) -> Session:
    return make(Session, {"commission": commission, "started_on": "2020-03-12", "outcome": "HELD"}, fields)


def event(pair: Pair, **fields: Any) -> Event:
    defaults = {
        "title": "Concert",
        "kind": "CONCERT",
        "format": "ONSITE",
        "outcome": "HELD",
        "started_on": "2020-05-01",
    }
    return make(Event, {"pair": pair, **defaults}, fields)
