"""What a program says of one record, written into the forms of the desk (`Sheet`), checked and told of field by field.

`Said` takes the names under which the API shows a record. What is not named stays as it is on file; of a new record it
is as in an empty form. Child rows that are named replace those on file, as one list.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from registry.core import write
from registry.core.forms import RecordForm
from registry.core.models import Record
from registry.core.parameters import did_you_mean
from registry.core.sheet import Sheet
from registry.core.typed import LONGEST_LIST, as_on_file, preload, typed

ABOUT_THE_WRITE = ("why", "foreseen")
"""Members that say something of the write and not of the record."""
BODY = "body"
SHOWN = 300
"""Characters of a value that are told back."""


class Said:
    """One JSON object about one record, new or on file.

    `shown` are the names under which the API shows a record of this kind, each with the names of its rows where it is a
    list of rows; `current` returns the record as it is shown now, `{}` for a new one.
    """

    def __init__(
        self, form: type[RecordForm], record: Record, user: Any, said: dict[str, Any], shown: Mapping[str, Any]
    ) -> None:
        self.record, self.user, self.said, self.shown = record, user, said, shown
        self.errors: list[dict[str, Any]] = []
        self.data = QueryDict("why=", mutable=True)  # filled in below; an empty one the form sets would not keep
        self.places: dict[str, list[int]] = {}  # prefix of rows → for each form of them, its place in the list sent
        self.sheet = Sheet(form, record, user, self.data, only=said)

    def check(self, version: int | None, current: Any) -> list[dict[str, Any]]:
        """Write all of it into the forms and return what is wrong: field, value, remedy. `version` was read."""
        form = self.sheet.form
        names = form.API_NAMES
        written = {names.get(name, name) for name in form.fields} - {"version"}
        hidden = {names.get(name, name) for name in form.base_fields} - written - {"version"}
        rows = {str(one.prefix) for one in self.sheet.rows}
        self._refuse_unknown(self.said, {*self.shown, *written, *hidden, *ABOUT_THE_WRITE}, "")
        self._refuse_what_is_fixed(written | rows | {*ABOUT_THE_WRITE}, hidden, current)
        self._type_fields(version)
        for one in self.sheet.rows:
            self._type_rows(one)
        if not self.errors and not self.sheet.is_valid():
            self.errors.extend(self._problems())
        return self.errors

    def _wrong(self, field: str, value: Any, remedy: str) -> None:
        self.errors.append({"field": field, "value": shortened(value), "remedy": remedy})

    # What cannot be said -------------------------------------------------------------------------------------------

    def _refuse_unknown(self, said: dict[str, Any], known: set[str], before: str) -> None:
        for name in said.keys() - known:
            remedy = _("There is no “%(name)s” here.") % {"name": name[:60]} + did_you_mean(name[:60], known)
            self._wrong(before + name[:60], said[name], remedy)

    def _refuse_what_is_fixed(self, written: set[str], hidden: set[str], current: Any) -> None:
        """Let pass what a read returned and is not written here: what is derived as it comes, facts unchanged."""
        own = type(self.record)
        facts = {field.name for field in (*write.edited_fields(own), *own._meta.private_fields)}
        facts |= {*self.record.ROWS, "citations", "documents"}
        for name in (self.said.keys() & (facts | hidden)) - written - self.sheet.form.SAID_OTHERWISE.keys():
            if name == "visibility":
                if self.said[name] != getattr(self.record, name):
                    write.check_may_publish(self.record, self.user)
            elif bare(self.said[name]) != bare(current().get(name)):
                self._wrong(name, self.said[name], _("This is not changed here. Leave it out, or as it is."))

    # Into the forms ------------------------------------------------------------------------------------------------

    def _type_fields(self, version: int | None) -> None:
        form = self.sheet.form
        for name in form.fields:
            self.data.setlist(name, as_on_file(form, name))
        if version is not None:
            self.data["version"] = str(version)
        own = {form.API_NAMES.get(name, name) for name in form.fields} | form.SAID_OTHERWISE.keys()
        try:
            said = form.from_api({name: value for name, value in self.said.items() if name in own})
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                self._wrong(name, self.said.get(name), " ".join(messages))
            return
        preload(self.sheet.offered, ((form.fields[name], value) for name, value in said.items() if name in form.fields))
        for name, value in said.items():
            if name in form.fields:
                self._type(form.fields[name], name, value, form.API_NAMES.get(name, name))
                self._refuse_locked(form.fields[name], name)

    def _type(self, field: forms.Field, name: str, value: Any, path: str) -> None:
        try:
            self.data.setlist(name, typed(field, value))
        except ValidationError as error:
            self._wrong(path, value, " ".join(error.messages))

    def _refuse_locked(self, field: forms.Field, name: str) -> None:
        if field.disabled and self.data.getlist(name) != as_on_file(self.sheet.form, name):
            raise PermissionDenied(
                _("Only an approver of either side may declare for a desk or change what it has declared. Ask one.")
            )

    def _type_rows(self, rows: Any) -> None:
        """Write a list of rows. One that is still there keeps its place on file: a commitment may point to it."""
        prefix, sent = rows.prefix, self.said[rows.prefix]
        if not isinstance(sent, list) or not all(isinstance(row, dict) for row in sent):
            self._wrong(prefix, sent, _("Write a list of objects: [{…}, {…}]. They replace those on file."))
            return
        if len(sent) > LONGEST_LIST:
            self._wrong(prefix, len(sent), _("A list has at most %(most)s entries.") % {"most": LONGEST_LIST})
            return
        blank = rows.form(offered=self.sheet.offered)
        preload(
            self.sheet.offered,
            ((blank.fields[name], value) for row in sent for name, value in row.items() if name in blank.fields),
        )
        names = list(blank.fields)
        new = [self._row(blank, names, row, f"{prefix}[{place}]") for place, row in enumerate(sent)]
        identity = [name for name in write.identity(rows.model, rows.owner) if name in names] or names
        there: dict[str, list[tuple[int, dict[str, list[str]]]]] = {}
        for stored in rows.get_queryset():
            form = rows.form(instance=stored, offered=self.sheet.offered)
            row = {name: as_on_file(form, name) for name in names if name in form.fields}
            there.setdefault(_key(row, identity), []).append((stored.pk, row))
        kept: list[tuple[int, dict[str, list[str]]]] = []
        added: list[tuple[int, dict[str, list[str]]]] = []
        for place, row in enumerate(new):
            same = there.get(_key(row, identity))
            (kept if same else added).append((place, row | {"id": [str(same.pop(0)[0])]} if same else row))
        gone = [(-1, row | {"id": [str(pk)], "DELETE": ["on"]}) for left in there.values() for pk, row in left]
        every = [*kept, *gone, *added]
        counts = {"TOTAL_FORMS": len(every), "INITIAL_FORMS": len(kept) + len(gone)}
        for name, number in counts.items():
            self.data[f"{prefix}-{name}"] = str(number)
        for number, (_place, row) in enumerate(every):
            for name, values in row.items():
                self.data.setlist(f"{prefix}-{number}-{name}", values)
        self.places[prefix] = [place for place, _row in every]
        for form in rows.forms[len(kept) + len(gone) :]:
            form.empty_permitted = False  # in a page an empty row is one that nobody filled in

    def _row(self, blank: Any, names: list[str], row: dict[str, Any], path: str) -> dict[str, list[str]]:
        """Return one row as typed; what it does not name is as in an empty one."""
        self._refuse_unknown(row, {*names, *(self.shown.get(path.partition("[")[0]) or ())}, f"{path}.")
        found = {name: as_on_file(blank, name) for name in names}
        for name in names:
            if name in row:
                try:
                    found[name] = typed(blank.fields[name], row[name])
                except ValidationError as error:
                    self._wrong(f"{path}.{name}", row[name], " ".join(error.messages))
        return found

    # What the forms say --------------------------------------------------------------------------------------------

    def _problems(self) -> Iterator[dict[str, Any]]:
        form = self.sheet.form
        yield from self._of(form, "", self.said, form.API_NAMES)
        for rows in self.sheet.rows:
            prefix = str(rows.prefix)
            sent, places = self.said[prefix], self.places[prefix]
            for error in rows.non_form_errors():
                yield {"field": prefix, "value": None, "remedy": str(error)}
            for place, row in zip(places, rows.forms, strict=False):
                if place >= 0:
                    yield from self._of(row, f"{prefix}[{place}]", sent[place], {})

    def _of(
        self, form: forms.BaseForm, path: str, said: dict[str, Any], names: Mapping[str, str]
    ) -> Iterator[dict[str, Any]]:
        for name, errors in form.errors.items():
            shown = names.get(name, name)
            whole = name == NON_FIELD_ERRORS
            field = path or BODY if whole else f"{path}.{shown}" if path else shown
            value = None if whole else shortened(said.get(shown))
            for error in errors:
                yield {"field": field, "value": value, "remedy": str(error)}


def _key(row: dict[str, list[str]], names: list[str]) -> str:
    return repr([sorted("\n".join(row[name]).split("\n")) if name in row else None for name in names])


def shortened(value: Any) -> Any:
    """Return a value as it is told back: text that is too long, or what holds much, only by its beginning."""
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return value if len(text) <= SHOWN and not isinstance(value, float) else f"{text[:SHOWN]}…"


def bare(value: Any) -> Any:
    """Return what a value says, without what a read adds to it: links as references, nothing as None."""
    if isinstance(value, dict):
        said = {name: bare(one) for name, one in value.items()}
        return value["ref"] if "ref" in value else {name: one for name, one in said.items() if one is not None}
    if isinstance(value, list):
        return [bare(one) for one in value] or None
    return None if value == "" else value
