"""Measure Concord's API beside a typical build on the same tables and beside the database itself: bench/README.md."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.database import address, own_database, tidy
from bench.measures import MEASURES
from bench.servers import CONCORD, ROOT, Server, free_port, serving
from bench.sides import HEAD, Bench, answer, count

NAME = "concord_bench_api"


def main() -> int:
    options = _options()
    if not shutil.which("wrk"):
        sys.exit("wrk drives this benchmark and is not on the path: apt-get install wrk")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever ends it leaves no server and no database behind
    missed = 0
    with ExitStack() as stack:
        url = stack.enter_context(own_database(NAME, options.database, options.keep))
        _fill(options.events)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix=f"{NAME}_")))
        bench = _start(stack, url, folder, options)
        print(f"{count('events_event'):,} synthetic events, {count('events_eventparticipation'):,} participations")
        print(HEAD)
        for measure in MEASURES:
            if any(part in measure.__name__ for part in options.only.split(",")):
                for one in measure(bench):
                    print(one, flush=True)
                    missed += one.missed
    return int(missed > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.api", description=__doc__)
    parser.add_argument(
        "--database",
        default="postgresql://postgres@127.0.0.1:5432/postgres",
        help=f"the PostgreSQL on which a database {NAME}_… is created, and dropped at the end",
    )
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/9", help="where Concord counts and caches")
    parser.add_argument("--events", type=int, default=200_000, help="how many; 2.5 times as many participations")
    parser.add_argument("--rounds", type=int, default=5, help="how often the sides of each measure take turns")
    parser.add_argument("--seconds", type=int, default=4, help="how long each is asked in a turn")
    parser.add_argument("--keep", metavar="NAME", help="keep the database under this name, and use it if it is there")
    parser.add_argument("--compare", metavar="NAME", help="a smaller database that was kept: pages and words on both")
    parser.add_argument(
        "--only", default="", help="only the measures whose names contain this, or one of several parted by commas"
    )
    return parser.parse_args()


def _start(stack: ExitStack, url: str, folder: Path, options: argparse.Namespace) -> Bench:
    def concord(database: str) -> Server:
        port = free_port()
        env = _environment(database, folder, options.redis) | {"SITE_URL": f"http://127.0.0.1:{port}"}
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]  # one that was kept may be of an older day
        subprocess.run(migrate, cwd=ROOT, env=os.environ | env, check=True)
        return stack.enter_context(serving(CONCORD, folder, env, port))

    ours = concord(url)
    smaller = concord(address(options.database, f"{NAME}_{options.compare}")) if options.compare else None
    env = {"DATABASE_URL": url, "SITE_URL": ours.site, "BENCH_LICENCE": json.dumps(answer(ours, "/api/v1/")["license"])}
    typical = stack.enter_context(serving("bench.typical.wsgi", folder, env, free_port()))
    return Bench(ours, typical, smaller, folder, options.rounds, options.seconds)


def _environment(url: str, folder: Path, redis: str) -> dict[str, str]:
    from bench.generate import TODAY

    where = {"DATABASE_URL": url, "REDIS_URL": redis, "VAR": str(folder / "var")}
    return where | {"CLOCK": TODAY.isoformat(), "RATE_LIMIT": "999999999"}  # counted as ever, and never reached


def _fill(events: int) -> None:
    from bench import generate_events

    if not count("events_event"):
        began = time.perf_counter()
        generate_events.fill(events)
        print(f"filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    tidy()


if __name__ == "__main__":
    sys.exit(main())
