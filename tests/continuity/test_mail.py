"""Mails: what one person reads, in which language, and the page on which they stop."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.management import CommandError, call_command
from django.test import Client

from agreements.models import Commitment
from continuity import mail, notices, sweep
from continuity.models import Initiative, Notice, Subscription, Suspension
from events.models import Event
from registry.core import write
from registry.core.models import DeskRole, Pair, User
from tests.cast import agreement, commission, event, programme, session

SITE = "http://localhost:8000"


@pytest.fixture
def council(kg_tj: Pair, on_day: Callable[[str], date]) -> Any:
    """A commission that met on 12 March 2020 and is announced: overdue from 13 March 2021."""
    on_day("2020-04-01")
    council = commission(kg_tj, title="Council of Kyrgyzstan and Tajikistan", started_on="2020-01-01")
    session(council, number=2)
    sweep.sweep()
    return council


@pytest.fixture
def told(council: Any, on_day: Any, mailoutbox: list) -> Callable[..., EmailMultiAlternatives]:
    """Return a function that lets a person follow everything, and returns the mail of 15 March 2021."""

    def tell(user: User, every: str = "week", **fields: Any) -> EmailMultiAlternatives:
        Subscription.objects.create(user=user, every=every, **fields)
        on_day("2021-03-13")
        sweep.sweep()
        on_day("2021-03-15")
        assert notices.send_notices().sent == 1
        return mailoutbox[-1]

    return tell


def html_of(message: EmailMultiAlternatives) -> str:
    return str(message.alternatives[0].content)


def flat(text: str) -> str:
    return " ".join(text.split())


# What it says ----------------------------------------------------------------------------------------------------


def test_a_mail_says_why_what_since_when_the_evidence_what_to_do_and_how_to_stop(told: Any, sardor: User) -> None:
    message = told(sardor)
    council = sardor.notices.get().transition.initiative
    assert message.subject == "Kyrgyzstan–Tajikistan: Council overdue, 368 days since the last session"
    assert message.to == ["sardor@example.org"]
    text = flat(message.body)
    for words in (
        "You get this because you follow: all pairs (weekly).",
        "OVERDUE. No session since 12 March 2020. One is expected every 365 days (default for commissions).",
        "Overdue since 13 March 2021; dormant from 11 September 2021 if nothing is reported.",
        "Last evidence: Session 2, Council of Kyrgyzstan and Tajikistan, 12 March 2020. "
        f"{SITE}{council.commission.sessions.get().get_absolute_url()}",
        "What you can do: If a session was held or a date is set, record it.",
        SITE + council.get_absolute_url(),
        "No desk of Kyrgyzstan is on file. No desk of Tajikistan is on file.",
        "Completeness is assumed, not declared by a desk: Kyrgyzstan and Tajikistan.",
        f"Stop these mails: {SITE}/notices/stop/",
    ):
        assert words in text
        if words.startswith(("No", "Overdue since", "Completeness", "What")):
            assert words in flat(unescape(re.sub(r"<[^>]+>", "", html_of(message))))


def test_the_text_is_72_columns_wide_but_for_addresses(told: Any, sardor: User) -> None:
    lines = told(sardor).body.splitlines()
    assert [line for line in lines if len(line) > 72 and "http" not in line] == []
    assert not any("http" in line and len(line.split()) > 1 for line in lines), "an address stands alone"


def test_the_page_has_its_style_at_its_elements_and_fetches_nothing(told: Any, sardor: User) -> None:
    html = html_of(told(sardor))
    assert "<style" not in html
    assert 'style="' in html
    assert not re.findall(r"(?:src=|url\(|@import|<link)", html)


def test_it_is_written_in_the_language_of_the_reader(told: Any, sardor: User) -> None:
    User.objects.filter(pk=sardor.pk).update(language="ru")
    message = told(sardor)
    assert message.subject.startswith("Кыргызстан–Таджикистан: ")
    assert '<html lang="ru">' in html_of(message)


def test_headers_for_mail_programs(told: Any, sardor: User) -> None:
    headers = told(sardor).extra_headers
    assert re.fullmatch(rf"<{SITE}/notices/stop/[\w:-]+/one-click/>", headers["List-Unsubscribe"])
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Message-ID"] == sardor.notices.get().message_id


@pytest.mark.parametrize(
    ("reader", "contacts"),
    [
        ("farrukh", "Contact at the desk of Kyrgyzstan: bakyt@example.org."),
        ("bakyt", "No desk of Tajikistan is on file."),
        ("sardor", "Contact at the desk of Kyrgyzstan: bakyt@example.org. No desk of Tajikistan is on file."),
    ],
)
def test_it_names_who_answers_on_the_other_side(
    told: Any, bakyt: User, aigul: User, farrukh: User, sardor: User, reader: str, contacts: str
) -> None:
    text = flat(told(User.objects.get(username=reader)).body)
    assert contacts in text
    assert "aigul@example.org" not in text


def test_the_lead_of_a_desk_is_named_first(told: Any, farrukh: User, bakyt: User, aigul: User) -> None:
    DeskRole.objects.filter(user=aigul).update(lead=True)
    assert "Kyrgyzstan: aigul@example.org, bakyt@example.org." in flat(told(farrukh).body)


def test_of_two_changes_of_one_initiative_the_last_is_told(council: Any, sardor: User, on_day: Any, mailoutbox) -> None:
    Subscription.objects.create(user=sardor, every="month")
    for day in ("2021-01-01", "2021-03-13"):
        on_day(day)
        sweep.sweep()
    assert sardor.notices.count() == 2
    on_day("2021-04-02")
    notices.send_notices()
    (message,) = mailoutbox
    assert message.body.count("OVERDUE.") == 1
    assert "more" not in message.subject


def test_what_has_happened_since_is_said(council: Any, sardor: User, on_day: Any, mailoutbox: list) -> None:
    Subscription.objects.create(user=sardor)
    on_day("2021-03-13")
    sweep.sweep()
    session(council, started_on="2021-03-14", number=3)
    on_day("2021-03-15")
    notices.send_notices()
    text = flat(mailoutbox[0].body)
    assert "ACTIVE. Last session on 14 March 2021." in text
    assert "It became overdue on 13 March 2021; more has happened since." in text
    assert "Nothing needs to be done." in text


def test_a_digest_also_names_what_lies_ahead_and_what_is_still_open(
    kg_tj: Pair, told: Any, sardor: User, on_day: Any
) -> None:
    on_day("2020-04-02")
    programme(kg_tj, title="Festival", started_on="2020-06-01")
    commission(kg_tj, title="Old council", started_on="2016-01-01")
    sweep.sweep()
    text = flat(told(sardor).body)
    assert "* Festival. Becomes due on 21 March 2021; expected by 1 June 2021." in text
    assert "* Old council. Dormant since 2 July 2017." in text


def unreported(pair: Pair, number: int) -> None:
    """Store so many events whose planned day has passed."""
    fields = {"kind": "CONCERT", "format": "ONSITE", "outcome": "PLANNED", "visibility": "published"}
    planned = {"planned_on": "2026-11-01", "planned_on_latest": date(2026, 11, 1)}
    rows = [Event(pair=pair, title=f"Concert {n}", **fields, **planned) for n in range(number)]
    Event.objects.bulk_create(rows)


@pytest.mark.parametrize(("number", "told", "rest"), [(50, 50, 0), (51, 50, 1), (200, 50, 150)])
def test_at_most_fifty_are_told_and_the_rest_is_counted_and_linked(
    kg_tj: Pair, sardor: User, on_day: Any, mailoutbox: list, number: int, told: int, rest: int
) -> None:
    on_day("2026-11-16")
    unreported(kg_tj, number)
    Subscription.objects.create(user=sardor, pair=kg_tj)
    sweep.sweep()
    on_day("2026-11-24")
    notices.send_notices()
    (message,) = mailoutbox
    assert message.body.count("UNREPORTED.") == told
    assert message.subject.endswith(f"… and {number - 1} more")
    assert f"{number} things to look at" in message.body
    link = re.search(rf"\* {rest} more: unreported\n  {SITE}(\S+)", message.body)
    assert bool(link) is bool(rest)
    if link:
        write.save(Commitment(pair=kg_tj, text="Of another kind", due_on="2026-11-10"), by=write.SYSTEM)
        unreported(Pair.objects.between("KZ", "UZ"), 1)
        page = Client().get(link[1])
        assert page.context["count"] == number, "the list shows all that are of this kind"
        assert f'href="{SITE}{link[1].replace("&", "&amp;")}"' in html_of(message)


def test_the_rest_is_linked_by_state_and_by_what_is_followed(
    kg_tj: Pair, sardor: User, on_day: Any, mailoutbox: list, monkeypatch: Any
) -> None:
    monkeypatch.setattr(mail, "MOST", 1)
    on_day("2021-08-03")
    for number, began in enumerate(("2019-01-01", "2020-01-01", "2020-08-02", "2020-09-01", "2021-08-01")):
        commission(kg_tj, title=f"Council {number}", started_on=began)
    commission(Pair.objects.between("KZ", "TJ"), started_on="2020-01-01")
    Subscription.objects.create(user=sardor, country_id="KG")
    Subscription.objects.create(user=sardor, country_id="TJ", every="month")
    sweep.sweep()
    on_day("2021-08-10")
    notices.send_notices()
    link = re.search(rf"\* 3 more initiatives: due, overdue, dormant\n  {SITE}(\S+)", mailoutbox[0].body)
    assert link is not None and link[1].endswith("/initiatives/?state=due,overdue,dormant&country=KG")
    assert sorted(row.title for row in Client().get(link[1]).context["object_list"]) == [
        "Council 0",
        "Council 1",
        "Council 2",
        "Council 3",
    ]


# Concerns --------------------------------------------------------------------------------------------------------


@pytest.fixture
def worries(kg_tj: Pair, sardor: User, on_day: Any) -> None:
    """One concern of each kind, on 16 November 2026, raised; Sardor follows everything."""
    on_day("2026-11-16")
    Subscription.objects.create(user=sardor)
    event(kg_tj, title="Concert", outcome="PLANNED", started_on="", planned_on="2026-11-01")
    agreement(kg_tj, title="Protocol", ended_on="2026-12-31")
    renewed = {"term_months": 60, "tacit_renewal": "YES", "renewal_months": 60, "notice_months": 6}
    agreement(kg_tj, title="Treaty", in_force_on="2012-07-01", **renewed)
    write.save(Commitment(pair=kg_tj, text="Open a reading room", due_on="2026-11-10"), by=write.SYSTEM)
    council = commission(kg_tj, title="Council")
    with write.change(council, by=write.SYSTEM):
        council.save()
        Suspension.objects.create(initiative=council, started_on="2025-11-01")
    sweep.sweep()


def test_each_kind_of_concern_says_what_it_is(worries: None, on_day: Any, mailoutbox: list) -> None:
    on_day("2026-11-24")
    notices.send_notices()
    text = flat(mailoutbox[0].body)
    for words in (
        "CONCERT UNREPORTED. Its planned day has passed, and nobody has said what became of it. Waiting since "
        "2 November 2026. What you can do: Say what became of it",
        "PROTOCOL ABOUT TO END. Its last day on file is 31 December 2026. What you can do: If it was renewed",
        "TREATY NOTICE WINDOW OPEN. Concluded for 5 years from 1 July 2012. Renewed tacitly until 30 June 2027. Notice "
        "that it shall not go on: by 30 December 2026. What you can do: If it shall go on, nothing needs to be done.",
        "OPEN A READING ROOM COMMITMENT OVERDUE. Due: 10 November 2026. It is not recorded as done. Overdue since",
        "COUNCIL SUSPENDED FOR OVER A YEAR. It has been suspended since 1 November 2025, and no resumption is on file. "
        "What you can do: If it was resumed, record the day.",
    ):
        assert words in text


def test_each_kind_of_concern_is_told_in_the_language_of_the_reader(
    worries: None, on_day: Any, mailoutbox: list, sardor: User
) -> None:
    User.objects.filter(pk=sardor.pk).update(language="ru")
    on_day("2026-11-24")
    notices.send_notices()
    assert "31 декабря 2026 г." in flat(mailoutbox[0].body)


def test_the_list_of_what_needs_care_names_each_and_none_that_is_hidden(worries: None, on_day: Any) -> None:
    page = Client().get("/concerns/")
    assert [kind for kind, _worry in page.context["object_list"]] == [
        "commitment",
        "unreported",
        "ending",
        "suspended",
        "notice",
    ]
    Event.objects.update(visibility="draft")  # no sweep has run since
    assert "Concert" not in Client().get("/concerns/").content.decode()
    assert Client().get("/concerns/?country=UZ").context["count"] == 0
    assert Client().get("/concerns/?kind=ending,notice&pair=TJ-KG").context["count"] == 2
    assert Client().get("/concerns/?kind=nothing").status_code == 400


def test_a_concern_withdrawn_since_is_not_told(kg_tj: Pair, sardor: User, on_day: Any, mailoutbox: list) -> None:
    on_day("2026-11-16")
    Subscription.objects.create(user=sardor, every="once")
    concert = event(kg_tj, outcome="PLANNED", started_on="", planned_on="2026-11-01")
    sweep.sweep()
    concert.visibility = "draft"
    write.save(concert, by=write.SYSTEM)
    notices.send_notices()
    assert not mailoutbox


# Poison ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", ["Two\nlines\r\nBcc: everyone@example.org", "<b>&amp;"])
def test_a_title_cannot_break_a_mail(told: Any, council: Any, sardor: User, title: str) -> None:
    Initiative.objects.filter(pk=council.pk).update(titles={"en": title})
    message = told(sardor)
    assert "\n" not in message.subject
    sent = message.message().as_bytes()
    assert not re.search(rb"(?m)^Bcc:", sent)
    assert "<b>" not in html_of(message)


def test_half_a_character_is_no_poison() -> None:
    """SQLite stores the half of a pair of surrogates, and no mail can carry it."""
    assert mail.clean("Half a \ud83d") == "Half a ?"


# How to stop -----------------------------------------------------------------------------------------------------


@pytest.fixture
def links(told: Any, sardor: User) -> tuple[str, str]:
    """Return the paths of the page and of the one-click post in Sardor's mail; another notice of his is queued."""
    message = told(sardor)
    one_click = message.extra_headers["List-Unsubscribe"].strip("<>").removeprefix(SITE)
    Notice.objects.filter(user=sardor).update(state="queued")
    return one_click.removesuffix("one-click/"), one_click


def test_opening_the_links_changes_nothing(links: tuple[str, str], sardor: User) -> None:
    for path in links:
        for ask in (Client().get, Client().head):
            answer = ask(path, follow=True)
            assert answer.status_code == 200
    assert "all pairs (weekly)" in Client().get(links[0]).content.decode()
    assert sardor.subscriptions.get().active
    assert sardor.notices.count() == 1


def test_the_button_stops_them(links: tuple[str, str], sardor: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(links[0]).status_code == 403, "not without the token of the page"
    page = browser.get(links[0])
    answer = browser.post(links[0], {"csrfmiddlewaretoken": page.context["csrf_token"]}, follow=True)
    assert "These mails are stopped." in answer.content.decode()
    assert not sardor.subscriptions.get().active
    assert not sardor.notices.exists()


def test_a_mail_program_stops_them_with_one_post(links: tuple[str, str], sardor: User, nurlan: User) -> None:
    Subscription.objects.create(user=nurlan)
    program = Client(enforce_csrf_checks=True)
    assert program.post(links[1]).status_code == 400
    assert sardor.subscriptions.get().active
    for _again in range(2):
        assert program.post(links[1], {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not sardor.subscriptions.get().active
    assert nurlan.subscriptions.get().active


def test_the_page_and_the_mail_can_be_read_by_everyone(
    page: Any, axe: Any, links: tuple[str, str], mailoutbox: list, live_server: Any
) -> None:
    page.goto(links[0])
    assert axe(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Stop these mails").click()
    page.get_by_text("These mails are stopped.").wait_for()
    assert axe(page) == []
    page.goto("about:blank")
    page.set_content(html_of(mailoutbox[0]))
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("token", ["x", "WzEsWzFdXQ:1xVFrk:AAAA", "%00", "WzEsWzFdXQ"])
def test_a_torn_link_says_so(world: None, token: str) -> None:
    page = Client().get(f"/notices/stop/{token}/")
    assert page.status_code == 404
    assert "This address is not whole" in page.content.decode()
    assert Client().post(f"/notices/stop/{token}/one-click/", {"List-Unsubscribe": "One-Click"}).status_code == 404


# The administrator's test mail -----------------------------------------------------------------------------------


def test_a_test_mail_says_where_it_went(settings: Any, tmp_path: Any, capsys: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.VAR, settings.EMAIL_FILE_PATH = tmp_path, str(tmp_path / "mail")
    call_command("send_test_mail", "rosa@example.org")
    assert f"The folder {tmp_path}/mail" in capsys.readouterr().out
    assert len(list((tmp_path / "mail").iterdir())) == 1


def test_a_test_mail_that_is_not_taken_says_so_in_a_sentence(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 2
    with pytest.raises(CommandError, match=r"The mail server 127\.0\.0\.1:1 did not take the mail .* Check EMAIL_URL"):
        call_command("send_test_mail", "rosa@example.org")


def test_a_test_mail_needs_an_address() -> None:
    with pytest.raises(CommandError, match="'rosa' is no e-mail address"):
        call_command("send_test_mail", "rosa")
