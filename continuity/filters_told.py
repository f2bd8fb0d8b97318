"""Filters by what differs from day to day: the answer of the rule on the day asked, and times of tension."""

from datetime import date
from typing import Any

from django.db.models import DateField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from continuity import states
from continuity.models import TensionEpisode
from registry.core.filters import MANY, Codes, Refs, YesNo
from registry.core.ranges import Bound, is_sure

# What the rule says --------------------------------------------------------------------------------------------------


class States(Codes):
    """Computed states, on the day that the parameter `as_of` names or today."""

    def __init__(self) -> None:
        super().__init__("continuity_state", label=_("State"), help_text=MANY)

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        return states.in_states(rows, value, self.parent.as_of)


class CadenceSources(Codes):
    """Where the cadence comes from, on the day asked."""

    def __init__(self) -> None:
        super().__init__("cadence_source", label=_("Cadence by"), help_text=MANY)

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        return states.told(rows, "cadence_source", "IN", value, self.parent.as_of)


class ToldBound(Bound):
    """One end of a range of days over a day of the answer; where no clock runs there is none."""

    def chosen(self, rows: QuerySet, value: date) -> QuerySet:
        return states.told(rows, self.field_name, ">=" if self.side == "after" else "<=", [value], self.parent.as_of)


class TrackingBases(Codes):
    """On whose word all activity of an initiative is taken to be on file: days of its own are declared."""

    def __init__(self) -> None:
        super().__init__("tracking_basis", label=_("Tracking basis"), help_text=MANY)

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        of_pair = Q(tracking="inherit", pair__tracking_basis__in=value)
        return rows.filter(of_pair | Q(tracking="own") if "declared" in value else of_pair)


# Times of tension ----------------------------------------------------------------------------------------------------


class Whether(YesNo):
    """Whether the rows themselves, which may be of another day than those on file, fulfil a condition."""

    def holds(self) -> Any:
        """Return the condition."""
        return self.condition()

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        if len(set(value)) == 2:
            return rows
        return rows.filter(self.holds()) if value == ["YES"] else rows.exclude(self.holds())


class When:
    """The day of a row that is held against episodes: the first of these loose dates that is on file."""

    def __init__(self, *columns: str, pair: str) -> None:
        self.columns, self.pair = columns, pair

    def bound(self, side: str) -> Coalesce:
        """Return the expression for its `earliest` or `latest` possible day."""
        return Coalesce(*(f"{column}_{side}" for column in self.columns), None, output_field=DateField())

    def inside(self, episodes: QuerySet) -> Exists:
        """Return the condition for rows whose day may lie in one of `episodes` of their pair."""
        of_pair = episodes.order_by().filter(pair=OuterRef(self.pair)).alias(last=TensionEpisode.LAST_KNOWN)
        begun = of_pair.filter(started_on_earliest__lte=OuterRef("latest_day"))
        return Exists(begun.filter(last__gte=OuterRef("earliest_day")))

    def surely_inside(self, episodes: QuerySet) -> Exists:
        """Return the condition for rows whose day surely lies among those that one of `episodes` surely lasted."""
        of_pair = episodes.order_by().filter(pair=OuterRef(self.pair)).alias(last=TensionEpisode.SURELY_LAST)
        begun = of_pair.filter(started_on_latest__lte=OuterRef("earliest_day"))
        return Exists(begun.filter(last__gte=OuterRef("latest_day")))

    def dated(self, rows: QuerySet) -> QuerySet:
        """Return the rows that have a day, with its bounds for the conditions."""
        bounds = {f"{side}_day": self.bound(side) for side in ("earliest", "latest")}
        return rows.alias(**bounds).filter(earliest_day__isnull=False)


class InTension(YesNo):
    """Whether the day of a row may lie in an episode of tension that the user may see; without a day neither."""

    def __init__(self, when: When) -> None:
        super().__init__(
            Q,
            label=_("In tension"),
            help_text=_(
                "Whether its day may lie in an episode of tension of its pair (with dates=surely: does); what has no "
                "day is neither."
            ),
        )
        self.when = when

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        if len(set(value)) == 2:
            return rows
        seen = TensionEpisode.objects.visible_to(self.user)
        if value == ["NO"]:
            return self.when.dated(rows).filter(~self.when.inside(seen))
        return during(self, rows, seen)


class DuringEpisode(Refs):
    """Rows whose day may lie in one of these episodes of their pair."""

    def __init__(self, when: When) -> None:
        super().__init__(TensionEpisode, label=_("During the episode"))
        self.when = when

    def chosen(self, rows: QuerySet, value: list[Any]) -> QuerySet:
        return during(self, rows, TensionEpisode.objects.filter(pk__in=value))


def during(one: InTension | DuringEpisode, rows: QuerySet, episodes: QuerySet) -> QuerySet:
    """Keep the rows whose day may lie in one of `episodes`; with `dates=surely` those whose day does."""
    when = one.when
    return when.dated(rows).filter(when.surely_inside(episodes) if is_sure(one) else when.inside(episodes))


def tension(*columns: str, pair: str = "pair") -> tuple[InTension, DuringEpisode]:
    """Return the two filters by episodes of tension, for rows whose day is the first of these dates on file."""
    when = When(*columns, pair=pair)
    return InTension(when), DuringEpisode(when)
