"""Filters of agreements, commissions, sessions and commitments."""

from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Concat, Replace
from django.utils.translation import gettext_lazy as _

from actors.models import Actor
from agreements.models import Agreement, AgreementAction, Chair, Commission, Commitment, Session
from agreements.models.commitment import UNFINISHED
from continuity.filters import InitiativeFilterSet
from continuity.filters_told import tension
from registry.core import clock
from registry.core.filter_sets import RecordFilterSet
from registry.core.filters import (
    MANY,
    CitedFrom,
    Codes,
    Countries,
    Exactly,
    Languages,
    OneCountry,
    Pairs,
    Refs,
    Search,
    Terms,
    by_visibility,
)
from registry.core.models import Place, Source
from registry.core.on_file import minutes
from registry.core.ranges import Number, between


class ComputedStatuses(Codes):
    """The status that the dates on file give for the day that `as_of` names, or today; as `computed_status`."""

    def __init__(self) -> None:
        super().__init__("agreement_status", label=_("Status by its dates"), help_text=MANY)

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        day = self.parent.as_of
        status = Case(
            When(ended_on_latest__lt=day, then=Value("EXPIRED")),
            When(in_force_on_latest__lte=day, then=Value("IN_FORCE")),
            When(signed_on_latest__lte=day, then=Value("SIGNED")),
            When(declared_status="DRAFT", then=Value("DRAFT")),
            default=Value("UNKNOWN"),
        )
        return rows.alias(status_then=status).filter(status_then__in=value)


class AuthenticIn(Languages):
    """Tags of which one is among those that stand in a column, parted by semicolons."""

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        listed = Concat(Value(";"), Replace(self.field_name, Value(" "), Value("")), Value(";"))
        condition = Q()
        for tag in value:
            condition |= Q(tags__contains=f";{tag};")
        return rows.alias(tags=listed).filter(condition)


class AgreementFilterSet(InitiativeFilterSet):
    kind = None
    type = Codes("agreement_type", "type")
    declared_status = Codes("agreement_status", "declared_status")
    signed_after, signed_before = between("signed_on", _("Signed from"), _("Signed until"))
    in_force_after, in_force_before = between("in_force_on", _("In force from"), _("In force until"))
    place = Refs(Place, "signed_place", label=_("Signed at"))
    computed_status = ComputedStatuses()
    tacit_renewal = Codes("yes_no_unknown", "tacit_renewal")
    authentic_in = AuthenticIn("languages", label=_("Authentic in"))
    action = Codes("agreement_action", "actions__action", label=_("Something done to it"))
    registration = Exactly(
        field_name="registrations__number", label=_("Registration"), help_text=_("Number in a register.")
    )
    on_file = (
        *InitiativeFilterSet.on_file,
        *("signed_on", "signed_place", "in_force_on", "term_months", "renewal_months", "notice_months", "languages"),
        *("registrations", "actions", "articles", "text"),
    )

    class Meta:
        model = Agreement
        fields: list[str] = []


class ActionFilterSet(RecordFilterSet):
    agreement = Refs(Agreement, "agreement")
    pair = Pairs("agreement__pair")
    country = Countries("agreement__pair")
    action = Codes("agreement_action", "action")
    party = OneCountry("party", label=_("Party"))
    acted_after, acted_before = between("acted_on", _("Done from"), _("Done until"))
    source = Refs(Source, "source")
    on_file = ("party", "acted_on", "source", "note")

    class Meta:
        model = AgreementAction
        fields: list[str] = []


class CommissionFilterSet(InitiativeFilterSet):
    kind = None
    type = Codes("commission_type", "type")
    standing = Codes("yes_no_unknown", "standing")
    own_secretariat = Codes("yes_no_unknown", "own_secretariat")
    own_budget = Codes("yes_no_unknown", "own_budget")
    host_alternates = Codes("yes_no_unknown", "host_alternates")
    on_file = (*InitiativeFilterSet.on_file, "status_as_stated", "chairs", "sessions")

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
    ended_after, ended_before = between("ended_on", _("Ended from"), _("Ended until"))
    reported_after, reported_before = between("reported_on", _("Reported from"), _("Reported until"), fuzzy=False)
    commission_type = Codes("commission_type", "commission__type", label=_("Type of commission"))
    number = Number("number", "exact", most=32767, label=_("Number"), help_text=_("Its number within the commission."))
    minutes_language = Languages("minutes_language")
    in_tension, episode = tension("started_on", "planned_on", pair="commission__pair")
    source = CitedFrom()
    on_file = (
        *("number", "planned_on", "started_on", "ended_on", "reported_on", "place", "format", "outcome_reason"),
        *("agenda", "agenda_fields", "decisions", "minutes_language", "note"),
    )
    more_on_file = {"minutes": minutes}
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
    state_a = Codes("commitment_state", "state_a", label=_("State, first side"))
    state_b = Codes("commitment_state", "state_b", label=_("State, second side"))
    in_tension, episode = tension("promised_on")
    source = CitedFrom()
    on_file = (
        *("article", "session", "fields", "promised_on", "due_on", "state_a", "state_b"),
        *("responsible_a", "responsible_b", "note"),
    )

    class Meta:
        model = Commitment
        fields: list[str] = []
