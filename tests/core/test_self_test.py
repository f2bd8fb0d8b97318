"""The weekly mail to the operator: once a week, under one Message-ID however often it is tried."""

import re
from typing import Any

import pytest
from django.utils import timezone

from registry.core import clockwork, health, jobs
from registry.core.models import Heartbeat, Job, User

pytestmark = pytest.mark.django_db(transaction=True)  # what falls due with it begins transactions of its own

MONDAY = "2026-11-23"


@pytest.fixture
def healthy() -> None:
    for name in ("tick", "worker", "sweep"):
        clockwork.beat(name)


def week() -> None:
    clockwork.tick()
    jobs.run_jobs()


def flat(text: str) -> str:
    return " ".join(text.split())


def test_it_comes_once_a_week_and_says_whether_all_works(
    healthy: None, rosa: User, sardor: User, mailoutbox: list, on_day: Any, settings: Any
) -> None:
    on_day(MONDAY)
    for _delivery in range(3):
        week()
    (message,) = mailoutbox
    assert message.subject == "Concord self-test: green, everything works"
    assert message.to == ["rosa@example.org"]
    assert message.extra_headers["Message-ID"] == "<self-test.2026-11-23@localhost>"
    for words in (
        f"version {settings.VERSION}:",
        "GREEN. Sweep: The last sweep was less than a minute ago.",
        "GREEN. Waiting mails: No mail is due.",
        "GREEN. Failed jobs: No job has failed that was not made good since.",
        "As it is now: http://localhost:8000/health",
        "You get this because you are a registrar.",
    ):
        assert words in flat(message.body)
    assert re.fullmatch(r"\d+\.\d+\.\d+", settings.VERSION)
    assert max(len(line) for line in message.body.splitlines()) <= 72
    on_day("2026-11-29")
    week()
    assert len(mailoutbox) == 1
    on_day("2026-11-30")
    week()
    assert [one.extra_headers["Message-ID"] for one in mailoutbox[1:]] == ["<self-test.2026-11-30@localhost>"]


def test_several_missed_weeks_are_one_mail(healthy: None, rosa: User, mailoutbox: list, on_day: Any) -> None:
    on_day("2026-11-01")
    week()
    on_day(MONDAY)
    week()
    assert len(mailoutbox) == 2
    assert Job.objects.filter(kind="self_test", state="done").count() == 3, "of four weeks, looked back two"


def test_it_says_what_is_wrong_and_what_to_do(healthy: None, rosa: User, mailoutbox: list, on_day: Any) -> None:
    on_day(MONDAY)
    clockwork.tick()
    Heartbeat.objects.filter(name="worker").update(at=timezone.now() - health.LIMITS["worker"][1])
    jobs.run_jobs()
    (message,) = mailoutbox
    assert message.subject == "Concord self-test: red, something does not work"
    assert "RED. Worker: A worker was last heard 15" in flat(message.body)
    assert "What you can do: Start the worker" in flat(message.body)


def test_a_mail_server_that_does_not_answer_makes_it_try_again(
    healthy: None, rosa: User, mailoutbox: list, on_day: Any, settings: Any
) -> None:
    on_day(MONDAY)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
    week()
    job = Job.objects.get(kind="self_test")
    assert (job.state, job.attempts, "ConnectionRefusedError" in job.report) == ("queued", 1, True)
    settings.EMAIL_BACKEND = working
    week()
    assert mailoutbox == [], "it waits a minute"
    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now())
    week()
    job.refresh_from_db()
    assert (job.state, job.report) == ("done", "Sent to rosa@example.org")
    assert [one.extra_headers["Message-ID"] for one in mailoutbox] == ["<self-test.2026-11-23@localhost>"]


def test_the_operator_is_who_the_variable_names(healthy: None, rosa: User, mailoutbox: list, settings: Any) -> None:
    settings.OPERATOR = ["ops@example.org", "duty@example.org"]
    week()
    (message,) = mailoutbox
    assert message.to == ["ops@example.org", "duty@example.org"]
    assert "OPERATOR names your address" in flat(message.body)


def test_while_there_is_nobody_to_tell_it_waits_for_the_first_registrar(
    healthy: None, sardor: User, mailoutbox: list, on_day: Any
) -> None:
    on_day(MONDAY)
    week()
    job = Job.objects.get(kind="self_test")
    assert (job.state, job.report) == ("queued", "NobodyToTell: Set OPERATOR, or give a registrar an address.")
    User.objects.filter(pk=sardor.pk).update(is_superuser=True)
    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now())
    week()
    assert [message.to for message in mailoutbox] == [["sardor@example.org"]]
