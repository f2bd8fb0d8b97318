"""Samples of the description: each operation as a line of curl, in Python and in R, made from one example a view names.

tests/site/test_examples.py runs them as they are told, against the demonstration. A query becomes a file where the list
can be one: a researcher wants all rows, and not a page. Empty cells alone are missing there, because NA is Namibia.
"""

import json
import re
from dataclasses import dataclass, field
from shlex import quote
from typing import Any

HOST = "http://localhost:8000"
"""Where the samples of the committed description ask; the reference puts the address of the installation there."""

GIVEN = "$REF"
"""A record whose reference nobody can know beforehand: the reader sets it, as he sets his `TOKEN`."""

HTTR = "library(httr2)\n\n"


@dataclass(frozen=True)
class Example:
    """What the samples of a view ask: `asks` is the query, `ref` one record, `enters` and `changes` what is written.

    What is named stands in the demonstration; where nothing is, `ref` is `GIVEN`. What is deleted always is: nobody
    should lose a record by copying a line.
    """

    asks: str = ""
    ref: str = GIVEN
    enters: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(
        default_factory=lambda: {"note": "Read again at its source.", "why": "Yearly check"}
    )


def samples(method: str, path: str, example: Example, lists: bool, as_csv: bool) -> list[dict[str, str]]:
    """Return curl, Python and R for an operation, in the form of the extension `x-codeSamples`.

    `path` may have `{ref}` in it; `lists` says that many rows are answered, `as_csv` that they can be a file.
    """
    ref = GIVEN if method == "DELETE" else example.ref
    address = HOST + path.replace("{ref}", ref)
    if method == "GET":
        address += f"?{example.asks}" if example.asks and not path.endswith("{ref}/") else ""
        told = _read(address, lists, as_csv)
    else:
        body = {"POST": example.enters, "PATCH": example.changes}.get(method)
        told = _written(method, address, body)
    langs = (("curl", "Shell"), ("Python", "Python"), ("R", "R"))
    return [{"lang": lang, "label": label, "source": text} for (label, lang), text in zip(langs, told, strict=True)]


def _read(address: str, lists: bool, as_csv: bool) -> tuple[str, str, str]:
    curl = f"curl {'' if lists else '-L '}{_in_shell(address)}"
    if as_csv:
        file = address + ("&" if "?" in address else "?") + "format=csv"
        return (
            curl,
            "import pandas as pd\n\n"
            f"address = {_in_python(file)}\n"
            'rows = pd.read_csv(address, keep_default_na=False, na_values=[""])\n'
            "print(rows)",
            f"address <- {_in_r(file)}\n"
            'rows <- read.csv(address, na.strings = "", fileEncoding = "UTF-8-BOM")\n'
            "print(rows)",
        )
    return (
        curl,
        f"{_imports(address)}address = {_in_python(address)}\n"
        "answer = requests.get(address)\n"
        "answer.raise_for_status()\n"
        "print(answer.json())",
        f"library(jsonlite)\n\naddress <- {_in_r(address)}\nstr(fromJSON(address))",
    )


def _written(method: str, address: str, body: dict[str, Any] | None) -> tuple[str, str, str]:
    """Return the samples of a write; what is on file is read first, as its ETag names the version that was read."""
    kept = method != "POST"
    curl = [f'curl -X {method} -H "Authorization: Bearer $TOKEN"' + (' -H "If-Match: $TAG"' if kept else "")]
    if body is not None:
        curl += ["-H 'Content-Type: application/json'", f"-d {quote(json.dumps(body, ensure_ascii=False))}"]
    curl.append(_in_shell(address))
    tag = '-H "Authorization: Bearer $TOKEN" ' + _in_shell(address)
    shell = f"TAG=$(curl -s -o /dev/null -w '%header{{etag}}' \\\n  {tag})\n" if kept else ""

    python = f"{_imports(address, 'TOKEN')}address = {_in_python(address)}\n"
    python += 'headers = {"Authorization": f"Bearer {os.environ[\'TOKEN\']}"}\n'
    sends = "headers=headers"
    if kept:
        python += 'headers["If-Match"] = requests.get(address, headers=headers).headers["ETag"]\n'
    if body is not None:
        python += f"body = {_literal(body)}\n"
        sends = f"json=body, {sends}"
    python += f"answer = requests.{method.lower()}(address, {sends})\nanswer.raise_for_status()\n"
    python += "print(answer.status_code)" if method == "DELETE" else "print(answer.json())"

    r = f'{HTTR}asked <- request({_in_r(address)}) |>\n  req_auth_bearer_token(Sys.getenv("TOKEN"))\n'
    steps = [f'req_method("{method}")']
    if kept:
        r += 'tag <- asked |> req_perform() |> resp_header("ETag")\n'
        steps.append('req_headers("If-Match" = tag)')
    if body is not None:
        steps.append(f"req_body_json({_of_r(body)})")
    r += " |>\n  ".join(["answer <- asked", *steps, "req_perform()"]) + "\n"
    r += "print(resp_status(answer))" if method == "DELETE" else "str(resp_body_json(answer))"
    return shell + " \\\n  ".join(curl), python, r


def _in_shell(address: str) -> str:
    return f'"{address}"' if GIVEN in address else f"'{address}'"


def _in_python(address: str) -> str:
    if GIVEN not in address:
        return f'"{address}"'
    return 'f"' + address.replace(GIVEN, "{os.environ['REF']}") + '"'


def _in_r(address: str) -> str:
    if GIVEN not in address:
        return f'"{address}"'
    before, after = address.split(GIVEN)
    return f'paste0("{before}", Sys.getenv("REF"), "{after}")'


def _imports(address: str, *variables: str) -> str:
    return ("import os\n\n" if variables or GIVEN in address else "") + "import requests\n\n"


def _literal(body: dict[str, Any]) -> str:
    """Return a body as it is written in Python, a member to a line."""
    return "{\n" + "".join(f"    {json.dumps(name)}: {_of_python(said)},\n" for name, said in body.items()) + "}"


def _of_python(said: Any) -> str:
    """Return a value as it is written in Python; there are no other than text, numbers, lists and members."""
    return json.dumps(said, ensure_ascii=False)


def _of_r(said: Any) -> str:
    """Return a value as it is written in R, where lists are written as members are."""
    if isinstance(said, dict):
        return "list(" + ", ".join(f"{_name(name)} = {_of_r(one)}" for name, one in said.items()) + ")"
    if isinstance(said, list):
        return "list(" + ", ".join(map(_of_r, said)) + ")"
    return json.dumps(said, ensure_ascii=False)


def _name(name: str) -> str:
    return name if re.fullmatch("[a-z_]+", name) else json.dumps(name)
