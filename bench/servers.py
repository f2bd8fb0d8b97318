"""Servers to be measured, and what drives them."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[1]
CONCORD = "registry.wsgi"
CONNECTIONS = 8
TICKS = os.sysconf("SC_CLK_TCK")
"""Of the processor's clock, in a second."""
REPLAY = """
local requests, at = {}, 0
wrk.headers["Content-Type"] = "application/json"
%(authorization)s
function init()
  for line in io.lines("%(requests)s") do
    local address, body = line:match("^(%%S+)\\t?(.*)$")
    local method = body == "" and "GET" or "POST"
    requests[#requests + 1] = wrk.format(method, address, nil, body ~= "" and body or nil)
  end
end
function request()
  at = at %% #requests + 1
  return requests[at]
end
function done(summary)
  local e = summary.errors
  local wrong = e.connect + e.read + e.write + e.status + e.timeout
  print(string.format("RESULT %%f %%d", summary.requests / (summary.duration / 1e6), wrong))
end
"""
"""Asks what stands in a file: on each line an address, and after a tab the body, where something is posted."""


@dataclass
class Server:
    """One gunicorn with its workers."""

    process: subprocess.Popen
    port: int
    log: Path

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, address: str) -> bytes:
        """Return the body under an address, which must be there."""
        return self._ask(address, Request(self.site + address))

    def post(self, address: str, body: str, token: str = "") -> bytes:
        """Return the answer to a JSON body, which must be taken."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        return self._ask(address, Request(self.site + address, body.encode(), headers))

    def _ask(self, address: str, request: Request) -> bytes:
        try:
            with urlopen(request, timeout=60) as answer:
                return answer.read()
        except HTTPError as error:
            sys.exit(f"{address}: {error}\n{error.read().decode()[:2000]}\n{self.log.read_text()[-3000:]}")

    def connection(self) -> HTTPConnection:
        """Return a connection that stays open from request to request."""
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def memory(self, what: str) -> float:
        """Return the megabytes of all workers together: `VmRSS` now, `VmHWM` at most since `forget_peak`."""
        found = (re.search(rf"^{what}:\s+(\d+)", (worker / "status").read_text(), re.M) for worker in self._workers())
        return sum(int(one[1]) for one in found if one) / 1024

    def forget_peak(self) -> None:
        for worker in self._workers():
            (worker / "clear_refs").write_text("5")

    def worked(self) -> list[int]:
        """Return how long each worker has worked, in ticks of the processor's clock."""
        each = ((worker / "stat").read_text().rpartition(")")[2].split() for worker in self._workers())
        return [int(told[11]) + int(told[12]) for told in each]

    def _workers(self) -> list[Path]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [Path("/proc") / child for child in children]


@contextmanager
def serving(application: str, folder: Path, env: dict[str, str], port: int) -> Iterator[Server]:
    """Serve a WSGI application as the Procfile serves Concord, two workers, until the body of the `with` ends."""
    line = re.search(r"^web: *(.*)$", (ROOT / "Procfile").read_text(), re.M)
    assert line and CONCORD in line[1], "the Procfile has no process “web” that serves registry.wsgi"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {key: value for key, value in os.environ.items() if key not in ("SECRET_KEY", "DEBUG", "BIND")} | env
    log = folder / f"{application}-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["sh", "-c", line[1].replace(CONCORD, application)],
            cwd=ROOT,
            env=env | {"PATH": path, "PORT": str(port)},
            stdout=out,
            stderr=out,
        )
    try:
        _wait(process, port, log)
        yield Server(process, port, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _wait(process: subprocess.Popen, port: int, log: Path) -> None:
    for _time in range(600):
        if process.poll() is not None:
            sys.exit(f"The server has ended:\n{log.read_text()[-3000:]}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"The server does not answer:\n{log.read_text()[-3000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rate(server: Server, requests: Sequence[str], seconds: int, folder: Path, token: str = "") -> float:
    """Return how many requests a server answers in a second, asked by wrk for these in rotation (see `REPLAY`).

    Connections stay open, and which worker gets one is chance: now and then one gets all, and the other core rests.
    A turn in which one never rests and does more than two thirds of the work is taken again.
    """
    asked, script = folder / "requests", folder / "replay.lua"
    asked.write_text("".join(f"{request}\n" for request in requests))
    authorization = f'wrk.headers["Authorization"] = "Bearer {token}"' if token else ""
    script.write_text(REPLAY % {"requests": asked, "authorization": authorization})
    amount = [f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s"]
    for _turn in range(10):
        before = server.worked()
        told = subprocess.run(
            ["wrk", "-t1", *amount, "-s", str(script), server.site], capture_output=True, text=True, check=True
        )
        found = re.search(r"RESULT (\S+) (\d+)", told.stdout)
        if not found or int(found[2]):
            said = f"{told.stdout}{told.stderr}{server.log.read_text()[-2000:]}"
            sys.exit(f"wrk was not answered as it should be:\n{said}")
        shares = [after - at for after, at in zip(server.worked(), before, strict=True)]
        if max(shares) < seconds * TICKS * 0.7 or max(shares) * 3 <= sum(shares) * 2:
            break
    return float(found[1])
