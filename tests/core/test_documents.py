"""Documents of records: entered at the desk and by programs, kept here, sent to whoever may see them, and undone."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape

from agreements.models import Agreement
from registry.core import write
from registry.core.models import Document, Pair, Revision, User
from registry.core.models.about import LARGEST_FILE
from tests.cast import agreement, commission, session
from tests.everything import keep
from tests.programs import Program, problem, wrong
from tests.sheets import typed

PDF = b"%PDF-1.4 an agreement on culture"
TEXT = {"kind": "TEXT", "title": "Text of 1994", "language": "ru"}


@pytest.fixture(autouse=True)
def _a_folder_of_our_own(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def treaty(kg_tj: Pair) -> Agreement:
    return agreement(kg_tj, ref="TREATY", title="On culture")


def scan(name: str = "agreement.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def kept(record: Any, visibility: str = "published", **fields: Any) -> Document:
    """Store a document of which the file is kept here."""
    file = ContentFile(PDF, name="agreement.pdf")
    return keep(Document(record=record, kind="TEXT", visibility=visibility, file=file, **fields))


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


# At the desk ---------------------------------------------------------------------------------------------------------


def test_a_document_is_uploaded_and_read_where_its_record_is(client: Client, treaty: Agreement, bakyt: User) -> None:
    client.force_login(bakyt)
    assert '<a href="/documents/new/?record=TREATY">' in client.get("/agreements/TREATY/").content.decode()
    page = client.get("/documents/new/?record=TREATY")
    assert 'enctype="multipart/form-data"' in page.content.decode()
    answer = client.post(
        "/documents/new/?record=TREATY", typed(page, **TEXT, visibility="published") | {"file": scan()}
    )
    made = Document.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/documents/{made.ref}/")
    assert (made.record, made.file.read(), made.visibility) == (treaty, PDF, "published")
    reader = Client()
    shown = reader.get("/agreements/TREATY/").content.decode()
    assert f'<a href="http://localhost:8000/documents/{made.ref}/file/">PDF, 32\xa0bytes</a>' in shown
    assert f'<a href="/documents/{made.ref}/">Text of 1994</a>' in shown
    assert '<a href="/agreements/TREATY/">' in reader.get(f"/documents/{made.ref}/").content.decode()
    file = reader.get(f"/documents/{made.ref}/file/")
    assert (body_of(file), file["Content-Type"]) == (PDF, "application/pdf")
    assert file["Content-Disposition"] == 'inline; filename="agreement.pdf"'
    assert (file["X-Content-Type-Options"], file["Cache-Control"]) == ("nosniff", "private, no-cache, no-transform")
    part = reader.get(f"/documents/{made.ref}/file/", headers={"range": "bytes=0-3"})
    assert (part.status_code, body_of(part)) == (206, b"%PDF")
    again = reader.get(f"/documents/{made.ref}/file/", headers={"if-none-match": file["ETag"]})
    assert again.status_code == 304


REFUSED = {
    "page.html": (b"<script>", "“page.html” is not kept here. Upload a file whose name ends with pdf, jpg"),
    "picture.svg": (b"<svg/>", "“picture.svg” is not kept here."),
    "text": (b"text", "“text” is not kept here."),
    "scan.pdf": (b"%" * (LARGEST_FILE + 1_000_000), "It has 26 megabytes, and 25 are kept at most."),
    "empty.pdf": (b"", "The submitted file is empty."),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_kept_is_refused_with_the_remedy(client: Client, treaty: Agreement, aigul: User, name: str) -> None:
    content, remedy = REFUSED[name]
    client.force_login(aigul)
    page = client.get("/documents/new/?record=TREATY")
    answer = client.post("/documents/new/?record=TREATY", typed(page, **TEXT) | {"file": scan(name, content)})
    said = answer.content.decode()
    assert answer.status_code == 422 and escape(remedy) in said
    assert "Choose the file once more" in said and "Text of 1994" in said
    assert not Document.objects.exists()


def test_neither_address_nor_file_is_no_document(client: Client, treaty: Agreement, aigul: User) -> None:
    client.force_login(aigul)
    page = client.get("/documents/new/?record=TREATY")
    answer = client.post("/documents/new/?record=TREATY", typed(page, **TEXT))
    assert answer.status_code == 422
    assert "Give an address where it can be read, or upload the document." in answer.content.decode()


def test_the_record_is_asked_for_where_the_address_names_none(client: Client, treaty: Agreement, aigul: User) -> None:
    client.force_login(aigul)
    assert "Reference of the record" in client.get("/documents/new/").content.decode()
    refused = client.get("/documents/new/?record=NOPE").content.decode()
    assert "There is no record “NOPE” here. Check the reference." in refused
    assert "What it is" in client.get("/documents/new/?record=TREATY").content.decode()


def test_only_the_desks_of_its_record_enter_and_change_one(client: Client, treaty: Agreement, nurlan: User) -> None:
    document = kept(treaty)
    client.force_login(nurlan)
    assert client.get("/documents/new/?record=TREATY").status_code == 403
    assert client.get(f"/documents/{document.ref}/edit/").status_code == 403
    assert client.post(f"/documents/{document.ref}/delete/", {"version": "1"}).status_code == 403


def test_a_file_is_for_those_who_may_see_its_document(
    client: Client, kg_tj: Pair, treaty: Agreement, aigul: User, nurlan: User
) -> None:
    """A draft, and what is published of a draft."""
    council = commission(kg_tj, visibility="draft")
    hidden = [kept(treaty, "draft"), kept(session(council, number=1))]
    staff = kept(treaty, "staff_only")
    for document in hidden:
        path = f"/documents/{document.ref}/file/"
        client.force_login(nurlan)
        assert (client.get(path).status_code, Client().get(path).status_code) == (404, 404)
        client.force_login(aigul)
        assert body_of(client.get(path)) == PDF
    client.force_login(nurlan)
    assert body_of(client.get(f"/documents/{staff.ref}/file/")) == PDF
    assert Client().get(f"/documents/{staff.ref}/file/").status_code == 404


def test_what_was_withdrawn_is_gone_with_its_file(treaty: Agreement) -> None:
    document = kept(treaty)
    document.visibility = "draft"
    write.save(document, by=write.SYSTEM)
    for path in (f"/documents/{document.ref}/", f"/documents/{document.ref}/file/"):
        assert Client().get(path).status_code == 410


def test_without_a_file_there_is_none_to_send(treaty: Agreement, settings: Any) -> None:
    elsewhere = keep(Document(record=treaty, kind="TEXT", address="https://example.org/", visibility="published"))
    lost = kept(treaty)
    lost.file.storage.delete(lost.file.name)
    for document in (elsewhere, lost):
        assert Client().get(f"/documents/{document.ref}/file/").status_code == 404
    assert ">PDF</a>" in Client().get("/agreements/TREATY/").content.decode()


def test_another_file_takes_its_place_and_undo_brings_the_first_back(
    client: Client, treaty: Agreement, bakyt: User
) -> None:
    document = kept(treaty)
    client.force_login(bakyt)
    path = f"/documents/{document.ref}/edit/"
    assert "On file now: agreement.pdf." in client.get(path).content.decode()
    assert client.post(path, typed(client.get(path)) | {"file": scan("new.pdf", b"%PDF new")}).status_code == 302
    assert body_of(Client().get(f"/documents/{document.ref}/file/")) == b"%PDF new"
    first = Revision.objects.filter(ref=document.ref).earliest("id")
    client.post(f"/revisions/{first.pk}/restore/")
    assert body_of(Client().get(f"/documents/{document.ref}/file/")) == PDF


def test_a_deleted_document_leads_back_to_its_record_and_can_be_brought_back(
    client: Client, treaty: Agreement, bakyt: User
) -> None:
    document = kept(treaty, title="Text of 1994")
    client.force_login(bakyt)
    answer = client.post(f"/documents/{document.ref}/delete/", {"version": "1"})
    assert answer["Location"] == "/agreements/TREATY/"
    last = Revision.objects.filter(ref=document.ref).latest("id")
    client.post(f"/revisions/{last.pk}/restore/")
    assert Document.objects.get().visibility == "draft"
    assert body_of(client.get(f"/documents/{document.ref}/file/")) == PDF


def test_of_a_deleted_record_no_document_is_brought_back_alone(
    client: Client, treaty: Agreement, bakyt: User, nurlan: User, rosa: User
) -> None:
    document = kept(treaty, title="Secret", visibility="draft")
    client.force_login(bakyt)
    client.post("/agreements/TREATY/delete/", {"version": "1"})
    last = Revision.objects.filter(ref=document.ref).latest("id")
    client.force_login(nurlan)
    assert client.get(f"/documents/{document.ref}/history/").status_code == 404
    client.force_login(rosa)
    answer = client.post(f"/revisions/{last.pk}/restore/", follow=True)
    assert "The record that it belongs to is deleted. Bring that back first." in answer.content.decode()
    assert not Document.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_erased_leaves_no_file_behind(treaty: Agreement, rosa: User, tmp_path: Any) -> None:
    """Those that were replaced and deleted before as well."""
    replaced, deleted, other = kept(treaty), kept(treaty), kept(agreement(treaty.pair))
    replaced.file = ContentFile(b"%PDF new", name="new.pdf")
    write.save(replaced, by=write.SYSTEM)
    write.delete(deleted, by=write.SYSTEM)
    write.erase(treaty, by=rosa)
    assert [path.name for path in (tmp_path / "documents").iterdir()] == [other.file.name.rpartition("/")[2]]
    assert not Revision.objects.filter(ref__in=[replaced.ref, deleted.ref]).exists()
    write.erase(other, by=rosa)
    assert not [*(tmp_path / "documents").iterdir()]


# By a program --------------------------------------------------------------------------------------------------------


def test_a_program_enters_an_address_and_reads_where_a_file_is(treaty: Agreement, bakyt: User) -> None:
    bakyts = Program(bakyt)
    said = TEXT | {"address": "https://example.org/text"}
    made = bakyts.post("documents/", said | {"record": "TREATY"})
    assert made.status_code == 201, made.content.decode()
    row = made.json()
    assert (row["record"]["ref"], row["address"], row["file"]) == ("TREATY", "https://example.org/text", None)
    changed = bakyts.patch(f"documents/{row['ref']}/", row | {"title": "Its text"}, 1)
    assert (changed.status_code, changed.json()["title"]) == (200, "Its text")
    assert bakyts.delete(f"documents/{row['ref']}/", 2).status_code == 204
    assert "record" in wrong(bakyts.post("documents/", said)) and "record" in wrong(
        bakyts.post("documents/", said | {"record": "NOPE"})
    )
    document = kept(treaty)
    shown = bakyts.get(f"documents/{document.ref}/").json()
    assert shown["file"] == f"http://localhost:8000/documents/{document.ref}/file/"
    assert bakyts.get("agreements/TREATY/").json()["documents"][0]["file"] == shown["file"]
    assert bakyts.get("documents/?has=file").json()["results"][0]["ref"] == document.ref
    assert bakyts.patch(f"documents/{document.ref}/", shown | {"title": "A scan"}, 1).status_code == 200
    refused = bakyts.patch(f"documents/{document.ref}/", {"file": "https://example.org/other.pdf"}, 2)
    assert wrong(refused)["file"].startswith("A file is uploaded on the page of the document.")
    moved = bakyts.patch(f"documents/{document.ref}/", {"record": agreement(treaty.pair).ref}, 2)
    assert "record" in wrong(moved)


def test_a_desk_elsewhere_enters_none(treaty: Agreement, nurlan: User) -> None:
    said = TEXT | {"address": "https://example.org/text", "record": "TREATY"}
    problem(Program(nurlan).post("documents/", said), 403)
