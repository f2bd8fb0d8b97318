"""Today, and nothing else: the only source of "now" for whatever the registry says."""

from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings


def today() -> date:
    """Return the present day in UTC, or the day that the variable CLOCK names (never in production)."""
    return settings.CLOCK or datetime.now(UTC).date()


def now() -> datetime:
    """Return the present moment, for whatever falls due at an hour. Of a day that CLOCK names it is the last one."""
    return datetime.combine(settings.CLOCK, time.max, UTC) if settings.CLOCK else datetime.now(UTC)


def is_future(day: date) -> bool:
    """Say whether `day` is later than today + 1: for half a day the date line is a day ahead of UTC."""
    return day > today() + timedelta(days=1)
