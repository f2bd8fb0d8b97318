"""The indices in the API, of one pair and of several side by side: figures and not records, so no list and no pages."""

from typing import Any

from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from events.indices.answer import Line, OfPair, indices_of
from events.indices.asking import BASES, IndicesForm, PairIndicesForm, Question, question
from events.indices.definitions import RESILIENCE
from events.indices.figures import Counts, Figure
from events.indices.resilience import LEADS, Around, Window
from registry.core import vocabularies
from registry.core.api import ReadView, licence, router
from registry.core.examples import Example
from registry.core.models import Pair
from registry.core.serializers import LinkSerializer, link, page_url

COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}}


@extend_schema_field(COUNTS)
class CountsField(serializers.Field):
    """Reference of a record → how much it counts."""

    def to_representation(self, value: Counts) -> Counts:
        return value


class PeriodSerializer(serializers.Serializer):
    """Days, the last one included."""

    first = serializers.DateField(help_text="First day counted.")
    last = serializers.DateField(help_text="Last day counted: not later than today.")
    days = serializers.IntegerField(help_text="How many days that is.")


class IdsSerializer(serializers.Serializer):
    """The records behind a figure, each with how much it counts: 1, or its days."""

    numerator = CountsField(help_text="What is counted.")
    denominator = CountsField(help_text="What it is counted among.")


class FigureSerializer(serializers.Serializer):
    """What is counted, and what divides it."""

    numerator = serializers.IntegerField(allow_null=True, help_text="What is counted.")
    denominator = serializers.IntegerField(allow_null=True, help_text="What divides it; null: nothing does.")
    value = serializers.FloatField(allow_null=True, help_text="null where there is nothing to divide.")
    notes = serializers.ListField(child=serializers.CharField(), help_text="What must be known of this figure.")
    ids = IdsSerializer(required=False, help_text="Only with `ids=1`.")


class YearSerializer(PeriodSerializer, FigureSerializer):
    """A figure of one year, or of that part of it which lies in the period."""


class NamedSerializer(serializers.Serializer):
    """What an index is."""

    code = serializers.CharField(help_text="Permanent code of the index.")
    part = serializers.CharField(help_text="Which part of it; empty: all of it.")
    label = serializers.CharField(help_text="Its name, in the language asked for.")
    formula = serializers.CharField(help_text="What is divided by what, in words.")
    choices = serializers.CharField(help_text="What else must be known to use it.")
    unit = serializers.CharField(help_text="What numerator and denominator count.")
    by_sector = serializers.BooleanField(help_text="Whether it differs between the two bases.")
    adds_up = serializers.BooleanField(help_text="Whether the years of a period add up to it.")


class IndexSerializer(NamedSerializer, FigureSerializer):
    """One index, or one part of one, over the period."""

    by_year = YearSerializer(many=True, required=False, help_text="Only with `by=year`; of the stock always.")


class CutSerializer(serializers.Serializer):
    """Days that are left out of a window."""

    by = serializers.ChoiceField(["today", "tracking", "episode"], help_text="What cuts them out.")
    days = serializers.IntegerField(help_text="How many they are.")
    episode = LinkSerializer(allow_null=True, help_text="The other episode, where one cuts.")


class LedSerializer(serializers.Serializer):
    """Held events of a window, by who led them."""

    led_by = serializers.ChoiceField(["all", *LEADS], help_text="By whom: state bodies alone, others, not on file.")
    events = serializers.IntegerField(help_text="Held events on the days that are left.")
    per_30_days = serializers.FloatField(allow_null=True, help_text="null where no day is left to divide by.")
    ids = CountsField(required=False, help_text="Only with `ids=1`.")


class DaysAroundSerializer(serializers.Serializer):
    """Days before, during or after an episode."""

    window = serializers.ChoiceField(["before", "during", "after"], help_text="Which.")
    first = serializers.DateField(help_text="First day, before anything is cut out.")
    last = serializers.DateField(help_text="Last day, before anything is cut out.")
    days = serializers.IntegerField(help_text="Days that are left when the cuts are out.")
    cuts = CutSerializer(many=True, help_text="What is cut out.")
    overlaps = LinkSerializer(many=True, help_text="Other episodes on days of this one, which are not cut out.")
    held = LedSerializer(many=True, help_text="What was held on the days that are left.")


class AroundEpisodeSerializer(serializers.Serializer):
    """What was held around one episode of tension: a coincidence of dates, not a cause."""

    episode = LinkSerializer(help_text="Which.")
    first = serializers.DateField(help_text="Its first day, at the earliest.")
    last = serializers.DateField(allow_null=True, help_text="Its last day, at the latest; null: not on file.")
    windows = DaysAroundSerializer(many=True, help_text="Before, during and after, as far as their days are known.")
    survival = FigureSerializer(
        allow_null=True,
        help_text="Initiatives not lapsed at its start that never lapsed in it; null: no end known.",
    )
    halted = serializers.IntegerField(help_text="Of those that never lapsed: whose clock did not run on all its days.")
    recovery = serializers.IntegerField(allow_null=True, help_text="Days from its end to the first held event.")
    recovered = serializers.CharField(allow_null=True, help_text="Reference of that event.")
    waited = serializers.IntegerField(allow_null=True, help_text="Days since its end, where no event was held yet.")
    untracked = serializers.BooleanField(help_text="Whether days between end and first event are not tracked.")
    lasting_ties = FigureSerializer(
        allow_null=True, help_text="Pairs of actors together before and after it, among those together before it."
    )


class TrackingSerializer(serializers.Serializer):
    """For how much of the period the record is claimed to be complete."""

    tracked_from = serializers.DateField(allow_null=True, help_text="First tracked day of the pair; null: none.")
    tracked_until = serializers.DateField(allow_null=True, help_text="Last tracked day; null: still going on.")
    basis = serializers.CharField(allow_null=True, help_text="declared or assumed; null: nothing is claimed.")
    basis_label = serializers.CharField(allow_null=True, help_text="The same in the language asked for.")
    days = serializers.IntegerField(help_text="Tracked days in the period.")
    of = serializers.IntegerField(help_text="Days in the period.")


class OfPairSerializer(serializers.Serializer):
    """The indices of one pair."""

    pair = serializers.CharField(help_text="Both codes in order, as KG-TJ.")
    pair_label = serializers.CharField(help_text="Both names in the language asked for.")
    url = serializers.CharField(help_text="The page with these figures.")
    tracking = TrackingSerializer(help_text="For how much of the period the record is claimed to be complete.")
    notes = serializers.ListField(child=serializers.CharField(), help_text="What must be known of all its figures.")
    undated = serializers.ListField(
        child=serializers.CharField(), help_text="Held events without a day on file: they are in no period."
    )
    indices = IndexSerializer(many=True, help_text="Each index, and each part of those that have parts.")
    resilience = AroundEpisodeSerializer(
        many=True,
        allow_null=True,
        help_text="One entry for each episode that overlaps the period, where asked for.",
    )


class AskedSerializer(PeriodSerializer):
    """What is told of."""

    asked_from = serializers.DateField(help_text="First day as asked, or as taken without it.")
    asked_to = serializers.DateField(help_text="Last day as asked, or today.")


class IndicesSerializer(serializers.Serializer):
    """Indices of one pair or of several, of one period."""

    period = AskedSerializer(help_text="The period, as asked and as far as it has come.")
    basis = serializers.ChoiceField(list(BASES), help_text="By which sector actors count.")
    basis_label = serializers.CharField(help_text="The same in the language asked for.")
    resilience_formula = serializers.CharField(help_text="What `resilience` tells of each episode.")
    results = OfPairSerializer(many=True, help_text="One entry for each pair, in the order asked for.")
    license = serializers.DictField(child=serializers.CharField(), help_text="Under what terms it may be used.")


# What is sent ------------------------------------------------------------------------------------------------------


def told(pairs: list[Pair], asked: Question) -> dict[str, Any]:
    """Return the answer to a question."""
    period = {"first": asked.period.first, "last": asked.period.last, "days": asked.period.days}
    return {
        "period": period | {"asked_from": asked.first, "asked_to": asked.last},
        "basis": asked.basis,
        "basis_label": BASES[asked.basis],
        "resilience_formula": RESILIENCE.formula,
        "results": [of_pair(found, asked) for found in indices_of(pairs, asked)],
        "license": licence(),
    }


def of_pair(found: OfPair, asked: Question) -> dict[str, Any]:
    pair = found.pair
    basis = pair.tracking_basis or None
    return {
        "pair": pair.ref,
        "pair_label": str(pair),
        "url": f"{page_url('pair', pair.ref)}indices/",
        "tracking": {
            "tracked_from": pair.tracked_from,
            "tracked_until": pair.tracked_until,
            "basis": basis,
            "basis_label": vocabularies.label("tracking_basis", basis) if basis else None,
            "days": found.tracked_days,
            "of": found.days,
        },
        "notes": found.notes,
        "undated": found.undated,
        "indices": [of_line(line, asked) for line in found.lines],
        "resilience": None if found.episodes is None else [of_episode(one, asked) for one in found.episodes],
    }


def of_line(line: Line, asked: Question) -> dict[str, Any]:
    one = line.definition
    said = {
        "code": one.code,
        "part": line.figure.part,
        "label": line.name,
        "formula": one.formula,
        "choices": one.choices,
        "unit": one.unit,
        "by_sector": one.by_sector,
        "adds_up": one.adds_up,
        **of_figure(line.figure, asked),
    }
    if line.years:
        said["by_year"] = [
            {"first": year.first, "last": year.last, "days": year.days, **of_figure(figure, asked)}
            for year, figure in line.years
        ]
    return said


def of_figure(figure: Figure, asked: Question) -> dict[str, Any]:
    said = {name: getattr(figure, name) for name in ("numerator", "denominator", "value", "notes")}
    ids = {"numerator": figure.counted, "denominator": figure.among}
    return said | ({"ids": ids} if asked.ids else {})


def of_episode(one: Around, asked: Question) -> dict[str, Any]:
    tension = one.episode
    return {
        "episode": link(tension.record),
        "first": tension.first,
        "last": tension.last,
        "windows": [of_window(window, asked) for window in one.windows],
        "survival": one.survival and of_figure(one.survival, asked),
        "halted": one.halted,
        "recovery": one.recovery,
        "recovered": one.recovered.ref if one.recovered else None,
        "waited": one.waited,
        "untracked": one.untracked,
        "lasting_ties": one.ties and of_figure(one.ties, asked),
    }


def of_window(window: Window, asked: Question) -> dict[str, Any]:
    held = []
    for lead in ("all", *LEADS):
        by = "" if lead == "all" else lead
        row = {"led_by": lead, "events": window.held(by), "per_30_days": window.per_30_days(by)}
        held.append(row | ({"ids": window.ids(by)} if asked.ids else {}))
    return {
        "window": window.name,
        "first": window.first,
        "last": window.last,
        "days": window.days,
        "cuts": [
            {"by": cut.by, "days": cut.days, "episode": cut.episode and link(cut.episode.record)} for cut in window.cuts
        ],
        "overlaps": [link(other.record) for other in window.overlaps],
        "held": held,
    }


# The addresses -----------------------------------------------------------------------------------------------------


class PairIndicesView(ReadView):
    """Indices of one pair over a period: continuity, coordination, who leads, structure, breadth, resilience and more.

    Each with numerator, denominator, formula and what must be known of it; null where there is nothing to divide.
    They count what everyone may see, whoever asks. Nothing is called a cause.
    """

    example = Example("from=2015-01-01&by=year", "KG-TJ")
    action = "retrieve"
    serializer_class = IndicesSerializer
    detail_form = PairIndicesForm

    def get(self, request: Any, ref: str) -> Any:
        return self.retrieve(request, ref)

    def retrieve(self, request: Any, ref: str) -> Any:
        """The indices of one pair."""
        in_order = "-".join(sorted(ref.split("-")))
        if in_order != ref:
            query = request.META.get("QUERY_STRING")
            return HttpResponseRedirect(reverse("api-pair-indices", args=[in_order]) + (f"?{query}" if query else ""))
        asked = self.read(self.detail_form(request.query_params))
        pair = Pair.objects.visible_to(request.user).select_related("a", "b").filter(ref=ref).first()
        if pair is None:
            raise Http404
        return Response(self.serializer_class(told([pair], question(asked, [pair]))).data)


class IndicesView(ReadView):
    """Indices of several pairs side by side, over one period. See the indices of one pair."""

    example = Example("pair=KG-TJ,KZ-UZ&index=non_state")
    action = "retrieve"
    serializer_class = IndicesSerializer
    detail_form = IndicesForm

    def get(self, request: Any) -> Any:
        return self.retrieve(request)

    def retrieve(self, request: Any) -> Any:
        """The indices of several pairs."""
        asked = self.read(self.detail_form(request.query_params, user=request.user))
        pairs = asked["pair"]
        return Response(self.serializer_class(told(pairs, question(asked, pairs))).data)


router.answer("indices/", IndicesView, "api-indices")
router.answer("pairs/<slug:ref>/indices/", PairIndicesView, "api-pair-indices")
