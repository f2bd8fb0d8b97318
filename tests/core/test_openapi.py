"""The committed description of the API is true, valid and at hand, and the page that shows it works offline."""

from io import StringIO
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import translation
from openapi_spec_validator import OpenAPIV31SpecValidator

from registry.core.api_root import DESCRIPTION

pytestmark = pytest.mark.once

REMEDY = "Write it anew: manage.py spectacular --file docs/openapi.yaml"


def test_it_is_fresh_and_without_warnings(capsys: Any) -> None:
    written = StringIO()
    with translation.override("en"):
        call_command("spectacular", "--fail-on-warn", stdout=written)
    assert written.getvalue().strip() == DESCRIPTION.read_text(encoding="utf-8").strip(), REMEDY


def test_it_is_valid_openapi() -> None:
    described = yaml.load(DESCRIPTION.read_bytes(), yaml.CSafeLoader)
    assert described["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_it_describes_what_is_answered(kg_tj: Any) -> None:
    """Every field of a row stands in the description, and the other way round."""
    from tests.cast import agreement

    agreement(kg_tj)
    described = yaml.load(DESCRIPTION.read_bytes(), yaml.CSafeLoader)["components"]["schemas"]["Agreement"]
    (row,) = Client().get("/api/v1/agreements/").json()["results"]
    assert set(row) == set(described["properties"])
    for name, value in row.items():
        if value is None:
            assert "null" in str(described["properties"][name]), name


def test_it_is_served_as_committed() -> None:
    answer = Client().get("/api/v1/openapi.yaml")
    assert (answer.content, answer["Content-Type"]) == (DESCRIPTION.read_bytes(), "application/yaml")
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_only_the_page_that_shows_it_may_have_inline_styles(world: None) -> None:
    policy = Client().get("/api/")["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline';" in policy and "script-src 'self';" in policy
    assert "unsafe-inline" not in Client().get("/api/v1/")["Content-Security-Policy"]
    assert settings.SPECTACULAR_SETTINGS["SWAGGER_UI_DIST"] == "SIDECAR"


def test_a_request_can_be_tried_on_the_page(world: None, page: Any) -> None:
    page.goto("/api/")
    page.click("#operations-tag-events")
    page.click("#operations-events-events_list .opblock-summary-control")
    page.click("#operations-events-events_list .execute")
    page.wait_for_selector("#operations-events-events_list .live-responses-table")
    assert '"results": []' in page.inner_text("#operations-events-events_list .live-responses-table")
