"""The ledger of activity, suspensions, and the lapses that follow from them."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from continuity.models.initiative import Initiative
from registry.core import access, dates
from registry.core.dates import BoundField, FuzzyDateField, check_order
from registry.core.models import Record, Source


class Activity(models.Model):
    """One day of activity that counts for one initiative: written by the door alone, never by hand.

    The same session has a row for its commission and one for every initiative above it.
    """

    initiative = models.ForeignKey(
        Initiative,
        on_delete=models.CASCADE,
        related_name="activities",
        db_index=False,  # the rule's index below begins with it
        help_text=_("For which it counts."),
    )
    day = models.IntegerField(_("day"), help_text=_("Day number on which it began (1 = 1 January of the year 1)."))
    substantive = models.BooleanField(_("substantive"), help_text=_("False: symbolic, as an event held downgraded."))
    origin = models.ForeignKey(
        Initiative, on_delete=models.CASCADE, related_name="+", help_text=_("The initiative whose own activity it is.")
    )
    evidence_kind = models.CharField(_("kind of evidence"), max_length=12, help_text=_("Name of a registered kind."))
    evidence_id = models.BigIntegerField(_("evidence"), help_text=_("Number of the record that shows it."))

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["day", "id"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "evidence_kind", "evidence_id"], name="activity_once")
        ]
        indexes = [
            models.Index(fields=["initiative", "day", "substantive"]),  # the rule, which reads nothing else of it
            models.Index(fields=["evidence_kind", "evidence_id"]),  # the door, when a record changes
            models.Index(fields=["day", "id"]),  # the list of activities
        ]

    @property
    def on(self) -> date:
        """The day as a date."""
        return date.fromordinal(self.day)

    def __str__(self) -> str:
        return f"{self.initiative_id} {self.on}"


class ActivityEntry(Record):
    """One activity entered by hand with its source, where it is neither a session nor an event nor a signature."""

    PAIR = DESK = "initiative__pair"
    SEEN_WITH = ("initiative",)
    PAST = ("started_on", "reported_on")

    initiative = models.ForeignKey(
        Initiative, on_delete=models.PROTECT, related_name="entries", help_text=_("Which initiative was active.")
    )
    what = models.CharField(_("what"), max_length=300, help_text=_("What was done."))
    started_on = FuzzyDateField(
        blank=False, verbose_name=_("day"), help_text=_("1994, 1994-01 or 1994-01-10; it counts by its latest day.")
    )
    started_on_earliest = BoundField("started_on", "earliest")
    started_on_latest = BoundField("started_on", "latest")
    reported_on = models.DateField(_("reported on"), null=True, blank=True, help_text=_("The day a source told of it."))
    substantive = models.BooleanField(_("substantive"), default=True, help_text=_("Not substantive: in name only."))
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="activity_entries", help_text=_("Where it is read.")
    )

    class Meta:
        verbose_name = _("activity entered by hand")
        verbose_name_plural = _("activities entered by hand")
        ordering = ["-started_on_latest", "id"]

    @classmethod
    def visible_q(cls, user: Any) -> models.Q:
        return access.seen(user, owner="initiative__", desk="pair")

    @property
    def pair(self) -> Any:
        """The pair of the initiative."""
        return self.initiative.pair

    def clean(self) -> None:
        if self.reported_on and self.started_on and self.reported_on < dates.parse(self.started_on).earliest:
            raise ValidationError(
                {
                    "reported_on": ValidationError(
                        _("It lies before “%(value)s”, the day it began. Correct either day."),
                        params={"value": self.started_on},
                    )
                }
            )

    def names(self) -> list[str]:
        return [self.what]

    def search_words(self) -> list[str]:
        return [self.ref, *self.names()]

    def written(self) -> None:
        from continuity import door

        door.record_activity("entry", self.pk)

    def removing(self) -> Any:
        return self.pk

    def removed(self, memory: Any) -> None:
        from continuity import door

        door.forget_activity("entry", memory)

    def __str__(self) -> str:
        return self.what


class Suspension(models.Model):
    """One declared suspension of one initiative."""

    initiative = models.ForeignKey(
        Initiative, on_delete=models.CASCADE, related_name="suspensions", help_text=_("What was suspended.")
    )
    started_on = FuzzyDateField(
        blank=False, verbose_name=_("from"), help_text=_("First day; it counts from its earliest day.")
    )
    started_on_earliest = BoundField("started_on", "earliest")
    started_on_latest = BoundField("started_on", "latest")
    ended_on = FuzzyDateField(verbose_name=_("until"), help_text=_("Last day; empty: it still holds."))
    ended_on_earliest = BoundField("ended_on", "earliest")
    ended_on_latest = BoundField("ended_on", "latest")
    first_day = models.IntegerField(editable=False, help_text=_("Derived: day number of the first day."))
    last_day = models.IntegerField(null=True, editable=False, help_text=_("Derived: day number of the last day."))
    why = models.CharField(_("why"), max_length=300, blank=True, help_text=_("The reason a source gives."))
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text=_("Where it is read.")
    )

    class Meta:
        verbose_name = _("suspension")
        ordering = ["first_day", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day=None) | models.Q(last_day__gte=models.F("first_day")),
                name="suspension_in_order",
            )
        ]

    def clean(self) -> None:
        errors: dict[str, list] = {}
        check_order(errors, self, "started_on", "ended_on")
        if errors:
            raise ValidationError(errors)

    @property
    def span(self) -> tuple[date, date | None]:
        """The first and the last day, as the rule counts them; no last day while it holds."""
        return dates.parse(self.started_on).earliest, dates.parse(self.ended_on).latest if self.ended_on else None

    def save(self, *args: Any, **kwargs: Any) -> None:
        first, last = self.span
        self.first_day = first.toordinal()
        self.last_day = last.toordinal() if last else None
        super().save(*args, **kwargs)

    def __str__(self) -> str:
        return f"{self.started_on} – {self.ended_on}"


class Lapse(Record):
    """One maximal run of lapsed days of one initiative. Its days follow from the rule; cause and note are people's."""

    PAIR = DESK = "initiative__pair"
    COMPUTED = True
    DERIVED = Record.DERIVED | {"initiative", "began_on", "ended_on", "ended_by", "void"}

    class EndedBy(models.TextChoices):
        ACTIVITY = "activity", _("activity")
        SUSPENSION = "suspension", _("suspension")
        CONCLUSION = "conclusion", _("conclusion")
        END_OF_TRACKING = "end_of_tracking", _("end of tracking")

    initiative = models.ForeignKey(
        Initiative, on_delete=models.CASCADE, related_name="lapses", help_text=_("What had lapsed.")
    )
    began_on = models.DateField(_("began on"), help_text=_("The first lapsed day."))
    ended_on = models.DateField(
        _("ended on"), null=True, blank=True, help_text=_("The first day after the last lapsed one; empty: open.")
    )
    ended_by = models.CharField(
        _("ended by"), max_length=16, choices=EndedBy, blank=True, help_text=_("What ended it; empty: open.")
    )
    void = models.BooleanField(
        default=False, editable=False, help_text=_("The rule finds it no more; kept for what people wrote on it.")
    )
    cause = models.TextField(_("cause"), blank=True, help_text=_("What a source or a desk holds to be the cause."))
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text=_("Who says so.")
    )

    class Meta:
        verbose_name = _("lapse")
        ordering = ["-began_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "began_on"], name="lapse_once"),
            models.CheckConstraint(
                condition=models.Q(ended_on=None) | models.Q(ended_on__gt=models.F("began_on")), name="lapse_in_order"
            ),
        ]
        indexes = [models.Index(fields=["began_on", "id"])]  # the list of lapses

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding and kwargs.get("update_fields") is None:
            # the days may have been computed anew since this row was read; never write them back
            kwargs["update_fields"] = {"version", "note", "cause", "source"}
        super().save(*args, **kwargs)

    def hold(self) -> None:
        """Before the first word that people add, log what the registry had found: they can go back to it."""
        from registry.core import write

        write.log_first(type(self), self.pk)

    @classmethod
    def visible_q(cls, user: Any) -> models.Q:
        return models.Q(void=False) & access.seen(user, owner="initiative__", desk="pair")

    @property
    def pair(self) -> Any:
        """The pair of the initiative."""
        return self.initiative.pair

    @property
    def is_revival(self) -> bool:
        """Whether activity has ended it."""
        return self.ended_by == self.EndedBy.ACTIVITY

    @property
    def is_written_on(self) -> bool:
        """Whether people have added anything to it."""
        return bool(self.cause or self.note or self.source_id)

    def search_words(self) -> list[str]:
        return [self.ref, self.cause]

    def get_absolute_url(self) -> str:
        """Return its page; of one that is told but not yet on file that of the initiative."""
        return super().get_absolute_url() if self.ref else self.initiative.get_absolute_url()

    def __str__(self) -> str:
        said = {"initiative": self.initiative, "day": dates.display_day(self.began_on)}
        return gettext("%(initiative)s: lapse from %(day)s") % said
