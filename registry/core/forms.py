"""Forms of records: one form and its child rows, saved together, offering nobody what he may not see.

What stands in a record and its editor may not see is left alone: a hidden single value loses its field, a hidden row
or one hidden among many is not shown, and all of them survive saving.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core import access, vocabularies
from registry.core.fields import HOW_TO_WRITE, ChooseMany, FuzzyDateInput, Pick, sentences
from registry.core.models import Country, Record, Term
from registry.core.models.record import clean_titles
from registry.core.offered import Offered, Options

LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*", re.ASCII)
"""BCP 47, as far as titles need it."""
LONGEST_TITLE = 600


@dataclass(frozen=True)
class Difference:
    """One place where what was typed and what is now on file differ, in words."""

    what: str
    typed: str
    stored: str


class Offering(forms.ModelForm):
    """A form whose lists hold what the user may see; the base of the form of a record and of its rows."""

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = offered
        self.left_alone: list[str] = []
        self._unseen: dict[str, list[Any]] = {}
        for name, field in list(self.fields.items()):
            if isinstance(field, Pick):
                self._offer(name, field)
            elif isinstance(field, forms.TypedChoiceField):
                self._keep_retired(name, field)

    def _offer(self, name: str, field: Pick) -> None:
        stored = self.initial.get(name) or []
        keys = [getattr(row, "pk", row) for row in (stored if field.many else [stored])] if stored else []
        seen = self.offered.known(field.model, keys)
        unseen = [key for key in keys if key not in seen]
        if unseen and not field.many:
            self.left_alone.append(str(field.label))
            del self.fields[name]
            return
        self._unseen[name] = unseen
        current = list(seen.values())
        if stored:  # of many that are all hidden, none stands in the form
            self.initial[name] = current if field.many else current[0]
        read = partial(self.options, name, field.model)
        field.offer(self.offered, current, self.offered.once((type(self), name), partial(Options, read)))

    def _keep_retired(self, name: str, field: forms.TypedChoiceField) -> None:
        """Offer the stored code too where the list holds it no more."""
        if (code := self.initial.get(name)) and code not in dict(choices := list(field.choices)):
            vocabulary = getattr(self._meta.model._meta.get_field(name), "vocabulary", "")
            field.choices = [*choices, (code, vocabularies.label(vocabulary, code) if vocabulary else code)]

    def options(self, name: str, model: type[models.Model]) -> Iterable[Any]:
        """Return what the field `name` offers: of a kind that belongs to a pair, what there is of this pair."""
        if model is Country:
            return self.offered.countries()
        if model is Term:
            vocabulary = self._meta.model._meta.get_field(name).get_limit_choices_to()["vocabulary"]
            return Term.objects.filter(vocabulary=vocabulary, retired=False)
        rows = self.offered.visible(model)
        if not (issubclass(model, Record) and model.PAIR):
            return rows
        between = model.PAIR.rpartition("__")[0]  # what a name may begin with: the commission of a session
        rows = rows.select_related(between) if between else rows
        return rows.filter(**{model.PAIR: self.offered.pair})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, keys in self._unseen.items():
            if keys and name in cleaned:
                model = self.fields[name].model
                cleaned[name] = [*cleaned[name], *model._base_manager.filter(pk__in=keys)]
        return cleaned

    def _post_clean(self) -> None:
        # a date that cannot be read is not compared with others as it was before
        for name in self.errors:
            if isinstance(self.fields.get(name), FuzzyDateInput):
                setattr(self.instance, name, "")
        super()._post_clean()

    def visible_fields(self) -> list[forms.BoundField]:
        return [bound for bound in super().visible_fields() if self.is_drawn(bound.name)]

    def is_drawn(self, name: str) -> bool:
        """Say whether a field stands in the form and, where something is to be ticked there, offers anything."""
        field = self.fields.get(name)
        return field is not None and not (isinstance(field, ChooseMany) and not field.rows)

    def _save_m2m(self) -> None:
        """As Django's, for the links that were changed: to find that one was not, all it holds would be read."""
        for field in self.instance._meta.many_to_many:
            if field.name in self.changed_data and field.name in self.cleaned_data:
                field.save_form_data(self.instance, self.cleaned_data[field.name])

    def words(self, name: str, value: Any) -> str:
        """Write a value of a field as its page shows it, from what was typed or from what is on file."""
        field = self.fields[name]
        if isinstance(field, Pick):
            return field.words(value)
        if isinstance(field, forms.TypedChoiceField):
            return str(dict(field.choices).get(value, value or ""))
        if isinstance(field, forms.BooleanField):
            return _("yes") if value else _("no")
        return "" if value is None else str(field.prepare_value(value))

    def differences(self) -> list[Difference]:
        """Return where what was typed differs from the instance that the form was given."""
        changed = [self[name] for name in self.changed_data if name in self._meta.fields]
        return [
            Difference(str(bound.label), self.words(bound.name, bound.value()), self.words(bound.name, bound.initial))
            for bound in changed
        ]

    def add_error(self, field: str | None, error: Any) -> None:
        """As Django's; what a model says of a field that is not in the form is said of the form."""
        if not hasattr(error, "error_dict"):
            super().add_error(field, error)
            return
        for name, errors in error.error_dict.items():
            super().add_error(name if name in self.fields else None, errors)

    def in_words(self) -> str:
        """Write the whole form as it is on file, for a reader."""
        said = (self.words(bound.name, bound.initial) for bound in self.visible_fields() if bound.name != "DELETE")
        return ", ".join(filter(None, said))

    def hush(self) -> None:
        """Say nothing of errors: the form is shown again because a row was asked for, not because it was saved."""
        self._errors, self.cleaned_data = ErrorDict(), {}


def names_in(parts: Iterable[tuple[Any, tuple[str, ...]]]) -> list[str]:
    """Return the fields that the parts of a form name."""
    return [name for _heading, names in parts for name in names]


class RecordForm(Offering):
    """The form of one kind of record; a subclass names its fields, the parts they stand in and its child rows."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    why = forms.CharField(
        label=gettext_lazy("Reason for this change"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Stands in the history. It may stay empty."),
    )

    parts: tuple[tuple[Any, tuple[str, ...]], ...] = ()
    """Heading and fields of each part, in order; what no part names is not in the form."""
    rows: tuple[type[forms.BaseFormSet], ...] = ()
    """The form sets of its child rows (`registry.core.rows`)."""
    cited = True
    """Whether sources may be cited for it."""
    API_NAMES: dict[str, str] = {}
    """Name of a field → its name in the API, where that is another; several fields may be one there."""
    SAID_OTHERWISE: dict[str, dict[str, Any]] = {}
    """Names in the API that `from_api` reads, and what the API's description says of each."""
    start = "pair"
    """What a new record needs to know before its form can be drawn: its pair, what it stands under, or nothing."""

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any) -> None:
        super().__init__(*args, offered=offered, **kwargs)
        if self.instance._state.adding and "version" not in self.data:
            del self.fields["version"]
        else:
            self.fields["version"].initial = self.instance.version
        if "visibility" in self.fields and not access.may_publish(offered.user, self.instance):
            del self.fields["visibility"]
        names = [name for name in names_in(self.parts) if name in self.fields]
        first_date = next((self.fields[name] for name in names if isinstance(self.fields[name], FuzzyDateInput)), None)
        if first_date:
            first_date.help_text = sentences(first_date.help_text, HOW_TO_WRITE)
        offered.once("fields", lambda: {name: self.fields[name].label for name in names})

    @property
    def sections(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        """Heading and fields of each part that has any left."""
        for heading, names in self.parts:
            fields = [self[name] for name in names if self.is_drawn(name)]
            if fields:
                yield heading, fields

    @property
    def closing(self) -> list[forms.BoundField]:
        """The fields that stand before the button."""
        return [self[name] for name in ("visibility", "why") if name in self.fields]

    def _get_validation_exclusions(self) -> set[str]:
        # the commission of a session is not in its form, but its number must be the only one in that commission
        return super()._get_validation_exclusions() - {"commission"}

    def from_api(self, said: dict[str, Any]) -> dict[str, Any]:
        """Return what a program says under the names of the API, as values of the fields of this form.

        Raises ValidationError by the names of the API.
        """
        return said

    def foresight(self) -> list[str]:
        """Return sentences on what publishing this draft would change; none where no clock could move."""
        return []


class TextsForm(RecordForm):
    """A form of a record with one text in many languages, with one input for each language of the interface.

    `texts` names the field, a mapping of tags to texts. Tags beside the six, such as uz-Cyrl, have no input and stay.
    """

    texts = ""
    input_in = ""
    """What an input is called, with the code of its language behind it; `API_NAMES` names them all."""
    needed: dict[str, Any] = {}
    """The languages without which it cannot be saved → the sentence that says so."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, name in settings.LANGUAGES:
            sentence = self.needed.get(code, "")
            field = forms.CharField(
                label=name,
                required=bool(sentence),
                max_length=LONGEST_TITLE,
                widget=forms.TextInput(attrs={"lang": code}),
                help_text=sentence,
                error_messages={"required": sentence} if sentence else None,
            )
            field.initial = getattr(self.instance, self.texts).get(code, "")
            self.fields[f"{self.input_in}{code}"] = field

    @property
    def inputs(self) -> list[forms.BoundField]:
        """The inputs, in the order of the languages."""
        return [self[f"{self.input_in}{code}"] for code, _name in settings.LANGUAGES]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        typed = {code: cleaned.get(f"{self.input_in}{code}", "") for code, _name in settings.LANGUAGES}
        texts = getattr(self.instance, self.texts) | typed
        setattr(self.instance, self.texts, {tag: text for tag, text in texts.items() if text})
        return cleaned

    def from_api(self, said: dict[str, Any]) -> dict[str, Any]:
        if self.texts not in said:
            return said
        texts = {} if said[self.texts] is None else said[self.texts]
        try:
            clean_titles(texts)
        except ValidationError as error:
            raise ValidationError({self.texts: error.messages}) from error
        if wrong := [tag for tag in texts if not re.fullmatch(LANGUAGE_TAG, tag) or len(texts[tag]) > LONGEST_TITLE]:
            raise ValidationError(
                {self.texts: _("“%(tag)s” is no tag of a language, or its text is too long.") % {"tag": wrong[0][:60]}}
            )
        inputs = {f"{self.input_in}{code}": texts.get(code, "") for code, _name in settings.LANGUAGES}
        others = {tag: text for tag, text in texts.items() if f"{self.input_in}{tag}" not in inputs}
        setattr(self.instance, self.texts, others)
        return {name: value for name, value in said.items() if name != self.texts} | inputs

    def differences(self) -> list[Difference]:
        return super().differences() + [
            Difference(str(self[name].label), self[name].value(), self[name].initial)
            for name in self.changed_data
            if name.startswith(self.input_in)
        ]


class TitledForm(TextsForm):
    """A form of a record with a title, which adds the same title in other languages."""

    texts, input_in = "titles", "title_in_"
    API_NAMES = {f"title_in_{code}": "titles" for code, _name in settings.LANGUAGES}
    SAID_OTHERWISE = {"titles": {"type": ["object", "null"], "additionalProperties": {"type": "string"}}}

    @property
    def sections(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        yield from super().sections
        yield _("The title in other languages"), self.inputs
