"""One lapse and those who are to hear of it, and the mail servers they are told through."""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from continuity import sweep
from continuity.models import Notice, Subscription
from registry.core.models import Pair, User
from tests.cast import commission, person, session
from tests.survival.house import free_port
from tests.survival.sink import Sink, in_thread

LAPSING = "2021-03-13"
"""The day from which the council of `tests.survival.filling` and of these fixtures is overdue."""


@pytest.fixture
def chance(seed: int) -> random.Random:
    return random.Random(seed)


@pytest.fixture
def council(kg_tj: Pair, on_day: Callable[[str], date]) -> Any:
    """A commission that met on 12 March 2020 and is announced: overdue from 13 March 2021."""
    on_day("2020-04-01")
    council = commission(kg_tj, title="Council of Kyrgyzstan and Tajikistan", started_on="2020-01-01")
    session(council)
    sweep.sweep()
    return council


@pytest.fixture
def readers(council: Any, on_day: Callable[[str], date]) -> Callable[..., list[User]]:
    """Return a function that makes people of these names, to each of whom one mail of the lapse is due."""

    def make(*names: str) -> list[User]:
        made = [person(name) for name in names]
        Subscription.objects.bulk_create([Subscription(user=user, every="once") for user in made])
        on_day(LAPSING)
        sweep.sweep()
        assert Notice.objects.filter(state="queued").count() == len(names)
        return made

    return make


@pytest.fixture
def sink(settings: Any, tmp_path: Path) -> Iterator[Sink]:
    """A mail server in a thread of its own, to which mail goes; it is waited for half a second."""
    sink, port = Sink(tmp_path), free_port()
    server = in_thread(sink, port)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 0.5
    yield sink
    server.stop()


def let_pauses_pass() -> None:
    """Age the leases, as time would: of senders that are dead, and of mails that wait for their next try."""
    Notice.objects.exclude(leased_until=None).update(leased_until=timezone.now() - timedelta(seconds=1))
