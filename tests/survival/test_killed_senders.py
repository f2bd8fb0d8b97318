"""`manage.py send_notices`, killed at the two worst moments: just before and just after the server took a mail."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from continuity import notices
from continuity.models import Notice
from tests.survival.conftest import LAPSING, let_pauses_pass
from tests.survival.house import Process, as_process, free_port, until
from tests.survival.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(tmp_path: Path, settings: Any) -> Iterator[int]:
    """The port of a mail server that is a process and keeps its mails in `tmp_path`; this process sends to it too."""
    port = free_port()
    server = as_process(Sink(tmp_path), port)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield port
    server.kill()


def test_killed_before_and_after_the_server_took_a_mail(
    readers: Callable, process_env: dict[str, str], port: int, tmp_path: Path
) -> None:
    sink = Sink(tmp_path)
    readers("before", "after", "other")
    sink.behave(before="hang", after="keep and hang")
    env = process_env | {"CLOCK": LAPSING, "EMAIL_URL": f"smtp://127.0.0.1:{port}"}

    for name in ("before", "after"):  # in the order of the accounts: that is how they are sent
        sender = Process([sys.executable, "manage.py", "send_notices"], tmp_path / "sender.log", env)
        try:
            until(f"the mail to {name} hangs", lambda name=name: sink.tried(name) == 1)  # type: ignore[misc]
        finally:
            sender.kill()
        held = Notice.objects.get(user__username=name)
        assert (held.state, held.attempts, bool(held.message_id)) == ("sending", 1, True)
    assert notices.send_notices() == notices.Sent(sent=1)
    arrived = Counter(one.to for one in sink.kept())
    assert arrived == {"after@example.org": 1, "other@example.org": 1}, (
        "what was in hand waits for the end of its lease"
    )

    let_pauses_pass()
    assert notices.send_notices() == notices.Sent(sent=2)
    assert set(Notice.objects.values_list("state", flat=True)) == {"sent"}
    ids = dict(Notice.objects.values_list("user__username", "message_id"))
    found = Counter((one.to.partition("@")[0], one.message_id) for one in sink.kept())
    assert found == {("before", ids["before"]): 1, ("after", ids["after"]): 2, ("other", ids["other"]): 1}
