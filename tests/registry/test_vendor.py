"""Files of others stand in the repository as their makers published them."""

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("folder", ["static/vendor", "tests/vendor"])
def test_every_vendored_file_is_in_the_manifest_with_its_hash(folder: str) -> None:
    base = ROOT / folder
    expected = {row["file"]: row["sha256"] for row in json.loads((base / "manifest.json").read_text())}
    found = {
        str(path.relative_to(base)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in base.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == expected


def test_every_manifest_row_names_version_and_licence() -> None:
    for folder in ("static/vendor", "tests/vendor"):
        for row in json.loads((ROOT / folder / "manifest.json").read_text()):
            assert row["name"] and row["version"] and row["licence"], row
