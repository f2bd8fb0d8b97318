"""No GET of anybody changes a row: mail scanners and search engines open every link. Nor does any unusual method.

One walk over all addresses serves two questions, as it takes long: the answers are compared with the table as well.
"""

import pytest

from tests.safety import access
from tests.safety.world import ROLES, World

REFUSED = {301, 302, 403, 404, 405, 428}
"""How a method is answered that a page does not know: there is no such page, it is elsewhere, or not by this method;
and how a write of the API that does not say on which version it rests."""
SAID = {200, 204, 422}
FORMS = ("/admin/", "/password/", "/sign-in/")
"""Where Django takes a PUT for a POST, or any method for a GET; the form is empty, and nothing comes of it."""

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize("role", ROLES)
def test_a_get_is_answered_as_the_table_says_and_changes_nothing(world: World, role: str) -> None:
    before = access.stored()
    access.check(world, role, "GET", undo=False)
    assert access.changed(before) == [], "Ask one address after the other to find the one that does."


def test_no_other_method_changes_anything(world: World) -> None:
    """None is taken but OPTIONS, which asks what there is; not from Rosa either, who may do everything."""
    client = world.clients["rosa"]
    before = access.stored()
    taken = []
    with access.undrawn():
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
            for (route, _method, visibility), address in access.asked(world, ("GET",)):
                if visibility not in ("-", "draft"):
                    continue  # no visibility is treated otherwise before the method is known
                status = access.answer(client, method, address, undo=False).status_code
                may_say = method == "OPTIONS" or route.startswith(FORMS)
                if status not in (REFUSED | SAID if may_say else REFUSED):
                    taken.append(f"{method} {route}: {status}")
    assert taken == []
    assert access.changed(before) == []
