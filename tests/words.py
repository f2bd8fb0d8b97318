"""What tests of pages share: the lists there are, and the words of a page as a reader sees them."""

import html
import re
from typing import Any

LISTS = (
    "pair",
    "initiative",
    "agreement",
    "commission",
    "programme",
    "session",
    "event",
    "output",
    "actor",
    "place",
    "framework",
    "subject",
    "source",
    "commitment",
    "episode",
    "milestone",
    "lapse",
    "indicator",
)


def text(response: Any) -> str:
    """The words of a page as a reader sees them, with single spaces."""
    found = re.sub(r"<(style|script|svg).*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found)).split())
