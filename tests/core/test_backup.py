"""One file holds the whole registry, and a restored copy has the same content."""

import json
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from continuity import door
from continuity.models import Initiative
from registry.core import backup, clockwork, write
from registry.core.models import Citation, Country, Document, Job, Pair, Revision, Source, Subject, User
from tests.cast import agreement, commission, event, session
from tests.everything import one_of_each

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _no_documents_of_other_tests(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def registry(transactional_db, kg_tj, aigul):
    """A registry in which something of every difficulty stands: links, JSON, a parent, an attachment, a file."""
    treaty = agreement(kg_tj, titles={"ru": "Договор", "ky": "Келишим"})
    council = commission(kg_tj, parent=treaty)
    session(council)
    concert = event(kg_tj, initiative=council, visibility="draft")
    source = write.save(Source(kind="PRESS", visibility="published", about="news"), by=write.SYSTEM)
    about = {"content_type": ContentType.objects.get_for_model(concert), "object_id": concert.pk}
    Citation.objects.create(source=source, field="started_on", value="2020", **about)
    minutes = Document(kind="MINUTES", visibility="published", **about)
    minutes.file.save("минуты.txt", BytesIO("баённома".encode()), save=False)
    write.save(minutes, by=write.SYSTEM)


def empty() -> None:
    """Leave what a new installation has after its first start."""
    call_command("flush", interactive=False, verbosity=0)
    call_command("load_vocabularies", verbosity=0)


def test_a_restored_copy_has_the_same_content(registry, tmp_path, settings, capsys):
    path = tmp_path / "backup.tar.gz"
    call_command("backup", path)
    before = backup.content_hash()
    empty()
    settings.MEDIA_ROOT = tmp_path / "restored"
    assert backup.content_hash() != before

    call_command("restore", path)

    assert backup.content_hash() == before
    assert f"The content hash is the same: {before}" in capsys.readouterr().out
    assert Document.objects.get().file.read().decode() == "баённома"
    assert Citation.objects.get().record.title == "Concert"
    assert Initiative.objects.get(kind="commission").commission.sessions.count() == 1
    assert User.objects.get(username="aigul").check_password("aigul")


def test_a_restored_registry_can_be_written_to(registry, kg_tj, tmp_path, settings):
    path = tmp_path / "backup.tar.gz"
    backup.write(path)
    empty()
    settings.MEDIA_ROOT = tmp_path / "restored"
    backup.read(path)

    agreement(kg_tj)  # its number comes from a sequence that was set behind the restored ones

    assert Initiative.objects.count() == 3


def test_a_registry_that_is_not_empty_is_left_alone(registry, tmp_path):
    path = tmp_path / "backup.tar.gz"
    backup.write(path)

    with pytest.raises(CommandError, match="not empty .*core.User.*Restore into a new, migrated database"):
        call_command("restore", path)


def test_what_was_changed_in_the_file_is_found_and_nothing_is_kept(registry, tmp_path, settings):
    path, changed = tmp_path / "backup.tar.gz", tmp_path / "changed.tar.gz"
    backup.write(path)
    with tarfile.open(path) as old, tarfile.open(changed, "w:gz") as new:
        for member in old.getmembers():
            content = old.extractfile(member).read()
            if member.name == "rows/events.Event.jsonl":
                content = content.replace(b"Concert", b"Parade!")
            member.size = len(content)
            new.addfile(member, BytesIO(content))
    empty()
    settings.MEDIA_ROOT = tmp_path / "restored"

    with pytest.raises(CommandError, match="differs from the backup. Nothing is kept"):
        call_command("restore", changed)

    assert not Revision.objects.exists()
    assert not (tmp_path / "restored/documents").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no backup of Concord or is damaged"),
        (b"not a tar", "is no backup of Concord or is damaged"),
    ],
)
def test_what_is_no_backup_is_refused(transactional_db, tmp_path, content, message):
    path = tmp_path / "file"
    path.write_bytes(content)

    with pytest.raises(CommandError, match=message):
        call_command("restore", path)


def test_a_backup_of_another_format_is_refused(transactional_db, tmp_path):
    path = tmp_path / "file"
    with tarfile.open(path, "w:gz") as archive:
        text = json.dumps({"format": 99, "rows": {}, "hash": ""}).encode()
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(text)
        archive.addfile(entry, BytesIO(text))

    with pytest.raises(CommandError, match="has format 99, this version reads 1"):
        call_command("restore", path)


def test_a_file_is_never_overwritten(registry, tmp_path):
    path = tmp_path / "backup.tar.gz"
    path.write_text("mine")

    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", path)
    with pytest.raises(CommandError, match="Create it first"):
        call_command("backup", tmp_path / "nowhere" / "file")

    assert path.read_text() == "mine"


def plain(row: tuple) -> str:
    """Return the row as text; one database keeps the keys of a mapping in their order, the other does not."""
    return ", ".join(json.dumps(v, sort_keys=True) if isinstance(v, (dict, list)) else repr(v) for v in row)


def everything() -> dict[str, list]:
    """Return every column of every row as the database gives it, links and moments to the microsecond included."""
    tables = [*backup.kept_models()]
    tables += [link.remote_field.through for model in tables for link in model._meta.local_many_to_many]
    fields = {model: [f for f in model._meta.local_concrete_fields if f.name != "content_type"] for model in tables}
    return {
        model._meta.label: sorted(map(plain, model._base_manager.values_list(*(f.attname for f in fields[model]))))
        for model in tables
        if not (model._meta.auto_created and "id" not in {f.name for f in fields[model]})
    }


def without_numbers_of_links(found: dict[str, list]) -> dict[str, list]:
    """A row that links two others has a number of its own, which nothing names and which may differ."""
    links = {
        link.remote_field.through._meta.label for model in backup.kept_models() for link in model._meta.many_to_many
    }
    return {
        label: sorted(row.split(", ", 1)[1] for row in rows) if label in links else rows
        for label, rows in found.items()
    }


@pytest.mark.skipif(connection.vendor == "sqlite", reason="runs with the suite on PostgreSQL")
def test_every_column_of_every_kind_comes_back_through_the_other_database(
    transactional_db, kg_tj, rosa, settings, tmp_path
):
    """Here, a SQLite file of its own, and here again: both directions."""
    one_of_each(kg_tj, rosa)
    Country.objects.bulk_create([Country(code="BQAQ"), Country(code="BQ")])
    Country.objects.get(code="KG").borders.set(["TJ", "UZ"])
    for other in ("BQAQ", "BQ"):  # databases differ in where a hyphen stands in the alphabet
        Pair.objects.between("TJ", other)
    before = without_numbers_of_links(everything())
    path, back = tmp_path / "there.tar.gz", tmp_path / "back.tar.gz"
    there = backup.write(path)["hash"]
    env = {"VAR": str(tmp_path / "var"), "DJANGO_SETTINGS_MODULE": "registry.settings", "PATH": "/usr/bin:/bin"}
    for command in (["migrate", "--verbosity=0"], ["restore", str(path)], ["backup", str(back)]):
        line = [sys.executable, "manage.py", *command]
        done = subprocess.run(line, cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    empty()
    settings.MEDIA_ROOT = tmp_path / "restored"

    assert backup.read(back)["hash"] == there
    assert without_numbers_of_links(everything()) == before
    assert door.rebuild() == 0


@pytest.mark.parametrize("kind", [Subject, Job])
def test_a_registry_with_a_single_row_is_not_empty(registry, tmp_path, settings, kind):
    path = tmp_path / "backup.tar.gz"
    backup.write(path)
    empty()
    settings.MEDIA_ROOT = tmp_path / "restored"
    row = kind.objects.create(**({"labels": {"en": "Theatre"}} if kind is Subject else {"kind": "refold"}))

    with pytest.raises(CommandError, match=f"it has {kind._meta.label}"):
        call_command("restore", path)

    assert kind.objects.get() == row


def test_a_started_clockwork_is_no_content(registry, tmp_path, settings):
    """In a new installation it ticks before anything is restored."""
    path = tmp_path / "backup.tar.gz"
    call_command("tick")
    before = backup.write(path)["hash"]
    clockwork.tick()
    Job.objects.update(asked_at=timezone.now(), report="another")
    assert backup.content_hash() == before
    empty()
    settings.MEDIA_ROOT = tmp_path / "restored"
    clockwork.tick()

    assert backup.read(path)["hash"] == before
    assert not Job.objects.exists()


@pytest.mark.parametrize("name", ["../escaped", "/escaped", "documents/../../escaped"])
def test_a_file_that_would_leave_the_folder_is_refused(transactional_db, tmp_path, name):
    path = tmp_path / "file"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo(name), BytesIO())

    with pytest.raises(CommandError, match="is no backup of Concord"):
        call_command("restore", path)
