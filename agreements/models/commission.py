"""Commissions and their sessions."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from actors.models import Actor
from continuity.models import Initiative, Kind
from registry.core import access, dates
from registry.core.access import RecordQuerySet
from registry.core.dates import NOT_ON_FILE, BoundField, FuzzyDateField, check_order
from registry.core.models import Country, Place, Term, Visible
from registry.core.vocabularies import VocabularyField


class Commission(Initiative):
    """One joint body of one pair that is meant to meet: a council, a commission, a working group."""

    ROWS = (*Initiative.ROWS, "chairs")

    type = VocabularyField("commission_type", verbose_name=_("type"), help_text=_("By who heads it."))
    standing = VocabularyField(
        "yes_no_unknown", default="UNKNOWN", verbose_name=_("standing"), help_text=_("No: set up ad hoc.")
    )
    own_secretariat = VocabularyField(
        "yes_no_unknown", default="UNKNOWN", verbose_name=_("own secretariat"), help_text=_("Whether it has one.")
    )
    own_budget = VocabularyField(
        "yes_no_unknown", default="UNKNOWN", verbose_name=_("own budget"), help_text=_("Whether it has one.")
    )
    host_alternates = VocabularyField(
        "yes_no_unknown",
        default="UNKNOWN",
        verbose_name=_("host alternates"),
        help_text=_("Whether the two countries host its sessions in turn."),
    )
    status_as_stated = models.CharField(
        _("status as stated"), max_length=200, blank=True, help_text=_("The source’s word, not our state.")
    )

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("commission")
        ordering = ["-sort_day", "-id"]

    def derive(self) -> None:
        self.kind = Kind.COMMISSION
        super().derive()


class Chair(models.Model):
    """One person who heads one side of a commission, for a time."""

    commission = models.ForeignKey(
        Commission, on_delete=models.CASCADE, related_name="chairs", help_text=_("What is chaired.")
    )
    side = models.ForeignKey(
        Country, verbose_name=_("side"), on_delete=models.PROTECT, related_name="+", help_text=_("For which country.")
    )
    actor = models.ForeignKey(
        Actor, verbose_name=_("person"), on_delete=models.PROTECT, related_name="chairs", help_text=_("Who.")
    )
    office = models.CharField(_("office"), max_length=200, blank=True, help_text=_("The public office held."))
    on_file_on = FuzzyDateField(
        verbose_name=_("on file on"), help_text=_("The day a source names the person, not the start of office.")
    )
    on_file_on_earliest = BoundField("on_file_on", "earliest")
    on_file_on_latest = BoundField("on_file_on", "latest")
    until = FuzzyDateField(verbose_name=_("until"), help_text=_("Last day in the chair; empty: not on file."))
    until_earliest = BoundField("until", "earliest")
    until_latest = BoundField("until", "latest")

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("chair")
        ordering = ["-on_file_on_latest", "id"]

    @classmethod
    def visible_q(cls, user: Any) -> models.Q:
        """Only where the person may be seen; whether its commission may be seen is the commission's own rule."""
        return access.seen(user, owner="actor__", desk="country")

    def __str__(self) -> str:
        return f"{self.actor}, {self.office}"


class Session(Visible):
    """One session of one commission, planned or held."""

    PAIR = DESK = "commission__pair"
    SEEN_WITH = ("commission",)
    ROWS = ("agenda",)
    DERIVED = Visible.DERIVED | {"sort_day"}

    commission = models.ForeignKey(
        Commission,
        verbose_name=_("commission"),
        on_delete=models.PROTECT,
        related_name="sessions",
        help_text=_("Whose session it is."),
    )
    number = models.PositiveSmallIntegerField(_("number"), null=True, blank=True, help_text=_("Empty: not on file."))
    planned_on = FuzzyDateField(verbose_name=_("planned for"), help_text=_("1994, 1994-01 or 1994-01-10."))
    planned_on_earliest = BoundField("planned_on", "earliest")
    planned_on_latest = BoundField("planned_on", "latest")
    started_on = FuzzyDateField(verbose_name=_("began on"), help_text=_("1994, 1994-01 or 1994-01-10."))
    started_on_earliest = BoundField("started_on", "earliest")
    started_on_latest = BoundField("started_on", "latest")
    ended_on = FuzzyDateField(verbose_name=_("ended on"), help_text=_("Last day; empty: one day or not on file."))
    ended_on_earliest = BoundField("ended_on", "earliest")
    ended_on_latest = BoundField("ended_on", "latest")
    reported_on = models.DateField(
        _("reported on"), null=True, blank=True, help_text=_("The day a source told of it, where its own day is loose.")
    )
    place = models.ForeignKey(
        Place,
        verbose_name=_("place"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sessions",
        help_text=_("Empty: not on file."),
    )
    format = VocabularyField(
        "event_format", blank=True, verbose_name=_("format"), help_text=_("On site, online, hybrid.")
    )
    outcome = VocabularyField(
        "event_outcome", default="PLANNED", verbose_name=_("outcome"), help_text=_("What became of it.")
    )
    outcome_reason = VocabularyField(
        "outcome_reason", blank=True, verbose_name=_("reason"), help_text=_("Why it was not held as planned.")
    )
    agenda_fields = models.ManyToManyField(
        Term,
        verbose_name=_("fields on the agenda"),
        blank=True,
        limit_choices_to={"vocabulary": "field"},
        related_name="sessions",
        help_text=_("Empty: the agenda is not on file."),
    )
    minutes_language = models.CharField(
        _("language of the minutes"), max_length=16, blank=True, help_text=_("BCP 47 tag.")
    )
    sort_day = models.DateField(default=NOT_ON_FILE, editable=False, help_text=_("Derived: what lists order by."))

    class Meta(Visible.Meta):
        abstract = False
        verbose_name = _("session")
        ordering = ["-sort_day", "-id"]
        indexes = [models.Index(fields=["-sort_day", "-id"]), models.Index(fields=["commission", "-sort_day", "-id"])]
        constraints = [
            *Visible.Meta.constraints,
            models.UniqueConstraint(
                fields=["commission", "number"],
                condition=models.Q(number__isnull=False),
                name="session_number_once",
                violation_error_message=_(
                    "Its commission has a session of this number. Give another, or leave it out."
                ),
            ),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> models.Q:
        return access.seen(user, desk="commission__pair") & access.seen(user, owner="commission__", desk="pair")

    def clean(self) -> None:
        errors: dict[str, list] = {}
        clean_held(errors, self)
        if errors:
            raise ValidationError(errors)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_day = sort_day(self)
        super().save(*args, **kwargs)

    def past_dates(self) -> tuple[str, ...]:
        return ("reported_on", "started_on") if self.outcome in HELD else ("reported_on",)

    def written(self) -> None:
        from continuity import door

        # the items of the agenda are child rows, saved after the session itself, and search finds them
        self.save(update_fields={"folded"})
        door.record_activity("session", self.pk)

    def removing(self) -> Any:
        return self.pk

    def removed(self, memory: Any) -> None:
        from continuity import door

        door.forget_activity("session", memory)

    def names(self) -> list[str]:
        return [self.commission.title]

    def search_words(self) -> list[str]:
        items = list(self.agenda.values_list("text", flat=True)) if self.pk else []
        return [self.ref, self.commission.title, self.place.name if self.place else "", *items]

    @property
    def name(self) -> str:
        """What the session is called within its commission: “Session 2”, or “Session” without a number on file."""
        return gettext("Session %(number)s") % {"number": self.number} if self.number else gettext("Session")

    def __str__(self) -> str:
        return f"{self.name}, {self.commission}"


class AgendaItem(models.Model):
    """One item on the agenda of a session."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="agenda", help_text=_("Whose agenda."))
    number = models.PositiveSmallIntegerField(_("number"), help_text=_("Its place on the agenda."))
    text = models.CharField(_("item"), max_length=600, help_text=_("What was to be discussed."))
    fields = models.ManyToManyField(
        Term,
        verbose_name=_("fields"),
        blank=True,
        limit_choices_to={"vocabulary": "field"},
        related_name="+",
        help_text=_("What it is about."),
    )

    class Meta:
        verbose_name = _("agenda item")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["session", "number"], name="agenda_item_once")]

    def __str__(self) -> str:
        return self.text


HELD = ("HELD", "HELD_DOWNGRADED", "MOVED_ONLINE")
"""The outcomes that mean it took place."""


def clean_held(errors: dict[str, list], record: Any) -> None:
    """Add to `errors` what contradicts itself in the dates of a session or an event."""
    check_order(errors, record, "started_on", "ended_on")
    if record.reported_on and record.started_on and record.reported_on < dates.parse(record.started_on).earliest:
        errors.setdefault("reported_on", []).append(
            ValidationError(
                _("It lies before “%(value)s”, the day it began. Correct either day."),
                params={"value": record.started_on},
            )
        )


def sort_day(record: Any) -> Any:
    """Return the day by which lists order a session or an event: when it began, else when it was planned for."""
    text = record.started_on or record.planned_on
    return dates.parse(text).latest if text else NOT_ON_FILE


def activity_day(record: Any) -> Any:
    """Return the day on which a held session or event counts as activity; None where no day is on file.

    It counts from the day it began; where that is uncertain by its latest possible day, but not later than the day
    it was reported (docs/continuity.md).
    """
    if not record.started_on:
        return None
    latest = dates.parse(record.started_on).latest
    return min(latest, record.reported_on) if record.reported_on else latest
