"""Tokens of the API: shown once, never kept, never more than their owner, and over when they say so."""

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from registry.core import backup, tokens
from registry.core.models import ApiToken, Pair, User
from tests.cast import event
from tests.programs import Program, problem
from tests.words import text

NEW = {"name": "Notebook", "scope": "write", "expires_on": "2027-02-01"}


@pytest.fixture
def today(on_day: Any) -> date:
    return on_day("2026-11-22")


@pytest.fixture
def aiguls(today: date, aigul: User, client: Client) -> Client:
    """Aigul's browser."""
    client.force_login(aigul)
    return client


def refusal(token: str) -> str:
    """Return what is said to whoever sends this token, as a header."""
    answer = Client().get("/api/v1/events/", headers={"authorization": f"Bearer {token}"})
    detail: str = problem(answer, 401)["detail"]
    assert answer["WWW-Authenticate"] == 'Bearer realm="Concord"'
    assert token not in detail
    return detail


# The page ------------------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_only_its_digest_is_kept(aiguls: Client, aigul: User, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    made = aiguls.post("/tokens/", NEW)
    assert (made.status_code, made["Cache-Control"].count("no-store")) == (201, 1)
    row = ApiToken.objects.get()
    token = made.context["token"]
    assert f'value="{token}"' in made.content.decode()
    assert row.digest == hashlib.sha256(token.encode()).hexdigest() and token.startswith(row.start)
    assert len(token) - len(row.start) > 35
    assert token not in str(ApiToken.objects.values().get())
    assert token not in aiguls.get("/tokens/").content.decode()
    assert row.digest not in aiguls.get("/tokens/").content.decode()
    Client().get("/api/v1/events/", headers={"authorization": f"Bearer {token}"})
    Client().get("/api/v1/nothing/", headers={"authorization": f"Bearer {token}"})
    assert token not in caplog.text and row.digest not in caplog.text


@pytest.mark.parametrize("day", ["2026-11-21", "2027-11-23", "", "soon"])
def test_a_token_is_valid_for_a_year_at_most(aiguls: Client, day: str) -> None:
    refused = aiguls.post("/tokens/", NEW | {"expires_on": day})
    assert refused.status_code == 422 and not ApiToken.objects.exists()
    assert aiguls.post("/tokens/", NEW | {"expires_on": "2027-11-22"}).status_code == 201


def test_everyone_sees_and_revokes_his_own_tokens_only(aiguls: Client, sardor: User, aigul: User) -> None:
    row, token = tokens.make(sardor, name="Sardor's", scope="read", expires_on=date(2027, 1, 1))
    mine, my_token = tokens.make(aigul, name="Mine", scope="read", expires_on=date(2027, 1, 1))
    assert "Mine" in text(aiguls.get("/tokens/")) and "Sardor's" not in text(aiguls.get("/tokens/"))
    assert aiguls.post(f"/tokens/{row.pk}/revoke/").status_code == 404
    assert aiguls.get(f"/tokens/{mine.pk}/revoke/").status_code == 405
    assert "opens nothing any more" in text(aiguls.post(f"/tokens/{mine.pk}/revoke/", follow=True))
    assert Client().get("/api/v1/events/", headers={"authorization": f"bearer {token}"}).status_code == 200
    assert "was revoked. Make another one: http" in refusal(my_token)


def test_a_registrar_revokes_any_token(rosa: User, sardor: User, client: Client, today: date) -> None:
    row, token = tokens.make(sardor, name="Lost", scope="write", expires_on=date(2027, 1, 1))
    client.force_login(rosa)
    page = client.get(f"/admin/core/apitoken/{row.pk}/change/")
    assert row.start in page.content.decode() and row.digest not in page.content.decode()
    client.post("/admin/core/apitoken/", {"action": "revoke", "_selected_action": [row.pk]})
    assert "was revoked" in refusal(token)


# What one opens ------------------------------------------------------------------------------------------------------


def test_a_token_reads_as_its_owner(kg_tj: Pair, aigul: User, nurlan: User) -> None:
    event(kg_tj, ref="DRAFT", visibility="draft")
    assert Program(aigul, "read").get("events/DRAFT/").status_code == 200
    assert Program(nurlan, "read").get("events/DRAFT/").status_code == 404
    assert Program(None).get("events/DRAFT/").status_code == 404


def test_a_token_that_reads_does_not_write(kg_tj: Pair, aigul: User) -> None:
    event(kg_tj, ref="E1", visibility="draft")
    program = Program(aigul, "read")
    for answer in (
        program.patch("events/E1/", {"title": "x"}, 1),
        program.delete("events/E1/", 1),
        program.post("events/", {}),
    ):
        assert "only reads" in problem(answer, 403)["detail"]
    for answer in (Program(None).patch("events/E1/", {}, 1), Program(None).post("events/", {})):
        assert "Writing needs a token" in problem(answer, 401)["detail"]
        assert answer["WWW-Authenticate"] == 'Bearer realm="Concord"'


def test_a_token_is_over_after_its_last_day(aigul: User, on_day: Any) -> None:
    on_day("2026-11-22")
    _row, token = tokens.make(aigul, name="x", scope="read", expires_on=date(2026, 11, 23))
    on_day("2026-11-23")
    assert Client().get("/api/v1/events/", headers={"authorization": f"Bearer {token}"}).status_code == 200
    on_day("2026-11-24")
    assert "was valid until 2026-11-23. Make another one" in refusal(token)


def test_a_token_of_a_closed_account_opens_nothing(aigul: User) -> None:
    program = Program(aigul)
    aigul.is_active = False
    aigul.save()
    assert refusal(program.token) == "The account of this token is closed. Ask the registrar."


@pytest.mark.parametrize("token", ["x", "concord_!", "concord_" + "x" * 43, "concord_" + "x" * 5000, "é" * 30, "a b"])
def test_what_is_no_token_is_refused_where_anybody_may_read(world: None, token: str) -> None:
    assert refusal(token)


def test_a_token_in_an_address_is_no_token(kg_tj: Pair, aigul: User) -> None:
    program = Program(aigul)
    for name in ("token", "access_token", "api_key", "authorization"):
        assert Client().get(f"/api/v1/events/?{name}={program.token}").status_code == 400


def test_a_token_opens_no_page(kg_tj: Pair, aigul: User) -> None:
    headers = Program(aigul).headers
    assert Client().get("/tokens/", headers=headers).url.startswith("/sign-in/")
    assert Client().post("/events/new/?pair=KG-TJ", headers=headers).url.startswith("/sign-in/")


def test_its_use_is_noted_once_a_day(aigul: User, on_day: Any, django_assert_num_queries: Any) -> None:
    today = on_day("2026-11-22")
    program = Program(aigul, "read")
    program.get("countries/")
    assert ApiToken.objects.get().last_used_on == today
    with django_assert_num_queries(3):  # the token with its owner; the countries; their borders
        assert program.get("countries/").status_code == 200
    on_day("2026-11-23")
    program.get("countries/")
    assert ApiToken.objects.get().last_used_on == today + timedelta(days=1)


def test_tokens_stand_in_no_backup() -> None:
    """One that was revoked after the backup would open again what it opened."""
    assert not {"core.ApiToken", "core.Answered"} & {model._meta.label for model in backup.kept_models()}


# In the browser -----------------------------------------------------------------------------------------------------


def signed_in(page: Any, live_server: Any, client: Client, user: User) -> None:
    client.force_login(user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])


def test_the_page_can_be_used_by_everyone(aigul: User, page: Any, axe: Any, live_server: Any, client: Client) -> None:
    signed_in(page, live_server, client, aigul)
    page.goto("/tokens/")
    page.fill("#id_name", "Notebook")
    page.click("text=Make it")
    assert page.input_value("#token").startswith("concord_")
    assert axe(page) == []


def test_a_write_can_be_tried_out(aigul: User, kg_tj: Pair, page: Any, live_server: Any, client: Client) -> None:
    signed_in(page, live_server, client, aigul)
    page.goto("/api/")
    page.click("#operations-tag-events")
    page.click("#operations-events-events_create .opblock-summary-control")
    body = '{"pair": "KG-TJ", "title": "Tried", "kind": "CONCERT", "format": "ONSITE", "outcome": "PLANNED"}'
    page.fill("#operations-events-events_create .body-param__text", body)
    page.click("#operations-events-events_create .execute")
    page.wait_for_selector("#operations-events-events_create .live-responses-table")
    assert "201" in page.inner_text("#operations-events-events_create .live-responses-table")
