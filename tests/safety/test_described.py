"""Whatever the description of the API allows, and what it does not, is answered as it says, and by no 5xx.

schemathesis makes the requests up (`described.py`) and compares status, media type, headers and schema of each answer
with the description; what was written is undone. One that fails is told with the command that repeats it.
"""

from typing import Any

import pytest
import schemathesis
from django.db import transaction

from registry.core import tokens
from registry.core.serializers import POINTING
from tests.safety.described import WRITES, asked_by, filled
from tests.safety.world import TODAY, World

# hypothesis complains of strategies that are long to write down: ours hold every code of every list
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Generating overly large repr")]

BRIEFLY, AT_LENGTH = 10, 100
"""Requests made up for each operation; the second for `make soak`."""


@pytest.fixture(scope="module")
def described(world: World) -> dict[str, Any]:
    """Return the description with what is on file beside it."""
    return filled(world)


@pytest.fixture(scope="module")
def editor(world: World) -> dict[str, str]:
    """Return the header by which a desk of Kyrgyzstan writes."""
    _row, token = tokens.make(world.people["aigul"], name="Tests", scope="write", expires_on=TODAY)
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def to_anybody(described: dict[str, Any]) -> Any:
    # without a token every write is answered by the same 401
    few = [{"include-method": method.upper(), "generation": {"max-examples": 1}} for method in WRITES]
    return asked_by(described, BRIEFLY, operations=few)


@pytest.fixture
def to_an_editor(described: dict[str, Any]) -> Any:
    return asked_by(described, BRIEFLY)


@pytest.fixture
def at_length(described: dict[str, Any], seed: int) -> Any:
    return asked_by(described, AT_LENGTH, seed=seed, generation={"deterministic": False})


def ask(case: Any, headers: dict[str, str]) -> None:
    """Send what was made up, compare the answer with the description, and undo it."""
    with transaction.atomic():
        response = case.call(headers=headers)
        case.validate_response(response, headers=headers, transport_kwargs={"headers": headers})
        transaction.set_rollback(True)


@schemathesis.pytest.from_fixture("to_anybody").parametrize()
def test_anybody_is_answered_as_described(case: Any) -> None:
    ask(case, {})


@schemathesis.pytest.from_fixture("to_an_editor").parametrize()
def test_an_editor_is_answered_as_described(case: Any, editor: dict[str, str]) -> None:
    ask(case, editor)


@pytest.mark.soak
@schemathesis.pytest.from_fixture("at_length").parametrize()
def test_anybody_is_answered_as_described_however_long_he_asks(case: Any) -> None:
    ask(case, {})


@pytest.mark.soak
@schemathesis.pytest.from_fixture("at_length").parametrize()
def test_an_editor_is_answered_as_described_however_long_he_asks(case: Any, editor: dict[str, str]) -> None:
    ask(case, editor)


def test_a_row_holds_all_that_is_described_and_nothing_else(described: dict[str, Any], world: World) -> None:
    """Which the description cannot demand, since `fields` leaves out what it does not name."""
    components, asked = described["components"]["schemas"], set()
    within = {name for lists in POINTING.values() for name in lists}  # sent with `expand` alone
    for address, operations in described["paths"].items():
        schema = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        schema = schema["allOf"][0] if "allOf" in schema else schema  # with a history
        told = components[schema["$ref"].rpartition("/")[2]]["properties"]
        if "results" in told:
            told = components[told["results"]["items"]["$ref"].rpartition("/")[2]]["properties"]
        refs = next((one["schema"]["enum"] for one in operations["get"]["parameters"] if one["in"] == "path"), [""])
        for answer in (world.clients["aigul"].get(address.replace("{ref}", ref)) for ref in refs):
            for row in answer.json().get("results", [answer.json()]) if answer.status_code == 200 else []:
                assert row.keys() == {name for name in told if name in row or name not in within}, address
                asked.add(address)
    assert len(asked) > 55
