"""The world of the access matrix, built once for each file and undone at its end."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.safety import world as worlds


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[worlds.World]:  # type: ignore[no-redef]
    with worlds.kept_apart(django_db_blocker):
        yield worlds.build()
