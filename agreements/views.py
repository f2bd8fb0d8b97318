"""Pages of agreements, commissions, sessions and commitments."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from actors.models import Actor
from agreements import tables, terms
from agreements.filters import AgreementFilterSet, CommissionFilterSet, CommitmentFilterSet, SessionFilterSet
from agreements.models import Agreement, AgreementAction, Commission, Commitment, Session
from continuity.tables import answered, initiatives
from continuity.views import InitiativeList, InitiativePage
from registry.core import clock, dates, vocabularies
from registry.core.days import page
from registry.core.models import Place, Source
from registry.core.notes import key
from registry.core.tables import Column, Fact, Table, named, one, seen
from registry.core.templatetags.concord import language, linked_all, write_marks
from registry.core.views import RecordList, RecordPage, section

# Agreements ------------------------------------------------------------------------------------------------------


class AgreementList(InitiativeList):
    model = Agreement
    filterset_class = AgreementFilterSet
    filters = (
        *("q", "state", "type", "declared_status", "pair", "country", "field"),
        *("signed_after", "signed_before", "as_of"),
    )
    columns = tables.AGREEMENTS
    title = gettext_lazy("Agreements")
    lede = gettext_lazy("What was signed, by its form, with the status its sources state and the one its dates give.")
    caption = gettext_lazy("The latest signed first")


class AgreementPage(InitiativePage):
    model = Agreement
    template_name = "agreements/agreement.html"
    facts = ("type", "level", "signed_on", "signed_place", "in_force_on", "ended_on", "fields")
    optional = ("term_months", "tacit_renewal", "renewal_months", "notice_months", *InitiativePage.optional, "text")

    units = InitiativePage.units | dict.fromkeys(("term_months", "renewal_months", "notice_months"), tables.in_months)

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().select_related("signed_place")

    def kicker(self) -> str:
        return self.object.get_type_display()

    def facts_shown(self) -> list[Fact]:
        agreement = self.object
        numbers = ", ".join(str(row) for row in agreement.registrations.all())
        return [
            *super().facts_shown(),
            *([Fact(_("term"), term, ("term_months",))] if (term := terms.in_words(agreement, self.day)) else []),
            Fact(_("authentic languages"), language(agreement.languages), ("languages",)),
            Fact(_("registered"), numbers),
        ]

    def own_tables(self) -> list[Table]:
        agreement, user = self.object, self.request.user
        actions = agreement.actions.select_related("party").prefetch_related(seen(user, "source", Source))
        articles = agreement.articles.prefetch_related("fields")
        promised = tables.commitments(user).filter(article__agreement=agreement)
        return [
            Table("", self.actions(), actions, title=_("What was done to it")),
            Table("", ARTICLES, articles, title=_("Articles")),
            Table("", tables.COMMITMENTS, promised, title=_("Commitments"), sourced=True),
        ]

    begins = ((gettext_lazy("New agreement under it"), "agreement-create", "parent"), *InitiativePage.begins)

    def sources_of(self, action: AgreementAction) -> SafeString | str:
        """Return the marks of an action's own source and of what is cited for it on the agreement."""
        cited = [
            row
            for row in self.notes.citations.get(key(self.object), ())
            if row.field.startswith(f"action {action.ref} ")
        ]
        sources = [row.source for row in cited] + ([action.source] if action.source else [])
        return write_marks(sorted({self.notes.number(source) for source in sources}))

    def actions(self) -> tuple[Column, ...]:
        """Return the columns of the actions; their sources are numbered with those of the page."""
        return (
            Column(_("Day"), lambda row: dates.display(row.acted_on), css="nowrap"),
            Column(_("Action"), lambda row: row.get_action_display(), head=True),
            Column(_("Party"), lambda row: row.party, empty=_("both, or not by a party")),
            Column(_("Remark"), lambda row: row.note, empty=""),
            Column(_("Sources"), self.sources_of, empty=_("none on file")),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        agreement = self.object
        return super().get_context_data(**kwargs) | {
            "declared": vocabularies.label("agreement_status", agreement.declared_status),
            "computed": vocabularies.label("agreement_status", agreement.computed_status(self.day)),
            "differs": tables.differing_status(agreement, self.day),
        }


ARTICLES = (
    Column(gettext_lazy("Article"), lambda row: row.number),
    Column(gettext_lazy("Text"), lambda row: f"{row.heading}. {row.text}" if row.heading else row.text, head=False),
    Column(gettext_lazy("Fields"), lambda row: ", ".join(map(str, row.fields.all()))),
)


# Commissions -----------------------------------------------------------------------------------------------------


class CommissionList(InitiativeList):
    model = Commission
    filterset_class = CommissionFilterSet
    filters = ("q", "state", "type", "pair", "country", "field", "as_of")
    columns = tables.COMMISSIONS
    title = gettext_lazy("Commissions")
    lede = gettext_lazy("Joint bodies that are meant to meet: councils, commissions, working groups.")
    caption = gettext_lazy("The latest set up first")


class CommissionPage(InitiativePage):
    model = Commission
    begins = (
        (gettext_lazy("New session"), "session-create", "commission"),
        (gettext_lazy("New event"), "event-create", "initiative"),
        *InitiativePage.begins,
    )
    facts = (
        "type",
        "level",
        "started_on",
        "ended_on",
        "standing",
        "own_secretariat",
        "own_budget",
        "host_alternates",
        "fields",
    )
    optional = ("status_as_stated", *InitiativePage.optional)

    def kicker(self) -> str:
        return self.object.get_type_display()

    def own_tables(self) -> list[Table]:
        commission, user = self.object, self.request.user
        held = tables.sessions(user).filter(commission=commission)
        chairs = commission.chairs.filter(actor__in=Actor.objects.visible_to(user).values("pk"))
        decided = tables.commitments(user).filter(session__commission=commission)
        return [
            Table(
                "",
                tables.SESSIONS_OF_ONE,
                held,
                title=_("Sessions"),
                sourced=True,
                empty=_("No session is on file. Not found is not the same as not held."),
            ),
            Table("", CHAIRS, chairs.select_related("actor", "side"), title=_("Chairs")),
            Table("", tables.COMMITMENTS, decided, title=_("Decisions and promises"), sourced=True),
        ]


CHAIRS = (
    Column(gettext_lazy("Chair"), lambda row: named(row.actor, row.office), head=True),
    Column(gettext_lazy("Side"), lambda row: row.side),
    Column(gettext_lazy("Named by a source on"), lambda row: dates.display(row.on_file_on)),
    Column(gettext_lazy("Until"), lambda row: dates.display(row.until)),
)


class SessionList(RecordList):
    model = Session
    filterset_class = SessionFilterSet
    more_formats = {"iCalendar": "ics"}
    filters = ("q", "pair", "country", "outcome", "field", "started_after", "started_before")
    columns = tables.SESSIONS
    title = gettext_lazy("Sessions")
    lede = gettext_lazy("Sessions of the joint commissions, planned and held.")
    caption = gettext_lazy("The latest first")

    def records(self) -> QuerySet:
        return tables.sessions(self.request.user)


class SessionPage(RecordPage):
    model = Session
    template_name = "agreements/session.html"
    facts = ("number", "planned_on", "started_on", "ended_on", "place", "format", "outcome", "agenda_fields")
    optional = ("outcome_reason", "reported_on", "minutes_language")

    def get_queryset(self) -> QuerySet:
        return tables.sessions(self.request.user)

    def trail(self) -> list[tuple[str, str]]:
        commission = self.object.commission
        return [
            (str(commission.pair), commission.pair.get_absolute_url()),
            (_("Commissions"), page("commission-list")),
            (str(commission), commission.get_absolute_url()),
        ]

    def tables(self) -> list[Table]:
        session, user = self.object, self.request.user
        decisions = tables.commitments(user).filter(session=session)
        return [
            Table("", AGENDA, session.agenda.prefetch_related("fields"), title=_("Agenda")),
            Table("", tables.COMMITMENTS, decisions, title=_("Decisions and promises"), sourced=True),
            *super().tables(),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        unreported = tables.is_unreported(self.object, clock.today())
        return super().get_context_data(**kwargs) | {"unreported": unreported}


AGENDA = (
    Column(gettext_lazy("Item"), lambda row: row.number),
    Column(gettext_lazy("What was to be discussed"), lambda row: row.text, head=True),
    Column(gettext_lazy("Fields"), lambda row: ", ".join(map(str, row.fields.all()))),
)


# Commitments -----------------------------------------------------------------------------------------------------


class CommitmentList(RecordList):
    model = Commitment
    filterset_class = CommitmentFilterSet
    filters = ("q", "pair", "country", "state", "field", "due_after", "due_before")
    columns = tables.COMMITMENTS
    title = gettext_lazy("Commitments")
    lede = gettext_lazy("What was promised, by an article, a session or a meeting, and how far each side has come.")
    caption = gettext_lazy("The latest promised first")

    def records(self) -> QuerySet:
        return tables.commitments(self.request.user)


class CommitmentPage(RecordPage):
    model = Commitment
    template_name = "agreements/commitment.html"
    begins = ((gettext_lazy("Report what keeps it"), "fulfilment-create", "commitment"),)
    facts = ("promised_on", "due_on")
    optional = ("session", "fields")

    def get_queryset(self) -> QuerySet:
        rows = tables.commitments(self.request.user)
        return rows.select_related("pair__a", "pair__b", "session__commission", "article__agreement")

    def facts_shown(self) -> list[Fact]:
        promise, user = self.object, self.request.user
        facts = [Fact(_("state"), tables.state_of(promise), ("state",)), *super().facts_shown()]
        if promise.article is not None:
            facts.append(Fact(_("article"), _("Article %(n)s") % {"n": promise.article.number}, ("article",)))
            facts.append(Fact(_("agreement"), one(promise.article.agreement, user)))
        sides = {
            promise.pair.a_id: (promise.state_a, promise.responsible_a),
            promise.pair.b_id: (promise.state_b, promise.responsible_b),
        }
        for country in promise.pair.countries:
            state, responsible = sides[country.pk]
            facts.append(
                Fact(_("state, %(country)s") % {"country": country}, vocabularies.label("commitment_state", state))
            )
            who = linked_all(responsible.visible_to(user))
            facts.append(Fact(_("responsible, %(country)s") % {"country": country}, who))
        return facts


# What agreements and commissions add to the pages of others -------------------------------------------------------

CHAIRED = (
    Column(gettext_lazy("Commission"), lambda row: named(row.commission, row.office), head=True),
    Column(gettext_lazy("Side"), lambda row: row.side),
    Column(gettext_lazy("Named by a source on"), lambda row: dates.display(row.on_file_on)),
)


@section(Actor)
def chairs_of_actor(actor: Actor, user: Any) -> Iterable[Table]:
    """Yield the commissions an actor chairs, and the promises it answers for."""
    chairs = actor.chairs.filter(commission__in=Commission.objects.visible_to(user).values("pk"))
    yield Table("", CHAIRED, chairs.select_related("commission", "side"), title=_("Commissions it chairs"))
    answers_for = tables.commitments(user).filter(Q(responsible_a=actor) | Q(responsible_b=actor)).distinct()
    yield Table("", tables.COMMITMENTS, answers_for, title=_("Promises it answers for"), sourced=True)


@section(Place)
def signed_and_met_at(place: Place, user: Any) -> Iterable[Table]:
    """Yield the agreements signed and the sessions held at a place."""
    signed = answered(initiatives(user, Agreement).filter(signed_place=place), place.asked_on)
    yield Table("", tables.AGREEMENTS, signed, title=_("Agreements signed here"), sourced=True)
    met = tables.sessions(user).filter(place=place)
    yield Table("", tables.SESSIONS, met, title=_("Sessions held here"), sourced=True)
