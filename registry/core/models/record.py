"""What every record has: a permanent reference, a version, a folded text, a rule of who sees it."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from registry.core import access, clock, dates, fold
from registry.core.days import page
from registry.core.vocabularies import VocabularyField

REF_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no letters that are read as digits


def new_ref() -> str:
    """Return a fresh permanent reference. Random: a running number would tell how many drafts there are."""
    return "N" + "".join(secrets.choice(REF_ALPHABET) for _place in range(8))


class Record(models.Model):
    """One thing the registry keeps under a permanent reference and changes only through `registry.core.write`."""

    PAIR = "pair"
    """Path from the record to its pair; "" where it has none."""
    DESK = "pair"
    """Path to the pair or country whose desks act on the record; "" where any desk may."""
    ROWS: tuple[str, ...] = ()
    """Related names of the child rows that are edited, logged and undone together with the record."""
    DERIVED: frozenset[str] = frozenset({"id", "ref", "version", "folded", "visibility"})
    """Fields that a person does not edit, so that undo leaves them alone."""
    SEEN_WITH: tuple[str, ...] = ()
    """Paths to the records with which it appears and disappears, besides any visibility of its own."""
    COMPUTED = False
    """Whether its rows come and go by computation, so that the changes feed leaves them out."""
    PAST: tuple[str, ...] = ()
    """Dates of what has happened, which cannot lie in the future."""

    ref = models.CharField(
        _("reference"),
        max_length=40,
        unique=True,
        default=new_ref,
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9-]*\Z", _("Use letters, digits and hyphens only."))],
        help_text=_("Permanent; stands in the address of the record and in citations of it."),
    )
    version = models.PositiveIntegerField(
        _("version"), default=1, editable=False, help_text=_("Grows by one with every write; claimed before it.")
    )
    folded = models.TextField(
        editable=False, blank=True, default="", help_text=_("Derived: the words that a search looks in.")
    )
    note = models.TextField(_("note"), blank=True, help_text=_("What a reader should know about this entry."))

    objects = access.RecordQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def visible_q(cls, user: Any) -> models.Q:
        """Return the condition for the rows `user` may see; all of them where the kind has no visibility."""
        return models.Q()

    @classmethod
    def editable_q(cls, countries: frozenset[str]) -> models.Q:
        """Return the condition for the rows that belong to the desks of these countries."""
        return access.at_desks(countries, cls.DESK)

    def desk_countries(self) -> frozenset[str] | None:
        """Return the codes of the countries whose desks act on this record; None where any desk does."""
        if not self.DESK:
            return None
        owner: Any = self
        for step in self.DESK.split("__"):
            owner = getattr(owner, step)
            if owner is None:
                return None
        return frozenset({owner.a_id, owner.b_id}) if self.DESK.endswith("pair") else frozenset({owner.pk})

    @property
    def belongs_to(self) -> "Record | None":
        """The record under which it was entered and stays, as the commission of a session; None where only a pair."""
        owner = self.PAIR.rpartition("__")[0]
        return getattr(self, owner) if owner else None

    def search_words(self) -> list[str]:
        """Return the texts under which the record is found."""
        return [self.ref]

    def names(self) -> list[str]:
        """Return those of the search words that are its name: who searches for just that finds it first."""
        return []

    def folded_text(self) -> str:
        """Return what is stored as `folded`."""
        return fold.stored(filter(None, self.search_words()), self.names())

    def clean_fields(self, exclude: Any = None) -> None:
        errors: dict[str, list] = {}
        try:
            super().clean_fields(exclude={*(exclude or ()), *self._read_already()})
        except ValidationError as error:
            errors = error.error_dict
        for name, wrong in self.in_future().items():
            if name not in (exclude or ()) and name not in errors:
                errors[name] = [wrong]
        if errors:
            raise ValidationError(errors)

    def _read_already(self) -> Iterator[str]:
        """Yield the foreign keys whose target is at hand, as it was read: it need not be looked for once more."""
        field: Any
        for field in self._meta.fields:
            target = field.is_relation and self._state.fields_cache.get(field.name)
            if target and not target._state.adding and not field.get_limit_choices_to():
                yield field.name

    def get_constraints(self) -> list[tuple[type[models.Model], Sequence[models.BaseConstraint]]]:
        """Return what is asked of the database before it is saved: not whether a code is on a list, as fields know."""
        return [
            (model, [one for one in constraints if not lists_codes(one)])
            for model, constraints in super().get_constraints()
        ]

    def past_dates(self) -> tuple[str, ...]:
        """Return the fields whose dates, as the record now stands, cannot lie in the future."""
        return self.PAST

    def in_future(self) -> dict[str, ValidationError]:
        """Return what is wrong with each of the `past_dates` that lies in the future."""
        found = {}
        for name in self.past_dates():
            value = getattr(self, name)
            try:
                day = dates.parse(value).earliest if isinstance(value, str) and value else value
            except ValidationError:
                continue  # the field itself says so
            if day and clock.is_future(day):
                found[name] = ValidationError(
                    _("“%(value)s” lies in the future, so it cannot have happened. Mend the day or leave it empty."),
                    params={"value": value},
                )
        return found

    def hold(self) -> None:
        """Lock, in one order, the rows that a write of this record will reach; called before its version is claimed."""

    def written(self) -> None:
        """Take up what follows from a write of this record (the door of continuity); called inside its transaction."""

    def foresee(self, rows: Mapping[str, Any], links: Mapping[str, Any]) -> Any:
        """Return what saving this record as it now stands would change of others, if a writer must be told; else None.

        `rows` are its child rows as they would be (name of `ROWS` → rows), `links` its links to many; what they leave
        out stays as it is. The answer is drawn by its `template`, says itself in `sentences`, and has a `token`: the
        writer who sends it back has seen just this.
        """

    def gives_word(self, stored: "Record | None") -> bool:
        """Say whether this write gives, changes or takes back a desk's word, for which an approver must stand."""
        return False

    def removing(self) -> Any:
        """Return what `removed` needs to know of the record once it is gone."""

    def removed(self, memory: Any) -> None:
        """Take up what follows from the removal of this record; called inside its transaction."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.folded = self.folded_text()
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = {*kwargs["update_fields"], "folded"}
        super().save(*args, **kwargs)

    @classmethod
    def url_name(cls) -> str:
        """Return the name under which the page of this kind stands in the URL conf, as `agreement`."""
        return str(cls._meta.model_name)

    def get_absolute_url(self) -> str:
        return page(f"{self.url_name()}-detail", self.ref)

    def __str__(self) -> str:
        return self.ref


def lists_codes(constraint: Any) -> bool:
    """Say whether a constraint only lists the codes that one field may hold."""
    if not isinstance(constraint, models.CheckConstraint):
        return False
    listed: Any = getattr(constraint.condition, "children", ())
    return len(listed) == 1 and isinstance(listed[0], tuple) and listed[0][0].endswith("__in")


class Visible(Record):
    """A record with a visibility of its own: initiative, session, event, output, actor, source, document, episode."""

    visibility = VocabularyField(
        "visibility",
        default=access.DRAFT,
        verbose_name=_("visibility"),
        help_text=_("Draft: the desks of the pair. Staff only: whoever sits at a desk. Published: everyone."),
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(visibility__in=["draft", "published", "staff_only"]),
                name="%(app_label)s_%(class)s_visibility",
            )
        ]

    @classmethod
    def visible_q(cls, user: Any) -> models.Q:
        return access.seen(user, desk=cls.DESK)

    @property
    def is_public(self) -> bool:
        """Whether everyone may see the record, as far as its own visibility goes."""
        return self.visibility == access.PUBLISHED


def clean_titles(titles: Any) -> None:
    """Raise ValidationError unless `titles` (or labels) is a mapping of BCP 47 tags to texts."""
    if not isinstance(titles, dict) or not all(isinstance(k, str) and isinstance(v, str) for k, v in titles.items()):
        raise ValidationError(_("Write it as a mapping of language tags to texts, as {“ru”: “…”}."))


class Titled(models.Model):
    """A title in the working language, and the same title in any number of other languages."""

    title = models.CharField(_("title"), max_length=600, help_text=_("In the working language; lists sort by it."))
    title_language = models.CharField(
        _("language of the title"), max_length=16, default="en", help_text=_("BCP 47 tag of the title’s language.")
    )
    titles = models.JSONField(
        _("titles in other languages"),
        default=dict,
        blank=True,
        validators=[clean_titles],
        help_text=_("Language tag to title, for any number of languages."),
    )

    class Meta:
        abstract = True

    @property
    def title_shown(self) -> str:
        """The title in the reader's language where it is on file, else as entered."""
        # a form that was refused may hold anything, and its page still names the record
        return self.titles.get(get_language() or "en", self.title) if isinstance(self.titles, dict) else self.title

    def names(self) -> list[str]:
        """Return the title in every language."""
        return [self.title, *self.titles.values()]

    def __str__(self) -> str:
        return self.title_shown
