"""What `manage.py check` finds."""

import json
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command

from registry.core import checks, vocabularies
from registry.core.models import Country, Term


def ids(found: list) -> list[str]:
    return [message.id for message in found if message.id.startswith("core.")]


def test_a_sound_installation_passes(world: None) -> None:
    assert ids(run_checks(databases=["default"])) == []


def test_a_list_that_is_gone_is_named() -> None:
    gone = vocabularies.lists().pop("sector")
    try:
        (error,) = checks.every_list_is_on_file()
    finally:
        vocabularies.lists()["sector"] = gone
    assert error.id == "core.E001"
    assert "actors.Actor.sector takes its codes from “sector”" in error.msg


@pytest.mark.parametrize("content", [None, "", "{}", '{"countries": {}}'])
def test_countries_that_cannot_be_read(settings: Any, tmp_path: Any, content: str | None) -> None:
    settings.BASE_DIR = tmp_path
    if content is not None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "countries.json").write_text(content)
    assert ids(checks.countries_are_on_file()) == ["core.E002"]


def test_an_empty_database_is_told_what_to_run(db: None) -> None:
    Term.objects.all().delete()
    Country.objects.all().delete()
    found = run_checks(databases=["default"])
    assert ids(found) == ["core.W001", "core.W002"]
    assert [message.hint for message in found if message.id == "core.W001"] == ["Run manage.py load_vocabularies."]
    call_command("load_vocabularies", verbosity=0)
    Country.objects.create(code="KG")
    assert ids(run_checks(databases=["default"])) == []


def test_the_database_is_left_alone_where_it_was_not_asked_for() -> None:
    assert ids(run_checks()) == []


def test_the_file_of_countries_names_those_of_the_world(settings: Any) -> None:
    found = json.loads((settings.BASE_DIR / "data" / "countries.json").read_text())
    assert "NA" in found["countries"] or any(row["code"] == "NA" for row in found["countries"])
