"""The pages of the indices: those of one pair, and of several pairs side by side."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from actors.models import LEADING_ROLES
from agreements.models.commission import HELD
from events.indices.answer import OfPair, indices_of
from events.indices.asking import BASES, IndicesForm, PairIndicesForm, Question, question
from events.indices.definitions import BY_CODE, GROUPS, RESILIENCE
from events.indices.material import YOUNG
from events.indices.shown import LADDERS, Stat, apart, by_year, episode_shown, ladder_table, side_by_side
from registry.core import languages
from registry.core.models import Pair
from registry.core.parameters import ManySelect

# The lists behind the figures -----------------------------------------------------------------------------------------


def listed(code: str, pair: Pair, asked: Question) -> str:
    """Return the address of the list in which the records of a numerator stand; "" where no filter comes near.

    A list also holds what is known by month or year only and may lie in the period; a figure counts it on one day.
    """
    span = {"started_after": asked.period.first, "started_before": asked.period.last}
    held = {"pair": pair.ref, "outcome": ",".join(HELD), **span}
    lists: dict[str, tuple[str, dict[str, Any]]] = {
        "sessions": ("session-list", held),
        "commitments": ("commitment-list", {"pair": pair.ref}),
        "structure": ("event-list", held),
        "youth": ("event-list", held | {"audience": ",".join(sorted(YOUNG))}),
        "border": ("event-list", held | {"border": "YES"}),
        "beyond_cycles": ("event-list", held | {"occasion": "NONE"}),
        "digital": ("event-list", held | {"event_format": "ONLINE,HYBRID"}),
        "stock": ("agreement-list", {"pair": pair.ref}),
        "continuity": ("initiative-list", {"pair": pair.ref}),
    }
    if asked.basis == "sector":
        leading = {"sector": "NON_STATE", "role": ",".join(LEADING_ROLES)}
        lists["non_state"] = ("event-list", held | leading)
    if code not in lists:
        return ""
    name, chosen = lists[code]
    return f"{reverse(name)}?{urlencode(chosen)}"


# One pair ------------------------------------------------------------------------------------------------------------


@require_safe
def pair_indices(request: HttpRequest, ref: str) -> HttpResponse:
    """Show the indices of a pair over a period; lead to them whichever country is named first."""
    code = "-".join(sorted(ref.upper().split("-")))
    pair = get_object_or_404(Pair.objects.visible_to(request.user).select_related("a", "b"), ref=code)
    if code != ref:
        query = request.META.get("QUERY_STRING")
        return redirect(reverse("pair-indices", args=[code]) + (f"?{query}" if query else ""))
    form = for_page(PairIndicesForm(request.GET), "lang", "ids", "index")
    context: dict[str, Any] = {"pair": pair, "form": form}
    if not form.is_valid():
        return render(request, "events/indices.html", context | {"problems": form.problems}, status=400)
    asked = question(form.cleaned_data | {"ids": "", "index": []}, [pair])
    (found,) = indices_of([pair], asked)
    show_defaults(form, asked)
    return render(request, "events/indices.html", context | told(asked, [pair]) | of_one(found, asked))


def for_page(form: PairIndicesForm, *unasked: str) -> PairIndicesForm:
    """Return the form as a page shows it: without what only the API takes, with lists to choose from."""
    for name in unasked:
        form.fields.pop(name)
    form.order_fields(["pair", "from", "to", "by", "basis", "window", "index"])
    form.fields["by"].label, form.fields["by"].help_text = _("Told for"), ""
    form.fields["by"].widget = forms.Select(choices=[("", _("the whole period")), ("year", _("each year as well"))])
    form.fields["basis"].widget = forms.Select(choices=list(BASES.items()))
    form.fields["window"].widget.attrs |= {"inputmode": "numeric", "placeholder": _("as long as it lasted")}
    return form


def show_defaults(form: PairIndicesForm, asked: Question) -> None:
    """Let the form show what was taken where nothing was said."""
    form.data = form.data.copy()
    form.data["from"], form.data["to"] = asked.first.isoformat(), asked.last.isoformat()
    form.data["basis"] = asked.basis


def told(asked: Question, pairs: list[Pair]) -> dict[str, Any]:
    """Return what the heading of both pages says, and the address of the same figures as data."""
    query = {"from": asked.first, "to": asked.last, "basis": asked.basis}
    query |= {"by": "year"} if asked.by_year else {}
    query |= {"window": asked.window} if asked.window else {}
    if len(pairs) == 1:
        api = reverse("api-pair-indices", args=[pairs[0].ref])
    else:
        api = reverse("api-indices")
        query["pair"] = ",".join(pair.ref for pair in pairs)
    return {"asked": asked, "basis": BASES[asked.basis], "data": f"{api}?{urlencode(query)}"}


def of_one(found: OfPair, asked: Question) -> dict[str, Any]:
    """Return the cards and tables of one pair, group by group."""
    groups = []
    for key, title in GROUPS.items():
        lines = [line for line in found.lines if line.definition.group == key]
        cards = [
            Stat(line, listed(line.figure.code, found.pair, asked))
            for line in lines
            if line.definition.code not in LADDERS
        ]
        tables = [ladder_table(lines)] if key == "structure" else []
        tables += [by_year(some) for some in apart(line for line in lines if line.years)]
        groups.append({"key": key, "title": title, "cards": cards, "tables": tables})
    return {
        "found": found,
        "groups": groups,
        "episodes": [episode_shown(one) for one in found.episodes or ()],
        "resilience": RESILIENCE,
        "ladders": [BY_CODE[code] for code in LADDERS],
    }


# Several pairs ----------------------------------------------------------------------------------------------------


class PairsSelect(ManySelect):
    """A list of pairs of which several can be chosen."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"] |= {"multiple": True, "size": 8}
        return context


@require_safe
def indices(request: HttpRequest) -> HttpResponse:
    """Show the indices of several pairs side by side; without any asked for, the form alone."""
    form = for_page(IndicesForm(request.GET or None, user=request.user), "lang", "ids")
    rows = Pair.objects.visible_to(request.user).select_related("a", "b")
    named = sorted(((pair.ref, str(pair)) for pair in rows), key=lambda pair: languages.sort_key(pair[1]))
    form.fields["pair"].widget = PairsSelect(choices=named)
    form.fields["pair"].help_text = _("Several: hold down Ctrl or Command.")
    context: dict[str, Any] = {"form": form}
    if not request.GET:
        return render(request, "events/indices.html", context)
    if not form.is_valid():
        return render(request, "events/indices.html", context | {"problems": form.problems}, status=400)
    pairs = form.cleaned_data["pair"]
    asked = question(form.cleaned_data | {"ids": ""}, pairs)
    found = indices_of(pairs, asked)
    show_defaults(form, asked)
    return render(request, "events/indices.html", context | told(asked, pairs) | side_by_side(found, asked))
