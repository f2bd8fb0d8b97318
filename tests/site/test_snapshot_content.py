"""What is in a snapshot: what everyone sees, typed and described. One is built for the whole file, which only reads."""

import csv
import json
import zipfile
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import frictionless
import pytest
import yaml
from django.core.management import call_command
from django.test import Client, override_settings

from events.models import Event
from registry.core import access, write
from registry.core.api import router
from registry.core.models import Pair, Source
from registry.core.serializers import visible
from registry.site.models import Snapshot
from registry.site.snapshots import building, tables
from tests.cast import event
from tests.everything import everything
from tests.safety.world import TODAY, ground

pytestmark = pytest.mark.django_db

TITLE = '=1+1, "q"; Наврўз\r\nand a line'


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Snapshot]:
    """Something of every kind for everyone, all of it again as drafts and for staff only; and a snapshot of that.

    It is stored and not only begun, since a snapshot reads in a transaction of its own.
    """
    home = tmp_path_factory.mktemp("content")
    with django_db_blocker.unblock(), override_settings(CLOCK=TODAY, VAR=home):
        try:
            ground()
            pair = Pair.objects.between("KG", "TJ")
            pair.tracked_from, pair.tracking_basis = date(2015, 1, 1), "assumed"
            write.save(pair, by=write.SYSTEM)
            for mark, visibility in (("SHOWN", "published"), ("DRAFT", "draft"), ("STAFF", "staff_only")):
                everything(pair, mark, visibility=visibility)
            event(pair, ref="ODD", title=TITLE, attendance=7, country_id="NA")
            source = {"kind": "PRESS", "title": "Data | set", "licence": "CC BY 4.0", "visibility": "published"}
            write.save(Source(ref="CC", **source), by=write.SYSTEM)
            yield building.build().snapshot
        finally:
            call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def folder(made: Snapshot) -> Path:
    return building.folder_of(made.number)


def rows_of(folder: Path, kind: str) -> int:
    with (folder / "data" / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        return sum(1 for _row in csv.DictReader(file))


def test_the_package_is_valid(made: Snapshot, folder: Path) -> None:
    report = frictionless.Package(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "note"])[:5]
    assert [task.name for task in report.tasks if task.type == "table"] == [kind for kind, _v, _n in router.registry]


def test_it_is_what_everyone_sees(made: Snapshot, folder: Path, client: Client) -> None:
    for kind, viewset, _name in router.registry:
        api = client.get(f"/api/v1/{kind}/?format=csv&ordering=id").getvalue()
        assert (folder / f"data/{kind}.csv").read_bytes() == api, kind
        assert made.rows[kind] == rows_of(folder, kind) > 0, kind
        if hasattr(viewset.serializer_class.Meta.model, "visible_q"):
            assert made.rows[kind] == visible(viewset.serializer_class.Meta.model, access.NOBODY).count(), kind


def test_nothing_hidden_is_in_it(made: Snapshot, folder: Path) -> None:
    hidden = set(Event.objects.exclude(visibility="published").values_list("title", flat=True))
    for _kind, viewset, _name in router.registry:
        model = viewset.serializer_class.Meta.model
        if hasattr(model, "visible_q") and hasattr(model, "ref"):
            shown = visible(model, access.NOBODY).order_by().values("pk")
            hidden |= set(model.objects.exclude(pk__in=shown).values_list("ref", flat=True))
    assert len(hidden) > 20
    with duckdb.connect() as db:
        for path in folder.rglob("*"):
            text = path.read_text() if path.suffix in (".csv", ".md", ".json", ".cff") else ""
            if path.suffix == ".parquet":
                text = str(db.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall())
            assert not {word for word in hidden if word in text}, path.name


def test_parquet_is_typed(folder: Path) -> None:
    with duckdb.connect() as db:
        rows = db.execute(
            "SELECT title, attendance, unreported, started_on, started_on_latest, country FROM read_parquet(?) "
            "WHERE ref = 'ODD'",
            [str(folder / "data/events.parquet")],
        )
        types = [str(described[1]) for described in rows.description]
        ((title, attendance, unreported, started_on, latest, country),) = rows.fetchall()
    assert types == ["VARCHAR", "BIGINT", "BOOLEAN", "VARCHAR", "DATE", "VARCHAR"]
    assert (title, attendance, unreported) == (TITLE, 7, False)
    assert (started_on, latest.isoformat(), country) == ("2020-05-01", "2020-05-01", "NA")


def test_the_descriptor_names_types_keys_and_lists(folder: Path) -> None:
    package = json.loads((folder / "datapackage.json").read_text())
    assert (package["version"], package["id"]) == ("1", "http://localhost:8000/snapshots/1/")
    resources = {resource["name"]: resource for resource in package["resources"]}
    assert set(resources) == {name for kind, _v, _n in router.registry for name in (kind, f"{kind}-parquet")}
    events = resources["events"]["schema"]
    fields = {field["name"]: field for field in events["fields"]}
    assert all(field["description"] for resource in resources.values() for field in resource["schema"]["fields"])
    assert {
        name: fields[name]["type"] for name in ("attendance", "unreported", "started_on_latest", "titles", "sent")
    } == {
        "attendance": "integer",
        "unreported": "boolean",
        "started_on_latest": "date",
        "titles": "object",
        "sent": "array",
    }
    assert (fields["kind"]["vocabulary"], fields["fields"]["vocabulary"]) == ("event_kind", "field")
    assert events["primaryKey"] == ["ref"]
    keys = {key["fields"][0]: key["reference"]["resource"] for key in events["foreignKeys"]}
    assert keys == {"pair": "pairs", "initiative_ref": "initiatives", "session_ref": "sessions", "country": "countries"}
    parents = resources["initiatives-parquet"]["schema"]["foreignKeys"]
    assert {"fields": ["parent_ref"], "reference": {"resource": "", "fields": ["ref"]}} in parents


def test_what_explains_it(folder: Path) -> None:
    citation = yaml.safe_load((folder / "CITATION.cff").read_text())
    assert (citation["version"], citation["date-released"], citation["type"]) == ("1", "2026-11-22", "dataset")
    assert citation["url"] == "http://localhost:8000/snapshots/1/"
    assert citation["title"].endswith("snapshot 1 of 22 November 2026")
    assert "| CC | Data \\| set | CC BY 4.0 |" in (folder / "LICENCES.md").read_text()
    codebook = (folder / "codebook.md").read_text()
    assert "| `attendance` | integer |  |" in codebook
    assert "| `kind` | string | event_kind |" in codebook
    assert "| code | en | ru | uz | kk | ky | tg | definition | maps to |" in codebook
    assert "| `IGA` | Intergovernmental agreement |" in codebook
    assert "A sample from public pages, not a complete record." in (folder / "README.md").read_text()
    assert "keep_default_na=False" in (folder / "README.md").read_text()


def test_the_archive_holds_every_file(made: Snapshot, folder: Path) -> None:
    archive = folder / made.archive["name"]
    assert made.archive["sha256"] == tables.file_sum(archive)
    with zipfile.ZipFile(archive) as packed:
        assert {name.removeprefix("concord-snapshot-1/") for name in packed.namelist()} == made.files.keys() - {
            archive.name
        }
    for name, told in made.files.items():
        assert (told["bytes"], told["sha256"]) == ((folder / name).stat().st_size, tables.file_sum(folder / name))


# What a reader finds -------------------------------------------------------------------------------------------------


def test_the_pages(made: Snapshot, client: Client) -> None:
    listed, page = (client.get(address).content.decode() for address in ("/snapshots/", "/snapshots/1/"))
    assert f'href="/snapshots/1/{made.archive["name"]}"' in listed
    assert made.archive["sha256"] in listed
    assert "22 November 2026" in listed
    assert 'href="/snapshots/1/data/events.parquet"' in page
    in_russian = client.get("/snapshots/1/", headers={"Accept-Language": "ru"}).content.decode()
    for text in (page, in_russian):
        assert "Concord, localhost (2026)." in text
        assert "snapshot 1 of 22 November 2026" in text
    assert '<a href="/snapshots/">Snapshots</a>' in page
    for address in ("/snapshots/2/", "/snapshots/99999999999999999999999/", "/snapshots/?page=9"):
        assert client.get(address).status_code == 404
    Snapshot.objects.all().delete()
    assert "There is none yet." in client.get("/snapshots/").content.decode()


def test_the_list_of_the_api(made: Snapshot, client: Client, django_assert_num_queries: Any) -> None:
    for number in (2, 3):
        files = {f"concord-snapshot-{number}.zip": {"bytes": 1, "sha256": ""}}
        Snapshot.objects.create(number=number, day=made.day, made_at=made.made_at, files=files, rows={})
    with django_assert_num_queries(1):
        first = client.get("/api/v1/snapshots/?limit=2").json()
    assert [one["number"] for one in first["results"]] == [3, 2]
    rest = client.get(first["next"].removeprefix("http://localhost:8000")).json()
    assert ([one["number"] for one in rest["results"]], rest["next"]) == ([1], None)
    (one,) = rest["results"]
    assert (one["day"], one["rows"], one["content"]) == ("2026-11-22", made.rows, made.content)
    assert one["archive"] == made.archive | {"url": "http://localhost:8000/snapshots/1/concord-snapshot-1.zip"}
    descriptor = client.get(one["descriptor"].removeprefix("http://localhost:8000")).getvalue()
    assert json.loads(descriptor)["version"] == "1"
    assert client.get("/api/v1/").json()["lists"]["snapshots"] == "http://localhost:8000/api/v1/snapshots/"
    for wrong in ("limit=0", "cursor=abc", "page=2"):
        assert client.get(f"/api/v1/snapshots/?{wrong}").status_code == 400


def test_files_go_out_whole_and_in_part(made: Snapshot, client: Client) -> None:
    for name, told in made.files.items():
        answer = client.get(f"/snapshots/1/{name}")
        assert (len(answer.getvalue()), answer["ETag"]) == (told["bytes"], f'"{told["sha256"]}"')
        assert answer["Content-Length"] == str(told["bytes"])
    address = f"/snapshots/1/{made.archive['name']}"
    middle = made.archive["bytes"] // 2
    begun = client.get(address, headers={"Range": f"bytes=0-{middle}"})
    rest = client.get(address, headers={"Range": f"bytes={middle + 1}-", "If-Range": begun["ETag"]})
    assert (begun.status_code, rest.status_code) == (206, 206)
    assert zipfile.ZipFile(BytesIO(begun.getvalue() + rest.getvalue())).testzip() is None
    assert client.get("/snapshots/1/data/events.csv")["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("name", ["manifest.json", "../.lock", "data/../README.md", "data", "nothing", "%00"])
def test_nothing_but_its_files(made: Snapshot, client: Client, name: str) -> None:
    assert client.get(f"/snapshots/1/{name}").status_code == 404


def test_files_that_are_gone(made: Snapshot, folder: Path, client: Client) -> None:
    gone = (folder / "README.md").rename(folder / "gone")
    assert client.get("/snapshots/1/README.md").status_code == 404
    gone.rename(folder / "README.md")
