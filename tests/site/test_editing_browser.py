"""The editing pages in a browser: a record from the first letter to its undo, and what a screen reader meets."""

import pytest
from playwright.sync_api import expect

from actors.models import Actor
from agreements.models import Commitment
from continuity.models import ActivityEntry
from events.models import Event, Fulfilment
from registry.core import write
from registry.core.models import Citation, Source, Subject
from tests.cast import commission, event, programme, session
from tests.everything import keep


@pytest.fixture
def festival(transactional_db, kg_tj, farrukh):
    """A draft event with rows, links, citations and a past."""
    days = programme(kg_tj, title="Days of culture", ref="P1")
    fair = event(kg_tj, title="Concert of the state orchestra", ref="E1", initiative=days, visibility="draft")
    ministry = Actor(name="Ministry of Culture", type="S_MIN_CULT", sector="STATE", country_id="KG", ref="A1")
    ministry.visibility = "published"
    write.save(ministry, by=write.SYSTEM)
    gazette = write.save(Source(kind="GAZETTE", publisher="Gazette", visibility="published"), by=write.SYSTEM)
    with write.change(fair, by=farrukh, why="From the gazette"):
        fair.participations.create(actor=ministry, role="ORGANISER", side_id="KG")
        fair.sent.create(country_id="TJ", people=40)
        Citation.objects.create(record=fair, source=gazette, field="started_on", value="2020-05-01")
    return fair


@pytest.fixture
def signed_in(page, aigul):
    """A page on which Aigul has signed in."""
    page.goto("/sign-in/?next=/password/change/")
    page.get_by_label("Username").fill("aigul")
    page.get_by_label("Password").fill("aigul")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/password/change/")
    return page


def test_a_record_is_entered_mended_and_brought_back(signed_in, festival):
    page = signed_in
    page.goto("/events/E1/edit/")
    page.get_by_label("Began on").fill("May 26")
    page.get_by_role("button", name="Add another: participation").click()
    # Waited for: the browser moves to the field only once it has drawn the page.
    page.wait_for_function("document.activeElement.name === 'participations-2-actor'")
    page.get_by_label("Title", exact=True).press("Enter")  # must save, not add a row
    assert page.get_by_role("alert").get_by_role("link").all_inner_texts()[0].startswith("Began on: “May 26”")
    page.get_by_role("alert").get_by_role("link").first.click()
    assert page.evaluate("location.hash") == "#id_started_on"
    page.get_by_label("Began on").fill("13.05.2020")
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.wait_for_url("**/events/E1/")
    assert Event.objects.get(ref="E1").started_on == "2020-05-13"

    page.goto("/events/E1/delete/")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url("**/events/E1/")
    assert Event.objects.get(ref="E1").participations.count() == 1


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_open_to_all_readers(signed_in, axe, festival, farrukh, kg_tj, width):
    page = signed_in
    page.set_viewport_size({"width": width, "height": 900})
    council = commission(kg_tj, ref="R52")
    session(council, ref="S1")
    tour = {"initiative_id": festival.initiative_id, "source": Source.objects.get(), "ref": "N1"}
    keep(ActivityEntry(what="A tour", started_on="2019", **tour))
    promise = keep(Commitment(pair=kg_tj, text="A festival", ref="C1"))
    keep(Fulfilment(commitment=promise, event=festival, ref="F1"))
    festival.subjects.set([keep(Subject(labels={"en": "Theatre"}, ref="B1"))])
    for path in (
        "/events/new/",
        "/events/new/?pair=KG-TJ",
        "/agreements/new/?pair=KG-TJ",
        "/commissions/R52/edit/",
        "/sessions/S1/edit/",
        "/actors/A1/edit/",
        "/commitments/new/?pair=KG-TJ",
        "/sources/new/",
        "/places/new/",
        "/frameworks/new/",
        "/subjects/new/",
        "/subjects/B1/delete/",
        "/outputs/new/?pair=KG-TJ",
        "/entries/new/",
        "/entries/new/?initiative=P1",
        "/entries/N1/",
        "/episodes/new/?pair=KG-TJ",
        "/milestones/new/?pair=KG-TJ",
        "/indicators/new/?pair=KG-TJ",
        "/fulfilments/new/",
        "/fulfilments/new/?commitment=C1",
        "/fulfilments/F1/",
        "/events/E1/edit/",
        "/events/E1/history/",
        "/events/E1/delete/",
        "/commissions/R52/delete/",
        "/password/change/",
    ):
        page.goto(path)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
    page.goto("/events/E1/edit/")
    page.get_by_label("Began on").fill("2020-05")
    page.get_by_label("Attendance").fill("many")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator(".understood")).to_contain_text("Understood: May 2020, any day from 1 May 2020")
    assert axe(page) == []
    page.get_by_label("Attendance").fill("40")
    festival.refresh_from_db()
    festival.title = "Another title"
    write.save(festival, by=farrukh, why="Its name by the gazette")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_role("heading", name="Somebody else has saved this")).to_be_visible()
    assert axe(page) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_sign_in_pages_are_open_to_all_readers(page, axe, world, width):
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/sign-in/", "/password/reset/", "/password/sent/", "/password/set/", "/password/reset/x/y/"):
        page.goto(path)
        assert axe(page) == [], path
    page.goto("/sign-in/")
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert axe(page) == []
