"""What tests of writing through the API share: a program that has somebody's token, and what is wrong with a body."""

import json
from typing import Any

from django.test import Client

from registry.core import clock
from registry.core.models import User
from registry.core.tokens import longest, make


class Program:
    """A program with a token of `user`, or without one."""

    def __init__(self, user: User | None, scope: str = "write") -> None:
        self.client, self.headers = Client(), {}
        if user is not None:
            self.row, self.token = make(user, name="test", scope=scope, expires_on=longest(clock.today()))
            self.headers = {"authorization": f"Bearer {self.token}"}

    def ask(self, method: str, path: str, body: Any = None, kind: str = "application/json", **headers: str) -> Any:
        """Return the answer to one request; `body` is sent as it is where it is bytes, else as JSON."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, f"/api/v1/{path}", data, kind if data else "", headers=headers)

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any, key: str = "") -> Any:
        return self.ask("POST", path, body, **({"idempotency_key": key} if key else {}))

    def patch(self, path: str, body: Any, version: int | str | None = None) -> Any:
        return self.ask("PATCH", path, body, **matching(version))

    def delete(self, path: str, version: int | str | None = None) -> Any:
        return self.ask("DELETE", path, **matching(version))


def matching(version: int | str | None) -> dict[str, str]:
    return {} if version is None else {"if_match": f'"v{version}"' if isinstance(version, int) else version}


def problem(answer: Any, status: int) -> dict[str, Any]:
    """Return the problem document of an answer that must have this status."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content.decode()
    document: dict[str, Any] = answer.json()
    assert document["status"] == status and document["detail"]
    return document


def wrong(answer: Any) -> dict[str, str]:
    """Return field → remedy of a body that must be refused."""
    return {error["field"]: error["remedy"] for error in problem(answer, 422)["errors"]}
