"""What events leave behind, and which promises they keep."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from agreements.models import Commitment
from continuity.models import Initiative
from events.models.event import Event
from registry.core import access, dates
from registry.core.dates import NOT_ON_FILE, BoundField, FuzzyDateField
from registry.core.models import Pair, Record, Source, Subject, Titled, User, Visible
from registry.core.vocabularies import VocabularyField


class Output(Titled, Visible):
    """One thing that remains of cooperation: a book, a film, a translation, an exhibition."""

    ROWS = ("stances",)
    DERIVED = Visible.DERIVED | {"sort_day"}
    PAST = ("published_on",)

    pair = models.ForeignKey(
        Pair, verbose_name=_("pair"), on_delete=models.PROTECT, related_name="outputs", help_text=_("Between whom.")
    )
    event = models.ForeignKey(
        Event,
        verbose_name=_("event"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="outputs",
        help_text=_("The event it came from."),
    )
    kind = VocabularyField("output_kind", verbose_name=_("kind"), help_text=_("What sort of thing."))
    language = models.CharField(_("language"), max_length=16, blank=True, help_text=_("BCP 47 tag of the work."))
    published_on = FuzzyDateField(verbose_name=_("published on"), help_text=_("1994, 1994-01 or 1994-01-10."))
    published_on_earliest = BoundField("published_on", "earliest")
    published_on_latest = BoundField("published_on", "latest")
    copies = models.PositiveIntegerField(
        _("copies"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(1_000_000_000)],
        help_text=_("Copies printed or made."),
    )
    co_produced = VocabularyField(
        "yes_no_unknown",
        default="UNKNOWN",
        verbose_name=_("co-produced"),
        help_text=_("Whether both sides made it together."),
    )
    subjects = models.ManyToManyField(
        Subject, verbose_name=_("subjects"), blank=True, related_name="outputs", help_text=_("Controlled tags.")
    )
    sort_day = models.DateField(default=NOT_ON_FILE, editable=False, help_text=_("Derived: what lists order by."))

    class Meta(Visible.Meta):
        abstract = False
        verbose_name = _("output")
        ordering = ["-sort_day", "-id"]
        indexes = [models.Index(fields=["pair", "-sort_day", "-id"])]

    def clean(self) -> None:
        if self.event is not None and self.event.pair_id != self.pair_id:
            raise ValidationError(
                {"event": _("It belongs to another pair. Choose one of the same pair, or leave it empty.")}
            )

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_day = dates.parse(self.published_on).latest if self.published_on else NOT_ON_FILE
        super().save(*args, **kwargs)

    def search_words(self) -> list[str]:
        return [self.ref, *self.names()]


class StanceCoding(models.Model):
    """One person's coding of how an output tells the past or the other; two may differ, a machine never codes."""

    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="stances", help_text=_("Of what."))
    coder = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", help_text=_("The person who read it."))
    stance = VocabularyField("stance", verbose_name=_("stance"), help_text=_("As the coder reads it."))
    coded_on = models.DateField(_("coded on"), help_text=_("When it was coded."))
    note = models.TextField(_("note"), blank=True, help_text=_("Why."))

    class Meta:
        verbose_name = _("coding of stance")
        verbose_name_plural = _("codings of stance")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["output", "coder"], name="stance_once_a_coder")]

    def clean(self) -> None:
        others = StanceCoding.objects.filter(output=self.output_id).exclude(pk=self.pk).count()
        if others >= 2:
            raise ValidationError(_("Two people have coded it already. Change one of their codings instead."))

    def __str__(self) -> str:
        return f"{self.coder}: {self.get_stance_display()}"


class Fulfilment(Record):
    """One promise kept: ties a commitment to exactly one event or initiative. It never moves a clock."""

    PAIR = DESK = "commitment__pair"
    SEEN_WITH = ("commitment", "event", "initiative")
    PAST = ("fulfilled_on",)

    commitment = models.ForeignKey(
        Commitment, on_delete=models.PROTECT, related_name="fulfilments", help_text=_("The promise.")
    )
    event = models.ForeignKey(
        Event,
        verbose_name=_("event"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="fulfils",
        help_text=_("The event that keeps it."),
    )
    initiative = models.ForeignKey(
        Initiative,
        verbose_name=_("initiative"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="fulfils",
        help_text=_("The initiative that keeps it."),
    )
    fulfilled_on = FuzzyDateField(verbose_name=_("fulfilled on"), help_text=_("1994, 1994-01 or 1994-01-10."))
    fulfilled_on_earliest = BoundField("fulfilled_on", "earliest")
    fulfilled_on_latest = BoundField("fulfilled_on", "latest")
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text=_("Where it is read.")
    )

    class Meta:
        verbose_name = _("fulfilment")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(event=None, initiative__isnull=False)
                | models.Q(event__isnull=False, initiative=None),
                name="fulfilment_by_exactly_one",
            )
        ]

    @classmethod
    def visible_q(cls, user: Any) -> models.Q:
        if access.is_registrar(user):
            return models.Q()
        by_event = models.Q(event__isnull=False) & access.seen(user, owner="event__", desk="pair")
        by_initiative = models.Q(initiative__isnull=False) & access.seen(user, owner="initiative__", desk="pair")
        return models.Q(commitment__in=Commitment.objects.visible_to(user).values("pk")) & (by_event | by_initiative)

    @property
    def pair(self) -> Any:
        """The pair of the promise."""
        return self.commitment.pair

    def clean(self) -> None:
        if (self.event_id is None) == (self.initiative_id is None):
            sentence = _("Give the event or the initiative that keeps the promise: one of them, not both.")
            raise ValidationError({"event": sentence})
        by = "event" if self.event_id else "initiative"
        if self.commitment_id and getattr(self, by).pair_id != self.commitment.pair_id:
            raise ValidationError(
                {by: _("It belongs to another pair. Choose one of the same pair, or leave it empty.")}
            )

    @property
    def lead_days(self) -> int | None:
        """Days from promise to fulfilment, both by their latest day; None where either is not on file."""
        if not (self.fulfilled_on and self.commitment.promised_on):
            return None
        return (dates.parse(self.fulfilled_on).latest - dates.parse(self.commitment.promised_on).latest).days

    def __str__(self) -> str:
        return f"{self.commitment} – {self.event or self.initiative}"
