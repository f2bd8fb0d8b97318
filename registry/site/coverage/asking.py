"""What may be asked of coverage, by page and API alike."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core.access import NOBODY
from registry.core.api_forms import LanguageForm
from registry.core.models import Pair
from registry.core.parameters import CountriesField, NumberField, PairsField
from registry.site.coverage.counting import MOST_YEARS


class CoverageForm(LanguageForm):
    """Which pairs and which years are told of."""

    pair = PairsField(
        user=NOBODY,
        required=False,
        label=gettext_lazy("Pair"),
        help_text=gettext_lazy("Two country codes in either order, as KG-TJ. Several are parted by commas."),
    )
    country = CountriesField(
        user=NOBODY,
        required=False,
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("Codes of countries, as KG; either side of a pair."),
    )
    to = NumberField(
        least=1, most=9999, label=gettext_lazy("To"), help_text=gettext_lazy("Last year; this year without it.")
    )

    def __init__(self, *args: Any, user: Any = NOBODY, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = self.fields["pair"].user = self.fields["country"].user = user

    def clean(self) -> dict[str, Any]:
        asked = super().clean()
        first, last = asked.get("from"), asked.get("to")
        if first and last and not 0 <= last - first < MOST_YEARS:
            text = _("Give a year that is not before the first one, and at most %(most)s years in all.")
            self.add_error("to", text % {"most": MOST_YEARS})
        return asked

    @property
    def pairs(self) -> QuerySet:
        """The pairs that are asked for, as far as the reader may see them."""
        rows = Pair.objects.visible_to(self.user)
        if refs := self.cleaned_data["pair"]:
            rows = rows.filter(ref__in=refs)
        if codes := self.cleaned_data["country"]:
            rows = rows.filter(Q(a__in=codes) | Q(b__in=codes))
        return rows


CoverageForm.base_fields["from"] = NumberField(  # a word of Python, so it cannot stand in the class
    least=1,
    most=9999,
    label=gettext_lazy("From"),
    help_text=gettext_lazy("First year; without it the first of which anything is tracked or on file."),
)
