"""The log of mails, what failed for good, and the bounces that come back."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from email.message import Message
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from continuity import bounces, delivery, notices, sweep
from continuity.models import Notice, Subscription
from registry.core.models import Pair, User
from tests.cast import event

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def mails(kg_tj: Pair, sardor: User, nurlan: User, on_day: Callable[[str], date]) -> dict[str, Notice]:
    """Two mails that went out on 24 November 2026, each with three notices; the first notice of each by name."""
    on_day("2026-11-16")
    for user in (sardor, nurlan):
        Subscription.objects.create(user=user)
    for number in range(3):
        event(kg_tj, title=f"Concert {number}", outcome="PLANNED", started_on="", planned_on="2026-11-01")
    sweep.sweep()
    on_day("2026-11-24")
    assert notices.send_notices().sent == 2
    return {user.username: user.notices.order_by("pk")[0] for user in (sardor, nurlan)}


@pytest.fixture
def registrar(rosa: User) -> Client:
    client = Client()
    client.force_login(rosa)
    return client


def states() -> dict[str, set[str]]:
    rows = Notice.objects.values_list("user__username", "state")
    return {name: {state for one, state in rows if one == name} for name, _state in rows}


# Bounces ---------------------------------------------------------------------------------------------------------


def bounce(message_id: str, status: str = "5.1.1", action: str = "failed", headers_only: bool = False) -> bytes:
    """Write a notification as Postfix does."""
    report = Message()
    report.add_header("Content-Type", "multipart/report", boundary="B", **{"report-type": "delivery-status"})
    report["From"], report["Subject"] = "MAILER-DAEMON@mx.example.org", "Undelivered Mail Returned to Sender"
    kind = "text/rfc822-headers" if headers_only else "message/rfc822"
    body = "" if headers_only else "\n\nThe text of the mail."
    report.set_payload(
        f"""--B
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Tue, 24 Nov 2026 06:00:01 +0000 (UTC)

Final-Recipient: rfc822; sardor@example.org
Original-Recipient: rfc822;sardor@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; 550 {status} <sardor@example.org>:
    Recipient address rejected

--B
Content-Type: {kind}

From: Concord <concord@example.org>
Message-ID:
 {message_id}
Subject: Two concerts{body}

--B--
"""
    )
    return report.as_bytes()


def take(raw: bytes, monkeypatch: Any, capsys: Any) -> str:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    call_command("take_bounce")
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "action", "sort", "state"),
    [
        ("5.1.1", "failed", "hard bounce", "failed"),
        ("4.4.1", "failed", "soft bounce", "failed"),
        ("4.2.2", "delayed", "soft bounce", "sent"),
    ],
)
def test_a_bounce_is_noted_on_the_mail_it_tells_of(
    mails: Any, monkeypatch: Any, capsys: Any, status: str, action: str, sort: str, state: str
) -> None:
    told = take(bounce(mails["sardor"].message_id, status, action), monkeypatch, capsys)
    assert f"{mails['sardor'].message_id}: {sort}, {status} sardor@example.org 550 {status}" in told
    assert states() == {"sardor": {state}, "nurlan": {"sent"}}
    for one in mails["sardor"].user.notices.all():
        assert one.error == f"{status} sardor@example.org 550 {status} <sardor@example.org>: Recipient address rejected"
        assert one.bounced_at is not None


def test_a_bounce_may_return_the_header_alone() -> None:
    assert bounces.read(bounce("<1@x>", headers_only=True)) == bounces.read(bounce("<1@x>"))


def test_a_bounce_that_comes_twice_or_late_changes_nothing(mails: Any, monkeypatch: Any, capsys: Any) -> None:
    raw = bounce(mails["sardor"].message_id)
    take(raw, monkeypatch, capsys)
    assert "is failed, not sent; nothing was changed" in take(raw, monkeypatch, capsys)
    Notice.objects.update(state="aside")
    take(raw, monkeypatch, capsys)
    assert states()["sardor"] == {"aside"}


def other(content_type: str, body: str = "x") -> bytes:
    return f"Content-Type: {content_type}\n\n{body}".encode()


GOOD = bounce("<no@such.mail>")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "Nothing was read"),
        (b" \n", "Nothing was read"),
        (b"\xff\xfe\x00garbage\x00", "It is text/plain, not multipart/report"),
        (other("text/plain", "I am on holiday"), "It is text/plain"),
        (other("multipart/report; boundary=B"), "not multipart/report with report-type=delivery-status"),
        (other("multipart/report; report-type=delivery-status; boundary=B", "--B--"), "no part message/delivery"),
        (GOOD.replace(b"Status:", b"Stat:"), "no part message/delivery-status with Action and Status"),
        (GOOD.replace(b"Status: 5.1.1", b"Status: five"), "no part message/delivery-status with Action and Status"),
        (GOOD.replace(b"Action: failed", b"Action: delivered"), "It reports “delivered”, not a failure"),
        (GOOD.replace(b"Message-ID", b"Message-No"), "does not return the header of the mail with its Message-ID"),
        (b"x" * (bounces.MOST + 1), "longer than"),
    ],
)
def test_what_is_no_bounce_is_said(raw: bytes, words: str) -> None:
    with pytest.raises(bounces.NotABounce, match=words):
        bounces.read(raw)


def test_what_is_no_bounce_of_ours_changes_nothing(mails: Any, monkeypatch: Any, capsys: Any) -> None:
    before = list(Notice.objects.values())
    unknown = "No mail of this registry has the Message-ID <no@such.mail>"
    for raw, code, words in (
        (b"Dear Sir or Madam", os.EX_DATAERR, "It is text/plain"),
        (GOOD, os.EX_NOUSER, unknown),
        (GOOD.replace(b"<no@such.mail>", b"<no\x00@such.mail>"), os.EX_NOUSER, unknown),
    ):
        with pytest.raises(CommandError, match=words) as refused:
            take(raw, monkeypatch, capsys)
        assert refused.value.returncode == code
    assert list(Notice.objects.values()) == before


def test_of_several_recipients_the_one_not_reached_counts() -> None:
    reached = (
        b"Final-Recipient: rfc822; other@example.org\nAction: relayed\nStatus: 2.1.9\n\nFinal-Recipient: rfc822; sard"
    )
    found = bounces.read(GOOD.replace(b"Final-Recipient: rfc822; sard", reached, 1))
    assert (found.action, found.status) == ("failed", "5.1.1")


def test_a_mail_server_can_pipe_it(process_env: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "take_bounce"], cwd=ROOT, env=process_env, input=GOOD, capture_output=True
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (os.EX_NOUSER, False)
    assert done.stderr.decode().strip() == (
        "CommandError: No mail of this registry has the Message-ID <no@such.mail>; nothing was changed."
    )


# The log ---------------------------------------------------------------------------------------------------------


def rows(page: Any) -> list[tuple[str, int, str]]:
    return [(mail.notice.user.username, mail.number, mail.notice.state) for mail in page.context["table"].rows]


def test_one_row_for_each_mail_the_newest_first(mails: Any, registrar: Client, on_day: Any) -> None:
    Notice.objects.filter(user__username="sardor").update(due_at="2026-11-25T06:00Z")
    page = registrar.get("/mails/")
    assert rows(page) == [("sardor", 3, "sent"), ("nurlan", 3, "sent")]
    text = page.content.decode()
    for words in (
        "sardor@example.org",
        "unreported, since 2 November 2026",
        "3 notices",
        "1 try",
    ):
        assert words in text


def test_filters(mails: Any, registrar: Client) -> None:
    Notice.objects.filter(user__username="nurlan").update(state="failed")
    for query, found in {
        "state=failed": ["nurlan"],
        "state=sent": ["sardor"],
        "state=sent,failed": ["nurlan", "sardor"],
        "person=SARD": ["sardor"],
        "person=nurlan@": ["nurlan"],
        "person=nobody": [],
        "after=2026-11-23&before=2026-11-23": ["nurlan", "sardor"],
        "after=2026-11-24": [],
        "before=2026-11-22": [],
    }.items():
        assert sorted(name for name, _number, _state in rows(registrar.get(f"/mails/?{query}"))) == found, query


def test_a_wrong_parameter_is_named(registrar: Client) -> None:
    for query, named in (("state=lost", "lost"), ("day=2026", "day"), ("after=yesterday", "yesterday")):
        page = registrar.get(f"/mails/?{query}")
        assert page.status_code == 400
        assert f"“{named}”" in page.content.decode()


def test_a_mail_shows_its_notices(mails: Any, registrar: Client) -> None:
    text = registrar.get(f"/mails/{mails['sardor'].pk}/").content.decode()
    for number in range(3):
        assert f"Concert {number}" in text
    assert "Sardor: everything, weekly" in text
    assert registrar.get("/mails/999999/").status_code == 404


def test_a_notice_that_is_no_mail_yet_is_not_in_the_log(mails: Any, registrar: Client) -> None:
    Notice.objects.filter(user__username="sardor").update(message_id="")
    assert rows(registrar.get("/mails/")) == [("nurlan", 3, "sent")]
    assert registrar.get(f"/mails/{mails['sardor'].pk}/").status_code == 404


def test_the_log_asks_as_much_for_one_mail_as_for_many(mails: Any, registrar: Client) -> None:
    def num_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            registrar.get("/mails/")
        return len(queries)

    of_two = num_queries()
    Notice.objects.filter(user__username="sardor").update(message_id="")
    assert num_queries() == of_two


# What failed -----------------------------------------------------------------------------------------------------


@pytest.fixture
def failed(mails: Any) -> str:
    """The path of Sardor's mail, which has failed."""
    Notice.objects.filter(user__username="sardor").update(state="failed", attempts=27, error="550 unknown")
    return f"/mails/{mails['sardor'].pk}/"


def test_a_registrar_sees_how_many_have_failed_on_every_page(failed: str, registrar: Client, bakyt: User) -> None:
    assert "1 failed mail</a>" in registrar.get("/").content.decode()
    page = registrar.get("/mails/failed/")
    assert rows(page) == [("sardor", 3, "failed")]
    assert "550 unknown" in page.content.decode()
    other = Client()
    other.force_login(bakyt)
    assert "failed mail" not in other.get("/").content.decode()


def test_send_again_sends_the_same_mail_to_the_corrected_address(
    failed: str, registrar: Client, sardor: User, mailoutbox: list
) -> None:
    (first,) = [one for one in mailoutbox if one.to == ["sardor@example.org"]]
    User.objects.filter(pk=sardor.pk).update(email="sardor@new.example.org")
    for _twice in range(2):
        assert registrar.post(f"{failed}again/").status_code == 302
    assert states()["sardor"] == {"queued"}
    assert notices.send_notices() == notices.Sent(sent=1)
    assert mailoutbox[-1].to == ["sardor@new.example.org"]
    assert mailoutbox[-1].extra_headers["Message-ID"] == first.extra_headers["Message-ID"]
    assert set(sardor.notices.values_list("state", "attempts", "error", "bounced_at")) == {("sent", 1, "", None)}


def test_set_aside_leaves_it_in_the_log_and_it_can_still_be_sent(failed: str, registrar: Client) -> None:
    registrar.post(f"{failed}aside/")
    assert delivery.num_failed() == 0
    assert rows(registrar.get("/mails/?state=aside")) == [("sardor", 3, "aside")]
    assert notices.send_notices() == notices.Sent()
    registrar.post(f"{failed}again/")
    assert notices.send_notices() == notices.Sent(sent=1)


@pytest.mark.parametrize("act", ["again", "aside"])
def test_a_mail_that_has_not_failed_is_left_alone(mails: Any, registrar: Client, act: str) -> None:
    answer = registrar.post(f"/mails/{mails['nurlan'].pk}/{act}/", follow=True)
    assert "This mail has not failed; nothing was changed." in answer.content.decode()
    assert states()["nurlan"] == {"sent"}


def test_nobody_but_a_registrar_comes_in(failed: str, bakyt: User) -> None:
    stranger, desk = Client(), Client()
    desk.force_login(bakyt)
    for path in ("/mails/", "/mails/failed/", failed):
        assert stranger.get(path).headers["Location"].startswith("/sign-in/")
        assert desk.get(path).status_code == 403
    for act in ("again", "aside"):
        assert stranger.post(f"{failed}{act}/").headers["Location"].startswith("/sign-in/")
        assert desk.post(f"{failed}{act}/").status_code == 403
    assert states()["sardor"] == {"failed"}


def test_opening_an_address_of_a_button_changes_nothing(failed: str, registrar: Client) -> None:
    for act in ("again", "aside"):
        assert registrar.get(f"{failed}{act}/").status_code == 405
    assert states()["sardor"] == {"failed"}


def test_the_pages_can_be_read_by_everyone(
    page: Any, axe: Any, transactional_db: None, failed: str, rosa: User, live_server: Any
) -> None:
    Subscription.objects.create(user=rosa, country_id="KG")
    cookie = Client()
    cookie.force_login(rosa)
    session_id = cookie.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session_id, "url": live_server.url}])
    for path in ("/mails/", "/mails/failed/", failed, "/following/"):
        page.goto(path)
        assert axe(page) == [], path
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") == width, path
