"""What every answer and every log record carries."""

import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.db import OperationalError, close_old_connections, connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from registry.core.partial import file_response
from registry.log import OneLine
from registry.middleware import Compress, content_security_policy, trust_the_database


def policy_of(response: HttpResponse) -> str:
    return content_security_policy(lambda request: response)(HttpRequest()).headers["Content-Security-Policy"]


def test_the_policy_allows_nothing_but_our_own_files() -> None:
    policy = policy_of(HttpResponse())
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy and "http" not in policy


def test_only_a_view_that_asks_gets_inline_styles_and_no_script() -> None:
    response = HttpResponse()
    response.csp_style_inline = True  # type: ignore[attr-defined]
    assert "style-src 'self' 'unsafe-inline';" in policy_of(response)
    assert "script-src 'self';" in policy_of(response)


def test_a_record_with_a_traceback_is_one_line() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record = logging.LogRecord("concord", logging.ERROR, __file__, 1, "refused", None, sys.exc_info())
    line = OneLine("%(levelname)s %(message)s").format(record)
    assert line.startswith("ERROR refused | Traceback") and line.endswith("ValueError: two | lines")
    assert "\n" not in line


def test_what_answers_to_ranges_is_not_packed(rf: Any, tmp_path: Path) -> None:
    """Its ranges count bytes of the file, and its tag is a strong one."""
    file = tmp_path / "events.csv"
    file.write_text("title\n" * 100)
    request = rf.get("/", headers={"accept-encoding": "gzip"})

    def packed(cache: str) -> HttpResponseBase:
        def view(request: HttpRequest) -> HttpResponseBase:
            answer = file_response(request, file, etag='"abc"', media_type="text/csv")
            answer.headers["Cache-Control"] = cache or answer.headers["Cache-Control"]
            return answer

        return Compress(view)(request)

    whole = packed(cache="")
    assert "Content-Encoding" not in whole and whole["ETag"] == '"abc"' and whole["Content-Length"] == "600"
    assert packed(cache="public")["Content-Encoding"] == "gzip"


def test_a_connection_that_the_server_has_ended_is_made_anew(transactional_db: None) -> None:
    """Looked at before a request where the last one is a while ago, or has failed; else it is trusted."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server")

    def pid(request: HttpRequest) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return cursor.fetchone()[0]

    def ask(seconds: float) -> Any:
        connection.answered_at = monotonic() - seconds  # type: ignore[attr-defined]
        connection.close_at = None  # the suite keeps none from one request to the next
        close_old_connections()  # as each request begins
        return trust_the_database(pid)(HttpRequest())

    def end(server: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [server])
        return server

    with ThreadPoolExecutor(1) as worker:  # one thread, with a connection of its own
        ended = end(worker.submit(ask, 60).result())
        with pytest.raises(OperationalError):
            worker.submit(ask, 0.1).result()
        another = worker.submit(ask, 0.1).result()
        assert another != ended
        end(another)
        assert worker.submit(ask, 60).result() not in (ended, another)
        worker.submit(lambda: connection.close()).result()
