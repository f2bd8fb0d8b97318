"""Sources, places, frameworks and indicators: what other records point to."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.core import access
from registry.core.dates import NOT_ON_FILE, BoundField, FuzzyDateField, check_order
from registry.core.models.countries import Country, Pair
from registry.core.models.record import Record, Visible
from registry.core.vocabularies import VocabularyField


class Source(Visible):
    """One page, law, register, data set or own record that a statement comes from."""

    PAIR = ""
    DESK = "desk"
    PAST = ("date", "accessed")

    reporters: list[Any] = []
    """What rooms below do when a source was written, as it may have become public; filled in `AppConfig.ready`."""

    kind = VocabularyField("source_kind", verbose_name=_("kind"), help_text=_("What sort of source it is."))
    authors = models.CharField(
        _("authors"), max_length=400, blank=True, help_text=_("As printed, parted by semicolons; any script.")
    )
    title = models.CharField(
        _("title"), max_length=600, blank=True, help_text=_("Only where the source is a named work.")
    )
    publisher = models.CharField(_("publisher"), max_length=300, blank=True, help_text=_("Who answers for it."))
    container = models.CharField(
        _("container"), max_length=300, blank=True, help_text=_("Journal, collection or site it stands in.")
    )
    doi = models.CharField(_("DOI"), max_length=120, blank=True, help_text=_("Without https://doi.org/."))
    address = models.URLField(_("address"), max_length=1000, blank=True, help_text=_("Where it can be read."))
    archived_address = models.URLField(
        _("archived address"), max_length=1000, blank=True, help_text=_("A stored copy that will not change.")
    )
    date = FuzzyDateField(verbose_name=_("date"), help_text=_("Day of publication: 1994, 1994-01 or 1994-01-10."))
    date_earliest = BoundField("date", "earliest")
    date_latest = BoundField("date", "latest")
    accessed = models.DateField(_("date accessed"), null=True, blank=True, help_text=_("When it was last read."))
    language = models.CharField(_("language"), max_length=16, blank=True, help_text=_("BCP 47 tag."))
    licence = models.CharField(
        _("licence"),
        max_length=200,
        blank=True,
        help_text=_("Under which its content may be used."),
    )
    about = models.CharField(
        _("about"), max_length=600, blank=True, help_text=_("What stands in it, in our own words.")
    )
    desk = models.ForeignKey(
        Country,
        verbose_name=_("desk"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("The country whose desk entered it; empty: shared by all desks."),
    )

    class Meta(Visible.Meta):
        abstract = False
        verbose_name = _("source")
        ordering = ["ref"]

    def written(self) -> None:
        for report in self.reporters:
            report(self)

    def names(self) -> list[str]:
        return [self.title]

    def search_words(self) -> list[str]:
        return [self.ref, self.authors, self.title, self.publisher, self.container, self.about, self.doi]

    def __str__(self) -> str:
        return ". ".join(filter(None, [self.authors, self.publisher, self.title or self.about])) or self.ref


class Place(Record):
    """One place on the map, and the pairs in whose border region it lies."""

    PAIR = ""
    DESK = "country"

    name = models.CharField(_("name"), max_length=200, help_text=_("In English where there is an English name."))
    other_names = models.JSONField(
        _("other names"), default=dict, blank=True, help_text=_("Language tag to list of names.")
    )
    country = models.ForeignKey(
        Country,
        verbose_name=_("country"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="places",
        help_text=_("The country it lies in; empty where left open."),
    )
    subdivision = models.CharField(_("subdivision"), max_length=10, blank=True, help_text=_("ISO 3166-2 code."))
    latitude = models.FloatField(_("latitude"), null=True, blank=True, help_text=_("Degrees north."))
    longitude = models.FloatField(_("longitude"), null=True, blank=True, help_text=_("Degrees east."))
    border_of = models.ManyToManyField(
        Pair,
        verbose_name=_("border region of"),
        blank=True,
        related_name="border_places",
        help_text=_("Pairs in whose border region it lies."),
    )

    class Meta:
        verbose_name = _("place")
        ordering = ["name", "ref"]

    def names(self) -> list[str]:
        return [self.name, *(name for names in self.other_names.values() for name in names)]

    def search_words(self) -> list[str]:
        return [self.ref, *self.names()]

    def __str__(self) -> str:
        return self.name


class Framework(Record):
    """A regional strategy, or one country's policy document, that initiatives may name."""

    PAIR = ""
    DESK = "country"

    title = models.CharField(_("title"), max_length=600, help_text=_("As its publisher prints it."))
    country = models.ForeignKey(
        Country,
        verbose_name=_("country"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Whose policy it is; empty for a regional strategy."),
    )
    started_on = FuzzyDateField(verbose_name=_("from"), help_text=_("First day: 1994, 1994-01 or 1994-01-10."))
    started_on_earliest = BoundField("started_on", "earliest")
    started_on_latest = BoundField("started_on", "latest")
    ended_on = FuzzyDateField(verbose_name=_("until"), help_text=_("Last day; empty: open or not on file."))
    ended_on_earliest = BoundField("ended_on", "earliest")
    ended_on_latest = BoundField("ended_on", "latest")
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text=_("Where it is read.")
    )

    class Meta:
        verbose_name = _("framework")
        ordering = ["title", "ref"]

    def clean(self) -> None:
        errors: dict[str, list] = {}
        check_order(errors, self, "started_on", "ended_on")
        if errors:
            raise ValidationError(errors)

    def names(self) -> list[str]:
        return [self.title]

    def search_words(self) -> list[str]:
        return [self.ref, *self.names()]

    def __str__(self) -> str:
        return self.title


class Indicator(Record):
    """One figure of one pair as one source states it; two may disagree and both stay."""

    SEEN_WITH = ("pair",)

    pair = models.ForeignKey(
        Pair, on_delete=models.PROTECT, related_name="indicators", help_text=_("The pair it speaks of.")
    )
    what = models.CharField(_("what"), max_length=300, help_text=_("What is counted."))
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4, help_text=_("The figure."))
    unit = models.CharField(_("unit"), max_length=60, help_text=_("What one of it is."))
    date = FuzzyDateField(verbose_name=_("date"), help_text=_("The day or year it holds for."))
    date_earliest = BoundField("date", "earliest")
    date_latest = BoundField("date", "latest")
    source = models.ForeignKey(
        Source,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="indicators",
        help_text=_("Who states it."),
    )
    sort_day = models.DateField(default=NOT_ON_FILE, editable=False, help_text=_("Derived: what lists order by."))

    class Meta:
        verbose_name = _("indicator")
        ordering = ["pair", "what", "ref"]
        indexes = [models.Index(fields=["pair", "-sort_day", "-id"])]

    def save(self, *args, **kwargs) -> None:
        from registry.core.dates import parse

        self.sort_day = parse(self.date).latest if self.date else NOT_ON_FILE
        super().save(*args, **kwargs)

    @classmethod
    def visible_q(cls, user: Any) -> models.Q:
        """Seen with its pair."""
        return models.Q() if access.is_registrar(user) else models.Q(pair__in=Pair.objects.visible_to(user))

    def names(self) -> list[str]:
        return [self.what]

    def search_words(self) -> list[str]:
        return [self.ref, *self.names()]

    def __str__(self) -> str:
        return f"{self.what}: {self.value.normalize():f} {self.unit}"
