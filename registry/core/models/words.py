"""Controlled words: terms of the vocabularies, subjects, and aliases for search."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from registry.core import fold, vocabularies
from registry.core.models.record import Record, clean_titles

WITHOUT_ENGLISH = _("An English label (“en”) must be there: it is shown where another language has none.")


class Term(models.Model):
    """One code of one vocabulary: the image of `data/vocabularies.json`, for relations and the API."""

    vocabulary = models.CharField(_("vocabulary"), max_length=40, help_text=_("Name of the list the term belongs to."))
    code = models.CharField(_("code"), max_length=40, help_text=_("Permanent code within the list."))
    position = models.PositiveSmallIntegerField(_("position"), default=0, help_text=_("Place within the list."))
    retired = models.BooleanField(_("retired"), default=False, help_text=_("Kept for old records, offered no more."))

    class Meta:
        verbose_name = _("term")
        ordering = ["vocabulary", "position"]
        constraints = [models.UniqueConstraint(fields=["vocabulary", "code"], name="term_once")]

    @property
    def data(self) -> dict:
        """The whole term as the file has it: label, definition, maps_to and the list's own keys."""
        return vocabularies.lists().get(self.vocabulary, {}).get(self.code, {"label": self.code})

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return vocabularies.label(self.vocabulary, self.code)

    def __str__(self) -> str:
        return str(self.label)


class Subject(Record):
    """One controlled tag in several languages, which any record may bear."""

    PAIR = DESK = ""

    labels = models.JSONField(
        _("labels"), default=dict, help_text=_("Language tag to label; “en” must be there, the six languages should.")
    )

    class Meta:
        verbose_name = _("subject")
        ordering = ["ref"]

    def clean_fields(self, exclude: Any = None) -> None:
        super().clean_fields(exclude)
        if "labels" in (exclude or ()):
            return
        try:
            clean_titles(self.labels)
        except ValidationError as error:
            raise ValidationError({"labels": error.messages}) from error
        if not self.labels.get("en", "").strip():
            raise ValidationError({"labels": WITHOUT_ENGLISH})

    def names(self) -> list[str]:
        return [*self.labels.values()]

    def search_words(self) -> list[str]:
        return [self.ref, *self.names()]

    def __str__(self) -> str:
        # a form that was refused may hold anything, and its page still names the record
        labels = self.labels if isinstance(self.labels, dict) else {}
        return str(labels.get(get_language() or "en") or labels.get("en") or self.ref)


class Alias(models.Model):
    """One spelling that search treats as another: after a change run `manage.py refold`."""

    form = models.CharField(
        _("form"), max_length=120, unique=True, help_text=_("The spelling, folded: lower-case Latin words.")
    )
    canonical = models.CharField(
        _("canonical mark"), max_length=120, help_text=_("One mark for all forms of the same word.")
    )

    class Meta:
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")
        ordering = ["canonical", "form"]

    def clean(self) -> None:
        self.form, self.canonical = fold.fold(self.form), fold.fold(self.canonical)
        for name in ("form", "canonical"):
            if not getattr(self, name):
                raise ValidationError({name: _("Nothing is left of it once folded. Write at least one letter.")})

    def __str__(self) -> str:
        return f"{self.form} = {self.canonical}"
