"""The documentation names what exists, and what exists is named: commands, variables, files."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from tests.registry.test_settings import ROOT

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
DJANGO_COMMANDS_NAMED = {"migrate", "spectacular"}


def our_commands() -> set[str]:
    ours = ("registry.core", "registry.site", "actors", "continuity", "agreements", "events")
    return {name for name, app in get_commands().items() if app in ours}


def test_every_command_named_exists_and_every_command_is_named():
    named = set(re.findall(r"manage\.py ([a-z_]+)", TEXT))

    assert named - our_commands() - DJANGO_COMMANDS_NAMED == set()
    assert our_commands() - named == set()


def test_every_variable_is_in_the_administrators_table():
    read = set(re.findall(r'os\.environ(?:\.get\(|\[)"([A-Z_]+)"', (ROOT / "registry/settings.py").read_text()))
    read |= {"BIND", "WORKERS"} & set(re.findall(r"\$\{([A-Z]+)", (ROOT / "Procfile").read_text()))
    table = (ROOT / "docs/administration.md").read_text().split("| variable |")[1].split("\n\n")[0]

    assert set(re.findall(r"`([A-Z_]+)`", "\n".join(row.split("|")[1] for row in table.splitlines()[2:]))) == read


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_linked_exists(page: Path):
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_every_make_target_named_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"`?make ([a-z]+)`?(?=[`,\n ])", (ROOT / "README.md").read_text())) <= targets
    assert settings.BASE_DIR == ROOT
