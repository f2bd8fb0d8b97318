"""Whatever the description of the API allows, and what it does not, is answered as it says, by no 5xx.

schemathesis makes up the requests (`described.py`), each is undone, and it compares status, media type, headers and
schema of the answer with the description. One that fails is told with the command that repeats it.
"""

import os
from typing import Any

import pytest
import schemathesis
from django.db import transaction

from registry.core import tokens
from tests.safety.described import schema_of
from tests.safety.world import TODAY, World

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def description(world: World) -> Any:
    """Return the description, by which every operation is asked 10 times."""
    return schema_of(world, examples=10)


@pytest.fixture(scope="module")
def editor(world: World) -> dict[str, str]:
    """Return the header by which a desk of Kyrgyzstan writes."""
    _row, token = tokens.make(world.people["aigul"], name="Tests", scope="write", expires_on=TODAY)
    return {"Authorization": f"Bearer {token}"}


def ask(case: Any, headers: dict[str, str]) -> None:
    with transaction.atomic():
        response = case.call(headers=headers)
        case.validate_response(response, headers=headers, transport_kwargs={"headers": headers})
        transaction.set_rollback(True)


schema = schemathesis.pytest.from_fixture("description")


@schema.parametrize()
def test_anybody_is_answered_as_described(case: Any) -> None:
    ask(case, {})


@schema.parametrize()
def test_an_editor_is_answered_as_described(case: Any, editor: dict[str, str]) -> None:
    ask(case, editor)
