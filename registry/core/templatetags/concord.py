"""What every page is made of: chips, dates, labels, source marks, badges, form fields."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from babel import Locale
from babel.dates import format_interval
from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import formats
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from registry.core import access, clock, dates, days, languages, vocabularies
from registry.core.models import Pair

register = template.Library()

SIGNS = {
    "active": '<circle class="f" cx="6" cy="6" r="5"/>',
    "due": '<circle cx="6" cy="6" r="5"/><path d="M6 3v3l2 2"/>',
    "overdue": '<path class="f" d="M6 1.5 11 10.5H1Z"/>',
    "symbolic": '<path d="M6 1 11 6 6 11 1 6Z"/>',
    "dormant": '<circle cx="6" cy="6" r="5"/><path d="M2.5 9.5l7-7"/>',
    "suspended": '<path d="M4 1.5v9M8 1.5v9"/>',
    "planned": '<circle cx="6" cy="6" r="5" stroke-dasharray="2 2"/>',
    "concluded": '<rect class="f" x="2" y="2" width="8" height="8"/>',
    "untracked": '<path d="M1 6h1M5.5 6h1M10 6h1"/>',
    "episodic": '<path d="M1 7c2-5 4-5 5-1s3 4 5-1"/>',
    "unreported": '<path d="M3.5 4.2a2.5 2.5 0 1 1 3.6 2.3C6.2 7 6 7.4 6 8M6 10v1"/>',
}
"""The sign of each state, drawn in a box of 12 by 12."""

LIGHTS = {"green": "active", "amber": "due", "red": "dormant"}
"""Level of health → the state whose sign and colour it has."""


@register.simple_tag
def chip(state: str, size: str = "") -> SafeString:
    """Write a state as sign, word and colour; `size` may be "lg"."""
    word = _("Unreported") if state == "unreported" else vocabularies.label("continuity_state", state)
    return _drawn(state, word, size)


@register.simple_tag
def light(level: Any, size: str = "") -> SafeString:
    """Write how well a part of this installation works (`health.Level`) as sign, word and colour."""
    return _drawn(LIGHTS[level], level.label, size)


def _drawn(state: str, word: str, size: str) -> SafeString:
    return format_html(
        '<span class="chip s-{}{}"><svg viewBox="0 0 12 12" aria-hidden="true" focusable="false">{}</svg>{}</span>',
        state,
        " chip-lg" if size == "lg" else "",
        mark_safe(SIGNS.get(state, SIGNS["untracked"])),  # noqa: S308 - our own drawings
        word,
    )


@register.simple_tag
def badge(record: Any) -> str:
    """Say of a record that not everyone sees it; "" for what everyone does."""
    words = {
        access.DRAFT: gettext_lazy("Draft: seen by the desks of its countries only"),
        access.STAFF_ONLY: gettext_lazy("Staff only: seen by whoever sits at a desk"),
    }
    word = words.get(getattr(record, "visibility", ""))
    return format_html('<span class="badge-draft">{}</span>', word) if word else ""


# Dates, codes and names ------------------------------------------------------------------------------------------


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")


@register.filter
def day(value: date | None) -> str:
    """Write a day in the reader's language; "" without one."""
    return dates.display_day(value) if value else ""


@register.filter
def fuzzy(text: str | None) -> str:
    """Write a fuzzy date in the reader's language; "" without one."""
    return dates.display(text or "")


@register.filter
def marked(text: str) -> SafeString:
    """Write a text of the API's description: what stands between backticks is code."""
    parts = (format_html("<code>{}</code>" if at % 2 else "{}", part) for at, part in enumerate(text.split("`")))
    return SafeString("".join(parts))


def span_of(first: str, last: str) -> str:
    """Write a first and a last fuzzy day as one: “8 to 13 July 2015”."""
    if not first or not last or first == last:
        return dates.display(first or last)
    begin, end = dates.parse(first), dates.parse(last)
    exact = {begin.precision, end.precision} == {"day"} and not begin.qualifier and not end.qualifier
    if exact and (get_language() or "en") != "en":
        return format_interval(begin.earliest, end.earliest, "yMMMMd", locale=_locale())
    start = dates.display(first)
    if exact and begin.earliest.year == end.earliest.year:
        # the year, and the month where it is the same, stand once
        kept = 1 if begin.earliest.month == end.earliest.month else 2
        start = " ".join(start.split()[:kept])
    return _("%(first)s to %(last)s") % {"first": start, "last": dates.display(last)}


@register.simple_tag
def span(first: str, last: str) -> str:
    """As `span_of`, for templates."""
    return span_of(first, last)


@register.simple_tag
def held_on(record: Any) -> str:
    """Write when a session or an event was held, else for when it was planned; "" where neither is on file."""
    if record.started_on:
        return span_of(record.started_on, record.ended_on)
    if record.planned_on:
        until = getattr(record, "planned_until", "")
        return _("planned for %(date)s") % {"date": span_of(record.planned_on, until)}
    return ""


@register.filter
def label(code: str, vocabulary: str) -> str:
    """Write the label of a code: `{{ actor.sector|label:"sector" }}`."""
    return vocabularies.label(vocabulary, code) if code else ""


@register.filter
def country(code: str) -> str:
    """Write the name of a country by its code."""
    return languages.country_name(code)


@register.filter
def language(tag: str) -> str:
    """Write the name of a language by its BCP 47 tag; several may be parted by semicolons."""
    names = Locale.parse(_locale()).languages
    return ", ".join(names.get(part, part) for part in filter(None, map(str.strip, tag.split(";"))))


@register.filter
def host(address: str) -> str:
    """Return the host of an address, which is what a reader recognises."""
    return (urlsplit(address).hostname or address).removeprefix("www.")


@register.filter
def outside(address: str) -> str:
    """Write an address on another site as a link named by its host; "" without one."""
    return format_html('<a href="{}" rel="noreferrer">{}</a>', address, host(address)) if address else ""


@register.filter
def number(value: float | None) -> str:
    """Write a number with its thousands parted as the reader's language does; "" without one."""
    return "" if value is None else formats.number_format(value, use_l10n=True, force_grouping=True)


@register.simple_tag
def today() -> date:
    """Return today, which every page names."""
    return clock.today()


@register.simple_tag
def asked_day() -> date | None:
    """Return the day that the reader asks about; None where none is asked for."""
    return days.asked()


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """Return `mapping[key]`, or None."""
    return mapping.get(key)


# Links -----------------------------------------------------------------------------------------------------------


@register.simple_tag
def address(name: str, /, *args: Any, **query: Any) -> str:
    """Return the address of a page with its parameters, or "" where the registry has no such page."""
    try:
        return days.page(name, *args, **query)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def nav(context: dict[str, Any], name: str, title: str) -> SafeString:
    """Write one entry of the main navigation, marked where the reader is under it."""
    request: HttpRequest | None = context.get("request")
    is_here = request is not None and request.path.startswith(reverse(name))
    here = mark_safe(' aria-current="page"') if is_here else ""
    return format_html('<li><a href="{}"{}>{}</a></li>', days.page(name), here, title)


@register.filter
def linked(record: Any) -> SafeString:
    """Write a record as a link to its page; its name alone where its kind has no page."""
    if not hasattr(record, "url_name") or not address(f"{record.url_name()}-detail", record.ref):
        return conditional_escape(str(record))
    return format_html('<a href="{}">{}</a>', record.get_absolute_url(), record)


@register.filter
def linked_all(records: Iterable[Any]) -> SafeString:
    """Write records as links, parted by commas."""
    return mark_safe(", ".join(linked(record) for record in records))  # noqa: S308 - parts are escaped


# Sources ---------------------------------------------------------------------------------------------------------


@register.simple_tag
def marks(notes: Any, record: Any, *fields: str) -> str:
    """Write the source marks of a record, or of some of its fields: “[1] [2]”, glued to the word before."""
    return write_marks(notes.numbers(record, fields))


@register.simple_tag
def mark(notes: Any, source: Any) -> str:
    """Write the mark of one source; "" without one."""
    return write_marks([notes.number(source)]) if source else ""


def write_marks(numbers: Iterable[int]) -> str:
    """Write source marks that lead to the numbered sources at the foot of the page."""
    links = [
        format_html('<a href="#s{0}" aria-label="{1}">[{0}]</a>', number, _("Source %(number)s") % {"number": number})
        for number in numbers
    ]
    return mark_safe('&nbsp;<span class="fn">' + "".join(links) + "</span>") if links else ""  # noqa: S308 - escaped


# Parts -----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("core/parts/completeness.html")
def completeness(pair: Pair | None = None) -> dict[str, Any]:
    """Say how complete the record of a pair is claimed to be, or of the whole registry without a pair."""
    return {"pair": pair, "is_sample": not settings.PRODUCTION}


@register.inclusion_tag("core/parts/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """Write one field of a form: label, help, error, control, joined for those who hear the page."""
    widget = bound.field.widget
    return {
        "field": bound,
        "many": isinstance(widget, CheckboxSelectMultiple | RadioSelect),
        "single": isinstance(widget, CheckboxInput),
    }


@register.simple_tag
def control(bound: BoundField) -> SafeString:
    """Write the control of a field in our dress; Django joins it to `…_helptext` and `…_error`."""
    widget = bound.field.widget
    if isinstance(widget, CheckboxInput | CheckboxSelectMultiple | RadioSelect):
        dress = "form-check-input"
    else:
        dress = "form-select" if isinstance(widget, Select) else "form-control"
    return bound.as_widget(attrs={"class": f"{widget.attrs.get('class', '')} {dress}".strip()})
