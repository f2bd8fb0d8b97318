"""Every route × role × method × visibility is answered as the committed table says; no route is missing there."""

import pytest

from tests.safety import access
from tests.safety.routes import routes
from tests.safety.world import ROLES, World

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_every_route_is_in_the_table_and_no_other() -> None:
    for role, table in access.read().items():
        assert sorted({route for route, _method, _visibility in table}) == [route.address for route in routes()], role


@pytest.mark.parametrize("role", ROLES)
def test_a_post_is_answered_as_the_table_says(world: World, role: str) -> None:
    """With an empty form, from a browser that has its token. What a GET is answered: test_gets_change_nothing.py."""
    access.check(world, role, "POST")
