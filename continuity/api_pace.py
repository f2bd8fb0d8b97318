"""What the API says of an initiative's own gaps: the cadence they would make, and what they let expect."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from continuity.forecast import Forecast
from continuity.pace import absence

PACE = ("inferred_cadence", "forecast", "forecast_absence", "forecast_absence_label")


class InferenceSerializer(serializers.Serializer):
    """The cadence that an initiative's past would make, with the gaps it comes from."""

    days = serializers.ListField(
        child=serializers.DateField(), help_text="The days of substantive activity up to the day asked for, in order."
    )
    gaps = serializers.ListField(
        child=serializers.IntegerField(), source="inference.gaps", help_text="Days from each of them to the next."
    )
    median = serializers.FloatField(source="inference.median", help_text="The median of the gaps.")
    cadence_days = serializers.IntegerField(
        source="inference.days", help_text="The median times 1.5, rounded up, within 30 and 3650."
    )
    in_force = serializers.BooleanField(
        help_text="Whether the rule goes by it; false: something else is on file, or no clock runs."
    )


class ForecastWindowSerializer(serializers.Serializer):
    """When the next activity is to be expected by the gaps: a quarter each comes before, between and after these."""

    first = serializers.DateField(help_text="By the lower quartile of the gaps.")
    middle = serializers.DateField(help_text="By their median.")
    last = serializers.DateField(help_text="By their upper quartile.")


class ForecastSerializer(serializers.Serializer):
    """What an initiative's own gaps let expect on the day asked for; no state depends on it (docs/forecast.md)."""

    window = serializers.SerializerMethodField(help_text="When the next is to be expected; null once it has lapsed.")
    alive = serializers.SerializerMethodField(
        help_text="How likely it is that another activity follows, from 0 to 1; null: not foretold."
    )
    gaps = serializers.ListField(
        child=serializers.IntegerField(),
        source="past.gaps",
        help_text="The gaps it goes by: between tracked days of activity, in days without a declared suspension.",
    )
    silence_days = serializers.IntegerField(
        source="past.silence", help_text="Days since the last of them without a declared suspension."
    )

    def get_alive(self, told: Forecast) -> float | None:
        return None if told.alive is None else round(told.alive, 3)

    @extend_schema_field(ForecastWindowSerializer(allow_null=True))
    def get_window(self, told: Forecast) -> dict[str, str] | None:
        if told.window is None:
            return None
        return {name: on.isoformat() for name, on in zip(("first", "middle", "last"), told.window, strict=True)}


class PaceSerializer(serializers.Serializer):
    """What a single initiative says of its own gaps, as the view has given them to it: `row.pace`."""

    inferred_cadence = serializers.SerializerMethodField(
        help_text="The cadence its past would make, in force or not; null: fewer than four days of activity."
    )
    forecast = serializers.SerializerMethodField(
        help_text="What its own gaps let expect; null: see `forecast_absence`, which also says why `alive` is null."
    )
    forecast_absence = serializers.CharField(
        source="pace.forecast.absence",
        allow_null=True,
        help_text="Why `alive` is not foretold: no_clock, too_few or too_irregular; null: it is.",
    )
    forecast_absence_label = serializers.SerializerMethodField(help_text="The same in the language asked for.")

    @extend_schema_field(InferenceSerializer(allow_null=True))
    def get_inferred_cadence(self, row: Any) -> dict[str, Any] | None:
        return InferenceSerializer(row.pace).data if row.pace.inference else None

    @extend_schema_field(ForecastSerializer(allow_null=True))
    def get_forecast(self, row: Any) -> dict[str, Any] | None:
        told = row.pace.forecast
        return None if told.window is None and told.alive is None else ForecastSerializer(told).data

    @extend_schema_field({"type": ["string", "null"]})
    def get_forecast_absence_label(self, row: Any) -> str | None:
        return absence(row.pace.forecast, row.answer.state) or None
