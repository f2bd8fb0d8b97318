"""The forms of sources, places, frameworks and subjects, which other forms name, and of what is on file of a pair."""

from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registry.core import access
from registry.core.fields import form_field, sentences
from registry.core.forms import RecordForm, TextsForm, names_in
from registry.core.models import Country, Document, Framework, Indicator, Pair, Place, Source, Subject
from registry.core.models.about import LARGEST_FILE, MEDIA_TYPES
from registry.core.models.words import WITHOUT_ENGLISH


class OfOneDesk(RecordForm):
    """A form of what belongs to one country: one at whose desk the editor sits, or none."""

    start = ""

    def options(self, name: str, model: type[models.Model]) -> Iterable[Any]:
        if model is Country:
            user = self.offered.user
            mine = access.desks(user, access.EDITORS)
            return [c for c in self.offered.all_countries() if access.is_registrar(user) or c.pk in mine]
        return super().options(name, model)


class SourceForm(OfOneDesk):
    cited = False
    parts = (
        (_("What it is"), ("kind", "authors", "title", "publisher", "container", "date", "language", "about")),
        (_("Where it can be read"), ("address", "archived_address", "doi", "accessed", "licence")),
        (_("Desk and note"), ("desk", "note")),
    )

    class Meta:
        model = Source
        formfield_callback = form_field

    Meta.fields = (*names_in(parts), "visibility")


class PairForm(RecordForm):
    """The days for which the record of a pair is complete. A desk vouches for what it declares, by an approver."""

    cited = False  # a citation names its record by number, and a pair has a code
    parts = (
        (_("For which days all its activity is on file"), ("tracked_from", "tracked_until", "tracking_basis")),
        (_("What a reader should know"), ("note",)),
    )

    class Meta:
        model = Pair
        formfield_callback = form_field

    Meta.fields = tuple(names_in(parts))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if access.may_publish(self.offered.user, self.instance):
            return
        basis: Any = self.fields["tracking_basis"]
        if self.initial["tracking_basis"] == Pair.DECLARED:
            for name in Pair.TRACKING:
                self.fields[name].disabled = True
            basis.help_text = gettext("A desk has declared these days. An approver of either side may change them.")
        else:
            basis.choices = [one for one in basis.choices if one[0] != Pair.DECLARED]
            basis.help_text = gettext("A desk can also declare these days: an approver of either side does it.")


class IndicatorForm(RecordForm):
    """One figure as one source states it; the source stands in a field of its own."""

    cited = False
    parts = (
        (_("What is counted"), ("what", "value", "unit", "date")),
        (_("Who states it, and note"), ("source", "note")),
    )

    class Meta:
        model = Indicator
        formfield_callback = form_field

    Meta.fields = names_in(parts)


class PlaceForm(OfOneDesk):
    cited = False
    API_NAMES = {"other_names_typed": "other_names"}
    SAID_OTHERWISE = {
        "other_names": {
            "type": ["object", "null"],
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        }
    }
    parts = (
        (_("What it is"), ("name", "other_names_typed", "country", "subdivision")),
        (_("Where it lies"), ("latitude", "longitude", "note")),
    )
    other_names_typed = forms.CharField(
        label=_("Other names"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One per line, each with the tag of its language: ky: Ош"),
    )

    class Meta:
        model = Place
        formfield_callback = form_field

    Meta.fields = tuple(name for name in names_in(parts) if name != "other_names_typed")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = self.instance.other_names.items()
        self.fields["other_names_typed"].initial = "\n".join(f"{tag}: {name}" for tag, some in names for name in some)

    def from_api(self, said: dict[str, Any]) -> dict[str, Any]:
        if "other_names" not in said:
            return said
        names = {} if said["other_names"] is None else said["other_names"]
        lists = names.values() if isinstance(names, dict) else [None]
        if not all(isinstance(some, list) and all(isinstance(name, str) for name in some) for some in lists):
            raise ValidationError({"other_names": gettext("Write it as {“ky”: [“Ош”]}: tag of a language to names.")})
        lines = [f"{tag}: {name}" for tag, some in names.items() for name in some]
        if any(len(line.splitlines()) != 1 for line in lines):
            raise ValidationError({"other_names": gettext("A name stands on one line. Leave the line breaks out.")})
        return {name: value for name, value in said.items() if name != "other_names"} | {
            "other_names_typed": "\n".join(lines)
        }

    def clean_other_names_typed(self) -> str:
        typed = self.cleaned_data["other_names_typed"]
        names: dict[str, list[str]] = {}
        for line in filter(None, map(str.strip, typed.splitlines())):
            tag, colon, name = (part.strip() for part in line.partition(":"))
            if not (tag and colon and name) or " " in tag:
                raise ValidationError(
                    gettext("“%(value)s” does not begin with the tag of a language. Write it as ky: Ош"),
                    params={"value": line},
                )
            names.setdefault(tag, []).append(name)
        self.instance.other_names = names
        return typed


class DocumentForm(RecordForm):
    """A text, scan or report of a record. A program gives its address; the document itself is uploaded on its page."""

    cited = False
    start = "record"
    SAID_OTHERWISE = {"file": {"type": ["string", "null"]}}
    parts = (
        (_("What it is"), ("kind", "title", "language")),
        (_("Where it can be read"), ("address", "file")),
        (_("What a reader should know"), ("note",)),
    )

    class Meta:
        model = Document
        formfield_callback = form_field
        widgets = {"file": forms.FileInput}  # Django's own links to the file past the rule of who may read it
        help_texts = {
            "file": format_lazy(
                _("The document itself: {endings}; at most {most} megabytes. Another takes the place of the first."),
                endings=", ".join(MEDIA_TYPES),
                most=LARGEST_FILE // 1_000_000,
            )
        }

    Meta.fields = (*names_in(parts), "visibility")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if stored := self.initial.get("file"):
            named = gettext("On file now: %(name)s.") % {"name": PurePath(stored.name).name}
            self.fields["file"].help_text = sentences(named, self.fields["file"].help_text)

    def from_api(self, said: dict[str, Any]) -> dict[str, Any]:
        if "file" in said and (said.get("file") or "") != self.instance.file_url:
            remedy = gettext("A file is uploaded on the page of the document. Leave it out, or as it was read.")
            raise ValidationError({"file": remedy})
        return {name: value for name, value in said.items() if name != "file"}


class FrameworkForm(OfOneDesk):
    parts = (
        (_("What it is"), ("title", "country", "source")),
        (_("When it holds, and note"), ("started_on", "ended_on", "note")),
    )

    class Meta:
        model = Framework
        formfield_callback = form_field

    Meta.fields = names_in(parts)


class SubjectForm(TextsForm):
    """One tag; any desk keeps the list of them, which is shared by all."""

    cited = False  # a word of ours, which no source states
    start = ""
    texts, input_in = "labels", "label_in_"
    needed = {"en": WITHOUT_ENGLISH}
    API_NAMES = {f"label_in_{code}": "labels" for code, _name in settings.LANGUAGES}
    SAID_OTHERWISE = {
        "labels": {"type": "object", "additionalProperties": {"type": "string"}, "required": [*needed]},
    }
    parts = ((_("Note"), ("note",)),)

    class Meta:
        model = Subject
        formfield_callback = form_field

    Meta.fields = names_in(parts)

    @property
    def sections(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        yield _("What it is called"), self.inputs
        yield from super().sections
