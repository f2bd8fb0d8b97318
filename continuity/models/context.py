"""What lies around the initiatives of a pair: episodes of tension, and steps towards each other."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from registry.core import access, dates, languages
from registry.core.dates import NOT_ON_FILE, BoundField, FuzzyDateField, check_order
from registry.core.models import Pair, Place, Record, Titled, Visible
from registry.core.vocabularies import VocabularyField


class Dated(models.Model):
    """First and last day, and the day lists order by."""

    started_on = FuzzyDateField(
        blank=False, verbose_name=_("from"), help_text=_("First day: 1994, 1994-01 or 1994-01-10.")
    )
    started_on_earliest = BoundField("started_on", "earliest")
    started_on_latest = BoundField("started_on", "latest")
    ended_on = FuzzyDateField(verbose_name=_("until"), help_text=_("Last day; empty: see whether the end is known."))
    ended_on_earliest = BoundField("ended_on", "earliest")
    ended_on_latest = BoundField("ended_on", "latest")
    sort_day = models.DateField(default=NOT_ON_FILE, editable=False, help_text=_("Derived: what lists order by."))

    class Meta:
        abstract = True

    def clean(self) -> None:
        errors: dict[str, list] = {}
        check_order(errors, self, "started_on", "ended_on")
        if errors:
            raise ValidationError(errors)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_day = dates.parse(self.started_on).earliest if self.started_on else NOT_ON_FILE
        super().save(*args, **kwargs)


class TensionEpisode(Titled, Dated, Visible):
    """One dated episode of tension of one pair. It belongs to a pair and a time; no country is ever labelled."""

    PAST = ("started_on",)

    pair = models.ForeignKey(
        Pair, verbose_name=_("pair"), on_delete=models.PROTECT, related_name="episodes", help_text=_("Between whom.")
    )
    kind = VocabularyField("tension_kind", verbose_name=_("kind"), help_text=_("What sort of tension."))
    end_known = VocabularyField(
        "yes_no_unknown",
        default="UNKNOWN",
        verbose_name=_("end known"),
        help_text=_("Whether the end is on file. An end not on file is neither today nor still going on."),
    )
    intensity = models.PositiveSmallIntegerField(
        _("intensity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text=_("1 to 5: the highest hostility level of either side; armed conflict is 5."),
    )

    LAST_KNOWN = Coalesce("ended_on_latest", "started_on_latest")
    """As `last_known`, in SQL."""
    SURELY_LAST = Coalesce("ended_on_earliest", "started_on_latest")
    """The last day of those that it surely lasted, which begin on `started_on_latest`, in SQL."""

    @property
    def last_known(self) -> date:
        """The last day it is known to have lasted: an end that is not on file is neither today nor still going on."""
        return self.ended_on_latest or self.started_on_latest

    class Meta(Visible.Meta):
        abstract = False
        verbose_name = _("tension episode")
        ordering = ["-sort_day", "-id"]
        indexes = [models.Index(fields=["pair", "-sort_day", "-id"])]
        constraints = [
            *Visible.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(intensity=None) | models.Q(intensity__gte=1, intensity__lte=5),
                name="episode_intensity_1_to_5",
            ),
        ]

    def search_words(self) -> list[str]:
        pair = [*languages.country_names(self.pair.a_id), *languages.country_names(self.pair.b_id)]
        return [self.ref, *self.names(), *pair]

    @classmethod
    def url_name(cls) -> str:
        return "episode"


class Milestone(Titled, Dated, Record):
    """One step of a pair towards each other: a visit, a reopening, an agreement to resume."""

    SEEN_WITH = ("pair",)
    PAST = ("started_on",)

    pair = models.ForeignKey(
        Pair, verbose_name=_("pair"), on_delete=models.PROTECT, related_name="milestones", help_text=_("Between whom.")
    )
    kind = VocabularyField("milestone_kind", verbose_name=_("kind"), help_text=_("What sort of step."))
    place = models.ForeignKey(
        Place,
        verbose_name=_("place"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Where; empty: not on file."),
    )

    class Meta:
        verbose_name = _("milestone")
        ordering = ["-sort_day", "-id"]
        indexes = [models.Index(fields=["pair", "-sort_day", "-id"])]

    @classmethod
    def visible_q(cls, user: Any) -> models.Q:
        """Seen with its pair."""
        return models.Q() if access.is_registrar(user) else models.Q(pair__in=Pair.objects.visible_to(user))

    def search_words(self) -> list[str]:
        return [self.ref, *self.names()]
