"""Pages of programmes, events and outputs."""

import pytest

from actors.models import Actor
from events.models import BudgetLine, EventParticipation, Output, Sent
from registry.core import write
from tests.cast import event, programme
from tests.words import text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(on_day) -> None:
    on_day("2026-11-22")


def keep(record):
    return write.save(record, by=write.SYSTEM)


def test_an_unreported_event_says_so_plainly(client, kg_tj) -> None:
    days = event(kg_tj, title="Days", outcome="PLANNED", planned_on="2026-05", started_on="")
    page = text(client.get(days.get_absolute_url()))
    assert "Unreported Its planned day is past, and what became of it is not on file." in page
    assert "Planned for May 2026" in page and "Took place not on file" in page
    ahead = event(kg_tj, title="Later", outcome="PLANNED", planned_on="2026-12", started_on="")
    assert "Unreported" not in text(client.get(ahead.get_absolute_url()))
    assert "Found 1 " in text(client.get("/events/?unreported=YES"))


def test_an_event_shows_who_took_part_as_far_as_the_reader_may_see(client, kg_tj, aigul) -> None:
    concert = event(kg_tj, attendance=1200, outcome_reason="")
    known = keep(Actor(name="Philharmonic", type="S_AGENCY", sector="STATE", visibility="published"))
    hidden = keep(Actor(name="Unknown donor", type="S_AGENCY", sector="STATE", country_id="KG"))
    for actor in (known, hidden):
        EventParticipation.objects.create(event=concert, actor=actor, role="ORGANISER", side_id="KG")
    Sent.objects.create(event=concert, country_id="TJ", people=40)
    page = text(client.get(concert.get_absolute_url()))
    assert "Philharmonic" in page and "Tajikistan 40" in page and "Attendance 1,200" in page
    assert "Unknown donor" not in page
    assert "Unknown donor" not in text(client.get("/events/"))
    client.force_login(aigul)
    assert "Unknown donor" in text(client.get(concert.get_absolute_url()))
    assert "Unknown donor" in text(client.get("/events/"))


def test_a_programme_shows_editions_and_budget(client, kg_tj) -> None:
    days = programme(kg_tj)
    assert "No event of it is on file." in text(client.get(days.get_absolute_url()))
    event(kg_tj, title="First edition", initiative=days)
    donor = keep(Actor(name="Quiet donor", type="S_AGENCY", sector="STATE", country_id="KG"))
    BudgetLine.objects.create(programme=days, year=2020, amount=25000, currency="EUR", funder=donor)
    page = text(client.get(days.get_absolute_url()))
    assert "First edition" in page and "25,000.00 EUR" in page and "Quiet donor" not in page


def test_an_output_leads_to_its_event(client, kg_tj) -> None:
    fair = event(kg_tj, title="Book fair")
    book = keep(
        Output(
            pair=kg_tj,
            event=fair,
            title="Poems",
            kind="PUBLICATION",
            language="tg",
            copies=1000,
            visibility="published",
        )
    )
    page = text(client.get(book.get_absolute_url()))
    assert "Book fair" in page and "Language Tajik" in page and "Copies 1,000" in page
    assert "Poems" in text(client.get(fair.get_absolute_url()))
