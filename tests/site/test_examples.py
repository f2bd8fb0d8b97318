"""Every sample of the description and the guide of the docs, run as they are told, against a server that has the
demonstration.

Only the host is another one, and R is run where it is installed. What the demonstration has no row of gets one here.
"""

import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer

from agreements.models import Agreement
from continuity.models import ActivityEntry, Lapse, Suspension
from registry.core import clock, write
from registry.core.api_root import DESCRIPTION
from registry.core.examples import HOST
from registry.core.models import Document, Framework, Source, Subject, User
from registry.core.tokens import longest, make
from registry.site.snapshots import building
from tests.site.conftest import DAY

pytestmark = [pytest.mark.once, pytest.mark.django_db]

LANGUAGES = ["curl", "Python", "R"]
REF = re.compile(r"""\bref\b["']?\s*:\s*(?:chr )?["'](N\w+)""")
"""The reference in a printed record."""


def described() -> list[tuple[str, str, dict[str, str]]]:
    """Return (method, path, samples by language) of every operation."""
    paths = yaml.load(DESCRIPTION.read_bytes(), yaml.CSafeLoader)["paths"]
    return [
        (method, path, {sample["label"]: sample["source"] for sample in of["x-codeSamples"]})
        for path, operations in paths.items()
        for method, of in operations.items()
    ]


OPERATIONS = described()
READS = [one for one in OPERATIONS if one[0] == "get"]


def fill() -> None:
    """Load the demonstration, and one row of each kind that it has none of."""
    call_command("flush", interactive=False, verbosity=0)  # so that numbers begin with 1, as on a new installation
    call_command("demonstrate", verbosity=0)
    source, treaty = Source.objects.get(ref="S-24KG-285893"), Agreement.objects.get(ref="R01")
    for record in (
        Subject(labels={"en": "Theatre"}),
        Framework(title="Culture 2030", country_id="KG", started_on="2020", source=source),
        ActivityEntry(initiative_id=treaty.pk, what="A tour", started_on="2019-06-01", source=source),
        Document(record=treaty, kind="TEXT", title="Text", address="https://example.org/text", visibility="published"),
    ):
        record.full_clean(exclude=record.DERIVED)
        write.save(record, by=write.SYSTEM)
    Suspension.objects.create(initiative_id=treaty.pk, started_on="1994-01-01", ended_on="1994-02", source=source)
    building.build()


@pytest.fixture
def _django_db_helper() -> None:
    """Give no test a transaction of its own and empty nothing after it: what `server` has loaded is for all of them."""


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The address of a server that has the demonstration, as it is on `DAY`; what is written stays for the module."""
    with django_db_blocker.unblock(), override_settings(CLOCK=DAY):
        live = LiveServer("localhost")
        try:
            with override_settings(SITE_URL=live.url, ALLOWED_HOSTS=["localhost"]):
                fill()
                yield live.url
        finally:
            live.stop()
            call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def run(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs a sample and returns what it prints; one that fails, what is wrong with it.

    Skipped where there is no curl, which CI counts as a failure.
    """
    if not shutil.which("curl"):
        pytest.skip("no curl")
    user = User.objects.get(username="registrar")
    token = make(user, name="samples", scope="write", expires_on=longest(clock.today()))[1]
    monkeypatch.setenv("TOKEN", token)
    (tmp_path / ".curlrc").write_text("silent\nshow-error\nfail-with-body\n")
    monkeypatch.setenv("CURL_HOME", str(tmp_path))

    def printed(language: str, samples: list[tuple[str, str]]) -> list[str]:
        samples = [(source.replace(HOST, server), ref) for source, ref in samples]
        if language == "R":  # all in one process, as starting R takes longest
            return of_r(samples, tmp_path / "samples.R")
        said = []
        for source, ref in samples:
            monkeypatch.setenv("REF", ref)
            said.append(
                of_python(source) if language == "Python" else of_process("bash", "-euo", "pipefail", "-c", source)
            )
        return said

    return printed


def of_python(source: str, script: dict[str, Any] | None = None) -> str:
    """Return what a sample prints; of a part of a script, `script` holds what the parts before have named."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(source, "sample", "exec"), {} if script is None else script)
    return printed.getvalue()


def of_process(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else f"failed: {command[-1]}\n{done.stdout}{done.stderr}"


def of_r(samples: list[tuple[str, str]], script: Path) -> list[str]:
    packages = ["Rscript", "-e", "library(httr2); library(jsonlite)"]
    if not shutil.which("Rscript") or subprocess.run(packages, capture_output=True, check=False).returncode:
        pytest.skip("no R with httr2 and jsonlite")
    runs = "tryCatch(eval(parse(text = {})), error = function(e) cat('failed:', conditionMessage(e)))"
    lines = (f"Sys.setenv(REF = '{ref}'); {runs.format(json.dumps(source))}; cat('\\f')" for source, ref in samples)
    script.write_text("\n".join(lines))
    return of_process("Rscript", str(script)).split("\f")[:-1]


def reference(path: str) -> str:
    """Return a reference for the samples that take one from the reader."""
    models = {"subjects": Subject, "frameworks": Framework, "entries": ActivityEntry, "lapses": Lapse}
    model = (models | {"documents": Document}).get(path.split("/")[3])
    return model.objects.first().ref if model else ""


def test_every_operation_has_a_sample_in_each_language() -> None:
    assert len(OPERATIONS) > 90
    for method, path, by_language in OPERATIONS:
        assert list(by_language) == LANGUAGES, f"{method} {path}"
        for language, source in by_language.items():
            assert path.split("{")[0] in source, f"{language}: {method} {path}"
        for opened, closed in ("()", "{}", "[]"):  # of R no more is asked where it is not installed
            assert by_language["R"].count(opened) == by_language["R"].count(closed), f"{method} {path}"
        assert by_language["R"].count('"') % 2 == 0, f"{method} {path}"


EMPTY = re.compile(r"""^\s*$|["']results["']: ?\[\]|Empty DataFrame|<0 rows>|^failed""")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_reads_finds_something(run: Any, language: str) -> None:
    printed = run(language, [(samples[language], reference(path)) for _method, path, samples in READS])
    found = {path: text for (_method, path, _samples), text in zip(READS, printed, strict=True)}
    assert {path: text for path, text in found.items() if EMPTY.search(text)} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_writes_is_done_and_what_was_entered_is_deleted(run: Any, language: str) -> None:
    def done(method: str, refs: dict[str, str]) -> dict[str, str]:
        some = [(path, samples[language]) for one, path, samples in OPERATIONS if one == method]
        printed = run(language, [(source, refs.get(path) or reference(path)) for path, source in some])
        return {path: text for (path, _source), text in zip(some, printed, strict=True)}

    changed = done("patch", {})
    assert {path: text for path, text in changed.items() if "Read again at its source." not in text} == {}
    entered = {f"{path}{{ref}}/": re.search(REF, text) or text for path, text in done("post", {}).items()}
    assert {path: text for path, text in entered.items() if isinstance(text, str)} == {}
    deleted = done("delete", {path: found[1] for path, found in entered.items()})
    assert {path: text for path, text in deleted.items() if text.strip() not in ("", "204", "[1] 204")} == {}


GUIDE = settings.BASE_DIR / "docs" / "guide.md"
BLOCK = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def test_the_guide_prints_what_it_says(server: str) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert len(blocks) == text.count("```python") == 7
    script: dict[str, Any] = {}
    for source, told in blocks:
        assert of_python(source.replace(HOST, server), script) == told
