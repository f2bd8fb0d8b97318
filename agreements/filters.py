"""Filters of agreements, commissions, sessions and commitments."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from actors.models import Actor
from agreements.models import Agreement, Chair, Commission, Commitment, Session
from agreements.models.commitment import UNFINISHED
from continuity.filters import InitiativeFilterSet
from registry.core import clock
from registry.core.filter_sets import RecordFilterSet
from registry.core.filters import (
    CitedFrom,
    Codes,
    Countries,
    Pairs,
    Refs,
    Search,
    Terms,
    between,
    by_visibility,
)
from registry.core.models import Place


class AgreementFilterSet(InitiativeFilterSet):
    kind = None
    type = Codes("agreement_type", "type")
    declared_status = Codes("agreement_status", "declared_status")
    signed_after, signed_before = between("signed_on", _("Signed from"), _("Signed until"))
    in_force_after, in_force_before = between("in_force_on", _("In force from"), _("In force until"))
    place = Refs(Place, "signed_place", label=_("Signed at"))

    class Meta:
        model = Agreement
        fields: list[str] = []


class CommissionFilterSet(InitiativeFilterSet):
    kind = None
    type = Codes("commission_type", "type")
    standing = Codes("yes_no_unknown", "standing")
    own_secretariat = Codes("yes_no_unknown", "own_secretariat")
    own_budget = Codes("yes_no_unknown", "own_budget")
    host_alternates = Codes("yes_no_unknown", "host_alternates")

    class Meta:
        model = Commission
        fields: list[str] = []

    def taking_part(self, asked: dict[str, Any]) -> Q:
        """Who chairs a commission takes part in it, too, in no listed role."""
        taking_part = super().taking_part(asked)
        if "role__in" in asked:
            return taking_part
        actors = Actor.objects.visible_to(self.user).values("pk")
        chairs = Chair.objects.filter(actor__in=actors).filter(**asked)
        return taking_part | Q(pk__in=chairs.values("commission"))


class SessionFilterSet(RecordFilterSet):
    q = Search()
    commission = Refs(Commission, "commission")
    pair = Pairs("commission__pair")
    country = Countries("commission__pair")
    outcome = Codes("event_outcome", "outcome")
    outcome_reason = Codes("outcome_reason", "outcome_reason")
    event_format = Codes("event_format", "format")
    field = Terms("field", "agenda_fields", label=_("Field on the agenda"))
    place = Refs(Place, "place")
    started_after, started_before = between("started_on", _("Began from"), _("Began until"))
    planned_after, planned_before = between("planned_on", _("Planned from"), _("Planned until"))
    source = CitedFrom()
    visibility = by_visibility()

    class Meta:
        model = Session
        fields: list[str] = []


class CommitmentStates(Codes):
    """States of commitments, OVERDUE by today's date."""

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        late = Q(state__in=UNFINISHED, due_on_latest__lt=clock.today())
        condition = Q(state__in=value) & ~Q(pk__in=rows.model.objects.filter(late).values("pk"))
        return rows.filter(condition | late if "OVERDUE" in value else condition)


class Responsible(Refs):
    """Actors that answer for a commitment on either side."""

    def chosen(self, rows: QuerySet, value: list[Any]) -> QuerySet:
        links = (rows.model.responsible_a.through, rows.model.responsible_b.through)
        one, other = (link.objects.filter(actor__in=value).values("commitment") for link in links)
        return rows.filter(Q(pk__in=one) | Q(pk__in=other))


class CommitmentFilterSet(RecordFilterSet):
    q = Search()
    pair = Pairs()
    country = Countries()
    state = CommitmentStates("commitment_state", "state")
    field = Terms("field", "fields", label=_("Field"))
    session = Refs(Session, "session")
    agreement = Refs(Agreement, "article__agreement")
    actor = Responsible(Actor, label=_("Responsible"))
    promised_after, promised_before = between("promised_on", _("Promised from"), _("Promised until"))
    due_after, due_before = between("due_on", _("Due from"), _("Due until"))
    source = CitedFrom()

    class Meta:
        model = Commitment
        fields: list[str] = []
