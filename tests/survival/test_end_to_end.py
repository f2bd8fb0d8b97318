"""One lapse, from the record to the mail received, through the Procfile's own processes, PostgreSQL and Redis."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection

from continuity.models import Initiative, Notice, Subscription, Transition
from registry.core.models import Pair, Revision, User
from tests.safety.access import changed, stored
from tests.survival.browser import Browser
from tests.survival.house import House, until

MET, LAPSED = "2020-04-01", "2021-09-11"
"""Three weeks after the session of 12 March 2020, and the first day on which the commission is dormant."""


@pytest.fixture
def house(process_env: dict[str, str], tmp_path: Path) -> Iterator[House]:
    """The whole installation on this test's database."""
    house = House(tmp_path, process_env["DATABASE_URL"], MET)
    try:
        # not what the pages of this test do not show: they are half of the work
        house.manage("collectstatic", "--noinput", "-v0", "-i", "drf_spectacular_sidecar", "-i", "rest_framework")
        house.start("web", "worker", "beat")
        yield house
    finally:
        house.close()


@pytest.fixture
def cast(aigul: User, bakyt: User, rosa: User, sardor: User, kg_tj: Pair, settings: Any) -> None:
    """Who acts; the processes know no passwords as cheap as those of the tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    User.objects.update(password=make_password("a password of the test"))


@pytest.mark.skipif(connection.vendor == "sqlite", reason="runs with the suite on PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_a_lapse_from_the_record_to_the_mail(cast: None, house: House, sardor: User) -> None:
    editor, approver, registrar = (
        Browser(house.site).sign_in(name, "a password of the test") for name in ("aigul", "bakyt", "rosa")
    )
    # The editor enters a commission and its session; the approver publishes both.
    title = "Council of Kyrgyzstan and Tajikistan"
    fields = {"title": title, "type": "JOINT_CULT", "started_on": "2020-01-01"}
    council = editor.edit("/commissions/new/?pair=KG-TJ", **fields).url
    session = editor.edit(
        f"/sessions/new/?commission={council.split('/')[-2]}", number=2, started_on="2020-03-12", outcome="HELD"
    ).url
    assert Browser(house.site).get(council).status == 404, "a draft is seen by the desks alone"
    for page in (council, session):
        approver.edit(f"{page}edit/", visibility="published")
    assert title in Browser(house.site).get(council).text
    assert {one.by.username for one in Revision.objects.filter(by__isnull=False) if one.by} == {"aigul", "bakyt"}

    # The registrar enters who is to be told; a sweep announces the state of the day.
    wish = {"user": sardor.pk, "every": "once", "states": '["dormant"]', "concerns": "on", "active": "on"}
    assert registrar.post("/admin/continuity/subscription/add/", wish).url.endswith("/continuity/subscription/")
    house.ring()
    until("the commission is announced", lambda: Transition.objects.filter(to_state="active").exists())

    # A year and a half later.
    house.restart_on(LAPSED)
    page = Browser(house.site).get(council).text
    assert "dormant since 11 September 2021" in page
    house.ring()
    (mail,) = until("the mail arrives", house.sink.kept)
    until("the notice is sent", lambda: Notice.objects.filter(state="sent").exists())

    assert (mail.to, mail.message_id) == ("sardor@example.org", Notice.objects.get().message_id)
    subject = str(mail.message["Subject"]).strip()
    assert subject == "Kyrgyzstan–Tajikistan: Council dormant, 548 days since the last session"
    parts = {part.get_content_subtype(): part.get_content() for part in mail.message.iter_parts()}  # type: ignore[attr-defined]
    text = " ".join(parts["plain"].split())
    assert "DORMANT. No session since 12 March 2020." in text
    assert f"Last evidence: Session 2, {title}, 12 March 2020. {session}" in text
    assert council in text
    stop = re.search(rf"Stop these mails: ({house.site}/notices/stop/\S+)", text)
    assert stop and stop[1] in parts["html"]

    # Whoever opens its links changes nothing; the button stops the mails.
    before = stored()
    links = {*re.findall(r"https?://[^\s<>\"]+", text + parts["html"]), mail.message["List-Unsubscribe"].strip("<> ")}
    assert {stop[1], session, council} <= links
    reader = Browser(house.site)
    assert {link: reader.get(link).status for link in links} == dict.fromkeys(links, 200)
    assert changed(before) == []
    reader.get(stop[1])
    assert "These mails are stopped" in reader.post(stop[1], {}).text
    assert not Subscription.objects.get().active

    # Another ring tells nobody anything.
    house.ring()
    house.ring()
    until("all is heard", house.all_is_heard)
    assert len(house.sink.kept()) == 1
    assert Initiative.objects.get().announced_state == "dormant"
