"""/health for people and for programs; what a stranger reads there names nobody."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from continuity import notices, sweep
from continuity.models import Notice, Subscription
from registry.core import clockwork, health
from registry.core.models import Heartbeat, Job, Pair, User
from tests.cast import commission
from tests.words import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def healthy(world: None) -> None:
    for name in ("tick", "worker", "sweep"):
        clockwork.beat(name)


def levels(client: Client) -> dict[str, str]:
    return {name: part["status"] for name, part in client.get("/health?format=json").json()["parts"].items()}


def test_green(healthy: None, client: Client) -> None:
    response = client.get("/health")
    assert response.status_code == 200
    assert "Green Everything works." in text(response)
    assert (response["Cache-Control"], "Accept" in response["Vary"]) == ("no-store", True)
    assert '<a href="/health">Service status</a>' in client.get("/methods/").content.decode()


def test_amber_is_answered_with_200_and_red_with_503(healthy: None, client: Client) -> None:
    amber, red = health.LIMITS["tick"]
    Heartbeat.objects.filter(name="tick").update(at=timezone.now() - amber)
    response = client.get("/health")
    assert (response.status_code, "Amber Something needs care: Clockwork." in text(response)) == (200, True)
    Heartbeat.objects.filter(name="tick").update(at=timezone.now() - red)
    response = client.get("/health")
    assert (response.status_code, "Red Something has stopped: Clockwork." in text(response)) == (503, True)
    assert "Start beat, which rings every minute" in text(response)
    assert client.head("/health").status_code == 503


@pytest.mark.parametrize(
    ("address", "accept", "as_json"),
    [
        ("/health", "text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("/health", "*/*", False),
        ("/health", "application/json", True),
        ("/health", "application/json;q=0.9,text/html", False),
        ("/health?format=json", "text/html", True),
        ("/health?format=html", "application/json", False),
    ],
)
def test_programs_read_json(healthy: None, client: Client, address: str, accept: str, as_json: bool) -> None:
    response = client.get(address, headers={"Accept": accept})
    assert (response["Content-Type"] == "application/json") is as_json


def test_what_a_program_reads(healthy: None, client: Client) -> None:
    told = client.get("/health", headers={"Accept": "application/json"}).json()
    assert (told["status"], set(told)) == ("green", {"status", "at", "version", "parts"})
    assert told["parts"]["worker"] == {
        "status": "green",
        "reason": "A worker was last heard less than a minute ago.",
        "remedy": "",
        "since": told["parts"]["worker"]["since"],
    }
    assert told["parts"]["worker"]["since"] is not None


@pytest.mark.parametrize(
    ("query", "said"),
    [("fromat=json", "“fromat” is no parameter here. Did you mean “format”?"), ("format=xml", "“xml” is not known")],
)
def test_what_is_mistyped_is_named(client: Client, world: None, query: str, said: str) -> None:
    response = client.get(f"/health?{query}")
    assert (response.status_code, said in text(response)) == (400, True)


@pytest.fixture
def due(kg_tj: Pair, sardor: User, on_day: Any, healthy: None) -> Notice:
    """A notice of a daily digest that fell due at 6 on 14 March 2021."""
    on_day("2020-01-02")
    commission(kg_tj, title="Council", started_on="2020-01-01")
    sweep.sweep()
    Subscription.objects.create(user=sardor, every="day")
    on_day("2021-01-01")
    sweep.sweep()
    return Notice.objects.get()


def test_the_oldest_mail_that_is_due(due: Notice, client: Client, on_day: Any) -> None:
    assert "No mail is due." in text(client.get("/health"))
    on_day("2021-01-02")
    assert levels(client)["notices"] == "red"
    Notice.objects.update(due_at=notices.clock.now() - health.LIMITS["notices"][0])
    assert levels(client)["notices"] == "amber"
    assert "has waited for 15" in text(client.get("/health"))
    notices.send_notices()
    assert levels(client)["notices"] == "green"


def test_mails_that_were_given_up_are_seen_for_a_week(due: Notice, client: Client, on_day: Any) -> None:
    Notice.objects.update(state="failed", error="550 no such user: sardor@example.org")
    response = client.get("/health")
    assert "One mail of the last seven days was given up." in text(response)
    assert response.status_code == 200
    on_day("2021-01-10")
    assert levels(client)["failed_notices"] == "green"


def test_a_stranger_reads_no_name_and_no_record(due: Notice, client: Client, rosa: User) -> None:
    Notice.objects.update(state="failed", error="550 no such user: sardor@example.org")
    Job.objects.create(kind="refold", state="failed", report="ValueError: Council", asked_by=rosa)
    for address in ("/health", "/health?format=json"):
        said = client.get(address).content.decode().lower()
        for name in ("sardor", "rosa", "council", "kyrgyz", "kg-tj"):
            assert name not in said
