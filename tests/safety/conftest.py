"""The world of the access matrix, built once for each file and undone at its end."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest

from tests.safety import world as worlds


@pytest.fixture(scope="package", autouse=True)
def _answers_alone() -> Iterator[None]:
    """Keep no copy of the context of every template drawn, as the test client does: here only answers are looked at."""
    with patch("django.test.client.store_rendered_templates", lambda *args, **kwargs: None):
        yield


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[worlds.World]:  # type: ignore[no-redef]
    with worlds.kept_apart(django_db_blocker):
        yield worlds.build()
