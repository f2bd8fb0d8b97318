"""Senders that are killed at the two worst moments, as processes: `manage.py send_notices` and a mail server."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from continuity.models import Notice
from tests.survival.conftest import LAPSING, let_pauses_pass
from tests.survival.house import Process, as_process, free_port, until
from tests.survival.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sender(process_env: dict[str, str], tmp_path: Path) -> Iterator[Callable[[], Process]]:
    """Return a function that starts a sender on this test's database; its mails go to a mail server in `tmp_path`."""

    def start() -> Process:
        started.append(Process([sys.executable, "manage.py", "send_notices"], tmp_path / "sender.log", env))
        return started[-1]

    port = free_port()
    env = process_env | {"CLOCK": LAPSING, "EMAIL_URL": f"smtp://127.0.0.1:{port}"}
    started = [as_process(Sink(tmp_path), port)]
    yield start
    for process in started:
        process.kill()


def test_killed_before_and_after_the_server_took_a_mail(
    readers: Callable, sender: Callable[[], Process], tmp_path: Path
) -> None:
    sink = Sink(tmp_path)
    readers("before", "after", "other")
    sink.behave(before="hang", after="keep and hang")

    def held_up(name: str) -> bool:
        assert process.lives, process.said()
        return sink.tried(name) == 1

    for name in ("before", "after"):  # in the order of the accounts: that is how they are sent
        process = sender()
        until(f"the mail to {name} hangs", lambda name=name: held_up(name))  # type: ignore[misc]
        process.kill()
        held = Notice.objects.get(user__username=name)
        assert (held.state, held.attempts, bool(held.message_id)) == ("sending", 1, True)
    other = sender()
    other.popen.wait()
    assert Counter(one.to for one in sink.kept()) == {"after@example.org": 1, "other@example.org": 1}, (
        "held for a lease"
    )

    let_pauses_pass()
    assert sender().popen.wait() == 0
    assert set(Notice.objects.values_list("state", flat=True)) == {"sent"}
    arrived = Counter((one.to.partition("@")[0], one.message_id) for one in sink.kept())
    ids = dict(Notice.objects.values_list("user__username", "message_id"))
    assert arrived == {("before", ids["before"]): 1, ("after", ids["after"]): 2, ("other", ids["other"]): 1}
