"""Builds a snapshot and publishes it: whole, or not at all.

    VAR/snapshots/.lock        held by the one build there may be
    VAR/snapshots/.building/   what it writes; swept by the next build where it was killed
    VAR/snapshots/12/          snapshot 12: manifest.json, the files of the package, and all of them as one archive

The **renaming** of `.building` to its number is the publication: before it there is nothing to be found, after it the
snapshot is whole and has been read again. Its row in the database is made after that. Where a build was killed in
between, or the database comes from a backup, the next build makes the row from the manifest. So no number is given
twice, and the folder alone is what must be kept.
"""

import fcntl
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from logging import getLogger
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from registry.core import clock
from registry.site.models import Snapshot, archive_name
from registry.site.snapshots import tables, texts
from registry.site.snapshots.tables import Broken, Table

log = getLogger(__name__)

MANIFEST = "manifest.json"


class Busy(Exception):
    """Another build is under way."""


@dataclass(frozen=True)
class Built:
    """What came of a build: the newest snapshot, and whether it is new."""

    snapshot: Snapshot
    is_new: bool

    def __str__(self) -> str:
        one = self.snapshot
        if not self.is_new:
            return f"Nothing has changed since snapshot {one.number} of {one.day}; no new one was made."
        megabytes = one.archive["bytes"] / 1e6
        return f"Snapshot {one.number}: {one.total} rows, {megabytes:.1f} MB, SHA-256 {one.archive['sha256']}."


def home() -> Path:
    """Return the folder in which the snapshots stand."""
    return Path(settings.VAR) / "snapshots"


def build() -> Built:
    """Write the published registry, read it again, compare, publish. Return the newest snapshot.

    1. Sweep what a killed build has left, and list what stands there without a row.
    2. Read every kind in one transaction, into CSV.
    3. Stop where nothing has changed since the newest snapshot.
    4. Re-read CSV, write Parquet, re-read that; compare rows and checksums with what the database gave.
    5. Write descriptor, codebook, licences; pack all; re-read the archive.
    6. Rename into place; make the row.

    Raises Busy where another build is under way, Broken where what was written is not what was read, OSError where
    the disk does not take it. In each case nothing is published.
    """
    with only_one():
        adopt()
        sweep()
        folder = home() / ".building"
        folder.mkdir()
        try:
            day, made_at = clock.today(), timezone.now()
            found = tables.write(folder)
            if clock.today() != day:
                raise Broken("Midnight (UTC) has passed while states were told for the day before. Begin again.")
            content = content_of(found)
            newest = Snapshot.objects.first()
            if newest and newest.content == content and folder_of(newest.number).is_dir():
                return Built(newest, is_new=False)
            number = next_number()
            check(folder, found)
            texts.write(folder, found, number, day, made_at)
            manifest = finish(folder, found, number, day, made_at, content)
            folder.rename(folder_of(number))
            keep(home())
            return Built(Snapshot.objects.create(**manifest), is_new=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def folder_of(number: int) -> Path:
    """Return the folder of a published snapshot."""
    return home() / str(number)


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the lock of builds; the system takes it from a process that dies. Raises Busy where another holds it."""
    home().mkdir(parents=True, exist_ok=True)
    with (home() / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("Another snapshot is being built. Wait until it is done.") from None
        yield


def sweep() -> None:
    """Delete what builds that were killed have left. Only who holds the lock may."""
    for path in home().iterdir():
        if path.name != ".lock" and not path.name.isdigit():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def adopt() -> None:
    """Make the rows of snapshots that stand there without one."""
    known = set(Snapshot.objects.values_list("number", flat=True))
    for number in sorted(numbers() - known):
        try:
            manifest = json.loads((folder_of(number) / MANIFEST).read_text(encoding="utf-8"))
            Snapshot.objects.create(**manifest | {"number": number})
        except (OSError, ValueError, TypeError, ValidationError) as error:
            log.error("%s is no snapshot and is left alone: %s", folder_of(number), error)
        else:
            log.info("Snapshot %s stood there without its row and is listed again", number)


def numbers() -> set[int]:
    """Return the numbers under which a folder stands."""
    return {int(path.name) for path in home().iterdir() if path.name.isdigit()}


def next_number() -> int:
    """Return the number after all that were ever given."""
    newest = Snapshot.objects.first()
    return 1 + max(numbers() | {newest.number if newest else 0})


def content_of(found: list[Table]) -> str:
    """Return the digest of all rows of all kinds, which is the same where nothing has changed."""
    told = [[table.kind, [column.name for column in table.columns], table.content] for table in found]
    return sha256(json.dumps(told).encode()).hexdigest()


def check(folder: Path, found: list[Table]) -> None:
    """Re-read CSV, write Parquet from it, re-read that; note which columns are keys. Raises Broken on a difference."""
    with tables.database(folder) as db:
        for table in found:
            tables.reread_csv(folder, table)
            tables.write_parquet(db, folder, table)
            tables.reread_parquet(db, folder, table)
        tables.find_keys(db, folder, found)
    shutil.rmtree(folder / "duckdb", ignore_errors=True)


def finish(folder: Path, found: list[Table], number: int, day: date, made_at: datetime, content: str) -> dict[str, Any]:
    """Pack the files into one archive, re-read that, write the manifest, and see it all on the disk.

    Return the manifest: the fields of the row. Raises Broken where the archive does not hold what the files do.
    """
    files = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": tables.file_sum(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    for table in found:
        for name, digest in table.sums.items():
            if files[name]["sha256"] != digest:
                raise Broken(f"{name} has changed since it was read again.")
    packed = folder / archive_name(number)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in files:
            archive.write(folder / name, f"concord-snapshot-{number}/{name}")
    with zipfile.ZipFile(packed) as archive:
        for name, told in files.items():
            with archive.open(f"concord-snapshot-{number}/{name}") as member:
                if sum_of(member) != told["sha256"]:
                    raise Broken(f"{packed.name}: {name} in it is not the file {name}.")
    files[packed.name] = {"bytes": packed.stat().st_size, "sha256": tables.file_sum(packed)}
    manifest = {
        "number": number,
        "day": day.isoformat(),
        "made_at": made_at.isoformat(),
        "rows": {table.kind: table.rows for table in found},
        "files": files,
        "content": content,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    for path in (folder, *folder.rglob("*")):
        keep(path)
    return manifest


def sum_of(file: Any) -> str:
    """Return the SHA-256 of what can be read from a file that is open."""
    whole = sha256()
    while part := file.read(2**20):
        whole.update(part)
    return whole.hexdigest()


def keep(path: Path) -> None:
    """See a file or a folder on the disk, so that a power cut does not leave a number with half a snapshot."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
