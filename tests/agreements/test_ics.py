"""Calendars read back: days that are on file and no others, and entries that a calendar can follow."""

from datetime import date
from typing import Any

from django.test import Client
from icalendar import Calendar

from registry.core import changes, write
from registry.core.models import Change, Pair, Place
from tests.cast import commission, event, session
from tests.everything import keep


def calendar(address: str) -> dict[str, Any]:
    """Return the entries of a calendar by the reference in their UID."""
    answer = Client().get(f"/api/v1/{address}")
    assert answer["Content-Type"].startswith("text/calendar")
    read = Calendar.from_ical(b"".join(answer))
    assert (read["VERSION"], bool(read["PRODID"]), read.errors) == ("2.0", True, [])
    return {entry["UID"].partition("@")[0]: entry for entry in read.subcomponents}


def test_a_day_on_file_and_no_other(kg_tj: Pair) -> None:
    event(kg_tj, ref="DAY", started_on="2019-05-01", ended_on="2019-05-03")
    event(kg_tj, ref="ONE", started_on="2019-05-01")
    event(kg_tj, ref="OPEN", started_on="2019-05-01", ended_on="2019-06")
    event(kg_tj, ref="ABOUT", started_on="2019-05-01~")
    event(kg_tj, ref="MONTH", started_on="2019-05")
    event(kg_tj, ref="YEAR", started_on="2019?")
    event(kg_tj, ref="NEVER", started_on="")
    event(kg_tj, ref="AHEAD", started_on="", planned_on="2027-01-02", planned_until="2027-01-05", outcome="PLANNED")
    event(kg_tj, ref="OFF", started_on="", planned_on="2020-01-02", outcome="CANCELLED")
    found = calendar("events/?format=ics")
    assert {ref: entry.name for ref, entry in found.items()} == dict.fromkeys(
        ("DAY", "ONE", "OPEN", "ABOUT", "AHEAD", "OFF"), "VEVENT"
    ) | dict.fromkeys(("MONTH", "YEAR", "NEVER"), "VJOURNAL")
    days = {
        ref: (e["DTSTART"].dt, e["DTEND"].dt if "DTEND" in e else None) for ref, e in found.items() if "DTSTART" in e
    }
    first = date(2019, 5, 1)
    assert days == {
        "DAY": (first, date(2019, 5, 4)),
        "ONE": (first, date(2019, 5, 2)),
        "OPEN": (first, None),
        "ABOUT": (first, date(2019, 5, 2)),
        "AHEAD": (date(2027, 1, 2), date(2027, 1, 6)),
        "OFF": (date(2020, 1, 2), date(2020, 1, 3)),
    }
    status = {ref: str(found[ref]["STATUS"]) for ref in days}
    assert status == {
        **dict.fromkeys(("DAY", "ONE", "OPEN"), "CONFIRMED"),
        **dict.fromkeys(("ABOUT", "AHEAD"), "TENTATIVE"),
        "OFF": "CANCELLED",
    }
    assert "2019-05" in found["MONTH"]["DESCRIPTION"] and "2019?" in found["YEAR"]["DESCRIPTION"]


def test_an_entry_can_be_followed(kg_tj: Pair, settings: Any) -> None:
    concert = event(kg_tj, ref="CONCERT", title="Наврўз, a; b\nc", country_id="KG")
    before = calendar("events/?format=ics")["CONCERT"]
    concert.outcome = "CANCELLED"
    write.save(concert, by=write.SYSTEM, links={"places": [keep(Place(name="Osh, old town"))]})
    changes.number()
    after = calendar("events/?format=ics")["CONCERT"]
    assert before["UID"] == after["UID"] == f"CONCERT@{settings.SITE_URL.split('//')[1].split(':')[0]}"
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (1, 2)
    at = Change.objects.filter(ref="CONCERT").last().at.replace(microsecond=0)
    assert after["LAST-MODIFIED"].dt == after["DTSTAMP"].dt == at
    assert str(after["SUMMARY"]) == "Наврўз, a; b\nc"
    assert str(after["LOCATION"]) == "Osh, old town, Kyrgyzstan"
    assert str(after["URL"]) == f"{settings.SITE_URL}/events/CONCERT/"


def test_sessions_with_their_filters_and_no_drafts(kg_tj: Pair) -> None:
    body = commission(kg_tj, title="Commission of friendship")
    place = keep(Place(name="Osh"))
    session(body, ref="MET", number=3, started_on="2020-03-12", place=place)
    session(body, ref="OLD", number=1, started_on="2011-03")
    session(body, ref="DRAFT", number=4, visibility="draft")
    found = calendar("sessions/?format=ics")
    assert found.keys() == {"MET", "OLD"}
    assert str(found["MET"]["LOCATION"]) == "Osh" and "Commission of friendship" in found["MET"]["DESCRIPTION"]
    assert calendar("sessions/?format=ics&started_after=2015").keys() == {"MET"}
    assert calendar("sessions/?format=ics&started_after=2025") == {}


def test_what_has_no_days_has_no_calendar(kg_tj: Pair, client: Client) -> None:
    refused = client.get("/api/v1/actors/?format=ics").json()
    assert "Known: json, csv, jsonl, xlsx." in refused["errors"][0]["remedy"]
