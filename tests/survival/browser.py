"""A browser without JavaScript over HTTP: it keeps cookies, follows redirects and sends the forms that a page has."""

import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode, urljoin

from tests.sheets import Controls


class Page:
    """What was answered."""

    def __init__(self, answer: Any) -> None:
        self.status: int = answer.status
        self.url: str = answer.url
        self.text: str = answer.read().decode()


class Browser:
    """One person at one installation."""

    def __init__(self, site: str, timeout: float = 60) -> None:
        self.site = site
        self.timeout = timeout
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> Page:
        return self._open(urllib.request.Request(urljoin(self.site, path)))

    def post(self, path: str, data: dict[str, Any]) -> Page:
        token = next((cookie.value for cookie in self.jar if cookie.name == "csrftoken"), "") or ""
        body = urlencode({"csrfmiddlewaretoken": token} | data, doseq=True).encode()
        return self._open(urllib.request.Request(urljoin(self.site, path), body))

    def _open(self, request: urllib.request.Request) -> Page:
        try:
            return Page(self.opener.open(request, timeout=self.timeout))
        except urllib.error.HTTPError as answer:
            return Page(answer)

    def sign_in(self, name: str, password: str) -> "Browser":
        self.get("/sign-in/")
        page = self.post("/sign-in/", {"username": name, "password": password})
        assert page.status == 200 and page.url == self.site + "/", page.text
        return self

    def fill(self, path: str, **changes: Any) -> Page:
        """Open the form at `path`, change these of its controls (names with `__` for `-`), and save it."""
        page = self.get(path)
        assert page.status == 200, page.text
        controls = Controls()
        controls.feed(page.text)
        changed = {name.replace("__", "-"): value for name, value in changes.items()}
        assert changed.keys() <= controls.data.keys(), f"{path} has no {changed.keys() - controls.data.keys()}"
        return self.post(path, controls.data | changed)

    def edit(self, path: str, **changes: Any) -> Page:
        """Fill the form at `path`; fail unless it is saved."""
        page = self.fill(path, **changes)
        assert page.status == 200 and page.url != urljoin(self.site, path), page.text
        return page
