"""Mail scanners open every link of every mail before anybody reads it: nothing may come of that."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session as BrowserSession
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from continuity import notices
from continuity.models import Subscription
from tests.safety.access import changed, stored


def links_of(mail: EmailMultiAlternatives) -> set[str]:
    """Return every address in a mail: in its text, its page and its headers."""
    html = str(mail.alternatives[0].content).replace("&amp;", "&")
    plain = " ".join([str(mail.body), *mail.extra_headers.values()])
    return {*re.findall(r"https?://[^\s<>]+", plain), *re.findall(r"(?:href|src)=\"([^\"]+)", html)}


@pytest.mark.parametrize("number", [6, pytest.param(200, marks=pytest.mark.soak)])
def test_a_robot_that_opens_every_link_changes_nothing(readers: Callable, mailoutbox: list, number: int) -> None:
    readers(*(f"reader{one}" for one in range(number)))
    assert notices.send_notices().sent == number
    links = set().union(*map(links_of, mailoutbox))
    stops = {link for link in links if "/notices/stop/" in link}
    assert len(stops) == 2 * number, "a page and a one-click address in each"
    assert all(link.startswith(f"{settings.SITE_URL}/") for link in links)
    before = stored()
    robot = Client()
    for link in sorted(links):
        for ask in (robot.get, robot.head):
            assert ask(link.removeprefix(settings.SITE_URL), follow=True).status_code == 200, link
    assert changed(before) == []
    assert not BrowserSession.objects.exists()
    assert Subscription.objects.filter(active=True).count() == number
