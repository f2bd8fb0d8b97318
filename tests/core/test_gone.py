"""What became of a record: 301 where it was merged, 410 where it is gone, 404 where it was never public."""

from typing import Any

import pytest
from django.test import Client

from registry.core import access, write
from registry.core.models import Pair, User
from tests.cast import commission, event, session

ADDRESSES = ("/events/{}/", "/api/v1/events/{}/")


def hide(record: Any, visibility: str = access.DRAFT) -> None:
    record.visibility = visibility
    write.save(record, by=write.SYSTEM)


@pytest.fixture
def concert(kg_tj: Pair) -> Any:
    return event(kg_tj, ref="CONCERT", title="A secret")


def test_what_is_withdrawn_or_deleted_is_gone(concert: Any, client: Client) -> None:
    for make in (hide, lambda record: write.delete(record, by=write.SYSTEM)):
        make(concert)
        for address in ADDRESSES:
            answer = client.get(address.format("CONCERT"))
            assert answer.status_code == 410, address
            assert "A secret" not in answer.content.decode()
    document = client.get("/api/v1/events/CONCERT/").json()
    assert (document["status"], document["title"]) == (410, "Gone")
    assert client.get("/api/v1/events/CONCERT/")["Content-Type"] == "application/problem+json"


def test_what_was_never_public_is_answered_as_what_does_not_exist(kg_tj: Pair, client: Client) -> None:
    """To the letter, but for the reference; also once it is deleted, and where it is a draft's neighbour of a pair."""
    for visibility in (access.DRAFT, access.STAFF_ONLY):
        hidden = event(kg_tj, ref="HIDDEN", visibility=visibility)
        for state in ("there", "deleted"):
            for address in ADDRESSES:
                seen, nothing = (client.get(address.format(ref)) for ref in ("HIDDEN", "NOTHING"))
                assert (seen.status_code, seen.content.replace(b"HIDDEN", b"NOTHING")) == (404, nothing.content), state
            if state == "there":
                write.delete(hidden, by=write.SYSTEM)


def test_the_desk_still_sees_what_it_has_withdrawn(concert: Any, aigul: User, client: Client) -> None:
    hide(concert)
    client.force_login(aigul)
    for address in ADDRESSES:
        assert client.get(address.format("CONCERT")).status_code == 200


def test_what_is_published_again_is_there_again(concert: Any, client: Client) -> None:
    hide(concert)
    hide(concert, access.PUBLISHED)
    assert client.get("/events/CONCERT/").status_code == 200


def test_a_session_goes_with_its_commission(kg_tj: Pair, client: Client) -> None:
    body = commission(kg_tj, ref="BODY")
    session(body, ref="MET")
    assert client.get("/api/v1/initiatives/BODY/").status_code == 302
    hide(body)
    for address in ("sessions/MET", "commissions/BODY", "api/v1/sessions/MET", "api/v1/initiatives/BODY"):
        assert client.get(f"/{address}/").status_code == 410, address
    assert client.get("/agreements/BODY/").status_code == 404  # no agreement was ever called so


def test_a_pair_in_which_nothing_is_left(concert: Any, client: Client) -> None:
    write.delete(concert, by=write.SYSTEM)
    for address in ("/pairs/KG-TJ/", "/pairs/TJ-KG/", "/api/v1/pairs/KG-TJ/"):
        assert client.get(address).status_code == 410, address
    assert client.get("/pairs/KG-UZ/").status_code == 404


def test_what_became_of_it_is_asked_only_where_it_is_not_found(
    concert: Any, client: Client, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    client.get("/api/v1/events/CONCERT/")
    with django_assert_max_num_queries(12) as found:
        client.get("/api/v1/events/CONCERT/")
    assert not any("core_change" in query["sql"] for query in found)
    with django_assert_num_queries(2):  # the event, what the feed said of it last
        client.get("/api/v1/events/NOTHING/")
