"""An installation of its own: the Procfile's processes, a Redis, a mail server, and where wanted a PostgreSQL to kill.

Everything lies in one folder and on ports of its own; `close` ends all of it, whatever has happened before.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
import pytest
import redis as redis_client

from registry.celery import app
from tests.survival.sink import Sink

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60
"""Seconds after which what has not come about is held to have failed; no test is measured by it."""

RINGS = ("registry.core.tasks.tick", "continuity.tasks.sweep", "continuity.tasks.send_notices")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: str, condition: Callable[[], Any], patience: float = PATIENCE, pause: float = 0.05) -> Any:
    """Return the first true answer of `condition`; fail where none comes."""
    last = time.monotonic() + patience
    while time.monotonic() < last:
        if answer := condition():
            return answer
        time.sleep(pause)
    raise AssertionError(f"{what}: not within {patience} seconds")


def children(pid: int) -> list[int]:
    """Return the processes that `pid` has started and that live."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = entry.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it has just ended
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(entry.parent.name))
    return found


class Process:
    """One process with all it starts, which can be killed together."""

    def __init__(self, command: list[str], log: Path, env: Mapping[str, str] | None = None, **options: Any) -> None:
        self.log = log
        # whoever kills the tests themselves leaves nothing running
        leash = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        with log.open("ab") as out:
            self.popen = subprocess.Popen(
                [*leash, *command], cwd=ROOT, env=env, stdout=out, stderr=out, start_new_session=True, **options
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def lives(self) -> bool:
        return self.popen.poll() is None

    def signal(self, number: int) -> None:
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            pass

    def kill(self) -> None:
        """Send -9 to all of it at once."""
        self.signal(signal.SIGKILL)
        self.popen.wait()

    def said(self, last: int = 4000) -> str:
        """Return the end of its log."""
        return self.log.read_text(errors="replace")[-last:]


# Servers -----------------------------------------------------------------------------------------------------------


class Redis:
    """A Redis that keeps nothing on disk: what it held is gone when it is killed."""

    def __init__(self, folder: Path) -> None:
        if not (program := shutil.which("redis-server")):
            pytest.skip("no redis-server on this machine")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        where = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)]
        self.command = [program, *where, "--save", "", "--appendonly", "no"]
        self.log = folder / "redis.log"
        self.start()

    def start(self) -> None:
        self.process = Process(self.command, self.log)
        until("Redis answers", self.answers)

    def answers(self) -> bool:
        try:
            with redis_client.Redis.from_url(self.url) as server:
                return bool(server.ping())
        except redis_client.RedisError:
            return False

    def kill(self) -> None:
        self.process.kill()

    def hang(self) -> None:
        """Let it take connections and answer nothing, as a machine does that swaps or has lost its network."""
        self.process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.signal(signal.SIGCONT)


class Postgres:
    """A PostgreSQL cluster that may crash. Every commit waits for the disk, as in production."""

    def __init__(self, folder: Path) -> None:
        self.programs = programs_of_postgres()
        self.folder = folder
        self.port = free_port()
        # it refuses to run as root
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        if self.user:
            shutil.chown(folder, "postgres", "postgres")
        self.data = folder / "data"
        command = [self.programs / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        subprocess.run([*command, "--locale", "C.UTF-8"], check=True, capture_output=True, cwd=folder, **self.user)
        self.start()

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
        options = [word for setting in settings for word in ("-c", setting)]
        command = [str(self.programs / "postgres"), "-D", str(self.data), *options]
        log = self.folder / "postgres.log"

        def up() -> bool:
            if not self.process.lives:  # the memory of a predecessor that is only just gone
                self.process = Process(command, log, **self.user)
            return self.answers()

        self.process = Process(command, log, **self.user)
        until("PostgreSQL answers", up, pause=0.2)

    def answers(self) -> bool:
        try:
            psycopg2.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def crash(self) -> None:
        """Kill the postmaster and every backend, so that nothing is written any more."""
        backends = children(self.process.pid)
        self.process.kill()
        for pid in backends:
            kill(pid)

    def crash_backend(self, database: str) -> None:
        """Kill the backend of one connection; the postmaster then ends all the others and recovers."""
        with connected(self.url("postgres")) as ask:
            backends = ask("SELECT pid FROM pg_stat_activity WHERE datname = %s", database)
        for (pid,) in backends[:1]:
            kill(pid)

    def stop(self) -> None:
        self.process.signal(signal.SIGQUIT)
        self.process.popen.wait(PATIENCE)


def programs_of_postgres() -> Path:
    """Return the folder of initdb and postgres, that of the newest version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        pytest.skip("no initdb of PostgreSQL on this machine")
    return found[-1].parent if found else Path(str(on_path)).resolve().parent


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


@contextmanager
def connected(url: str) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """Return a function that asks the database, each question in a transaction of its own."""
    connection = psycopg2.connect(url, connect_timeout=5)
    connection.autocommit = True
    try:

        def ask(sql: str, *values: Any) -> list[tuple[Any, ...]]:
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall() if cursor.description else []

        yield ask
    finally:
        connection.close()


def as_process(sink: Sink, port: int) -> Process:
    """Return the mail server as a process of its own, started."""
    command = [sys.executable, "-m", "tests.survival.sink", str(sink.folder), str(port)]
    process = Process(command, sink.folder / "sink.log")
    until("the mail server answers", lambda: listens(port))
    return process


# The house ---------------------------------------------------------------------------------------------------------


class House:
    """The processes of one installation on one day."""

    def __init__(self, folder: Path, database: str, clock: str) -> None:
        self.folder = folder
        self.redis = Redis(folder)
        self.sink = Sink(folder / "sink")
        self.mail_port, self.port = free_port(), free_port()
        self.site = f"http://localhost:{self.port}"
        env = {k: v for k, v in os.environ.items() if k not in ("SECRET_KEY", "DEBUG", "DEFAULT_FROM", "BIND")}
        self.env = env | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DJANGO_SETTINGS_MODULE": "registry.settings",
            "VAR": str(folder / "var"),
            "DATABASE_URL": database,
            "REDIS_URL": self.redis.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail_port}",
            "SITE_URL": self.site,
            "PORT": str(self.port),
            "CLOCK": clock,
        }
        self.processes: dict[str, Process] = {}
        self.start_sink()

    def start_sink(self) -> None:
        self.processes["sink"] = as_process(self.sink, self.mail_port)

    def start(self, *names: str) -> None:
        """Start processes of the Procfile; `worker.2` is a second worker. Returns when all are at work."""
        for name in names:
            command = [str(ROOT / "bin" / "proc"), name.partition(".")[0]]
            self.processes[name] = Process(command, self.folder / f"{name}.log", self.env_of(name))
        for name in names:
            until(f"{name} is at work", lambda name=name: self._at_work(name))  # type: ignore[misc]

    def env_of(self, name: str) -> dict[str, str]:
        """Return the environment of a process; each beat has a folder for its schedule, as on machines of their own."""
        kind, _, number = name.partition(".")
        if kind != "beat" or not number:
            return self.env
        return self.env | {"VAR": f"{self.env['VAR']}.{number}"}

    def _at_work(self, name: str) -> bool:
        process = self.processes[name]
        assert process.lives, f"{name} has ended:\n{process.said()}"
        if name == "web":
            return self.web_answers()
        return {"worker": " ready.", "beat": "beat: Starting"}[name.partition(".")[0]] in process.said()

    def web_answers(self) -> bool:
        connection = HTTPConnection("localhost", self.port, timeout=5)
        try:
            connection.request("GET", "/sign-in/")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def kill(self, *names: str) -> None:
        for name in names:
            self.processes.pop(name).kill()

    def restart_on(self, day: str) -> None:
        """Stop all that runs by the Procfile as an operator does, and start it again on another day."""
        names = [name for name in self.processes if name != "sink"]
        for name in names:
            self.processes[name].signal(signal.SIGTERM)
        for name in names:
            self.processes.pop(name).popen.wait(PATIENCE)
            (self.folder / f"{name}.log").unlink()
        self.env["CLOCK"] = day
        self.start(*names)

    def ring(self, times: int = 1) -> None:
        """Ring through the broker as beat does, and for sweep and mails besides, each message `times` times over."""
        with app.connection_for_write(self.redis.url, transport_options={"socket_timeout": 5}) as connection:
            for task in RINGS:
                task_id = f"{task}-{time.time_ns()}"
                for _time in range(times):
                    app.send_task(task, task_id=task_id, connection=connection, expires=55)

    def all_is_heard(self) -> bool:
        """Say whether nothing waits at the broker and no worker is still at anything it was rung for."""
        with redis_client.Redis.from_url(self.redis.url) as server:
            return server.llen("celery") == server.hlen("unacked") == 0

    def manage(self, *command: str) -> str:
        """Run manage.py and return what it printed."""
        return self.run("manage.py", *command)

    def run(self, *command: str) -> str:
        """Run Python in the environment of the processes and return what it printed."""
        command = (sys.executable, *command)
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def close(self) -> None:
        for process in [*self.processes.values(), self.redis.process]:
            process.kill()

    def said(self) -> str:
        """Return the ends of all logs, for a failure."""
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in self.folder.glob("*.log")
        )


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
