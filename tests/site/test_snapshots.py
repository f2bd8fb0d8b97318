"""Snapshots: whole, the same as the registry, seen by everyone and holding what everyone sees; or not there at all."""

import csv
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client

from events.models import Event
from registry.core import backup, clockwork, jobs
from registry.core.api import router
from registry.core.models import Job, Pair
from registry.site.models import Snapshot
from registry.site.snapshots import building, tables
from tests.cast import agreement, commission, event, session

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-11-22"


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    """A folder of its own for each test."""
    settings.VAR = tmp_path
    return tmp_path / "snapshots"


@pytest.fixture
def small(transactional_db: None, kg_tj: Pair, on_day: Any) -> Pair:
    """One lapse that is open, and little else."""
    on_day(DAY)
    session(commission(kg_tj, title="Council", ref="COUNCIL"))
    return kg_tj


def left(home: Path) -> set[str]:
    """Return what stands in the folder of snapshots."""
    return {path.name for path in home.iterdir()} - {".lock"}


def table(folder: Path, kind: str) -> list[dict[str, Any]]:
    with (folder / "data" / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_column_that_leads_out_of_the_snapshot_is_no_key(small: Pair, home: Path) -> None:
    """As that of a pair of which nothing but a figure is on file, which makes no pair public."""
    building.build()
    folder = home / "1"
    lapses = (folder / "data/lapses.csv").read_text()
    (folder / "data/lapses.csv").write_text(lapses.replace(",COUNCIL,", ",NOWHERE,"))
    with connection.cursor(), tables.database(folder) as db:
        found = [table for table in described() if table.kind in ("lapses", "initiatives")]
        for one in found:
            tables.write_parquet(db, folder, one)
        tables.find_keys(db, folder, found)
    assert {one.kind: one.leads_to for one in found} == {
        "initiatives": {"parent_ref": "initiatives"},
        "lapses": {},
    }


def described() -> Iterator[tables.Table]:
    """Yield every kind with its columns, not read."""
    for kind, viewset, _name in router.registry:
        yield tables.Table(kind, "", tables.columns_of(viewset.serializer_class), viewset.serializer_class.Meta.model)


# When there is a new one -------------------------------------------------------------------------------------------


def test_nothing_new_no_number(small: Pair, home: Path, on_day: Any, capsys: Any) -> None:
    agreement(small, ref="TREATY", rhythm="regular", signed_on="2026-06-01")
    call_command("snapshot")
    on_day("2026-11-29")  # the open lapse is a week longer, and nothing else has changed
    call_command("snapshot")
    told = capsys.readouterr().out
    assert "Snapshot 1: " in told
    assert f"Nothing has changed since snapshot 1 of {DAY}; no new one was made." in told
    assert left(home) == {"1"}

    on_day("2030-11-22")  # nobody has written anything, and the treaty is dormant
    assert (building.build().snapshot.number, left(home)) == (2, {"1", "2"})
    assert {row["ref"]: row["state"] for row in table(home / "2", "agreements")} == {"TREATY": "dormant"}
    # its lapse is told before the sweep has stored it, so that it has no reference yet
    assert "" in {row["ref"] for row in table(home / "2", "lapses")}
    schemas = {one["name"]: one["schema"] for one in json.loads((home / "2/datapackage.json").read_text())["resources"]}
    assert {name for name, schema in schemas.items() if "primaryKey" not in schema} == {"lapses", "lapses-parquet"}


def test_everything_is_of_one_moment(small: Pair, home: Path, monkeypatch: Any) -> None:
    """What is stored while a snapshot is read, by somebody who is not kept waiting, is in the next one."""

    def stored_meanwhile(*args: Any) -> Any:
        kinds.append(args[1])
        if len(kinds) == 2:
            other = Thread(target=store)
            other.start()
            other.join(10)
            assert not other.is_alive(), "a writer waits for the snapshot"
        return write_kind(*args)

    def store() -> None:
        event(small, ref="MEANWHILE")
        connection.close()

    kinds: list[str] = []
    write_kind = tables.write_kind
    monkeypatch.setattr(tables, "write_kind", stored_meanwhile)
    building.build()
    assert Event.objects.filter(ref="MEANWHILE").exists()
    assert table(home / "1", "events") == []
    monkeypatch.undo()
    with transaction.atomic():  # and writing is as it was
        event(small, ref="AFTER")
    building.build()
    assert {row["ref"] for row in table(home / "2", "events")} == {"MEANWHILE", "AFTER"}


# What goes wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "name", "said"),
    [
        ("write", "data/countries.csv", "data/countries.csv: its SHA-256 is"),
        ("find_keys", "data/countries.parquet", "data/countries.parquet has changed since"),
    ],
)
def test_what_is_damaged_on_the_disk_is_not_published(
    small: Pair, home: Path, monkeypatch: Any, step: str, name: str, said: str
) -> None:
    done = getattr(tables, step)

    def then_damage(*args: Any) -> Any:
        result = done(*args)
        path = home / ".building" / name
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        return result

    monkeypatch.setattr(tables, step, then_damage)
    with pytest.raises(tables.Broken, match=said):
        building.build()
    assert (left(home), Snapshot.objects.count()) == (set(), 0)


def test_rows_that_were_not_read_are_missed(small: Pair, home: Path, monkeypatch: Any) -> None:
    (viewset,) = [viewset for kind, viewset, _name in router.registry if kind == "commissions"]
    monkeypatch.setattr(viewset, "every_row", lambda *args: iter(()))
    with pytest.raises(tables.Broken, match="commissions: 0 rows were read where the database counts 1."):
        building.build()
    assert (left(home), Snapshot.objects.count()) == (set(), 0)


def test_parquet_of_other_values_is_not_published(small: Pair, home: Path, monkeypatch: Any) -> None:
    def other(db: Any, folder: Path, table: tables.Table) -> None:
        written(db, folder, table)
        if table.kind == "lapses":
            path = folder / table.parquet
            db.execute(f"CREATE TABLE l AS SELECT * REPLACE (days + 1 AS days) FROM '{path}'")
            db.execute(f"COPY l TO '{path}' (FORMAT parquet)")

    written = tables.write_parquet
    monkeypatch.setattr(tables, "write_parquet", other)
    with pytest.raises(CommandError, match="Nothing was published. data/lapses.parquet: . rows with the digest"):
        call_command("snapshot")
    assert (left(home), Snapshot.objects.count()) == (set(), 0)


def test_the_night_makes_one_and_a_night_that_fails_is_seen(
    small: Pair, home: Path, client: Client, settings: Any
) -> None:
    settings.OPERATOR = ["operator@example.org"]
    for name in ("tick", "worker", "sweep"):
        clockwork.beat(name)
    home.write_text("no folder")
    clockwork.tick()
    jobs.run_jobs()
    job = Job.objects.get(kind="snapshot")
    assert (job.state, job.report.split(":")[0]) == (Job.State.QUEUED, "CommandError")
    assert client.get("/health?format=json").json()["parts"]["failed_jobs"]["status"] == "amber"
    home.unlink()
    jobs.do_again(Job.objects.filter(pk=job.pk))
    jobs.run_jobs()
    job.refresh_from_db()
    assert (job.state, job.report.split(":")[0], left(home)) == (Job.State.DONE, "Snapshot 1", {"1"})
    assert client.get("/health?format=json").json()["parts"]["failed_jobs"]["status"] == "green"


def test_a_killed_build_publishes_nothing(small: Pair, home: Path, process_env: dict[str, str], client: Client) -> None:
    command = [sys.executable, "manage.py", "snapshot"]
    builder = subprocess.Popen(command, cwd=ROOT, env=process_env | {"CLOCK": DAY}, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (home / ".building/data/events.csv").exists():
        assert builder.poll() is None and time.monotonic() < until, "nothing to be killed"
    builder.send_signal(signal.SIGKILL)
    builder.wait()

    assert left(home) == {".building"}
    assert client.get("/api/v1/snapshots/").json()["results"] == []
    assert client.get("/snapshots/1/").status_code == 404

    assert building.build().snapshot.number == 1
    assert left(home) == {"1"}


def test_two_at_once_make_one(small: Pair, home: Path) -> None:
    with building.only_one(), pytest.raises(CommandError, match="Another snapshot is being built."):
        call_command("snapshot")
    told: list[str] = []

    def build() -> None:
        try:
            told.append(str(building.build()))
        except building.Busy:
            told.append("busy")
        connection.close()

    both = [Thread(target=build) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert len([text for text in told if text.startswith("Snapshot 1: ")]) == 1, told
    assert len([text for text in told if text.startswith(("busy", "Nothing has changed"))]) == 1, told
    assert (left(home), Snapshot.objects.count()) == ({"1"}, 1)


def test_a_snapshot_without_its_row_is_listed_again(small: Pair, home: Path, tmp_path: Path) -> None:
    """The build was killed right after it was published, or the database is of before."""
    made = building.build().snapshot
    before = Snapshot.objects.values().get()
    Snapshot.objects.all().delete()
    (home / "7").mkdir()  # nobody's, and never overwritten
    (home / "5").mkdir()
    (home / "5/manifest.json").write_text('{"day": "never"}')
    found = building.build()
    assert (found.is_new, found.snapshot.number) == (False, made.number)
    assert Snapshot.objects.values().get() == before
    event(small)
    assert building.build().snapshot.number == 8


def test_no_backup_holds_it(small: Pair, tmp_path: Path) -> None:
    building.build()
    assert "site.Snapshot" not in backup.write(tmp_path / "backup.tar.gz")["rows"]
