"""What is loaded once for a whole module: it lies in a transaction that the module's tests only add savepoints to."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from registry.core import clock

DAY = date(2026, 11, 22)
"""The day for which data/README.md says what the rule gives."""


@contextmanager
def loaded(blocker: Any, fill: Callable[[], Any]) -> Iterator[Any]:
    """Fill the database on `DAY`, keep it so while the block runs, and leave nothing behind."""
    with blocker.unblock(), override_settings(CLOCK=DAY), transaction.atomic():
        yield fill()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def demonstration(django_db_setup: None, django_db_blocker: Any) -> Iterator[date]:
    """The demonstration, loaded once; returns the day on which it is looked at."""
    with loaded(django_db_blocker, lambda: call_command("demonstrate", verbosity=0)):
        yield clock.today()


@pytest.fixture(scope="module")
def reference_folder() -> Path:
    """The folder of the files that stay outside the repository: CONCORD_REFERENCE, or shared beside the checkout."""
    named = os.environ.get("CONCORD_REFERENCE")
    folder = Path(named) if named else settings.BASE_DIR.parent / "shared" / "data" / "reference"
    if not (folder / "brazil_agreements.csv").exists():
        pytest.skip(f"the reference files are not here: no {folder}/brazil_agreements.csv (CONCORD_REFERENCE names it)")
    return folder
