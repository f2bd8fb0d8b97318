"""Agreements: what was signed, what was done to it since, what its articles say."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from agreements import terms
from continuity.models import Initiative, Kind, Suspension
from continuity.models.initiative import Stated
from registry.core import clock, dates
from registry.core.access import RecordQuerySet
from registry.core.dates import BoundField, FuzzyDateField, check_order
from registry.core.models import Country, Place, Source, Term
from registry.core.vocabularies import VocabularyField

ENDED_STATUSES = ("EXPIRED", "TERMINATED", "SUPERSEDED", "NEVER_IN_FORCE")


A_CENTURY = MaxValueValidator(1200)
"""A number of months that no agreement exceeds: more is a slip of the keyboard."""


class StoredDay(models.DateField):
    """A day that nobody edits: it follows from what is on file."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs | {"null": True, "editable": False})


class Agreement(Initiative):
    """One agreement of one pair. Its start is the day of signature."""

    # its suspensions follow from the actions
    ROWS = ("participations", "relations_from", "registrations", "actions", "articles")
    TERM = ("term_last", "ending_from", "ending_until", "notice_from", "notice_until", "term_holds_until")
    """Stored of the term that is running (`agreements.terms.windows`), for the sweep to find what is near."""
    DERIVED = Initiative.DERIVED | {"started_on", *TERM}
    PAST = (*Initiative.PAST, "signed_on")

    type = VocabularyField("agreement_type", verbose_name=_("type"), help_text=_("By its form."))
    declared_status = VocabularyField(
        "agreement_status",
        default="UNKNOWN",
        verbose_name=_("declared status"),
        help_text=_("As the source states it; the status computed from dates is shown beside it."),
    )
    signed_on = FuzzyDateField(verbose_name=_("signed on"), help_text=_("1994, 1994-01 or 1994-01-10."))
    signed_on_earliest = BoundField("signed_on", "earliest")
    signed_on_latest = BoundField("signed_on", "latest")
    signed_place = models.ForeignKey(
        Place,
        verbose_name=_("signed at"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="agreements",
        help_text=_("Place of signature; empty: not on file."),
    )
    in_force_on = FuzzyDateField(verbose_name=_("in force on"), help_text=_("Day of entry into force."))
    in_force_on_earliest = BoundField("in_force_on", "earliest")
    in_force_on_latest = BoundField("in_force_on", "latest")
    term_months = models.PositiveIntegerField(
        _("duration"),
        null=True,
        blank=True,
        validators=[A_CENTURY],
        help_text=_("Months it is concluded for; empty: open or not on file."),
    )
    tacit_renewal = VocabularyField(
        "yes_no_unknown",
        default="UNKNOWN",
        verbose_name=_("tacit renewal"),
        help_text=_("Whether it goes on unless a party gives notice."),
    )
    renewal_months = models.PositiveIntegerField(
        _("length of renewal"),
        null=True,
        blank=True,
        validators=[A_CENTURY],
        help_text=_("Months by which it is tacitly renewed."),
    )
    notice_months = models.PositiveIntegerField(
        _("notice"),
        null=True,
        blank=True,
        validators=[A_CENTURY],
        help_text=_("Months before the end by which notice must be given."),
    )
    languages = models.CharField(
        _("authentic languages"), max_length=120, blank=True, help_text=_("BCP 47 tags parted by semicolons.")
    )
    term_last = StoredDay(help_text=_("Stored: the last day of the term that is running."))
    ending_from = StoredDay(help_text=_("Stored: from when on it is about to end."), db_index=True)
    ending_until = StoredDay(help_text=_("Stored: the last day on which it may be about to end."))
    notice_from = StoredDay(help_text=_("Stored: from when on notice that ends it comes near."), db_index=True)
    notice_until = StoredDay(help_text=_("Stored: the last day for notice."))
    term_holds_until = StoredDay(
        default=date.min,
        help_text=_("Stored: the last day for which these five hold; empty: they stay."),
        db_index=True,
    )
    text = models.TextField(_("full text"), blank=True, help_text=_("The whole text where there are no articles."))

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement")
        ordering = ["-sort_day", "-id"]

    def clean(self) -> None:
        super().clean()
        errors: dict[str, list] = {}
        check_order(errors, self, "signed_on", "ended_on")
        if errors:
            raise ValidationError(errors)

    def stated_phase(self) -> str:
        if self.declared_status == "DRAFT":
            return Stated.NEGOTIATION
        return Stated.ENDED if self.declared_status in ENDED_STATUSES else Stated.NOTHING

    def derive(self) -> None:
        self.kind = Kind.AGREEMENT
        self.started_on = self.signed_on
        super().derive()

    def shows(self) -> Iterable[Any]:
        from agreements import reports

        return reports.signature(self)

    def suspended_by(self, rows: Mapping[str, Any]) -> Iterable[Suspension] | None:
        from agreements import reports

        return reports.suspensions_of(self, rows["actions"]) if "actions" in rows else None

    def written(self) -> None:
        from agreements import reports
        from continuity import door

        with door.deferred():
            reports.agreement_written(self)
            super().written()
        # actions and articles are child rows, saved after the agreement itself: they move its term, and are searched
        self.set_term(clock.today())
        self.save(update_fields={"folded", *self.TERM})

    def set_term(self, day: date) -> None:
        """Set what is stored of the term that runs on `day`; its `actions` may be prefetched."""
        for name, value in terms.windows(terms.clause_of(self), day).items():
            setattr(self, name, value)

    def removing(self) -> Any:
        return self.pk

    def removed(self, memory: Any) -> None:
        from continuity import door

        door.forget_activity("agreement", memory)

    def search_words(self) -> list[str]:
        articles = list(self.articles.values_list("heading", "text")) if self.pk else []
        return [*super().search_words(), self.text, *(part for article in articles for part in article)]

    def computed_status(self, day: date) -> str:
        """Return the status that the dates on file give for `day`, as a code of `agreement_status`."""
        if self.ended_on and dates.parse(self.ended_on).latest < day:
            return "EXPIRED"
        if self.in_force_on and dates.parse(self.in_force_on).latest <= day:
            return "IN_FORCE"
        if self.signed_on and dates.parse(self.signed_on).latest <= day:
            return "SIGNED"
        return "DRAFT" if self.declared_status == "DRAFT" else "UNKNOWN"


class Registration(models.Model):
    """One number under which an agreement is registered, with the United Nations or a national register."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="registrations", help_text=_("What is registered.")
    )
    scheme = models.CharField(_("register"), max_length=40, help_text=_("UNTS, or the name of the national register."))
    number = models.CharField(_("number"), max_length=60, help_text=_("As the register prints it."))

    class Meta:
        verbose_name = _("registration")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["agreement", "scheme", "number"], name="registration_once")]

    def __str__(self) -> str:
        return f"{self.scheme} {self.number}"


class AgreementAction(models.Model):
    """One thing done to an agreement by one party, or by both: signed, ratified, suspended, denounced."""

    ref = models.CharField(_("reference"), max_length=40, blank=True, help_text=_("Reference in the source file."))
    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="actions", help_text=_("To what it was done.")
    )
    action = VocabularyField("agreement_action", verbose_name=_("action"), help_text=_("What was done."))
    party = models.ForeignKey(
        Country,
        verbose_name=_("party"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("By whom; empty: by both or not by a party."),
    )
    acted_on = FuzzyDateField(verbose_name=_("day"), help_text=_("1994, 1994-01 or 1994-01-10."))
    acted_on_earliest = BoundField("acted_on", "earliest")
    acted_on_latest = BoundField("acted_on", "latest")
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text=_("Where it is read.")
    )
    note = models.CharField(_("note"), max_length=300, blank=True, help_text=_("What a reader should know."))

    class Meta:
        verbose_name = _("action")
        ordering = ["acted_on_latest", "id"]

    def clean(self) -> None:
        if self.action in ("SUSPEND", "RESUME") and not self.acted_on:
            raise ValidationError({"acted_on": _("A suspension needs its day: it stops the clock.")})

    def __str__(self) -> str:
        return f"{self.get_action_display()} {dates.display(self.acted_on)}"


class Article(models.Model):
    """One numbered article of an agreement."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="articles", help_text=_("Of which agreement.")
    )
    number = models.PositiveSmallIntegerField(_("number"), help_text=_("Its place in the text."))
    heading = models.CharField(_("heading"), max_length=300, blank=True, help_text=_("As printed."))
    text = models.TextField(_("text"), help_text=_("As printed."))
    fields = models.ManyToManyField(
        Term,
        verbose_name=_("fields"),
        blank=True,
        limit_choices_to={"vocabulary": "field"},
        related_name="+",
        help_text=_("What it is about."),
    )

    class Meta:
        verbose_name = _("article")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["agreement", "number"], name="article_once")]

    def __str__(self) -> str:
        return f"{self.number}"
