"""Programmes: series, years of culture, exchange schemes, programmes of cooperation."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from actors.models import Actor
from continuity.models import Initiative, Kind
from registry.core.access import RecordQuerySet
from registry.core.vocabularies import VocabularyField

SERIES = ("DAYS", "FESTIVAL_SERIES", "SUMMER_SCHOOL", "EXCHANGE")
"""The kinds that come back, so that a regular rhythm is proposed for them on entry."""


class Programme(Initiative):
    """One programme of one pair: whatever is planned to last or to come back."""

    ROWS = (*Initiative.ROWS, "budget")

    programme_kind = VocabularyField("programme_kind", verbose_name=_("kind"), help_text=_("What sort of programme."))
    status_as_stated = models.CharField(
        _("status as stated"), max_length=200, blank=True, help_text=_("The source’s word, not our state.")
    )

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("programme")
        ordering = ["-sort_day", "-id"]

    def derive(self) -> None:
        self.kind = Kind.PROGRAMME
        super().derive()


class BudgetLine(models.Model):
    """One sum of money for one programme."""

    programme = models.ForeignKey(
        Programme, on_delete=models.CASCADE, related_name="budget", help_text=_("For which programme.")
    )
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True, help_text=_("Empty: for all its years."))
    amount = models.DecimalField(
        _("amount"),
        max_digits=16,
        decimal_places=2,
        validators=[MinValueValidator(0)],
        help_text=_("In units of the currency."),
    )
    currency = models.CharField(_("currency"), max_length=3, help_text=_("ISO 4217 code."))
    funder = models.ForeignKey(
        Actor,
        verbose_name=_("funder"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="budget_lines",
        help_text=_("Who pays; empty: not on file."),
    )

    class Meta:
        verbose_name = _("budget line")
        ordering = ["year", "id"]
        constraints = [models.CheckConstraint(condition=models.Q(amount__gte=0), name="budget_not_negative")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
