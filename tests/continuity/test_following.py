"""What somebody follows: one's own subscriptions, and nobody else's."""

from typing import Any

import pytest
from django.test import Client

from continuity import mail, notices, sweep
from continuity.models import Notice, Subscription
from registry.core import write
from registry.core.models import Pair, Term, User
from tests.cast import commission, event


@pytest.fixture
def browser(sardor: User) -> Client:
    client = Client()
    client.force_login(sardor)
    return client


def wish_of(user: User) -> dict[str, Any]:
    columns = ("country", "pair", "field", "initiative", "states", "concerns", "every", "active")
    return Subscription.objects.filter(user=user).values(*columns).get()


EVERYTHING = {
    "country": None,
    "pair": None,
    "field": None,
    "initiative": None,
    "states": [],
    "concerns": True,
    "every": "week",
    "active": True,
}


def test_one_follows_everything_a_country_a_pair_a_field_or_an_initiative(
    browser: Client, sardor: User, kg_tj: Pair
) -> None:
    council = commission(kg_tj, title="Council")
    music = Term.objects.filter(vocabulary="field")[0]
    for typed, stored in (
        ({"concerns": "on", "every": "week"}, {}),
        ({"country": "KG", "every": "day"}, {"country": "KG", "concerns": False, "every": "day"}),
        ({"pair": str(kg_tj.pk), "every": "once", "concerns": "on"}, {"pair": kg_tj.pk, "every": "once"}),
        (
            {"field": str(music.pk), "every": "month", "states": ["dormant", "active"]},
            {"field": music.pk, "every": "month", "concerns": False, "states": ["dormant", "active"]},
        ),
        (
            {"initiative": "council", "every": "week", "concerns": "on"},
            {"initiative": council.pk},
        ),
    ):
        Subscription.objects.all().delete()
        assert browser.post("/following/", typed).status_code == 302
        assert wish_of(sardor) == EVERYTHING | stored


def test_what_cannot_be_followed_is_said_and_nothing_is_stored(browser: Client, kg_tj: Pair) -> None:
    commission(kg_tj)
    both = {"country": "KG", "pair": str(kg_tj.pk), "every": "week"}
    refused: list[tuple[dict[str, Any], str]] = [
        (both, "Choose one of country, pair, field and initiative"),
        ({"country": "XX", "every": "week"}, "is not offered here"),
        ({"initiative": "no such thing", "every": "week"}, "is not on file"),
        ({"every": "hourly"}, "hourly"),
        ({"every": "week", "states": ["sleeping"]}, "sleeping"),
        ({}, "required"),
    ]
    for typed, words in refused:
        page = browser.post("/following/", typed)
        assert page.status_code == 422
        assert words in page.content.decode()
    assert not Subscription.objects.exists()


def test_what_is_followed_already_is_not_followed_twice(browser: Client, sardor: User, nurlan: User) -> None:
    Subscription.objects.create(user=nurlan, country_id="KG")  # somebody else's is no obstacle
    for status in (302, 422):
        assert browser.post("/following/", {"country": "KG", "every": "day"}).status_code == status
    assert sardor.subscriptions.count() == 1


def test_a_draft_cannot_be_followed_by_who_does_not_see_it(browser: Client, kg_tj: Pair) -> None:
    draft = commission(kg_tj, title="Secret council", visibility="draft")
    for typed in ("Secret council", draft.ref):
        page = browser.post("/following/", {"initiative": typed, "every": "week"})
        assert page.status_code == 422
        assert "is not on file" in page.content.decode()
    assert browser.get(f"/following/?initiative={draft.ref}").status_code == 400
    assert "Secret" not in browser.get("/following/").content.decode()


def test_what_was_withdrawn_since_is_not_named(browser: Client, sardor: User, kg_tj: Pair) -> None:
    council = commission(kg_tj, title="Council")
    wish = Subscription.objects.create(user=sardor, initiative=council.initiative_ptr)
    assert mail.wish_in_words(wish) == "Council (weekly)"
    council.title, council.visibility = "Secret council", "draft"
    write.save(council, by=write.SYSTEM)
    wish = Subscription.objects.get()
    assert mail.wish_in_words(wish) == "an entry that is not public (weekly)"
    for path in ("/following/", f"/following/{wish.pk}/"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "Secret" not in page.content.decode()
    assert browser.post(f"/following/{wish.pk}/", {"every": "day"}).status_code == 302
    assert wish_of(sardor)["initiative"] == council.pk


def test_changing_one(browser: Client, sardor: User) -> None:
    wish = Subscription.objects.create(user=sardor, country_id="KG", states=["active"])
    page = browser.get(f"/following/{wish.pk}/").content.decode()
    assert 'value="KG" selected' in page
    assert browser.post(f"/following/{wish.pk}/", {"country": "TJ", "every": "day"}).status_code == 302
    assert wish_of(sardor) == EVERYTHING | {"country": "TJ", "every": "day", "concerns": False}


def test_stopping_one_takes_back_what_is_queued_and_it_can_be_started_again(
    browser: Client, sardor: User, kg_tj: Pair, on_day: Any
) -> None:
    on_day("2026-11-16")
    wish = Subscription.objects.create(user=sardor)
    event(kg_tj, outcome="PLANNED", started_on="", planned_on="2026-11-01")
    sweep.sweep()
    assert Notice.objects.count() == 1
    browser.post(f"/following/{wish.pk}/stop/")
    assert not wish_of(sardor)["active"]
    assert not Notice.objects.exists()
    assert "stopped" in browser.get("/following/").content.decode()
    browser.post(f"/following/{wish.pk}/start/")
    assert wish_of(sardor) == EVERYTHING
    assert notices.send_notices() == notices.Sent()


def test_nobody_reaches_what_another_follows(browser: Client, nurlan: User, rosa: User) -> None:
    theirs = Subscription.objects.create(user=nurlan, country_id="NA")
    before = wish_of(nurlan)
    assert "Namibia" not in str(browser.get("/following/").context["table"].rows)
    for path in ("", "stop/", "start/"):
        assert browser.post(f"/following/{theirs.pk}/{path}", {"every": "day"}).status_code == 404
    assert browser.get(f"/following/{theirs.pk}/").status_code == 404
    assert wish_of(nurlan) == before


def test_who_is_not_signed_in_is_asked_to(world: None, nurlan: User) -> None:
    wish = Subscription.objects.create(user=nurlan)
    for path in ("/following/", f"/following/{wish.pk}/"):
        assert Client().get(path).headers["Location"].startswith("/sign-in/")
    for path in ("stop", "start"):
        assert Client().post(f"/following/{wish.pk}/{path}/").headers["Location"].startswith("/sign-in/")
    assert wish_of(nurlan)["active"]


def test_pair_and_initiative_offer_to_be_followed(browser: Client, kg_tj: Pair) -> None:
    council = commission(kg_tj, title="Council")
    for page, link, chosen in (
        (kg_tj.get_absolute_url(), "/following/?pair=KG-TJ", f'value="{kg_tj.pk}" selected'),
        (council.get_absolute_url(), f"/following/?initiative={council.ref}", f'value="Council [{council.ref}]"'),
    ):
        assert f'href="{link}"' in browser.get(page).content.decode()
        assert "/following/" not in Client().get(page).content.decode()
        assert chosen in browser.get(link).content.decode()


def test_a_wrong_parameter_is_named(browser: Client) -> None:
    for query in ("pair=KG-XX", "initiative=nothing", "colour=red"):
        page = browser.get(f"/following/?{query}")
        assert page.status_code == 400
        assert query.split("=")[0] in page.content.decode()
