"""The whole registry in one file that either database can read, with a hash of its content.

The file is a gzipped tar: `manifest.json`, one `rows/APP.MODEL.jsonl` for each table (Django's serialization, keys
sorted, rows by primary key), and the uploaded `documents/`. The content hash is the SHA-256 over the names and
contents of all of these but the manifest, so the same content gives the same hash whatever the database.
"""

import hashlib
import io
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from registry.core.models import Answered, ApiToken, Heartbeat, Job

FORMAT = 1
LEFT_OUT: list[type[models.Model]] = [Heartbeat, ApiToken, Answered]
"""Models whose rows belong to one installation; rooms above add theirs in `AppConfig.ready`. A token that was revoked
after the backup must not open anything again."""


class Unusable(Exception):
    """The file cannot be restored here; the text says why and what to do."""


def kept_models() -> list[type[models.Model]]:
    """Return the models whose rows are the registry: all of our own, and the groups of accounts."""
    folders = (settings.BASE_DIR, settings.BASE_DIR / "registry")
    ours = [config for config in apps.get_app_configs() if Path(config.path).parent in folders]
    kept = [model for config in ours for model in config.get_models() if model not in LEFT_OUT]
    return sorted([*kept, apps.get_model("auth.Group")], key=lambda model: model._meta.label)


def kept_rows(model: type[models.Model]) -> models.QuerySet:
    """Return the rows of a model that are the registry. Windows, like heartbeats, are those of one installation: they
    appear by themselves in a new one before anything is restored into it."""
    rows = model._base_manager.all()
    return rows.filter(window=None) if model is Job else rows


def rows_of(model: type[models.Model]) -> Iterator[bytes]:
    """Yield one line of JSON for each row of the table of `model`."""
    rows = kept_rows(model).order_by("pk").iterator(chunk_size=2000)
    if not isinstance(model._meta.pk, models.AutoField | models.OneToOneField):
        rows = iter(sorted(rows, key=lambda row: str(row.pk)))  # databases differ in where a hyphen stands
    for row in rows:
        told = serializers.serialize("python", [row])[0]
        for link in model._meta.local_many_to_many:
            told["fields"][link.name].sort(key=str)
        if "content_type" in told["fields"]:  # the one number that differs from installation to installation
            told["fields"]["content_type"] = _label_of(told["fields"]["content_type"])
        yield (json.dumps(told, sort_keys=True, ensure_ascii=False, cls=_Whole) + "\n").encode()


class _Whole(DjangoJSONEncoder):
    """Django's own would cut times to milliseconds."""

    def default(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime) else super().default(value)


def _label_of(content_type: int) -> str:
    kind = ContentType.objects.get_for_id(content_type)
    return f"{kind.app_label}.{kind.model}"


def _number_of(label: str) -> int:
    return ContentType.objects.get_by_natural_key(*label.split(".")).pk


def write(path: Path) -> dict[str, Any]:
    """Write the backup to `path`, all or nothing, and return its manifest."""
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        with tempfile.TemporaryDirectory() as folder:
            counts, members = {}, []
            with transaction.atomic():
                if connection.vendor == "postgresql":
                    with connection.cursor() as cursor:  # one moment for all tables
                        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                for model in kept_models():
                    member = Path(folder) / model._meta.label
                    with member.open("wb") as file:
                        counts[model._meta.label] = sum(1 for line in rows_of(model) if file.write(line))
                    members.append((f"rows/{model._meta.label}.jsonl", member))
            members += _documents()
            manifest = {"format": FORMAT, "rows": counts, "hash": _hash(members)}
            with tarfile.open(unfinished, "w:gz") as archive:
                _add(archive, "manifest.json", json.dumps(manifest, indent=1).encode())
                for name, member in members:
                    archive.add(member, name)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def content_hash() -> str:
    """Return the hash of what is in the registry now."""
    with tempfile.TemporaryDirectory() as folder:
        members = []
        for model in kept_models():
            member = Path(folder) / model._meta.label
            with member.open("wb") as file:
                file.writelines(rows_of(model))
            members.append((f"rows/{model._meta.label}.jsonl", member))
        return _hash(members + _documents())


def _documents() -> list[tuple[str, Path]]:
    folder = Path(settings.MEDIA_ROOT) / "documents"
    return [
        (f"documents/{path.relative_to(folder).as_posix()}", path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def _hash(members: list[tuple[str, Path]]) -> str:
    whole = hashlib.sha256()
    for name, path in members:
        with path.open("rb") as file:
            whole.update(f"{name} {_digest(file)}\n".encode())
    return whole.hexdigest()


def _digest(file: Any) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


# Restoring ---------------------------------------------------------------------------------------------------------

FROM_FILES = ("core.Country", "core.Term", "core.Alias")
"""What is there from the first start; a registry is empty when nothing else has a row."""


def read(path: Path) -> dict[str, Any]:
    """Restore the backup at `path` into this empty registry, all or nothing, and return its manifest.

    Raises Unusable where the registry is not empty, the file is none of ours, or the restored content is not the same.
    """
    labels = {model._meta.label: model for model in kept_models()}
    filled = [name for name, model in labels.items() if name not in FROM_FILES and kept_rows(model).exists()]
    if filled or _documents():
        what = ", ".join(filled or ["documents"])
        raise Unusable(f"This registry is not empty (it has {what}). Restore into a new, migrated database and VAR.")
    with tempfile.TemporaryDirectory() as folder:
        manifest = _unpack(path, Path(folder))
        documents = Path(settings.MEDIA_ROOT) / "documents"
        try:
            with transaction.atomic():
                _store(Path(folder) / "rows")
                if (Path(folder) / "documents").exists():
                    shutil.copytree(Path(folder) / "documents", documents, dirs_exist_ok=True)
                if content_hash() != manifest["hash"]:
                    raise Unusable("The restored content differs from the backup. Nothing is kept; report this.")
        except BaseException:
            shutil.rmtree(documents, ignore_errors=True)
            raise
    return manifest


def _unpack(path: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                target = (folder / member.name).resolve()
                if not (member.isfile() and target.is_relative_to(folder.resolve())):
                    raise ValueError(member.name)
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as file, archive.extractfile(member) as content:  # type: ignore[union-attr]
                    shutil.copyfileobj(content, file)
        manifest = json.loads((folder / "manifest.json").read_text())
    except (OSError, tarfile.TarError, ValueError, EOFError) as error:
        raise Unusable(
            f"{path} is no backup of Concord or is damaged ({error}). Name a file that `backup` wrote."
        ) from error
    if manifest.get("format") != FORMAT:
        raise Unusable(f"{path} has format {manifest.get('format')}, this version reads {FORMAT}. Use its own version.")
    known = {model._meta.label for model in kept_models()}
    strange = set(manifest["rows"]) ^ known
    if strange:
        raise Unusable(f"{path} was made by another version ({', '.join(sorted(strange))}). Restore with that version.")
    return manifest


def _store(rows: Path) -> None:
    """Store every row as it is, past all derived values: they are in the backup too."""
    kept = kept_models()
    for model in reversed(kept):
        model._base_manager.all().delete()
    for model in kept:
        with (rows / f"{model._meta.label}.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                told = json.loads(line)
                if "content_type" in told["fields"]:
                    told["fields"]["content_type"] = _number_of(told["fields"]["content_type"])
                for row in serializers.deserialize("python", [told]):
                    row.save(force_insert=True)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), kept):
            cursor.execute(statement)
