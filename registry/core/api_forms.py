"""The parameters of the API that are no filters: of every address, of a single record, of a list."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core import export, grouping, languages, paging, sampling
from registry.core.parameters import FilterField, NumberField, OneOf, ParameterForm, StrictForm, TextField

FIELDS = FilterField(
    required=False,
    help_text=gettext_lazy("What is sent of each row: names parted by commas, a dot between one and one within it."),
)
EXPAND = FilterField(
    required=False,
    help_text=gettext_lazy("Links in the place of which their rows are sent, named likewise, at most two deep."),
)


class LanguageForm(StrictForm):
    """What every address of the API understands."""

    lang = OneOf(
        known=languages.INTERFACE,
        help_text=gettext_lazy("Language of labels and titles; without it the header Accept-Language decides."),
    )


class OneForm(LanguageForm):
    """What the address of a single record understands."""

    fields: Any = FIELDS
    expand = EXPAND


LIMIT = NumberField(
    least=1,
    most=paging.MAX_LIMIT,
    help_text=gettext_lazy("Rows on a page; %(limit)s without it.") % {"limit": paging.DEFAULT_LIMIT},
)
CURSOR = FilterField(required=False, help_text=gettext_lazy("Where the page begins: as it stands in `next`."))
SAFE = OneOf(
    known=["0", "1"],
    help_text=gettext_lazy("1, with format=csv: for spreadsheets; no text in it is taken for a formula."),
)


@cache
def list_fields(orderings: tuple[str, ...], groups: tuple[str, ...], formats: tuple[str, ...]) -> dict[str, Any]:
    """Return the parameters of a list by name: the same fields for all requests, which only read them."""
    grouped = {"group_by": grouping.GroupByField(groups)} if groups else {}
    return {
        "lang": LanguageForm.base_fields["lang"],
        "fields": FIELDS,
        "expand": EXPAND,
        "limit": LIMIT,
        "cursor": CURSOR,
        "count": OneOf(known=["0", "1"], help_text=gettext_lazy("1: say how many rows there are in all.")),
        "safe": SAFE,
        "sample": NumberField(
            least=1,
            most=sampling.MOST,
            help_text=gettext_lazy("So many rows chosen at random, by `seed`, instead of pages."),
        ),
        "seed": TextField(
            required=False,
            help_text=gettext_lazy(
                "With `sample`: any word or number; the same one chooses the same of the same rows."
            ),
        ),
        "format": OneOf(
            known=["json", *formats],
            help_text=gettext_lazy("How the answer is written; any but json is a file with all rows, not in pages."),
        ),
        **grouped,
        "ordering": OneOf(
            known=[*orderings, *(f"-{name}" for name in orderings)],
            help_text=gettext_lazy("What rows are ordered by; descending with “-” before it."),
        ),
    }


class ListForm(ParameterForm):
    """What every list understands besides its filters: `known`, all of `list_fields`; it reads those that are given."""

    ALONE = {
        "group_by": ("limit", "cursor", "count", "ordering", "fields", "expand", "sample", "seed"),
        "sample": ("limit", "cursor", "count", "ordering"),
    }
    """Parameter → those that do not go with it."""

    def __init__(
        self, data: Any = None, *, orderings: Iterable[str], groups: Iterable[str], formats: Iterable[str]
    ) -> None:
        super().__init__(data)
        self.as_files = tuple(formats)
        self.known = list_fields(tuple(orderings), tuple(groups), self.as_files)
        self.fields = {name: each for name, each in self.known.items() if data is None or name in data}

    def clean(self) -> dict[str, Any]:
        asked = dict.fromkeys(self.known) | super().clean()
        self.fields = self.known  # what is missing beside another may be found wrong, too
        if asked.get("format") in self.as_files:
            for name in ("limit", "cursor", "count"):
                if self.data.get(name):
                    self.add_error(name, _("A file holds all rows. Leave it out, or leave out “format”."))
        for name, others in self.ALONE.items():
            for other in others if asked.get(name) else ():
                if self.data.get(other):
                    self.add_error(other, _("It does not go with “%(name)s”. Leave one of them out.") % {"name": name})
        if asked.get("group_by") and asked.get("format") not in ("", None, "json", *export.FORMATS):
            self.add_error("format", _("Groups are no such thing. Choose json, csv, xlsx or jsonl."))
        if bool(self.data.get("sample")) != bool(self.data.get("seed")):
            missing, given = ("seed", "sample") if self.data.get("sample") else ("sample", "seed")
            self.add_error(missing, _("“%(name)s” needs it beside itself: sample=100&seed=1.") % {"name": given})
        if asked.get("safe") == "1" and asked.get("format") != "csv":
            self.add_error("safe", _("It goes with format=csv. Add that, or leave it out."))
        return asked
