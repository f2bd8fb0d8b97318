"""The day that a reader asks about: how it is read, and that it stays in the links of one request alone."""

from datetime import date
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch
from django.utils import translation

from registry.core import days
from registry.core.views import WrongParameter, day_asked
from registry.middleware import forget_the_day

DAY = date(2016, 12, 1)


@pytest.fixture
def asked():
    """A day is asked about."""
    with days.keeping(DAY):
        yield DAY


def test_a_link_keeps_the_day_where_the_page_understands_it(asked: date) -> None:
    assert days.page("home") == "/?as_of=2016-12-01"
    assert days.page("pair-detail", "KG-TJ") == "/pairs/KG-TJ/?as_of=2016-12-01"
    assert days.page("initiative-list", pair="KG-TJ") == "/initiatives/?as_of=2016-12-01&pair=KG-TJ"
    assert days.page("api-lapse-detail", "L1") == "/api/v1/lapses/L1/?as_of=2016-12-01"
    assert days.page("event-list") == "/events/"
    assert days.page("programme-update", "P1") == "/programmes/P1/edit/"


def test_without_a_day_a_link_is_a_permalink() -> None:
    assert days.page("home") == "/"
    assert days.page("initiative-list", state="due") == "/initiatives/?state=due"
    with pytest.raises(NoReverseMatch):
        days.page("nothing-of-the-kind")


def test_a_link_may_lead_to_another_day(asked: date) -> None:
    assert days.page("home", as_of="2020-01-01") == "/?as_of=2020-01-01"


def test_templates_write_addresses_the_same_way(asked: date) -> None:
    page = Template("{% load concord %}{% address 'lapse-list' pair='KG-TJ' %}").render(Context())
    assert page == "/lapses/?as_of=2016-12-01&amp;pair=KG-TJ"


def test_no_request_hands_its_day_to_the_next() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        day_asked(request)
        return HttpResponse(days.page("home"))

    answer = forget_the_day(view)
    assert answer(RequestFactory().get("/?as_of=2016-12-01")).content == b"/?as_of=2016-12-01"
    assert days.asked() is None
    with days.keeping(DAY):
        assert answer(RequestFactory().get("/")).content == b"/"


def test_a_day_is_forgotten_when_the_page_fails() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        day_asked(request)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        forget_the_day(view)(RequestFactory().get("/?as_of=2016-12-01"))
    assert days.asked() is None


@pytest.mark.parametrize("query", ["", "as_of=", "as_of=%20"])
def test_no_day_is_today(query: str, on_day: Any) -> None:
    today = on_day("2026-11-22")
    assert day_asked(RequestFactory().get(f"/?{query}")) == today
    assert days.asked() is None


@pytest.mark.parametrize(
    "text",
    ["2016-13-01", "soon", "20161201", "2016-W01-1", "2016-12", "0000-01-01", "10000-01-01", "2016-02-30", "%00"],
)
def test_what_is_no_day_is_named(text: str) -> None:
    shown = "\\0" if text == "%00" else text
    with translation.override("en"), pytest.raises(WrongParameter) as error:
        day_asked(RequestFactory().get(f"/?as_of={text}"))
    assert f"as_of={shown} is not a day of the calendar" in str(error.value)


def test_two_days_are_no_day() -> None:
    with pytest.raises(WrongParameter, match="as_of=2016-12-01,2017-12-01 is not"):
        day_asked(RequestFactory().get("/?as_of=2016-12-01&as_of=2017-12-01"))


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/search/", "/pairs/", "/initiatives/", "/lapsed/", "/lapses/"])
def test_a_page_answers_400_to_what_is_no_day(world: None, address: str) -> None:
    response = Client().get(address, {"as_of": "2016-13-01"})
    assert response.status_code == 400
    assert "2016-13-01" in response.content.decode() and "not a day of the calendar" in response.content.decode()
