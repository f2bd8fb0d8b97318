"""The API of agreements, commissions, sessions and commitments."""

from typing import Any

from django.db import models
from django.db.models import Case, F, QuerySet, Value, When
from rest_framework import serializers

from agreements import filters, ics
from agreements.forms import AgreementForm, CommissionForm, CommitmentForm, SessionForm
from agreements.models import (
    AgendaItem,
    Agreement,
    AgreementAction,
    Article,
    Chair,
    Commission,
    Commitment,
    Registration,
    Session,
)
from agreements.models.commitment import UNFINISHED
from continuity.api import (
    INITIATIVE,
    OF_INITIATIVES,
    OF_ONE_INITIATIVE,
    InitiativeDetailSerializer,
    InitiativeSerializer,
    InitiativeViewSet,
)
from continuity.api_around import EVIDENCE
from registry.core import clock, export, vocabularies
from registry.core.api import NumberedViewSet, router
from registry.core.api_write import WriteViewSet
from registry.core.examples import Example
from registry.core.grouping import By, Year, by_pair
from registry.core.serializers import (
    DETAIL,
    NAMED_BY,
    NAMED_WITH,
    RECORD,
    TITLES,
    DetailSerializer,
    LinkField,
    PartSerializer,
    RowSerializer,
    api_url,
    link,
)

NAMED_BY[Commitment] = "text"
NAMED_WITH[Session] = ("commission",)
TITLES[Session] = "commission__title"
EVIDENCE |= {"session": Session, "agreement": Agreement}


# Agreements ----------------------------------------------------------------------------------------------------------


class RegistrationSerializer(PartSerializer):
    class Meta:
        model = Registration
        fields = ("scheme", "number")


class ActionSerializer(PartSerializer):
    class Meta:
        model = AgreementAction
        fields = ("action", "party", "acted_on", "source", "note")


class ArticleSerializer(PartSerializer):
    class Meta:
        model = Article
        fields = ("number", "heading", "text", "fields")


AGREEMENT = (
    *INITIATIVE,
    *("type", "declared_status", "computed_status", "computed_status_label", "signed_on", "signed_place"),
    *("in_force_on", "term_months", "tacit_renewal", "renewal_months", "notice_months", "languages", "registrations"),
)


class AgreementSerializer(InitiativeSerializer):
    registrations = RegistrationSerializer(many=True, read_only=True, help_text="Numbers in registers.")
    computed_status = serializers.SerializerMethodField(help_text="Status that the dates on file give for the day.")
    computed_status_label = serializers.SerializerMethodField(help_text="The same in the language asked for.")

    class Meta:
        model = Agreement
        fields = (*AGREEMENT, "visibility", *RECORD)
        joined = ("pair", "signed_place")

    def get_computed_status(self, row: Agreement) -> str:
        return row.computed_status(row.asked_on)

    def get_computed_status_label(self, row: Agreement) -> str:
        return vocabularies.label("agreement_status", row.computed_status(row.asked_on))


class AgreementDetailSerializer(AgreementSerializer, InitiativeDetailSerializer):
    actions = ActionSerializer(many=True, read_only=True, help_text="What was done to it, by which party.")
    articles = ArticleSerializer(many=True, read_only=True, help_text="Its numbered articles.")

    class Meta(AgreementSerializer.Meta):
        fields = (*AGREEMENT, "actions", "articles", "text", *OF_ONE_INITIATIVE, "visibility", *RECORD)


class AgreementViewSet(WriteViewSet, InitiativeViewSet):
    """Agreements. `declared_status` is the source's word, `computed_status` what the dates on file say on `as_of`."""

    example = Example(
        "pair=KG-TJ&type=IGA",
        "R01",
        {
            "pair": "KG-TJ",
            "title": "Agreement on museums",
            "type": "IGA",
            "declared_status": "DRAFT",
            "fields": ["MUSEUM_ARCHIVE"],
        },
    )
    serializer_class = AgreementSerializer
    detail_class = AgreementDetailSerializer
    form_class = AgreementForm
    filterset_class = filters.AgreementFilterSet
    groups = {"type": By("type"), **OF_INITIATIVES}


class ActionRowSerializer(RowSerializer):
    ref = serializers.CharField(source="pk", read_only=True, help_text="Its number.")
    api = serializers.SerializerMethodField(help_text="Its address in the API.")
    pair = serializers.CharField(source="agreement.pair_id", read_only=True, help_text="Between whom.")

    class Meta:
        model = AgreementAction
        fields = ("ref", "api", "agreement", "pair", *ActionSerializer.Meta.fields)
        page_of = "agreement"
        joined = ("agreement",)

    def get_api(self, row: AgreementAction) -> str:
        return api_url("agreementaction", str(row.pk))


class ActionViewSet(NumberedViewSet):
    """Actions: what was done to an agreement, by which party and when; signed, ratified, suspended, denounced."""

    example = Example("action=RATIFY", "1")
    serializer_class = ActionRowSerializer
    filterset_class = filters.ActionFilterSet
    groups = {"year": Year("acted_on_latest"), **by_pair("agreement__pair")}

    def visible_rows(self) -> QuerySet:
        return super().visible_rows().filter(agreement__in=Agreement.objects.visible_to(self.request.user))


# Commissions ---------------------------------------------------------------------------------------------------------


class ChairSerializer(PartSerializer):
    class Meta:
        model = Chair
        fields = ("side", "actor", "office", "on_file_on", "until")


COMMISSION = (
    *INITIATIVE,
    *("type", "standing", "own_secretariat", "own_budget", "host_alternates", "status_as_stated", "chairs"),
)


class CommissionSerializer(InitiativeSerializer):
    chairs = ChairSerializer(many=True, read_only=True, help_text="Who has headed each side, over time.")

    class Meta:
        model = Commission
        fields = (*COMMISSION, "visibility", *RECORD)
        joined = ("pair",)


class CommissionDetailSerializer(CommissionSerializer, InitiativeDetailSerializer):
    class Meta(CommissionSerializer.Meta):
        fields = (*COMMISSION, *OF_ONE_INITIATIVE, "visibility", *RECORD)


class CommissionViewSet(WriteViewSet, InitiativeViewSet):
    """Commissions: joint councils, commissions and working groups that are meant to meet."""

    example = Example(
        "state=dormant,overdue",
        "R28B",
        {"pair": "KG-TJ", "title": "Working group on theatre", "type": "WG", "rhythm": "regular"},
    )
    serializer_class = CommissionSerializer
    detail_class = CommissionDetailSerializer
    form_class = CommissionForm
    filterset_class = filters.CommissionFilterSet
    # whoever chairs takes part too, in no listed role: participations alone would tell half of the sectors
    groups = {"type": By("type")} | {
        name: by for name, by in OF_INITIATIVES.items() if name not in ("sector", "actor_type")
    }


class AgendaItemSerializer(PartSerializer):
    class Meta:
        model = AgendaItem
        fields = ("number", "text", "fields")


SESSION = (
    *(
        "title",
        "commission",
        "number",
        "planned_on",
        "started_on",
        "ended_on",
        "reported_on",
        "place",
        "format",
        "outcome",
    ),
    *("outcome_reason", "agenda_fields", "minutes_language"),
)


class SessionSerializer(RowSerializer):
    title = serializers.CharField(source="__str__", read_only=True, help_text="Its number and commission, in words.")

    class Meta:
        model = Session
        fields = (*SESSION, "visibility", *RECORD)
        joined = ("commission", "place")


class SessionDetailSerializer(DetailSerializer, SessionSerializer):
    agenda = AgendaItemSerializer(many=True, read_only=True, help_text="The items of its agenda.")

    class Meta(SessionSerializer.Meta):
        fields = (*SESSION, "agenda", *DETAIL, "visibility", *RECORD)


class SessionViewSet(WriteViewSet):
    """Sessions of commissions, planned or held. What they decided is among the commitments (`session=`)."""

    example = Example(
        "started_after=2024&outcome=HELD",
        "R57",
        {"commission": "R52", "number": 2, "outcome": "PLANNED", "planned_on": "2027"},
    )
    serializer_class = SessionSerializer
    detail_class = SessionDetailSerializer
    form_class = SessionForm
    filterset_class = filters.SessionFilterSet
    groups = {
        "year": Year("sort_day"),
        **by_pair("commission__pair"),
        "field": By("agenda_fields"),
        "outcome": By("outcome"),
        "format": By("format"),
    }
    formats = export.FORMATS | {"ics": (ics.MEDIA_TYPE, ics.calendar_of(Session))}
    orderings = {"day": "sort_day", "ref": "ref"}
    within = ("commission",)


# Commitments ---------------------------------------------------------------------------------------------------------


class AgreementOfArticle(LinkField):
    """The agreement whose article promises it."""

    def get_attribute(self, row: Commitment) -> Agreement | None:
        article = row._state.fields_cache["article"]
        return article and article._state.fields_cache["agreement"]

    def to_representation(self, record: Agreement) -> dict[str, str]:
        return link(record)


class CommitmentSerializer(RowSerializer):
    agreement = AgreementOfArticle(read_only=True, allow_null=True, help_text="The agreement that promises it.")
    article = serializers.IntegerField(
        source="article.number", read_only=True, allow_null=True, help_text="Number of the article that promises it."
    )
    state = serializers.SerializerMethodField(help_text="Of the whole; OVERDUE where the due day has passed.")
    state_label = serializers.SerializerMethodField(help_text="The same in the language asked for.")

    class Meta:
        model = Commitment
        fields = (
            *("pair", "text", "agreement", "article", "session", "fields", "promised_on", "due_on", "state"),
            *("state_label", "state_a", "state_b", "responsible_a", "responsible_b", *RECORD),
        )
        joined = ("article__agreement",)

    def get_state(self, row: Commitment) -> str:
        return row.state_on(clock.today())

    def get_state_label(self, row: Commitment) -> str:
        return vocabularies.label("commitment_state", row.state_on(clock.today()))


class CommitmentDetailSerializer(DetailSerializer, CommitmentSerializer):
    class Meta(CommitmentSerializer.Meta):
        fields = (*CommitmentSerializer.Meta.fields, *DETAIL)


class CommitmentState(By):
    """The state of the whole, OVERDUE where the due day has passed."""

    def values(self, model: type[models.Model]) -> list[Any]:
        late = When(state__in=UNFINISHED, due_on_latest__lt=clock.today(), then=Value("OVERDUE"))
        return [Case(late, default=F("state"), output_field=models.CharField())]


class CommitmentViewSet(WriteViewSet):
    """Commitments: what was promised, by which side, and how far each has come. `a` and `b` are in code order."""

    example = Example(
        "state=OVERDUE", "C06", {"pair": "KG-TJ", "text": "An exhibition each year", "session": "R57", "due_on": "2027"}
    )
    serializer_class = CommitmentSerializer
    detail_class = CommitmentDetailSerializer
    form_class = CommitmentForm
    filterset_class = filters.CommitmentFilterSet
    groups = {"year": Year("sort_day"), **by_pair(), "field": By("fields"), "state": CommitmentState("state")}
    orderings = {"day": "sort_day", "ref": "ref"}
    within = ("session",)


router.kind("agreements", AgreementViewSet, "agreement")
router.kind("actions", ActionViewSet, "agreementaction")
router.kind("commissions", CommissionViewSet, "commission")
router.kind("sessions", SessionViewSet, "session")
router.kind("commitments", CommitmentViewSet, "commitment")
