"""kill -9 of everything, at moments drawn by chance, while a thousand notices are due: `make soak`.

The worker's pool are threads (docs/decisions.md), and no thread can be killed without its process: so the worker is
killed whole, in the midst of as many mails as it has threads. Of web a child is killed alone as well.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from continuity.notices import LEASE
from tests.survival.browser import Browser
from tests.survival.conftest import LAPSING
from tests.survival.house import ROOT, House, Postgres, children, connected, kill, until

pytestmark = pytest.mark.soak

MAILS = 1000
THREADS = 2
"""WORKERS as the Procfile has it: so many mails a killed worker can have in hand."""

VICTIMS = ("worker", "postgres", "redis", "backend", "beat", "web", "child of web")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL of our own, which may crash, with a migrated database "empty" to make others from."""
    # pytest lets nobody else into its folders, and the server runs as another user
    with tempfile.TemporaryDirectory(prefix="concord-postgres-") as folder:
        cluster = Postgres(Path(folder))
        try:
            make_database(cluster, "empty", "template0")
            env = os.environ | {"DATABASE_URL": cluster.url("empty"), "VAR": str(tmp_path_factory.mktemp("var"))}
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=env, check=True)
            yield cluster
        finally:
            cluster.stop()


def make_database(cluster: Postgres, name: str, template: str) -> None:
    with connected(cluster.url("postgres")) as ask:
        ask(f"CREATE DATABASE {name} TEMPLATE {template}")


@pytest.fixture
def opened(cluster: Postgres, tmp_path: Path) -> Iterator[Callable[[int], House]]:
    """Return a function that opens a house with a filled database for so many readers, on the day of the lapse."""
    houses: list[House] = []

    def open_house(readers: int) -> House:
        name = f"soak_{time.time_ns()}"
        make_database(cluster, name, "empty")
        house = House(tmp_path, cluster.url(name), "2020-04-01")
        houses.append(house)
        house.run("-m", "tests.survival.filling", str(readers))
        house.manage("collectstatic", "--noinput", "-v0", "-i", "drf_spectacular_sidecar", "-i", "rest_framework")
        house.env["CLOCK"] = LAPSING
        return house

    yield open_house
    for house in houses:
        house.close()


@dataclass
class Watch:
    """What has been promised so far, and what may go out a second time because of a kill."""

    house: House
    excused: set[str]
    log: list[str]

    def ask(self, sql: str, *values: object) -> list[tuple]:
        with connected(self.house.env["DATABASE_URL"]) as ask:
            return ask(sql, *values)

    def bury(self, before: datetime) -> None:
        """Let the leases run out of senders that died before a moment, as time would; their mails may come twice.

        More than the threads of a worker had in hand they cannot be, and a mail the server had not yet is no excuse.
        """
        last = before + LEASE
        dead = "state = 'sending' AND leased_until <= %s"
        held = {one for (one,) in self.ask(f"SELECT message_id FROM continuity_notice WHERE {dead}", last)}
        assert len(held) <= THREADS, f"{len(held)} mails were held at once:\n{self}"
        self.excused |= held
        self.ask(f"UPDATE continuity_notice SET leased_until = now() - interval '1 second' WHERE {dead}", last)
        self.log[-1] += f"; held: {sorted(held)}"

    def number_of(self, state: str) -> int:
        return int(self.ask("SELECT count(*) FROM continuity_notice WHERE state = %s", state)[0][0])

    def __str__(self) -> str:
        return "\n".join(self.log)

    def check(self, mails: int) -> None:
        """Fail unless every notice was delivered, and none twice without an excuse."""
        rows = dict(
            self.ask("SELECT u.email, n.message_id FROM continuity_notice n JOIN core_user u ON u.id = user_id")
        )
        kept = self.house.sink.kept()
        copies = Counter(one.message_id for one in kept)
        assert len(rows) == mails
        assert {address for address, one in rows.items() if one not in copies} == set(), f"never delivered\n{self}"
        strangers = {(one.to, one.message_id) for one in kept} - set(rows.items())
        assert strangers == set(), f"delivered under another Message-ID than that on file\n{self}"
        twice = {one: number for one, number in copies.items() if number > 1}
        assert twice.keys() <= self.excused, f"delivered twice without a kill to excuse it\n{self}"
        assert self.ask("SELECT count(*) FROM continuity_transition WHERE to_state = 'overdue'") == [(1,)]


class Desk(threading.Thread):
    """An editor who saves the commission again and again over HTTP, and notes what was acknowledged."""

    def __init__(self, house: House) -> None:
        super().__init__(daemon=True)
        self.house = house
        self.acknowledged: list[str] = []
        self.refused: list[str] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        browser, number = None, 0
        while not self.stopped.wait(0.3):
            number += 1
            try:
                browser = browser or Browser(self.house.site, timeout=30).sign_in("aigul", "a password of the test")
                page = browser.fill("/commissions/COUNCIL/edit/", summary=f"Edit {number}", why=f"edit {number}")
            except (OSError, AssertionError, ValueError) as error:  # whoever was killed in between
                self.refused.append(f"edit {number}: {type(error).__name__}")
                browser = None
            else:
                if page.status == 200 and page.url.endswith("/commissions/COUNCIL/"):
                    self.acknowledged.append(f"edit {number}")
                else:
                    self.refused.append(f"edit {number}: {page.status}")

    def stop(self) -> None:
        self.stopped.set()
        self.join()


def test_every_notice_arrives_whatever_is_killed(
    opened: Callable[[int], House], cluster: Postgres, chance: random.Random
) -> None:
    house = opened(MAILS)
    house.start("web", "worker", "beat")
    watch = Watch(house, set(), [])
    desk = Desk(house)
    desk.start()
    victims = [VICTIMS[number % len(VICTIMS)] for number in range(20)]
    chance.shuffle(victims)
    moments = [0, *sorted(chance.sample(range(5, MAILS - 20), 19))]  # the first one is the sweep itself

    for number, (victim, moment) in enumerate(zip(victims, moments, strict=True), 1):
        watch.log.append(f"moment {number}: {victim} after {moment} mails")
        ring_until(house, watch, lambda moment=moment: house.sink.number() >= moment)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.2))
        strike(house, cluster, watch, victim, chance)
    ring_until(house, watch, lambda: watch.number_of("sent") == MAILS)
    desk.stop()

    watch.check(MAILS)
    print(f"{len(watch.excused)} mails were in hand at a kill; {len(house.sink.kept()) - MAILS} of them came twice")
    revisions = [why for (why,) in watch.ask("SELECT why FROM core_revision WHERE ref = 'COUNCIL' ORDER BY version")]
    version, title = watch.ask("SELECT version, summary FROM continuity_initiative WHERE ref = 'COUNCIL'")[0]
    assert set(desk.acknowledged) - set(revisions) == set(), "an edit was acknowledged and is lost"
    assert version == len(revisions) and f"Edit {revisions[-1].split()[-1]}" == title, "half an edit was written"
    assert len(desk.acknowledged) > 20, desk.refused


def ring_until(house: House, watch: Watch, condition: Callable[[], bool]) -> None:
    """Ring each second, as many beats would, until `condition` holds; fail where no mail arrives for a minute."""
    seen, since = -1, time.monotonic()
    while not condition():
        if (number := house.sink.number()) != seen:
            seen, since = number, time.monotonic()
        waiting = (
            "SELECT id, state, attempts, leased_until, error FROM continuity_notice WHERE state <> 'sent' LIMIT 20"
        )
        assert time.monotonic() < since + 90, (
            f"after {seen} mails none came:\n{watch}\n{watch.ask(waiting)}\n{house.said()}"
        )
        house.ring()
        time.sleep(1)


def strike(house: House, cluster: Postgres, watch: Watch, victim: str, chance: random.Random) -> None:
    """Kill it, and start it again after a moment."""
    if victim in ("worker", "beat", "web"):
        house.kill(victim)
        moment = datetime.now(UTC)
        time.sleep(chance.uniform(0, 1))
        if victim == "worker":
            watch.bury(moment)
        house.start(victim)
    elif victim == "child of web":
        kill(chance.choice(children(house.processes["web"].pid)))
    elif victim == "redis":
        house.redis.kill()
        time.sleep(chance.uniform(0, 2))
        house.redis.start()
    else:
        moment = datetime.now(UTC)
        if victim == "postgres":
            cluster.crash()
            moment = datetime.now(UTC)
            time.sleep(chance.uniform(0, 2))
            cluster.start()
        else:
            cluster.crash_backend(house.env["DATABASE_URL"].rpartition("/")[2])
            moment = datetime.now(UTC)
            until("PostgreSQL has recovered", cluster.answers)
        time.sleep(5)  # whoever was held up notes what the mail server took
        watch.bury(moment)


# Many at once --------------------------------------------------------------------------------------------------------


def test_two_beats_and_four_workers_and_every_job_five_times_are_one_mail_each(opened: Callable[[int], House]) -> None:
    mails = 200
    house = opened(mails)
    house.start("worker", "worker.2", "worker.3", "worker.4", "beat", "beat.2")
    watch = Watch(house, set(), [])

    def all_sent() -> bool:
        house.ring(times=5)
        time.sleep(1)
        return watch.number_of("sent") == mails

    until("all is sent", all_sent)
    house.ring(times=5)
    until("all is heard", house.all_is_heard)
    watch.check(mails)
    assert len(house.sink.kept()) == mails
    received = [
        len(re.findall(r"send_notices\[.*received", house.processes[f"worker{n}"].said(10**7)))
        for n in ("", ".2", ".3", ".4")
    ]
    assert all(number >= 2 for number in received), f"not every worker took part: {received}"


# Without a broker ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["gone", "hanging"])
def test_without_a_broker_pages_go_on_and_mail_resumes(opened: Callable[[int], House], how: str) -> None:
    house = opened(20)
    house.start("web", "worker", "beat")
    watch = Watch(house, set(), [])
    usual = [a_day_at_the_desk(house) for _time in range(3)]
    house.redis.kill() if how == "gone" else house.redis.hang()
    without = [a_day_at_the_desk(house) for _time in range(3)]
    figures = [[round(seconds, 2) for seconds in some] for some in (usual, without)]
    print(f"signing in, reading and editing: {figures[0]} s with Redis, {figures[1]} s with Redis {how}")
    # each of the two processes of web asks Redis once, waits a second for it, and then leaves it alone for ten
    assert min(without) < min(usual) + 2
    house.redis.start() if how == "gone" else house.redis.resume()
    ring_until(house, watch, lambda: watch.number_of("sent") == 20)
    watch.check(20)


def a_day_at_the_desk(house: House) -> float:
    """Sign in, read and edit; return the seconds that took."""
    began = time.monotonic()
    browser = Browser(house.site).sign_in("aigul", "a password of the test")
    for path in ("/", "/pairs/KG-TJ/", "/initiatives/", "/commissions/COUNCIL/"):
        assert browser.get(path).status == 200
    browser.edit("/commissions/COUNCIL/edit/", summary=f"Edited at {datetime.now(UTC)}")
    return time.monotonic() - began
