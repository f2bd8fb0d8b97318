"""Today, and nothing else: the only source of "now" for whatever the registry says."""

from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings


def today() -> date:
    """Return the present day in UTC, or the day that the variable CLOCK names (never in production)."""
    stands_at = settings.CLOCK or datetime.now(UTC)
    return stands_at.date() if isinstance(stands_at, datetime) else stands_at


def now() -> datetime:
    """Return the present moment, for whatever falls due at an hour. Of a day that CLOCK names it is the last one."""
    stands_at = settings.CLOCK or datetime.now(UTC)
    return stands_at if isinstance(stands_at, datetime) else datetime.combine(stands_at, time.max, UTC)


def is_future(day: date) -> bool:
    """Say whether `day` is later than today + 1: for half a day the date line is a day ahead of UTC."""
    return day > today() + timedelta(days=1)
