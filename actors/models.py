"""State and non-state actors, their names over time, and what taking part means."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.core import access, vocabularies
from registry.core.dates import BoundField, FuzzyDateField, check_order
from registry.core.models import Country, Subject, Visible
from registry.core.vocabularies import VocabularyField

LEADING_ROLES = tuple(vocabularies.codes_where("participation_role", leading=True))
"""Who holds the reins: initiator, organiser, co-organiser, coordinator."""


class Actor(Visible):
    """One body or person that takes part in cooperation, in a public role."""

    PAIR = ""
    DESK = "country"
    ROWS = ("other_names", "identifiers")

    name = models.CharField(_("name"), max_length=400, help_text=_("The present name, in the working language."))
    name_language = models.CharField(
        _("language of the name"), max_length=16, default="en", help_text=_("BCP 47 tag of the name’s language.")
    )
    type = VocabularyField("actor_type", verbose_name=_("type"), help_text=_("By what it is."))
    sector = VocabularyField(
        "sector", verbose_name=_("sector"), help_text=_("By who stands behind it: many universities are state bodies.")
    )
    country = models.ForeignKey(
        Country,
        verbose_name=_("country"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="actors",
        help_text=_("Where it is based; empty for an international body."),
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("part of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parts",
        help_text=_("The body it belongs to."),
    )
    predecessor = models.ForeignKey(
        "self",
        verbose_name=_("predecessor"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="successors",
        help_text=_("The body whose work it took over."),
    )
    subjects = models.ManyToManyField(
        Subject, verbose_name=_("subjects"), blank=True, related_name="actors", help_text=_("Controlled tags.")
    )

    class Meta(Visible.Meta):
        abstract = False
        verbose_name = _("actor")
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["name", "id"])]
        constraints = [
            *Visible.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(sector__in=["STATE", "NON_STATE", "MIXED", "INTERNATIONAL"]),
                name="actor_sector_known",
            ),
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="actor_not_part_of_itself"),
            models.CheckConstraint(condition=~models.Q(predecessor=models.F("id")), name="actor_not_own_predecessor"),
        ]

    @property
    def default_sector(self) -> str:
        """The sector that the type would suggest: the base on which the literature counts."""
        return vocabularies.lists()["actor_type"].get(self.type, {}).get("default_sector", "")

    def clean(self) -> None:
        for field in ("parent", "predecessor"):
            seen: list[Any] = [self]  # actors, not their numbers: those of one file have none yet
            above = getattr(self, field)
            while above is not None:
                if above in seen:
                    raise ValidationError({field: _("This would make a circle. Choose another actor.")})
                seen.append(above)
                above = getattr(above, field)

    def names(self) -> list[str]:
        return [self.name, *(self.other_names.values_list("name", flat=True) if self.pk else ())]

    def search_words(self) -> list[str]:
        return [self.ref, *self.names()]

    def written(self) -> None:
        # the other names are child rows, saved after the record itself
        self.save(update_fields={"folded"})

    def __str__(self) -> str:
        return self.name


class ActorName(models.Model):
    """One further name of an actor: in another language, or of another time (ministries get renamed)."""

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="other_names", help_text=_("Who bears it."))
    name = models.CharField(_("name"), max_length=400, help_text=_("As the source prints it."))
    language = models.CharField(_("language"), max_length=16, help_text=_("BCP 47 tag."))
    valid_from = FuzzyDateField(verbose_name=_("valid from"), help_text=_("Empty: not on file."))
    valid_from_earliest = BoundField("valid_from", "earliest")
    valid_from_latest = BoundField("valid_from", "latest")
    valid_until = FuzzyDateField(verbose_name=_("valid until"), help_text=_("Last day; empty: still valid."))
    valid_until_earliest = BoundField("valid_until", "earliest")
    valid_until_latest = BoundField("valid_until", "latest")

    class Meta:
        verbose_name = _("name")
        ordering = ["id"]

    def clean(self) -> None:
        errors: dict[str, list] = {}
        check_order(errors, self, "valid_from", "valid_until")
        if errors:
            raise ValidationError(errors)

    def __str__(self) -> str:
        return self.name


class ActorIdentifier(models.Model):
    """One number by which the world knows an actor."""

    class Scheme(models.TextChoices):
        WIKIDATA = "WIKIDATA", "Wikidata"
        ROR = "ROR", "ROR"
        ISNI = "ISNI", "ISNI"

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="identifiers", help_text=_("Whose it is."))
    scheme = models.CharField(_("scheme"), max_length=10, choices=Scheme, help_text=_("Who gives the number out."))
    value = models.CharField(_("value"), max_length=60, help_text=_("The number, without address."))

    class Meta:
        verbose_name = _("identifier")
        constraints = [
            models.UniqueConstraint(fields=["scheme", "value"], name="actor_identifier_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_scheme_display()} {self.value}"


class ParticipationBase(models.Model):
    """One actor taking part in something, for one side, in one role."""

    actor = models.ForeignKey(
        Actor, verbose_name=_("actor"), on_delete=models.PROTECT, related_name="%(class)ss", help_text=_("Who.")
    )
    side = models.ForeignKey(
        Country,
        verbose_name=_("side"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("For which country; empty for an international body."),
    )
    role = VocabularyField("participation_role", verbose_name=_("role"), help_text=_("In what part."))
    note = models.CharField(_("note"), max_length=300, blank=True, help_text=_("What a reader should know."))

    objects = access.RecordQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["id"]

    @classmethod
    def visible_q(cls, user: Any) -> models.Q:
        """Only where the actor may be seen; whether its owner may be seen is the owner's own rule."""
        return access.seen(user, owner="actor__", desk="country")

    def __str__(self) -> str:
        return f"{self.actor} ({self.get_role_display()})"
