"""What a browser without JavaScript would send: the controls of a form as the page has them."""

from html.parser import HTMLParser
from typing import Any


class Controls(HTMLParser):
    """Collects what the form `#sheet` of a page would send."""

    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, list[str]] = {}
        self.inside = False
        self.select = self.textarea = None
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list) -> None:
        at = dict(attributes)
        if tag == "form":
            self.inside = at.get("id") == "sheet"
        if not self.inside:
            return
        if tag == "input" and (at.get("type") not in ("checkbox", "radio") or "checked" in at):
            default = "on" if at.get("type") == "checkbox" else ""
            self.data.setdefault(at["name"], []).append(at.get("value", default))
        elif tag == "select":
            self.select = at["name"]
            self.data[self.select] = []
        elif tag == "option" and self.select and ("selected" in at or not self.data[self.select]):
            # without a selected option the browser sends the first
            self.data[self.select] = [at.get("value", "")]
        elif tag == "textarea":
            self.textarea, self.text = at["name"], ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = None
        elif tag == "textarea" and self.textarea:
            self.data[self.textarea] = [self.text.removeprefix("\n")]
            self.textarea = None
        elif tag == "form":
            self.inside = False

    def handle_data(self, data: str) -> None:
        self.text += data


def typed(response: Any, **changes: Any) -> dict[str, list[str]]:
    """Return what the form of a page would send after `changes` (names with `__` for `-`; a list ticks many)."""
    controls = Controls()
    controls.feed(response.content.decode())
    for name, value in changes.items():
        values = [str(one) for one in value] if isinstance(value, list) else [str(value)]
        controls.data[name.replace("__", "-")] = values
    return controls.data
