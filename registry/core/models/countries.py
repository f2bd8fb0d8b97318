"""Countries, and pairs of them."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.lookups import IsNull
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registry.core import access, languages
from registry.core.models.record import Record
from registry.core.vocabularies import VocabularyField


class Country(models.Model):
    """One country: ISO 3166-1, ISO 3166-3 for a state that no longer exists, or XK. Namibia is “NA”, a code."""

    code = models.CharField(
        _("code"), primary_key=True, max_length=4, help_text=_("ISO 3166-1 alpha-2; alpha-4 of 3166-3 if historic.")
    )
    alpha3 = models.CharField(_("alpha-3"), max_length=3, blank=True, help_text=_("ISO 3166-1 alpha-3 code."))
    region = models.CharField(_("region"), max_length=40, blank=True, help_text=_("Region of the world."))
    subregion = models.CharField(_("subregion"), max_length=60, blank=True, help_text=_("Part of the region."))
    historic_name = models.CharField(
        _("historic name"), max_length=120, blank=True, help_text=_("Name of a state that no longer exists.")
    )
    former_code = models.CharField(
        _("former code"), max_length=2, blank=True, help_text=_("Two letters shown for a state that no longer exists.")
    )
    withdrawn_on = models.CharField(
        _("withdrawn on"), max_length=10, blank=True, help_text=_("Since when ISO 3166-1 no longer lists it.")
    )
    latitude = models.FloatField(_("latitude"), null=True, blank=True, help_text=_("Degrees north."))
    longitude = models.FloatField(_("longitude"), null=True, blank=True, help_text=_("Degrees east."))
    borders = models.ManyToManyField(
        "self", verbose_name=_("borders"), blank=True, help_text=_("Countries with a common land border.")
    )

    class Meta:
        verbose_name = _("country")
        verbose_name_plural = _("countries")
        ordering = ["code"]

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.historic_name or languages.country_name(self.code)

    def __str__(self) -> str:
        return self.name


class PairQuerySet(access.RecordQuerySet):
    """Pairs, which come into being when first used."""

    def between(self, one: str, other: str) -> "Pair":
        """Return the pair of two country codes in either order, storing it if it is new."""
        a, b = sorted((one, other))
        pair: Any = self.get_or_create(ref=f"{a}-{b}", defaults={"a_id": a, "b_id": b})[0]
        return pair


class Pair(Record):
    """Two countries in code order, and the days for which the record of their activity is claimed to be complete."""

    PAIR = DESK = ""
    PAST = ("tracked_from",)
    TRACKING = ("tracked_from", "tracked_until", "tracking_basis")
    DECLARED = "declared"

    ref = models.CharField(_("code"), primary_key=True, max_length=9, help_text=_("Both codes in order, as KZ-UZ."))
    a = models.ForeignKey(
        Country, on_delete=models.PROTECT, related_name="pairs_a", help_text=_("The first country in code order.")
    )
    b = models.ForeignKey(
        Country, on_delete=models.PROTECT, related_name="pairs_b", help_text=_("The second country in code order.")
    )
    tracked_from = models.DateField(
        _("tracked from"),
        null=True,
        blank=True,
        help_text=_("First day from which all activity is on file. Empty: nothing is claimed, nothing called dormant."),
    )
    tracked_until = models.DateField(
        _("tracked until"), null=True, blank=True, help_text=_("Last such day. Empty: still going on.")
    )
    tracking_basis = VocabularyField(
        "tracking_basis",
        blank=True,
        verbose_name=_("tracking basis"),
        help_text=_("Declared by a desk, or assumed; every page and mail says when it is assumed."),
    )

    objects = PairQuerySet.as_manager()  # type: ignore[misc]  # mypy takes a manager for a variable of instances

    class Meta:
        verbose_name = _("pair")
        ordering = ["ref"]
        constraints = [
            models.CheckConstraint(condition=models.Q(a__lt=models.F("b")), name="pair_in_code_order"),
            models.UniqueConstraint(fields=["a", "b"], name="pair_once"),
            models.CheckConstraint(
                condition=models.Q(tracked_until__isnull=True)
                | models.Q(tracked_from__isnull=False, tracked_until__gte=models.F("tracked_from")),
                name="pair_tracking_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(tracked_from__isnull=True) | ~models.Q(tracking_basis=""),
                name="pair_tracking_has_basis",
            ),
        ]

    reporters: list[Any] = []
    """What rooms below do when the tracking days of a pair have changed; filled in their `AppConfig.ready`."""
    foresights: list[Any] = []
    """Functions (pair, not saved) → what its tracking days would change; filled in their `AppConfig.ready`."""
    publishers: list[Any] = []
    """Functions (user) → queryset of rows of a pair that the user may see; a pair is public through these."""

    @classmethod
    def visible_q(cls, user: Any) -> models.Q:
        """A pair is seen when something in it is seen, or by the desks of its countries."""
        if access.is_registrar(user):
            return models.Q()
        condition = cls.editable_q(access.desks(user))
        for visible in cls.publishers:
            # neither IN nor EXISTS: the database would read all that is visible of all pairs before it shows the first
            first = models.Subquery(visible(user).filter(pair=models.OuterRef("pk")).order_by().values("pk")[:1])
            condition |= models.Q(IsNull(first, False))
        return condition

    @classmethod
    def editable_q(cls, countries: frozenset[str]) -> models.Q:
        """A pair belongs to the desks of its two countries."""
        return models.Q(a__in=countries) | models.Q(b__in=countries)

    def desk_countries(self) -> frozenset[str]:
        return frozenset({self.a_id, self.b_id})

    def clean(self) -> None:
        if self.tracked_until and not (self.tracked_from and self.tracked_from <= self.tracked_until):
            raise ValidationError(
                {"tracked_until": _("It must not lie before the first tracked day. Correct either day.")}
            )
        if self.tracked_from and not self.tracking_basis:
            raise ValidationError({"tracking_basis": _("Say whether completeness is declared or assumed.")})
        if self.tracking_basis and not self.tracked_from:
            raise ValidationError({"tracked_from": _("Say from which day on, or leave the basis empty as well.")})

    def hold(self) -> None:
        """Before its first change log the pair as it came into being when used, so that one can go back to that."""
        from registry.core import write

        write.log_first(type(self), self.pk)

    def written(self) -> None:
        for report in self.reporters:
            report(self)

    def foresee(self, rows: Mapping[str, Any], links: Mapping[str, Any]) -> Any:
        return next(filter(None, (foresee(self) for foresee in self.foresights)), None)

    def gives_word(self, stored: Record | None) -> bool:
        words = [tuple(getattr(pair, name, None) or None for name in self.TRACKING) for pair in (stored, self)]
        return words[0] != words[1] and any(self.DECLARED in word for word in words)

    @property
    def countries(self) -> tuple[Country, Country]:
        """Both countries in the alphabetical order of the reader's language: neither comes first by rank."""
        one, other = sorted((self.a, self.b), key=lambda country: languages.sort_key(country.name))
        return one, other

    @property
    def code(self) -> str:
        """Both codes in order, as KZ-UZ."""
        return self.ref

    def names(self) -> list[str]:
        return self.search_words()

    def search_words(self) -> list[str]:
        return [self.ref, *languages.country_names(self.a_id), *languages.country_names(self.b_id)]

    def __str__(self) -> str:
        return pair_name(self.a.name, self.b.name)


def pair_name(*names: str) -> str:
    """Return the names of two countries as that of their pair, neither first by rank."""
    one, other = sorted(names, key=languages.sort_key)
    return gettext("%(one)s and %(other)s") % {"one": one, "other": other}
