"""Files in part: what is asked for, no byte more, and only of the file that the reader has begun with."""

from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory

from registry.core.partial import file_response

CONTENT = b"0123456789"


def sent(tmp_path: Path, method: str = "get", content: bytes = CONTENT, **headers: str) -> Any:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    request = getattr(RequestFactory(), method)("/file.csv", headers=headers)
    return file_response(request, path, etag='"abc"', media_type="text/csv")


def test_the_whole_file(tmp_path: Path) -> None:
    answer = sent(tmp_path)
    assert (answer.status_code, answer.getvalue()) == (200, CONTENT)
    assert (answer["Accept-Ranges"], answer["ETag"], answer["Content-Length"]) == ("bytes", '"abc"', "10")
    assert "immutable" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("asked", "part", "told"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-99", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("Bytes=9-9", b"9", "bytes 9-9/10"),
    ],
)
def test_a_part(tmp_path: Path, asked: str, part: bytes, told: str) -> None:
    answer = sent(tmp_path, Range=asked)
    assert (answer.status_code, answer.getvalue(), answer["Content-Range"]) == (206, part, told)
    assert answer["Content-Length"] == str(len(part))


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=999999999999999999-"])
def test_what_lies_outside_the_file(tmp_path: Path, asked: str) -> None:
    answer = sent(tmp_path, Range=asked)
    assert (answer.status_code, answer["Content-Range"], answer.content) == (416, "bytes */10", b"")


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=4-2",
        "bytes=-",
        "bytes=0-1,3-4",
        "lines=0-1",
        "bytes",
        "bytes=a-b",
        "bytes=" + "9" * 5000 + "-",
        "bytes=١-",
    ],
    ids=range(8),
)
def test_what_is_no_single_range_is_answered_with_the_whole(tmp_path: Path, asked: str) -> None:
    answer = sent(tmp_path, Range=asked)
    assert (answer.status_code, answer.getvalue()) == (200, CONTENT)


def test_a_range_of_all_bytes_is_the_whole(tmp_path: Path) -> None:
    assert sent(tmp_path, Range="bytes=-99").status_code == 200
    assert sent(tmp_path, Range="bytes=0-9").getvalue() == CONTENT


def test_going_on_with_a_download(tmp_path: Path) -> None:
    same = sent(tmp_path, Range="bytes=5-", **{"If-Range": '"abc"'})
    assert (same.status_code, same.getvalue()) == (206, b"56789")
    for other in ('"abd"', 'W/"abc"', "Fri, 27 Nov 2026 00:00:00 GMT"):
        answer = sent(tmp_path, Range="bytes=5-", **{"If-Range": other})
        assert (answer.status_code, answer.getvalue()) == (200, CONTENT), other


def test_what_the_reader_has_is_not_sent(tmp_path: Path) -> None:
    answer = sent(tmp_path, Range="bytes=5-", **{"If-None-Match": '"x", "abc"'})
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", '"abc"')
    assert sent(tmp_path, **{"If-Match": '"x"'}).status_code == 412


def test_a_head_says_how_much_there_is(tmp_path: Path) -> None:
    answer = sent(tmp_path, "head", Range="bytes=5-")
    assert (answer.status_code, answer["Content-Length"], answer.content) == (200, "10", b"")


def test_an_empty_file(tmp_path: Path) -> None:
    answer = sent(tmp_path, content=b"")
    assert (answer.status_code, answer.getvalue(), answer["Content-Length"]) == (200, b"", "0")
