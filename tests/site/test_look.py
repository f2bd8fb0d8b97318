"""Every page that a visitor reads, as a browser shows it: for everyone, at both widths, with nothing from elsewhere."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from continuity.models import Lapse, Milestone, TensionEpisode
from events.models import Output
from registry.core import write
from registry.core.models import Citation, Framework, Indicator, Pair, Place, Source, Subject
from registry.site.snapshots import building
from tests.cast import agreement, commission, event, programme, session
from tests.words import LISTS

WIDTHS = (1280, 390)


def keep(record: Any) -> Any:
    return write.save(record, by=write.SYSTEM)


@pytest.fixture
def registry(transactional_db: None, kg_tj: Pair, on_day) -> list[str]:
    """A pair with something of every kind: long names, two sources that disagree, something in every state."""
    on_day("2026-11-22")
    mfa = keep(Source(ref="S1", kind="OFFICIAL_PAGE", publisher="Ministry", visibility="published"))
    paper = keep(Source(ref="S2", kind="PRESS", title="News", address="https://example.org/a", visibility="published"))
    town = keep(Place(ref="P1", name="Bishkek", country_id="KG"))
    treaty = agreement(kg_tj, ref="A1", title="Treaty " + "on friendship and cooperation " * 5, signed_place=town)
    council = commission(kg_tj, ref="C1", parent=treaty, started_on="2015-06-01", cadence=365)
    met = session(council, ref="M1", number=1, started_on="2026-06-01", place=town)
    days = programme(kg_tj, ref="D1", title="Days of culture in both countries")
    concert = event(kg_tj, ref="E1", initiative=days, started_on="2016-11-16", ended_on="2016-11-20")
    concert.places.set([town])
    policy = keep(Framework(ref="W1", title="Strategy " + "for the development of culture " * 5, country_id="KG"))
    theatre = keep(Subject(ref="B1", labels={"en": "Theatre", "ru": "Театр", "uz-Cyrl": "Театр"}))
    treaty.frameworks.set([policy])
    for record in (treaty, concert):
        record.subjects.set([theatre])
    event(kg_tj, ref="E2", title="Announced days", initiative=days, outcome="PLANNED", planned_on="2018", started_on="")
    for source, value in ((mfa, "2016-11-16"), (paper, "2016-10")):
        Citation.objects.create(record=concert, source=source, field="started_on", value=value)
    keep(
        TensionEpisode(
            ref="T1",
            pair=kg_tj,
            title="Conflict",
            kind="ARMED_CONFLICT",
            started_on="2021-05-01",
            visibility="published",
        )
    )
    keep(Milestone(ref="V1", pair=kg_tj, title="State visit", kind="STATE_VISIT", started_on="2022-12-22", place=town))
    keep(Indicator(ref="I1", pair=kg_tj, what="students", value=Decimal(6721), unit="people", date="2020", source=mfa))
    keep(Output(ref="O1", pair=kg_tj, title="Book", kind="PUBLICATION", event=concert, visibility="published"))
    building.build()
    return [
        *("/", "/search/?q=days", "/search/?q=nothing-of-the-kind", "/pairs/KG-TJ/", "/pairs/KG-TJ/?as_of=2016-12-01"),
        *("/pairs/KG-TJ/indices/?by=year", "/indices/?pair=KG-TJ&by=year"),
        *(reverse(f"{name}-list") for name in LISTS),
        *("/?as_of=2016-12-01", "/lapses/?as_of=2040-01-01", "/lapses/?as_of=2040-13-01"),
        *(lapse.get_absolute_url() for lapse in Lapse.objects.all()),
        *("/lapsed/", "/concerns/", "/methods/", "/licences/", "/accessibility/", "/health"),
        *("/snapshots/", "/snapshots/1/"),
        *("/coverage/", "/coverage/?pair=KG-TJ", "/coverage/?from=2027&to=2026"),
        *(record.get_absolute_url() for record in (treaty, council, met, days, concert, mfa, paper, town)),
        *("/events/E2/", "/outputs/O1/", "/episodes/T1/", "/milestones/V1/", "/indicators/I1/", "/frameworks/W1/"),
        "/subjects/B1/",
        *("/events/?outcome=HELT", "/pairs/KG-TJ/?as_of=never", "/nowhere/"),
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_everyone_can_read_every_page(page, axe, registry: list[str], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    wrong = {}
    for address in registry:
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        found = axe(page)
        if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
            found.append("scrolls sideways")
        if found:
            wrong[address] = found
    assert wrong == {}


def test_the_filters_fold_on_a_phone_only(page, registry: list[str]) -> None:
    page.goto("/events/")
    expect(page.get_by_label("Outcome")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 900})
    expect(page.get_by_label("Outcome")).not_to_be_visible()
    page.get_by_text("Filter", exact=True).first.click()
    page.get_by_label("Outcome").select_option("PLANNED")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name="Announced days")).to_be_visible()
    expect(page.get_by_role("heading", name="Found 1")).to_be_visible()


def test_the_language_is_chosen_without_a_script(page, registry: list[str]) -> None:
    page.goto("/pairs/KG-TJ/")
    page.get_by_role("button", name="Русский").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Кыргызстан and Таджикистан")
    assert page.url.endswith("/pairs/KG-TJ/")
