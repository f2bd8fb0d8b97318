"""How agreements, commissions, sessions and commitments stand in lists."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agreements.models import Agreement, Commitment, Session
from continuity import tables
from registry.core import clock, dates, vocabularies
from registry.core.tables import Column, named
from registry.core.templatetags.concord import chip, held_on, linked

ENDED = ("EXPIRED", "TERMINATED", "SUPERSEDED", "NEVER_IN_FORCE")


def differing_status(agreement: Agreement, day: date) -> str:
    """Return the label of the status its dates give, where it is not the declared one; else ""."""
    computed, declared = agreement.computed_status(day), agreement.declared_status
    same_thing = computed == "EXPIRED" and declared in ENDED
    if "UNKNOWN" in (computed, declared) or computed == declared or same_thing:
        return ""
    return vocabularies.label("agreement_status", computed)


def in_months(count: int) -> str:
    """Write a number of months."""
    return ngettext("%(n)s month", "%(n)s months", count) % {"n": count}


def status_cell(agreement: Any) -> str:
    """Write the declared status and, where its dates say something else, that too."""
    declared = agreement.get_declared_status_display() if agreement.declared_status != "UNKNOWN" else ""
    differing = differing_status(agreement, agreement.asked_on)
    if not differing:
        return declared
    words = _("by its dates: %(status)s") % {"status": differing}
    return format_html('{}<div class="small differs">{}</div>', declared, words)


AGREEMENTS = (
    tables.STATE,
    Column(
        gettext_lazy("Agreement"),
        lambda row: named(row, _("%(pair)s, %(type)s") % {"pair": row.pair, "type": row.get_type_display()}),
        head=True,
    ),
    Column(gettext_lazy("Signed"), lambda row: dates.display(row.signed_on), css="nowrap"),
    Column(gettext_lazy("Declared status"), status_cell),
)
COMMISSIONS = (
    tables.STATE,
    Column(
        gettext_lazy("Commission"),
        lambda row: named(row, _("%(pair)s, %(type)s") % {"pair": row.pair, "type": row.get_type_display()}),
        head=True,
    ),
    Column(gettext_lazy("Begun"), lambda row: dates.display(row.started_on)),
    tables.LAST,
    Column(gettext_lazy("Expected every"), tables.cadence_cell, empty=gettext_lazy("no clock")),
)


def is_unreported(record: Any, day: date) -> bool:
    """Say whether the last planned day of a session or an event is past and nobody has said what became of it."""
    until = getattr(record, "planned_until_latest", None) or record.planned_on_latest
    return record.outcome == "PLANNED" and until is not None and until < day


def outcome_cell(record: Any) -> str:
    """Write what became of a session or an event; a planned day that is past without a word is said plainly."""
    if is_unreported(record, clock.today()):
        return chip("unreported")
    reason = record.get_outcome_reason_display() if record.outcome_reason else ""
    return f"{record.get_outcome_display()}: {reason}" if reason else record.get_outcome_display()


WHEN = Column(gettext_lazy("When"), held_on, css="when")
PLACE = Column(gettext_lazy("Place"), lambda row: linked(row.place) if row.place else "")
OUTCOME = Column(gettext_lazy("Outcome"), outcome_cell)
SESSIONS = (
    Column(gettext_lazy("Session"), lambda row: named(row, str(row.commission.pair)), head=True),
    WHEN,
    PLACE,
    OUTCOME,
)
SESSIONS_OF_ONE = (
    Column(gettext_lazy("Session"), lambda row: named(row, text=row.name), head=True),
    WHEN,
    PLACE,
    OUTCOME,
)


def sessions(user: Any) -> QuerySet:
    """Return the sessions that `user` may see, with what the columns need."""
    return Session.objects.visible_to(user).select_related("commission__pair__a", "commission__pair__b", "place")


def state_of(row: Commitment) -> str:
    """Write the state of a promise today; overdue where its due day is past."""
    state = row.state_on(clock.today())
    if state == "OVERDUE":
        return chip("overdue")
    return vocabularies.label("commitment_state", state)


def sides_of(row: Commitment) -> str:
    """Write the state of each side, as far as on file, in the order of the reader's alphabet."""
    states = {row.pair.a_id: row.state_a, row.pair.b_id: row.state_b}
    said = [
        f"{country.name}: {vocabularies.label('commitment_state', states[country.pk])}"
        for country in row.pair.countries
        if states[country.pk]
    ]
    return "; ".join(said)


COMMITMENTS = (
    Column(gettext_lazy("State"), state_of),
    Column(gettext_lazy("What was promised"), lambda row: named(row, str(row.pair)), head=True),
    Column(gettext_lazy("Promised"), lambda row: dates.display(row.promised_on)),
    Column(gettext_lazy("Due"), lambda row: dates.display(row.due_on)),
    Column(gettext_lazy("Sides"), sides_of),
)


def commitments(user: Any) -> QuerySet:
    """Return the commitments that `user` may see, with what the columns need."""
    return Commitment.objects.visible_to(user).select_related("pair__a", "pair__b")
