"""Forms of records: one form and its child rows, saved together, offering nobody what he may not see.

What stands in a record and its editor may not see is left alone: a hidden single value loses its field, a hidden row
or one hidden among many is not shown, and all of them survive saving.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.contenttypes.forms import BaseGenericInlineFormSet, generic_inlineformset_factory
from django.db import models
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core import access, vocabularies
from registry.core.fields import HOW_TO_WRITE, ChooseMany, FuzzyDateInput, Offered, Pick, form_field, sentences
from registry.core.models import Citation, Country, Record, Term


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
        if current:
            self.initial[name] = current if field.many else current[0]
        read = partial(self.offered.once, (type(self), name), lambda: list(self.options(name, field.model)))
        field.offer(self.offered, current, read)
        if isinstance(field, ChooseMany) and not field.rows:
            del self.fields[name]  # nothing to tick

    def _keep_retired(self, name: str, field: forms.TypedChoiceField) -> None:
        """Offer the stored code too where the list holds it no more."""
        code = self.initial.get(name)
        choices = list(field.choices)
        if code and code not in dict(choices):
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

    def words(self, name: str, value: Any) -> str:
        """Write a value of a field as its page shows it, from what was typed or from what is on file."""
        field = self.fields[name]
        if isinstance(field, Pick):
            return field.words(value)
        if isinstance(field, forms.TypedChoiceField):
            return str(dict(field.choices).get(value, value or ""))
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
    rows: tuple[type["Rows"], ...] = ()
    cited = True
    """Whether sources may be cited for it."""
    start = "pair"
    """What a new record needs to know before its form can be drawn: its pair, its commission, or nothing."""

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
            fields = [self[name] for name in names if name in self.fields]
            if fields:
                yield heading, fields

    @property
    def closing(self) -> list[forms.BoundField]:
        """The fields that stand before the button."""
        return [self[name] for name in ("visibility", "why") if name in self.fields]

    def _get_validation_exclusions(self) -> set[str]:
        # the commission of a session is not in its form, but its number must be the only one in that commission
        return super()._get_validation_exclusions() - {"commission"}

    def foresight(self) -> list[str]:
        """Return sentences on what publishing this draft would change; none where no clock could move."""
        return []


class TitledForm(RecordForm):
    """A form of a record with a title, which adds one input for each language of the interface."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, name in settings.LANGUAGES:
            widget = forms.TextInput(attrs={"lang": code})
            field = forms.CharField(label=name, required=False, max_length=600, widget=widget)
            field.initial = self.instance.titles.get(code, "")
            self.fields[f"title_in_{code}"] = field

    @property
    def sections(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        yield from super().sections
        yield _("The title in other languages"), [self[f"title_in_{code}"] for code, _name in settings.LANGUAGES]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        typed = {code: cleaned.get(f"title_in_{code}", "") for code, _name in settings.LANGUAGES}
        # tags beside the six, such as uz-Cyrl, have no input and stay
        titles = {tag: text for tag, text in (self.instance.titles | typed).items() if text}
        self.instance.titles = titles
        return cleaned

    def differences(self) -> list[Difference]:
        return super().differences() + [
            Difference(str(self[name].label), self[name].value(), self[name].initial)
            for name in self.changed_data
            if name.startswith("title_in_")
        ]


# Child rows --------------------------------------------------------------------------------------------------------


class RowForm(Offering):
    """The form of one child row. Its help stands once, under the heading of the rows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.help_text = ""

    @property
    def is_stored(self) -> bool:
        """Whether the row is on file already."""
        return not self.instance._state.adding


def keys_of(row: models.Model, name: str) -> list[Any]:
    """Return the keys of what a row points to under `name`, a foreign key or a prefetched relation to many."""
    if row._meta.get_field(name).many_to_many:
        return [one.pk for one in getattr(row, name).all()]
    key = getattr(row, f"{name}_id")
    return [] if key is None else [key]


class Rows:
    """The child rows of one record, as far as the user may see them. What was not touched is not checked or saved."""

    heading: Any = ""
    help: Any = ""
    one: Any = ""
    owner: Any = ""

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any) -> None:
        self.offered = offered
        super().__init__(*args, queryset=self._seen(), form_kwargs={"offered": offered}, **kwargs)
        # what the rows point to: one query for each field, not one for each row
        for name, field in self.form.base_fields.items():
            if isinstance(field, Pick):
                offered.known(field.model, {key for row in self.get_queryset() for key in keys_of(row, name)})

    def _seen(self) -> models.QuerySet:
        rows = self.model._default_manager.all()
        if isinstance(rows, access.RecordQuerySet):
            rows = rows.visible_to(self.offered.user)
        return rows.prefetch_related(*(field.name for field in self.model._meta.many_to_many))

    def _construct_form(self, i: int, **kwargs: Any) -> forms.ModelForm:
        form = super()._construct_form(i, **kwargs)
        form.empty_permitted = True
        return form

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove")

    def hush(self) -> None:
        """As `Offering.hush`, for all rows; the last one was just asked for, so the cursor goes there."""
        self._errors, self._non_form_errors = [], self.error_class()
        for form in self.forms:
            form.hush()

    def start_last(self) -> None:
        """Put the cursor into the last row."""
        first = next(iter(self.forms[-1].visible_fields()), None)
        if first is not None:
            first.field.widget.attrs["autofocus"] = True

    def differences(self) -> list[Difference]:
        """Return where rows that are on file differ from what was typed of them."""
        return [
            Difference(f"{capfirst(self.one)} {number}, {one.what}", one.typed, one.stored)
            for number, form in enumerate(self.initial_forms, start=1)
            for one in form.differences()
        ]

    def merge(self, data: QueryDict) -> list[Difference]:
        """Make `data`, typed on an older version, fit the rows that are on file now (those of this form set).

        A row typed that is gone from the file becomes a new one; a row on file that the writer never saw is put
        beside his; so neither is lost. Return these rows in words.
        """
        stored = {str(form.instance.pk): self._as_data(form) for form in self.initial_forms}
        typed = self._typed(data)
        keys = {row.get("id", [""])[0] for row in typed}
        living = [row for row in typed if row.get("id", [""])[0] in stored]
        unseen = {key: row for key, row in stored.items() if key not in keys}
        new = [row | {"id": [""]} for row in typed if row not in living and "DELETE" not in row]
        new = [row for row in new if self._said(row) and self._said(row) not in map(self._said, unseen.values())]
        known = [*living, *unseen.values()]
        for key in [key for key in data if key.startswith(f"{self.prefix}-")]:
            del data[key]
        counts = {"TOTAL_FORMS": len(known) + len(new), "INITIAL_FORMS": len(known)}
        for name, value in (counts | {"MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}).items():
            data[f"{self.prefix}-{name}"] = str(value)
        for number, row in enumerate([*known, *new]):
            for name, values in row.items():
                data.setlist(f"{self.prefix}-{number}-{name}", values)
        forms_by_key = {str(form.instance.pk): form for form in self.initial_forms}
        return [Difference(capfirst(self.one), "", forms_by_key[key].in_words()) for key in unseen]

    def _typed(self, data: QueryDict) -> list[dict[str, list[str]]]:
        total = data.get(f"{self.prefix}-TOTAL_FORMS", "")
        rows: list[dict[str, list[str]]] = []
        for number in range(min(int(total) if total.isdigit() else 0, self.absolute_max)):
            start = f"{self.prefix}-{number}-"
            rows.append({key.removeprefix(start): data.getlist(key) for key in data if key.startswith(start)})
        return rows

    def _said(self, row: dict[str, list[str]]) -> dict[str, list[str]]:
        """Return what a row says: without its number, its owner and what is empty."""
        return {k: values for k, values in row.items() if k not in ("id", "DELETE", self.owner) and any(values)}

    @staticmethod
    def _as_data(form: forms.ModelForm) -> dict[str, list[str]]:
        row = {}
        for bound in form:
            value = bound.value()
            values = value if isinstance(value, list) else [value]
            row[bound.name] = ["" if one is None else str(one) for one in values]
        return row | {"id": [str(form.instance.pk)]}


class InlineRows(Rows, forms.BaseInlineFormSet):
    """Rows that point to their record by a foreign key."""

    @property
    def owner(self) -> str:
        """The field that names the record."""
        return self.fk.name


class CitedRows(Rows, BaseGenericInlineFormSet):
    """The citations of a record: which source says what of which field."""

    heading = gettext_lazy("Sources")
    help = gettext_lazy("Where does this stand? Two sources that disagree stand side by side, each with its value.")
    one = gettext_lazy("source")
    owner = ""

    @classmethod
    def get_default_prefix(cls) -> str:
        return "citations"


class CitationForm(RowForm):
    """One citation; it may support one field of the record, or all of it."""

    field = forms.ChoiceField(label=gettext_lazy("Field"), required=False)

    class Meta:
        model = Citation
        fields = ("source", "field", "value", "locator")
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.offered.once("fields", dict)
        stored = self.initial.get("field")
        extra = [(stored, stored)] if stored and stored not in owner else []
        self.fields["field"].choices = [("", _("the whole entry")), *owner.items(), *extra]


def names_in(parts: Iterable[tuple[Any, tuple[str, ...]]]) -> list[str]:
    """Return the fields that the parts of a form name."""
    return [name for _heading, names in parts for name in names]


def rows_of(parent: type[Record], form: type[RowForm], **said: Any) -> type[InlineRows]:
    """Return the form set for child rows of `parent`; `said` are its heading, its help and the name of one row."""
    made = forms.inlineformset_factory(parent, form._meta.model, form=form, formset=InlineRows, extra=1)
    return type(made.__name__, (made,), said)


CITATIONS = generic_inlineformset_factory(Citation, form=CitationForm, formset=CitedRows, extra=1)
