"""The child rows and the citations of a record, as parts of its form."""

from typing import Any

from django import forms
from django.contrib.contenttypes.forms import BaseGenericInlineFormSet, generic_inlineformset_factory
from django.db import models
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core import access, write
from registry.core.fields import Pick, form_field
from registry.core.forms import Difference, Offering
from registry.core.models import Citation, Record
from registry.core.models.about import AboutQuerySet
from registry.core.offered import Offered, whole_number


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

    def __init__(self, *args: Any, instance: Any, offered: Offered, **kwargs: Any) -> None:
        self.offered = offered
        rows = self._seen(instance).prefetch_related(*(field.name for field in self.model._meta.many_to_many))
        super().__init__(*args, instance=instance, queryset=rows, form_kwargs={"offered": offered}, **kwargs)
        # what the rows point to: one query for each field, not one for each row
        for name, field in self.form.base_fields.items():
            if isinstance(field, Pick):
                offered.known(field.model, {key for row in self.get_queryset() for key in keys_of(row, name)})

    def _seen(self, record: Any) -> models.QuerySet:
        rows = self.model._default_manager.all()
        if record.pk is None:
            return rows.none()
        if isinstance(rows, AboutQuerySet):
            return rows.seen_on(record, self.offered.user)
        return rows.visible_to(self.offered.user) if isinstance(rows, access.RecordQuerySet) else rows

    def _construct_form(self, i: int, **kwargs: Any) -> forms.ModelForm:
        form = super()._construct_form(i, **kwargs)
        form.empty_permitted = True
        return form

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove")

    def staying(self) -> list[models.Model]:
        """Return the rows that there will be once they are saved, as they were typed."""
        forms = (form for form in self.forms if not self._should_delete_form(form))
        return [form.instance for form in forms if form.is_stored or form.has_changed()]

    def hush(self) -> None:
        """As `Offering.hush`, for all rows; the last one was just asked for, so the cursor goes there."""
        self._errors, self._non_form_errors = [], self.error_class()
        for form in self.forms:
            form.hush()

    def start_last(self) -> None:
        """Put the cursor into the last row."""
        first = next(iter(self.forms[-1].visible_fields()), None) if self.forms else None
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
        for number in range(min(whole_number(total) or 0, self.absolute_max)):
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

    def validate_unique(self) -> None:
        """Refuse a row that says what another one says, where no two may.

        Django compares with each other only those that were typed, and with those on file none: it leaves out every
        constraint that names the record.
        """
        staying = [form for form in self.forms if form.is_valid() and not self._should_delete_form(form)]
        changed = [form for form in staying if form.has_changed()]
        untouched = [form for form in staying if form.is_stored and not form.has_changed()]
        for constraint in self.model._meta.total_unique_constraints:
            names = [name for name in constraint.fields if name != self.owner]
            said: set[tuple[Any, ...]] = set()
            for form in (*untouched, *changed):
                key = tuple(getattr(form.instance, self.model._meta.get_field(name).attname) for name in names)
                if key in said and None not in key:
                    form.add_error(None, self._twice(form, names))
                said.add(key)

    def save_existing_objects(self, commit: bool = True) -> list[models.Model]:
        """Save as Django does, but whatever the order: an article may take the number that another gives up or leaves.

        What goes is gone first, and the place of a row is free before another takes it.
        """
        if commit:
            for form in self.initial_forms:
                if form in self.deleted_forms:
                    self.delete_existing(form.instance)
            write.let_take_places(self._giving())
        return super().save_existing_objects(commit)

    def _giving(self) -> list[models.Model]:
        """Return the rows that change what no two may say, where another one is to say it."""
        moved = {form.instance.pk: form.instance for form in self.initial_forms if form.has_changed()}
        on_file = self.model._base_manager.filter(**{self.owner: self.instance.pk})
        giving: set[Any] = set()
        for constraint in self.model._meta.total_unique_constraints if moved else ():
            names = [self.model._meta.get_field(name).attname for name in constraint.fields if name != self.owner]
            holders = {tuple(key): pk for pk, *key in on_file.values_list("pk", *names)}
            wanted = {pk: holders.get(tuple(getattr(row, name) for name in names)) for pk, row in moved.items()}
            giving |= {holder for pk, holder in wanted.items() if holder != pk}
        return [row for pk, row in moved.items() if pk in giving]

    @staticmethod
    def _twice(form: RowForm, names: list[str]) -> str:
        words = [form.words(name, form[name].value()) for name in names if name in form.fields]
        return _("“%(value)s” would stand here twice. Change one of the two, or remove it.") % {
            "value": ", ".join(filter(None, words))
        }


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


def rows_of(parent: type[Record], form: type[RowForm], by: str | None = None, **said: Any) -> type[InlineRows]:
    """Return the form set for child rows of `parent`; `said` are its heading, its help and the name of one row.

    `by` names the foreign key by which they belong to it, where they have several that could.
    """
    made = forms.inlineformset_factory(parent, form._meta.model, form=form, formset=InlineRows, fk_name=by, extra=1)
    return type(made.__name__, (made,), said)


CITATIONS = generic_inlineformset_factory(Citation, form=CitationForm, formset=CitedRows, extra=1)
