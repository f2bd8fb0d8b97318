"""What every role is answered at every address, and the committed table of it."""

import copy
import csv
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from django.apps import apps
from django.contrib.admin import AdminSite
from django.contrib.sessions.models import Session as BrowserSession
from django.db import transaction
from django.template.backends.django import Template
from django.test import Client

from tests.safety.routes import routes
from tests.safety.world import ROLES, World

TABLE = Path(__file__).parent / "access.csv"
HOW = "python -m tests.safety.write_table"
METHODS = ("GET", "POST")
SIGN_IN = ("/sign-in/", "/admin/login/")
ANY = "any"
"""Stands for all visibilities of a route where they make no difference."""

DRAWN = ("aigul",)
"""For whom pages are drawn, so that one that cannot be is a 500: every page but the administration's, which
tests/core/test_admin.py draws, and what a visitor sees, which test_twins.py draws."""

Case = tuple[str, str, str]
"""Route, method, visibility of the record named."""


def asked(world: World, methods: tuple[str, ...] = METHODS) -> Iterator[tuple[Case, str]]:
    """Yield every case and its address."""
    for route in routes():
        for visibility, address in world.addresses(route).items():
            for method in methods:
                yield (route.address, method, visibility), address


def answer(client: Client, method: str, address: str, undo: bool = True) -> Any:
    """Return the response to one request; what it does is undone in the browser and, with `undo`, in the database."""
    cookies = copy.deepcopy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method.lower())(address)
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(undo)
    client.cookies = cookies
    return response


def cell(response: Any) -> str:
    """Return the status, and whether the answer is the way to sign in."""
    to_sign_in = response.status_code == 302 and urlsplit(response.headers["Location"]).path in SIGN_IN
    return "302 sign-in" if to_sign_in else str(response.status_code)


@contextmanager
def undrawn() -> Iterator[None]:
    """Draw no pages: what is answered is known before, and drawing is most of the work."""
    with (
        patch.object(Template, "render", lambda *args, **kwargs: ""),
        patch.object(AdminSite, "get_app_list", lambda *args, **kwargs: [{"name": "", "models": []}]),
    ):
        yield


def answers(world: World, role: str, methods: tuple[str, ...] = METHODS, undo: bool = True) -> dict[Case, str]:
    """Return what `role` is answered in every case."""
    client = world.clients[role]
    found = {}
    for case, address in asked(world, methods):
        with nullcontext() if role in DRAWN and not case[0].startswith("/admin/") else undrawn():
            found[case] = cell(answer(client, case[1], address, undo))
    return found


def check(world: World, role: str, method: str, undo: bool = True) -> None:
    """Fail unless `role` is answered as the table says."""
    table = {case: status for case, status in read()[role].items() if case[1] == method}
    wrong = differences(table, answers(world, role, (method,), undo))
    assert not wrong, f"{role}: {len(wrong)} answers differ. If they are right: {HOW}\n" + "\n".join(wrong[:50])


# The table ---------------------------------------------------------------------------------------------------------


def read() -> dict[str, dict[Case, str]]:
    """Return the committed table by role."""
    with TABLE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {role: {(row["route"], row["method"], row["visibility"]): row[role] for row in rows} for role in ROLES}


def write(found: dict[str, dict[Case, str]]) -> int:
    """Write the table from what was found by role; return the number of its rows."""
    rows: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
    for case in found[ROLES[0]]:
        route, method, visibility = case
        rows.setdefault((route, method), {})[visibility] = tuple(found[role][case] for role in ROLES)
    with TABLE.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["route", "method", "visibility", *ROLES])
        number = 0
        for (route, method), by_visibility in rows.items():
            if len(by_visibility) > 1 and len(set(by_visibility.values())) == 1:
                by_visibility = {ANY: next(iter(by_visibility.values()))}
            for visibility, cells in by_visibility.items():
                table.writerow([route, method, visibility, *cells])
                number += 1
    return number


def differences(expected: dict[Case, str], found: dict[Case, str]) -> list[str]:
    """Return a line for every case that is answered otherwise than the table says, or that only one of both knows."""
    lines, used = [], set()
    for case, status in found.items():
        row = case if case in expected else (*case[:2], ANY)
        used.add(row)
        if row not in expected:
            lines.append(f"{' '.join(case)}: {status}, and no row in the table")
        elif expected[row] != status:
            lines.append(f"{' '.join(case)}: {status}, in the table {expected[row]}")
    return lines + [f"{' '.join(row)}: in the table, and no such route" for row in expected.keys() - used]


# What is stored ----------------------------------------------------------------------------------------------------


def stored() -> dict[str, list[tuple]]:
    """Return all rows of all tables but that of the sessions of browsers."""
    models = [model for model in apps.get_models(include_auto_created=True) if model is not BrowserSession]
    return {model._meta.label: list(model._base_manager.order_by("pk").values_list()) for model in models}


def changed(before: dict[str, list[tuple]]) -> list[str]:
    """Return the names of the tables that are no longer as `before`."""
    return [name for name, rows in stored().items() if rows != before[name]]
