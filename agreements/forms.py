"""The forms of agreements, commissions, sessions and commitments, with their child rows."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from actors.forms import PARTICIPATIONS
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
from agreements.models.commission import HELD, activity_day
from continuity import foresight
from continuity.forms import (
    CLOCK_PART,
    RELATIONS,
    SUSPENSIONS,
    TAGS_PART,
    InitiativeForm,
    InitiativeParticipationForm,
    RelationForm,
    SuspensionForm,
)
from registry.core import clock, dates
from registry.core.fields import form_field
from registry.core.forms import RecordForm, names_in
from registry.core.rows import RowForm, rows_of
from registry.core.typed import ref_of

# Agreements --------------------------------------------------------------------------------------------------------


class ActionForm(RowForm):
    class Meta:
        model = AgreementAction
        fields = ("action", "party", "acted_on", "source", "note")
        formfield_callback = form_field


class ArticleForm(RowForm):
    class Meta:
        model = Article
        fields = ("number", "heading", "text", "fields")
        formfield_callback = form_field


class RegistrationForm(RowForm):
    class Meta:
        model = Registration
        fields = ("scheme", "number")
        formfield_callback = form_field


class AgreementForm(InitiativeForm):
    parts = (
        (
            _("What it is"),
            (
                "title",
                "title_language",
                "short_title",
                "type",
                "declared_status",
                "level",
                "parent",
                "summary",
                "fields",
            ),
        ),
        (
            _("Dates and term"),
            ("signed_on", "signed_place", "in_force_on", "ended_on", "term_months", "tacit_renewal", "renewal_months")
            + ("notice_months",),
        ),
        (_("Text"), ("languages", "text")),
        CLOCK_PART,
        TAGS_PART,
    )
    rows = (
        rows_of(
            Agreement,
            ActionForm,
            heading=_("What was done to it"),
            help=_(
                "Signed, ratified, in force, denounced: one line for each. Suspend and resume stop and start its clock."
            ),
            one=_("action"),
        ),
        rows_of(
            Agreement,
            ArticleForm,
            heading=_("Articles"),
            help=_("As printed, one by one. Search finds their words."),
            one=_("article"),
        ),
        rows_of(
            Agreement,
            RegistrationForm,
            heading=_("Registrations"),
            help=_("UNTS, or the name of the national register, and the number as it is printed there."),
            one=_("registration"),
        ),
        rows_of(Agreement, InitiativeParticipationForm, **PARTICIPATIONS),
        rows_of(Agreement, RelationForm, **RELATIONS),
    )

    class Meta:
        model = Agreement
        formfield_callback = form_field

    Meta.fields = (*names_in(parts), "visibility")


# Commissions and sessions ------------------------------------------------------------------------------------------


class ChairForm(RowForm):
    class Meta:
        model = Chair
        fields = ("side", "actor", "office", "on_file_on", "until")
        formfield_callback = form_field


class CommissionForm(InitiativeForm):
    parts = (
        (_("What it is"), ("title", "title_language", "short_title", "type", "level", "parent", "summary", "fields")),
        (_("Since when"), ("started_on", "ended_on", "status_as_stated")),
        (_("How it works"), ("standing", "own_secretariat", "own_budget", "host_alternates")),
        CLOCK_PART,
        TAGS_PART,
    )
    rows = (
        rows_of(
            Commission,
            ChairForm,
            heading=_("Chairs"),
            help=_("Who heads each side. The day is that on which a source names the person."),
            one=_("chair"),
        ),
        rows_of(Commission, InitiativeParticipationForm, **PARTICIPATIONS),
        rows_of(Commission, RelationForm, **RELATIONS),
        rows_of(Commission, SuspensionForm, **SUSPENSIONS),
    )

    class Meta:
        model = Commission
        formfield_callback = form_field

    Meta.fields = (*names_in(parts), "visibility")

    def comes_back(self, typed: dict[str, Any]) -> bool:
        return True


class AgendaItemForm(RowForm):
    class Meta:
        model = AgendaItem
        fields = ("number", "text", "fields")
        formfield_callback = form_field


class HeldForm(RecordForm):
    """What the forms of sessions and events share: something planned that was held, or was not."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        began = cleaned.get("started_on")
        if began and not cleaned.get("reported_on") and cleaned.get("outcome") in HELD:
            begun = dates.parse(began)
            if begun.earliest <= clock.today() < begun.latest:
                # it counts by its latest possible day, which is still to come, but not later than it was reported
                cleaned["reported_on"] = clock.today()
        return cleaned

    def foresight(self) -> list[str]:
        record = self.instance
        held, substantive = record.outcome in HELD, record.outcome != "HELD_DOWNGRADED"
        return foresight.of_activity(self.moved(), held, activity_day(record), substantive)

    def moved(self) -> Any:
        """Return the initiative whose clock it moves, or None."""
        raise NotImplementedError


class SessionForm(HeldForm):
    start = "commission"
    parts = (
        (
            _("When and where"),
            ("number", "planned_on", "started_on", "ended_on", "reported_on", "place", "format")
            + ("outcome", "outcome_reason"),
        ),
        (_("Agenda"), ("agenda_fields",)),
        (_("Minutes and note"), ("minutes_language", "note")),
    )
    rows = (
        rows_of(
            Session,
            AgendaItemForm,
            heading=_("Items on the agenda"),
            help=_("In the order of the agenda, as the source prints them."),
            one=_("item"),
        ),
    )

    class Meta:
        model = Session
        formfield_callback = form_field

    Meta.fields = (*names_in(parts), "visibility")

    def moved(self) -> Any:
        return self.instance.commission


# Commitments -------------------------------------------------------------------------------------------------------


def article_name(article: Article) -> str:
    """Write an article so that it is known among those of all agreements of a pair."""
    return gettext("%(agreement)s, article %(number)s") % {"agreement": article.agreement, "number": article.number}


class CommitmentForm(RecordForm):
    """One promise; its sides are named in the form, not numbered."""

    SAID_OTHERWISE = {
        "agreement": {"type": ["string", "object", "null"], "description": "The agreement that promises it."},
        "article": {"type": ["integer", "null"], "description": "Number of the article that promises it."},
    }
    parts = (
        (_("What was promised"), ("text", "fields", "article", "session", "promised_on", "due_on")),
        (_("How far it has come"), ("state", "state_a", "state_b")),
        (_("Who answers for it"), ("responsible_a", "responsible_b", "note")),
    )

    class Meta:
        model = Commitment
        formfield_callback = form_field

    Meta.fields = tuple(names_in(parts))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pair = self.instance.pair
        for side, country in (("a", pair.a), ("b", pair.b)):
            self.fields[f"state_{side}"].label = gettext("State, %(country)s") % {"country": country.name}
            self.fields[f"responsible_{side}"].label = gettext("Responsible, %(country)s") % {"country": country.name}
            self.fields[f"state_{side}"].help_text = gettext("As this side sees it; empty: not on file.")

    def from_api(self, said: dict[str, Any]) -> dict[str, Any]:
        """An article has no reference: it is named by its agreement and its number. A state that is computed from the
        due day, as a read returned it, says nothing new."""
        said = dict(said)
        if said.get("state") == self.instance.state_on(clock.today()):
            said["state"] = self.instance.state
        if not said.keys() & {"agreement", "article"}:
            return said
        now = self.instance.article
        number = said.pop("article", now and now.number)
        ref = ref_of(said.pop("agreement", now and now.agreement.ref))
        if number is None:
            return said | {"article": None}
        offered = self.fields["article"].rows.values() if "article" in self.fields else []
        found = [one for one in offered if one.agreement.ref == ref and one.number == number]
        if not found:
            raise ValidationError(
                {"article": gettext("Name an article on file: by “agreement”, a reference, and “article”, a number.")}
            )
        return said | {"article": str(found[0].pk)}

    def options(self, name: str, model: type[models.Model]) -> Iterable[Any]:
        if model is Article:
            agreements = self.offered.visible(Agreement).filter(pair=self.offered.pair)
            return Article.objects.filter(agreement__in=agreements).select_related("agreement")
        return super().options(name, model)


CommitmentForm.base_fields["article"].name_of = article_name
