"""Commitments: what was promised, by whom, and how far each side has come."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from actors.models import Actor
from agreements.models.agreement import Article
from agreements.models.commission import Session
from registry.core import access, dates, languages
from registry.core.dates import NOT_ON_FILE, BoundField, FuzzyDateField, check_order
from registry.core.models import Pair, Record, Term
from registry.core.vocabularies import VocabularyField

UNFINISHED = ("OPEN", "IN_PROGRESS", "CARRIED_OVER")
"""The states in which a promise still waits, so that it can be overdue."""


class Commitment(Record):
    """One promise of one pair, from an article, a session's decision or a meeting. Fulfilling it moves no clock."""

    DERIVED = Record.DERIVED | {"sort_day"}
    SEEN_WITH = ("session", "article__agreement", "made_at", "pair")
    PAST = ("promised_on",)

    meetings: list[Any] = []
    """Functions (user or None for all) → queryset of commitments made at meetings that the user may see: a promise
    made only at meetings is seen with one of them. Filled in `AppConfig.ready`."""

    pair = models.ForeignKey(
        Pair, verbose_name=_("pair"), on_delete=models.PROTECT, related_name="commitments", help_text=_("Whose.")
    )
    article = models.ForeignKey(
        Article,
        verbose_name=_("article"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="commitments",
        help_text=_("The article that promises it, where it comes from one."),
    )
    session = models.ForeignKey(
        Session,
        verbose_name=_("session"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="decisions",
        help_text=_("The session that decided it, where it comes from one."),
    )
    text = models.TextField(_("text"), help_text=_("What was promised, in our own words."))
    fields = models.ManyToManyField(
        Term,
        verbose_name=_("fields"),
        blank=True,
        limit_choices_to={"vocabulary": "field"},
        related_name="commitments",
        help_text=_("What it is about."),
    )
    promised_on = FuzzyDateField(verbose_name=_("promised on"), help_text=_("1994, 1994-01 or 1994-01-10."))
    promised_on_earliest = BoundField("promised_on", "earliest")
    promised_on_latest = BoundField("promised_on", "latest")
    due_on = FuzzyDateField(verbose_name=_("due on"), help_text=_("It counts by its latest day."))
    due_on_earliest = BoundField("due_on", "earliest")
    due_on_latest = BoundField("due_on", "latest")
    state = VocabularyField("commitment_state", default="OPEN", verbose_name=_("state"), help_text=_("Of the whole."))
    state_a = VocabularyField(
        "commitment_state", blank=True, verbose_name=_("state, first side"), help_text=_("Sides in code order.")
    )
    state_b = VocabularyField(
        "commitment_state", blank=True, verbose_name=_("state, second side"), help_text=_("Sides in code order.")
    )
    responsible_a = models.ManyToManyField(
        Actor,
        verbose_name=_("responsible, first side"),
        blank=True,
        related_name="responsible_a",
        help_text=_("Who answers for it on the first side in code order."),
    )
    responsible_b = models.ManyToManyField(
        Actor,
        verbose_name=_("responsible, second side"),
        blank=True,
        related_name="responsible_b",
        help_text=_("Who answers for it on the second side in code order."),
    )
    sort_day = models.DateField(default=NOT_ON_FILE, editable=False, help_text=_("Derived: what lists order by."))

    class Meta:
        verbose_name = _("commitment")
        ordering = ["-sort_day", "-id"]
        indexes = [models.Index(fields=["pair", "-sort_day", "-id"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(article=None) | models.Q(session=None), name="commitment_of_one_origin"
            ),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> models.Q:
        """Seen with the session, the article or the meeting it comes from; one of none of them with its pair."""
        if access.is_registrar(user):
            return models.Q()
        by_session = models.Q(session__in=Session.objects.visible_to(user).values("pk"))
        by_article = models.Q(article__isnull=False) & access.seen(user, owner="article__agreement__", desk="pair")
        by_meeting, by_pair = models.Q(pk__in=[]), models.Q(pair__in=Pair.objects.visible_to(user).values("pk"))
        for made_at in cls.meetings:
            by_meeting |= models.Q(pk__in=made_at(user))
            by_pair &= ~models.Q(pk__in=made_at(None))
        return by_session | by_article | models.Q(session=None, article=None) & (by_meeting | by_pair)

    def clean(self) -> None:
        errors: dict[str, list] = {}
        check_order(errors, self, "promised_on", "due_on")
        if self.article_id and self.session_id:
            errors["article"] = [_("A session is given too. Keep the one that promises it.")]
        if self.session_id and self.session.commission.pair_id != self.pair_id:
            errors["session"] = [_("It is a session of another pair. Choose one of this pair.")]
        if self.article_id and self.article.agreement.pair_id != self.pair_id:
            errors["article"] = [_("It belongs to another pair. Choose one of the same pair, or leave it empty.")]
        if errors:
            raise ValidationError(errors)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_day = dates.parse(self.promised_on).latest if self.promised_on else NOT_ON_FILE
        super().save(*args, **kwargs)

    def state_on(self, day: date) -> str:
        """Return the state on `day`: as typed in, or OVERDUE where the due day has passed unfulfilled."""
        late = self.due_on and dates.parse(self.due_on).latest < day
        return "OVERDUE" if late and self.state in UNFINISHED else self.state

    def names(self) -> list[str]:
        return [self.text]

    def search_words(self) -> list[str]:
        pair = [*languages.country_names(self.pair.a_id), *languages.country_names(self.pair.b_id)]
        return [self.ref, self.text, *pair]

    def __str__(self) -> str:
        return self.text
