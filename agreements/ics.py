"""Calendars (iCalendar, RFC 5545) of what took place on a day or is planned for one: sessions and events.

No day is invented. What has a day on file is a VEVENT of whole days; what is known only by its month or year, or not
at all, is a VJOURNAL without a day, which a calendar keeps and shows on none. A day that the source is not sure of
(`1994-01-10~`) is a tentative one. SEQUENCE is the version of the record, UID its reference: a calendar that reads the
address again changes the entries it has.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Component, Event, Journal

from registry.core import changes, clock, dates
from registry.core.models import Record

MEDIA_TYPE = "text/calendar; charset=utf-8"
AT_ONCE = 500

CANCELLED = ("CANCELLED", "POSTPONED", "SUSPENDED")
"""Outcomes after which nothing happens on the day that was planned."""


def calendar_of(model: type[Record]) -> Any:
    """Return how a list of this kind is written: a function (columns, rows as in the API) → parts of the file."""

    def write(columns: Any, rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
        calendar = Calendar()
        calendar.add("prodid", "-//Concord//registry//EN")
        calendar.add("version", "2.0")
        calendar.add("x-wr-calname", "Concord")
        begin, end, nothing = calendar.to_ical().partition(b"END:VCALENDAR")
        yield begin
        left = iter(rows)
        while some := list(islice(left, AT_ONCE)):
            told = {last.ref: last.at for last in changes.latest_of(model, [row["ref"] for row in some])}
            for row in some:
                yield entry_of(row, told.get(row["ref"]) or clock.now()).to_ical()
        yield end + nothing

    return write


def entry_of(row: dict[str, Any], changed_at: Any) -> Component:
    """Return the entry for a row of the API that was last changed at this moment."""
    first_text = row["started_on"] or row["planned_on"]
    last_text = row["ended_on"] if row["started_on"] else row.get("planned_until")
    first = dates.parse(first_text) if first_text else None
    on_a_day = first is not None and first.precision == "day"
    entry: Component = Event() if on_a_day else Journal()
    entry.add("uid", f"{row['ref']}@{urlsplit(settings.SITE_URL).hostname}")
    entry.add("dtstamp", changed_at)
    entry.add("last-modified", changed_at)
    entry.add("sequence", row["version"])
    entry.add("summary", row["title"])
    entry.add("url", row["url"])
    if row.get("kind_label"):
        entry.add("categories", [row["kind_label"]])
    if on_a_day:
        entry.add("dtstart", first.earliest)
        last = dates.parse(last_text) if last_text else first
        if last.precision == "day" and last.latest >= first.earliest:
            entry.add("dtend", last.latest + timedelta(days=1))  # the first day after it
        entry.add("status", _status(row["outcome"], bool(first.qualifier)))
        entry.add("transp", "TRANSPARENT")  # nobody is busy because of it
        if where := _where(row):
            entry.add("location", where)
    loose = "" if on_a_day and not first.qualifier else first_text
    entry.add("description", "\n".join(filter(None, [row["outcome_label"], loose, _under(row), row["url"]])))
    return entry


def _status(outcome: str, in_doubt: bool) -> str:
    if outcome in CANCELLED:
        return "CANCELLED"
    return "TENTATIVE" if outcome == "PLANNED" or in_doubt else "CONFIRMED"


def _where(row: dict[str, Any]) -> str:
    places = row["places"] if "places" in row else filter(None, [row["place"]])
    return ", ".join(filter(None, [*(place["title"] for place in places), row.get("country_label")]))


def _under(row: dict[str, Any]) -> str:
    under = row.get("commission") or row.get("initiative")
    return under["title"] if under else ""
