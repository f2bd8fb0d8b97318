"""Events: planned and actual, and what became of them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from actors.models import ParticipationBase
from agreements.models import Commitment, Session
from agreements.models.commission import HELD, activity_day, clean_held, sort_day
from continuity.models import Initiative
from registry.core import access, dates, languages
from registry.core.dates import NOT_ON_FILE, BoundField, FuzzyDateField, check_order
from registry.core.models import Country, Pair, Place, Subject, Term, Titled, Visible
from registry.core.vocabularies import VocabularyField

PEOPLE = 100_000_000
"""More came to no event: a slip of the keyboard, and more than a column of PostgreSQL may hold."""


class Event(Titled, Visible):
    """One event of one pair, of one initiative or none, planned or held."""

    ROWS = ("participations", "sent")
    DERIVED = Visible.DERIVED | {"sort_day"}

    pair = models.ForeignKey(
        Pair, verbose_name=_("pair"), on_delete=models.PROTECT, related_name="events", help_text=_("Between whom.")
    )
    initiative = models.ForeignKey(
        Initiative,
        verbose_name=_("initiative"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="events",
        help_text=_("The programme, commission or agreement it belongs to; empty: it stands alone."),
    )
    session = models.ForeignKey(
        Session,
        verbose_name=_("session"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="events",
        help_text=_("The session whose decision it carries out."),
    )
    promises = models.ManyToManyField(
        Commitment,
        verbose_name=_("promises made there"),
        blank=True,
        related_name="made_at",
        help_text=_("Commitments that come from this meeting, not from a session."),
    )
    kind = VocabularyField("event_kind", verbose_name=_("kind"), help_text=_("What sort of event."))
    planned_on = FuzzyDateField(verbose_name=_("planned for"), help_text=_("1994, 1994-01 or 1994-01-10."))
    planned_on_earliest = BoundField("planned_on", "earliest")
    planned_on_latest = BoundField("planned_on", "latest")
    planned_until = FuzzyDateField(verbose_name=_("planned until"), help_text=_("Last planned day."))
    planned_until_earliest = BoundField("planned_until", "earliest")
    planned_until_latest = BoundField("planned_until", "latest")
    started_on = FuzzyDateField(verbose_name=_("began on"), help_text=_("1994, 1994-01 or 1994-01-10."))
    started_on_earliest = BoundField("started_on", "earliest")
    started_on_latest = BoundField("started_on", "latest")
    ended_on = FuzzyDateField(verbose_name=_("ended on"), help_text=_("Last day; empty: one day or not on file."))
    ended_on_earliest = BoundField("ended_on", "earliest")
    ended_on_latest = BoundField("ended_on", "latest")
    reported_on = models.DateField(
        _("reported on"), null=True, blank=True, help_text=_("The day a source told of it, where its own day is loose.")
    )
    planned_level = VocabularyField(
        "level", blank=True, verbose_name=_("planned level"), help_text=_("Of whom it was to be.")
    )
    level = VocabularyField("level", blank=True, verbose_name=_("level"), help_text=_("Of whom it was."))
    format = VocabularyField(
        "event_format", verbose_name=_("format"), help_text=_("On site, online, hybrid, broadcast.")
    )
    outcome = VocabularyField(
        "event_outcome", default="PLANNED", verbose_name=_("outcome"), help_text=_("What became of it.")
    )
    outcome_reason = VocabularyField(
        "outcome_reason", blank=True, verbose_name=_("reason"), help_text=_("Why it was not held as planned.")
    )
    country = models.ForeignKey(
        Country,
        verbose_name=_("country"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="events_in",
        help_text=_("Where it took place or was to; empty: online or not on file."),
    )
    places = models.ManyToManyField(
        Place, verbose_name=_("places"), blank=True, related_name="events", help_text=_("Empty: not on file.")
    )
    border = VocabularyField(
        "yes_no_unknown",
        default="UNKNOWN",
        verbose_name=_("in the border region"),
        help_text=_("Whether one of its places lies in the border region of the pair."),
    )
    fields = models.ManyToManyField(
        Term,
        verbose_name=_("fields"),
        blank=True,
        limit_choices_to={"vocabulary": "field"},
        related_name="events",
        help_text=_("What it is about."),
    )
    audiences = models.ManyToManyField(
        Term,
        verbose_name=_("audiences"),
        blank=True,
        limit_choices_to={"vocabulary": "audience"},
        related_name="events_for",
        help_text=_("For whom; empty: not on file."),
    )
    subjects = models.ManyToManyField(
        Subject, verbose_name=_("subjects"), blank=True, related_name="events", help_text=_("Controlled tags.")
    )
    attendance = models.PositiveIntegerField(
        _("attendance"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(PEOPLE)],
        help_text=_("People who came, as a source counts them."),
    )
    occasion = VocabularyField(
        "occasion", default="UNKNOWN", verbose_name=_("occasion"), help_text=_("The official occasion, if any.")
    )
    occasion_note = models.CharField(
        _("occasion, in words"), max_length=300, blank=True, help_text=_("Of whom or what.")
    )
    also_involved = models.ManyToManyField(
        Country,
        verbose_name=_("also involved"),
        blank=True,
        related_name="events_also",
        help_text=_("Countries beside the pair."),
    )
    informal = VocabularyField(
        "yes_no_unknown", default="UNKNOWN", verbose_name=_("informal"), help_text=_("Outside official channels.")
    )
    sort_day = models.DateField(default=NOT_ON_FILE, editable=False, help_text=_("Derived: what lists order by."))

    class Meta(Visible.Meta):
        abstract = False
        verbose_name = _("event")
        ordering = ["-sort_day", "-id"]
        indexes = [
            models.Index(fields=["-sort_day", "-id"]),  # the list of events
            models.Index(fields=["pair", "-sort_day", "-id"]),  # the page of a pair
            models.Index(fields=["initiative", "-sort_day", "-id"]),  # the page of an initiative
        ]
        constraints = [
            *Visible.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(
                    outcome__in=[
                        *HELD,
                        "PLANNED",
                        "POSTPONED",
                        "SUSPENDED",
                        "CANCELLED",
                    ]
                ),
                name="event_outcome_known",
            ),
        ]

    def clean(self) -> None:
        errors: dict[str, list] = {}
        check_order(errors, self, "planned_on", "planned_until")
        clean_held(errors, self)
        pairs = {
            "initiative": self.initiative and self.initiative.pair_id,
            "session": self.session and self.session.commission.pair_id,
        }
        for field, pair in pairs.items():
            if pair and self.pair_id and pair != self.pair_id:
                errors[field] = [_("It belongs to another pair. Choose one of the same pair, or leave it empty.")]
        if errors:
            raise ValidationError(errors)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_day = sort_day(self)
        super().save(*args, **kwargs)

    def past_dates(self) -> tuple[str, ...]:
        return ("reported_on", "started_on") if self.is_held else ("reported_on",)

    def written(self) -> None:
        from continuity import door

        if self.version == 1:
            door.record_first("event", self.pk, list(self.shows()))
        else:
            door.record_activity("event", self.pk)

    def shows(self) -> Iterator[Any]:
        """Yield what it shows of its initiative, as reports of the door: held on a known day, and seen by everyone."""
        from continuity import door

        if self.is_held and self.is_public and self.initiative_id and (day := activity_day(self)):
            yield door.Report(self.initiative_id, day, self.outcome != "HELD_DOWNGRADED", self.pk)

    def removing(self) -> Any:
        return self.pk

    def removed(self, memory: Any) -> None:
        from continuity import door

        door.forget_activity("event", memory)

    @property
    def is_held(self) -> bool:
        """Whether it took place in any form."""
        return self.outcome in HELD

    def is_unreported(self, day: date) -> bool:
        """Whether its last planned day has passed on `day` and nobody has said what became of it."""
        text = self.planned_until or self.planned_on
        return self.outcome == "PLANNED" and bool(text) and dates.parse(text).latest < day

    def search_words(self) -> list[str]:
        pair = [*languages.country_names(self.pair.a_id), *languages.country_names(self.pair.b_id)]
        return [self.ref, *self.names(), self.occasion_note, *pair]


class EventParticipation(ParticipationBase):
    """One actor taking part in one event."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="participations", help_text=_("In what."))

    class Meta(ParticipationBase.Meta):
        abstract = False
        verbose_name = _("participation")
        constraints = [models.UniqueConstraint(fields=["event", "actor", "role"], name="event_participation_once")]


class Sent(models.Model):
    """How many people one country sent to one event."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="sent", help_text=_("To what."))
    country = models.ForeignKey(
        Country, verbose_name=_("country"), on_delete=models.PROTECT, related_name="+", help_text=_("Who sent them.")
    )
    people = models.PositiveIntegerField(
        _("people"), validators=[MaxValueValidator(PEOPLE)], help_text=_("How many, as a source counts them.")
    )

    objects = access.RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("number sent")
        verbose_name_plural = _("numbers sent")
        ordering = ["country"]
        constraints = [models.UniqueConstraint(fields=["event", "country"], name="sent_once_a_country")]

    @classmethod
    def visible_q(cls, user: Any) -> models.Q:
        return access.seen(user, owner="event__", desk="pair")

    def __str__(self) -> str:
        return f"{self.country_id}: {self.people}"
