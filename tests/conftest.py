"""The suite's plumbing: database, other processes, browser; and the cast."""

import gc
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis
from django.conf import settings
from django.db import connection

import registry.celery  # noqa: F401 - so that a task that is rung finds the broker

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NARROW = 600
"""Widths up to this, in pixels, are those of a telephone."""
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


LONGEST = ("safety", "survival", "site", "core")
"""The folders that take longest are begun with, so that no process is left alone with one of them at the end."""


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Mark what drives the browser: a page looks the same on either database. Put the longest first."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("once")
    items.sort(key=lambda item: LONGEST.index(item.path.parent.name) if item.path.parent.name in LONGEST else 9)


def pytest_collection_finish() -> None:
    """Leave what is loaded by now out of each search for garbage: a tenth of the time went into it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000)


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    """Rate limits counted in one test must not reach another."""
    yield
    if settings.CACHES["default"]["BACKEND"].endswith("FileBasedCache"):
        shutil.rmtree(settings.CACHES["default"]["LOCATION"], ignore_errors=True)
    elif settings.REDIS_URL:
        with redis.Redis.from_url(settings.REDIS_URL) as server:  # only what this run has counted: others share it
            for key in server.scan_iter(f"{settings.CACHES['default']['KEY_PREFIX']}:*", count=1000):
                server.delete(key)


@pytest.fixture(autouse=True)
def _no_snapshots_of_other_tests() -> Iterator[None]:
    """A snapshot that stands there without its row is listed again, and each test begins without rows."""
    yield
    shutil.rmtree(Path(os.environ["VAR"]) / "snapshots", ignore_errors=True)


@pytest.fixture
def seed() -> int:
    """Return what chance begins with, printed; the variable SEED gives it for a second time."""
    seed = int(os.environ.get("SEED") or secrets.randbelow(10**6))
    print(f"again with: SEED={seed}")
    return seed


@pytest.fixture
def process_env(transactional_db: None) -> dict[str, str]:
    """Return the environment in which another process (manage.py, celery) meets this test's database and folder."""
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        credentials = quote(database["USER"]) + (f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else "")
        url = f"postgresql://{credentials}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
    return os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "registry.settings", "VAR": str(settings.VAR)}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Return one headless Chromium for the session; skipped where there is none, which CI counts as a failure."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no {CHROMIUM}")
    from playwright.sync_api import expect, sync_playwright

    # Playwright's synchronous API runs an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=30_000)  # a page may take its time where two suites share two processors
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(chromium: Any, live_server: Any) -> Iterator[Any]:
    """Return a page of 1280 px whose `goto("/…")` asks the live server.

    At the end the test fails if a request has left the machine or the content security policy has refused something.
    """
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900}, locale="en")
    page = context.new_page()
    complaints: list[str] = []

    def on_request(request: Any) -> None:
        if not request.url.startswith((live_server.url, "data:", "about:")):
            complaints.append(f"request to {request.url}")

    def on_console(message: Any) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    page.on("request", on_request)
    page.on("console", on_console)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def axe() -> Callable[[Any], list[str]]:
    """Return a function that names the accessibility violations (WCAG 2.2 AA and best practice) of a page.

    On a narrow page the contrast is not looked at: the colours are those of the wide one, and it is most of the work.
    """

    def violations(page: Any) -> list[str]:
        page.evaluate(AXE.read_text())
        rules = {"color-contrast": {"enabled": page.viewport_size["width"] > NARROW}}
        found = page.evaluate("async rules => (await axe.run(document, {rules})).violations", rules)
        return [f"{v['id']}: {v['help']}: {[n['target'] for n in v['nodes'][:5]]}" for v in found]

    return violations


from tests.cast import *  # noqa: E402, F403 - the cast is at hand in every test
