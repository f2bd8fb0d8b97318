"""docker-compose.yml: valid by the compose specification, no secret in it, commands from the Procfile."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
PROCESSES = ["web", "worker", "beat"]


@pytest.fixture
def compose() -> dict[str, Any]:
    return yaml.safe_load(TEXT)


def test_it_is_valid_by_the_compose_specification(compose: dict[str, Any]) -> None:
    schema = json.loads((ROOT / "tests/vendor/compose-spec.json").read_text())
    jsonschema.Draft7Validator(schema).validate(compose)
    compose["services"]["web"]["portz"] = []
    assert not jsonschema.Draft7Validator(schema).is_valid(compose)


def test_commands_come_from_the_procfile(compose: dict[str, Any]) -> None:
    assert re.findall(r"^(\w+):", (ROOT / "Procfile").read_text(), re.M) == PROCESSES
    for name in PROCESSES:
        assert compose["services"][name]["command"] == ["bin/proc", name]
    assert "gunicorn" not in TEXT and "worker --" not in TEXT


def test_proc_becomes_the_procfile_line(tmp_path: Path) -> None:
    (tmp_path / "gunicorn").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "gunicorn").chmod(0o755)
    env = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "BIND": "0.0.0.0", "PORT": "8123"}
    said = subprocess.run([ROOT / "bin/proc", "web"], env=env, capture_output=True, text=True, timeout=20)
    assert "--bind 0.0.0.0:8123" in said.stdout
    wrong = subprocess.run([ROOT / "bin/proc", "wed"], env=env, capture_output=True, text=True, timeout=20)
    assert wrong.returncode == 2
    assert "'wed' is no process of the Procfile; it has: web worker beat" in wrong.stderr


def test_secrets_are_required_and_not_written_down(compose: dict[str, Any]) -> None:
    environment = compose["services"]["web"]["environment"]
    for name in ("SECRET_KEY", "SITE_URL", "EMAIL_URL"):
        assert environment[name].startswith(f"${{{name}:?")
    for value in [environment["DATABASE_URL"], compose["services"]["db"]["environment"]["POSTGRES_PASSWORD"]]:
        assert "${POSTGRES_PASSWORD:?" in value


def test_every_lasting_service_has_a_health_check_and_waits_for_what_it_needs(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"migrate", *PROCESSES, "db", "redis"}
    for name in set(services) - {"migrate"}:
        assert services[name]["healthcheck"]["test"], name
    for name in PROCESSES:
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["migrate"]["command"] == ["bin/prepare"]


def test_data_outlive_the_containers(compose: dict[str, Any]) -> None:
    services = compose["services"].values()
    mounted = {volume.split(":")[0] for service in services for volume in service.get("volumes", [])}
    assert mounted == set(compose["volumes"]) == {"database", "documents", "redis", "snapshots"}
    assert compose["services"]["redis"]["command"] == ["redis-server", "--appendonly", "yes"]


def test_the_image_runs_as_nobody_special_and_installs_by_hash() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert "pip install --require-hashes -r requirements.lock" in text
    assert re.search(r"^USER concord$", text, re.M)
    assert text.index("USER concord") < text.index("CMD")
