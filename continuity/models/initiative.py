"""The common table of whatever has continuity: agreements, commissions, programmes."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils.translation import gettext_lazy as _

from actors.models import ParticipationBase
from registry.core import access, dates, languages
from registry.core.dates import NOT_ON_FILE, BoundField, FuzzyDateField, check_order
from registry.core.days import page
from registry.core.models import Framework, Pair, Subject, Term, Titled, Visible
from registry.core.models.record import new_ref
from registry.core.vocabularies import VocabularyField

if TYPE_CHECKING:
    from continuity.models.ledger import Suspension

MAX_DEPTH = 5
"""A protocol under its agreement, a commission under that, its working group, a programme: deeper is a mistake."""


class Kind(models.TextChoices):
    AGREEMENT = "agreement", _("agreement")
    COMMISSION = "commission", _("commission")
    PROGRAMME = "programme", _("programme")


class Stated(models.TextChoices):
    """What the declared status says to the rule, where no date says it."""

    NOTHING = "", _("nothing")
    NEGOTIATION = "negotiation", _("under negotiation")
    ENDED = "ended", _("ended")


# When a sweep has nothing to do ------------------------------------------------------------------------------------

_FIRST = Value(date.min, output_field=models.DateField())
_LAST = Value(date.max, output_field=models.DateField())


def _announced(**days: Any) -> Case:
    """Return the expression for a day by the announced state, where that is one of those that a clock moves through."""
    whens = [When(announced_state=state, then=Coalesce(day, _FIRST)) for state, day in days.items()]
    return Case(*whens, default=_FIRST)


_CALM_AFTER = Case(
    When(~Q(visibility=access.PUBLISHED) | ~Q(fixed_state=""), then=_FIRST),
    default=_announced(
        due="active_until",
        overdue="due_on",
        symbolic="lapses_on",
        dormant=Greatest(Coalesce("lapses_on", _FIRST), Coalesce("symbolic_until", _FIRST)),
    ),
)
_CALM_UNTIL = Least(
    Coalesce("good_until", _LAST),
    Case(When(fixed_state="", lapsed_since=None, then=Coalesce("lapses_on", _LAST)), default=_LAST),
    Case(
        When(~Q(visibility=access.PUBLISHED), then=_LAST),
        When(~Q(fixed_state=""), then=Case(When(fixed_state=F("announced_state"), then=_LAST), default=_FIRST)),
        default=_announced(
            active="active_until", due="due_on", overdue="lapses_on", symbolic="symbolic_until", dormant=_LAST
        ),
    ),
)
_CALM = _(
    "Stored: only on the days after the first and up to the second is nothing to be refreshed, no lapse to be opened "
    "and no state to be announced."
)
"""So a sweep finds by two indexes what `continuity.sweep` must look at; the conditions by themselves stand there."""


def days(verbose_name: Any, help_text: Any, least: int = 1) -> models.PositiveIntegerField:
    """Return an optional number of days that the rule can reckon with (at most a hundred years)."""
    return models.PositiveIntegerField(
        verbose_name,
        null=True,
        blank=True,
        validators=[MinValueValidator(least), MaxValueValidator(36525)],
        help_text=help_text,
    )


class Initiative(Titled, Visible):
    """One initiative of one pair: an agreement, a commission or a programme (its child row says what else it is).

    The columns that begin with `rule_` hold what the rule reads, as day numbers (1 = 1 January of the year 1); the
    stored results hold what it said last and until which day (`good_until`) that can be read off without it. Both are
    written by `continuity.door` alone.
    """

    ROWS = ("participations", "suspensions", "relations_from")
    PAST: tuple[str, ...] = ("tracked_from",)
    RULE = frozenset({"rule_start", "rule_end", "rule_tracked_from", "rule_tracked_until", "rule_clause"})
    STORED = frozenset(
        {"fixed_state", "last_activity_on", "cadence_days", "cadence_source", "active_until", "due_on", "lapses_on"}
        | {"symbolic_until", "good_until", "lapsed_since"}
    )
    ANNOUNCED = frozenset({"announced_state", "announced_number"})
    DERIVED = Visible.DERIVED | RULE | STORED | ANNOUNCED | {"kind", "stated", "sort_day"}

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, editable=False, help_text=_("Which child row."))
    pair = models.ForeignKey(
        Pair,
        verbose_name=_("pair"),
        on_delete=models.PROTECT,
        related_name="initiatives",
        db_index=False,  # two indexes below begin with it
        help_text=_("Between whom."),
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("under"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        help_text=_("The agreement or commission it stands under; same pair, at most five deep."),
    )
    short_title = models.CharField(_("short title"), max_length=120, blank=True, help_text=_("For figures and mails."))
    summary = models.TextField(_("summary"), blank=True, help_text=_("A few sentences for a reader new to it."))
    level = VocabularyField(
        "level", blank=True, verbose_name=_("level"), help_text=_("Of whom it is; empty: not settled by the source.")
    )
    fields = models.ManyToManyField(
        Term,
        verbose_name=_("fields"),
        blank=True,
        limit_choices_to={"vocabulary": "field"},
        related_name="initiatives",
        help_text=_("What it is about."),
    )
    frameworks = models.ManyToManyField(
        Framework,
        verbose_name=_("frameworks"),
        blank=True,
        related_name="initiatives",
        help_text=_("Policies it names."),
    )
    subjects = models.ManyToManyField(
        Subject, verbose_name=_("subjects"), blank=True, related_name="initiatives", help_text=_("Controlled tags.")
    )
    started_on = FuzzyDateField(
        verbose_name=_("start"), help_text=_("First day: 1994, 1994-01 or 1994-01-10. It counts from its earliest day.")
    )
    started_on_earliest = BoundField("started_on", "earliest")
    started_on_latest = BoundField("started_on", "latest")
    ended_on = FuzzyDateField(verbose_name=_("end"), help_text=_("Last day; it counts by its latest day."))
    ended_on_earliest = BoundField("ended_on", "earliest")
    ended_on_latest = BoundField("ended_on", "latest")
    rhythm = VocabularyField(
        "rhythm",
        verbose_name=_("rhythm"),
        help_text=_("Regular: activity is expected at intervals. Irregular: no interval is expected of it."),
    )
    cadence = days(_("declared cadence"), _("Days from one activity to the next, where it is written down somewhere."))
    grace = days(
        _("declared grace"), _("Days after the due day before it is called lapsed. Empty: half the cadence."), 0
    )
    meeting_clause_days = days(
        _("meeting clause"), _("Days from session to session that its text prescribes for commissions under it.")
    )
    tracking = VocabularyField(
        "tracking",
        default="inherit",
        verbose_name=_("tracking"),
        help_text=_("Whether its activity is claimed to be completely on file, and for which days."),
    )
    tracked_from = models.DateField(
        _("tracked from"), null=True, blank=True, help_text=_("Only with own tracking days.")
    )
    tracked_until = models.DateField(
        _("tracked until"), null=True, blank=True, help_text=_("Only with own tracking days; empty: still going on.")
    )
    sort_day = models.DateField(default=NOT_ON_FILE, editable=False, help_text=_("Derived: what lists order by."))

    stated = models.CharField(
        max_length=12, choices=Stated, blank=True, default="", editable=False, help_text=_("Derived from the status.")
    )
    rule_start = models.IntegerField(null=True, editable=False, help_text=_("Derived: day number of the start."))
    rule_end = models.IntegerField(null=True, editable=False, help_text=_("Derived: day number of the last day."))
    rule_tracked_from = models.IntegerField(null=True, editable=False, help_text=_("Derived: first tracked day."))
    rule_tracked_until = models.IntegerField(null=True, editable=False, help_text=_("Derived: last tracked day."))
    rule_clause = models.IntegerField(null=True, editable=False, help_text=_("Derived: the parent’s meeting clause."))

    fixed_state = models.CharField(
        max_length=10, blank=True, default="", editable=False, help_text=_("Stored: a state without a clock, or empty.")
    )
    last_activity_on = models.DateField(null=True, editable=False, help_text=_("Stored: last substantive activity."))
    cadence_days = models.PositiveIntegerField(null=True, editable=False, help_text=_("Stored: cadence in use, days."))
    cadence_source = models.CharField(
        max_length=10, blank=True, default="", editable=False, help_text=_("Stored: where the cadence comes from.")
    )
    active_until = models.DateField(null=True, editable=False, help_text=_("Stored: last day of the state active."))
    due_on = models.DateField(null=True, editable=False, help_text=_("Stored: last day of the state due."))
    lapses_on = models.DateField(null=True, editable=False, help_text=_("Stored: last day before it is lapsed."))
    symbolic_until = models.DateField(null=True, editable=False, help_text=_("Stored: last day of the state symbolic."))
    good_until = models.DateField(
        default=NOT_ON_FILE, editable=False, help_text=_("Stored: last day for which the stored results hold.")
    )
    lapsed_since = models.DateField(
        null=True, editable=False, help_text=_("Stored: first day of the lapse that is open on file.")
    )
    announced_state = models.CharField(
        max_length=10, blank=True, default="", editable=False, help_text=_("The state that the last sweep announced.")
    )
    announced_number = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("How many transitions have been announced.")
    )

    calm_after = models.GeneratedField(
        expression=_CALM_AFTER, output_field=models.DateField(), db_persist=True, help_text=_CALM
    )
    calm_until = models.GeneratedField(
        expression=_CALM_UNTIL, output_field=models.DateField(), db_persist=True, help_text=_CALM
    )

    class Meta(Visible.Meta):
        abstract = False
        verbose_name = _("initiative")
        ordering = ["-sort_day", "-id"]
        indexes = [
            models.Index(fields=["-sort_day", "-id"]),  # the list of initiatives
            models.Index(fields=["pair", "-sort_day", "-id"]),  # the page of a pair
            models.Index(fields=["pair", "kind", "-sort_day", "-id"]),  # its agreements, of any of a country's pairs
            models.Index(fields=["good_until"]),  # whether the stored results hold
            models.Index(fields=["calm_after"]),  # rows the sweep must look at
            models.Index(fields=["calm_until"]),
        ]
        constraints = [
            *Visible.Meta.constraints,
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="initiative_kind_known"),
            models.CheckConstraint(
                condition=models.Q(rhythm__in=["regular", "irregular"]), name="initiative_rhythm_known"
            ),
            models.CheckConstraint(
                condition=models.Q(tracking__in=["inherit", "own", "none"]), name="initiative_tracking_known"
            ),
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="initiative_not_under_itself"),
            models.CheckConstraint(
                condition=models.Q(tracking="own") | models.Q(tracked_from=None, tracked_until=None),
                name="initiative_own_days_only_if_own",
            ),
            models.CheckConstraint(
                condition=~models.Q(tracking="own") | models.Q(tracked_from__isnull=False),
                name="initiative_own_days_have_first",
            ),
        ]

    def clean(self) -> None:
        errors: dict[str, list] = {}
        check_order(errors, self, "started_on", "ended_on")
        self._clean_tracking(errors)
        self._clean_parent(errors)
        if errors:
            raise ValidationError(errors)

    def _clean_tracking(self, errors: dict[str, list]) -> None:
        if self.tracking == "own" and not self.tracked_from:
            errors["tracked_from"] = [_("Own tracking days need a first day. Enter it, or choose “As the pair”.")]
        if self.tracking != "own" and (self.tracked_from or self.tracked_until):
            errors["tracking"] = [_("Days are given, so choose “Own days”, or clear the days.")]
        if self.tracked_from and self.tracked_until and self.tracked_until < self.tracked_from:
            errors["tracked_until"] = [_("It lies before the first tracked day. Correct either day.")]

    def _clean_parent(self, errors: dict[str, list]) -> None:
        if self.parent is None or self.pair_id is None:
            return
        if self.parent.pair_id != self.pair_id:
            errors["parent"] = [_("It belongs to another pair. Choose an initiative of the same pair.")]
            return
        above = self.ancestors()
        if self.pk and any(one.pk == self.pk for one in above):
            errors["parent"] = [_("This would make a circle. Choose an initiative that does not stand under this one.")]
        elif len(above) + self._height() > MAX_DEPTH:
            errors["parent"] = [_("This would be more than five deep. Choose an initiative higher up.")]

    def ancestors(self) -> list["Initiative"]:
        """Return the initiatives above this one, nearest first."""
        above: list[Initiative] = []
        parent = self.parent
        while parent is not None and len(above) <= MAX_DEPTH and parent not in above:
            above.append(parent)
            parent = parent.parent
        return above

    def _height(self) -> int:
        """Return how many levels this initiative and what stands under it take (1: nothing under it)."""
        height, level = 1, [self.pk] if self.pk else []
        while level and height <= MAX_DEPTH:
            level = list(Initiative.objects.filter(parent__in=level).values_list("pk", flat=True))
            height += bool(level)
        return height

    def stated_phase(self) -> str:
        """Return what the declared status says to the rule (one of `Stated`); a child kind knows its status."""
        return Stated.NOTHING

    def derive(self) -> None:
        """Set the columns that follow from what a person edits."""
        self.stated = self.stated_phase()
        self.sort_day = dates.parse(self.started_on).earliest if self.started_on else NOT_ON_FILE

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.derive()
        if not self._state.adding and kwargs.get("update_fields") is None:
            # what the door and the sweep keep may have moved since this row was read; never write it back
            kept = self.RULE | self.STORED | self.ANNOUNCED
            kwargs["update_fields"] = {
                field.name for field in self._meta.concrete_fields if not field.primary_key and field.name not in kept
            } - {"id", "initiative_ptr"}
        super().save(*args, **kwargs)

    def hold(self) -> None:
        from continuity import door

        door.hold_family(self)

    def written(self) -> None:
        from continuity import door

        door.initiative_written(self)

    def shows(self) -> Iterable[Any]:
        """Return what the initiative itself shows of the one above it, as reports of the door."""
        return ()

    def suspended_by(self, rows: Mapping[str, Any]) -> Iterable["Suspension"] | None:
        """Return the suspensions that follow from child rows (`ROWS` → rows, unsaved ones too); None: as on file."""
        return rows.get("suspensions")

    def foresee(self, rows: Mapping[str, Any], links: Mapping[str, Any]) -> Any:
        from continuity import foresight

        return foresight.of_initiative(self, self.suspended_by(rows), links.get("fields"))

    def names(self) -> list[str]:
        return [*super().names(), self.short_title]

    def search_words(self) -> list[str]:
        pair = [*languages.country_names(self.pair.a_id), *languages.country_names(self.pair.b_id)]
        return [self.ref, *self.names(), self.summary, *pair]

    @property
    def child(self) -> Any:
        """The child row: the agreement, commission or programme itself."""
        return getattr(self, self.kind)

    def get_absolute_url(self) -> str:
        return page(f"{self.kind}-detail", self.ref)


class InitiativeParticipation(ParticipationBase):
    """One actor taking part in one initiative."""

    initiative = models.ForeignKey(
        Initiative, on_delete=models.CASCADE, related_name="participations", help_text=_("In what.")
    )

    class Meta(ParticipationBase.Meta):
        abstract = False
        verbose_name = _("participation")
        constraints = [
            models.UniqueConstraint(fields=["initiative", "actor", "role"], name="initiative_participation_once")
        ]


class Relation(models.Model):
    """One statement that an initiative amends, supersedes, implements or frames another.

    It is a child row of its source and is written with it. What it is said of cannot be deleted before it: it would
    vanish from the source without a version that tells of it.
    """

    ref = models.CharField(
        _("reference"), max_length=40, unique=True, default=new_ref, help_text=_("Permanent reference.")
    )
    source = models.ForeignKey(
        Initiative, on_delete=models.CASCADE, related_name="relations_from", help_text=_("The one that does it.")
    )
    kind = VocabularyField("agreement_relation", verbose_name=_("relation"), help_text=_("What it does to the other."))
    target = models.ForeignKey(
        Initiative, on_delete=models.PROTECT, related_name="relations_to", help_text=_("The one it is done to.")
    )
    note = models.TextField(_("note"), blank=True, help_text=_("What a reader should know about this entry."))

    objects = access.RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("relation")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "kind", "target"], name="relation_once"),
            models.CheckConstraint(condition=~models.Q(source=models.F("target")), name="relation_not_to_itself"),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> models.Q:
        return access.seen(user, owner="source__", desk="pair") & access.seen(user, owner="target__", desk="pair")

    def clean(self) -> None:
        if self.target_id is not None and self.target_id == self.source_id:
            raise ValidationError({"target": _("An initiative has no relation to itself. Choose another one.")})

    def __str__(self) -> str:
        return f"{self.source} {self.get_kind_display()} {self.target}"
