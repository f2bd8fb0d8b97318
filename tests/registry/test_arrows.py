"""Imports and foreign keys point one way only; a string that names a model of another app is an arrow too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]

# From the ground up: each may use what stands before it, never what stands after it.
ROOMS = ["registry.core", "actors", "continuity", "agreements", "events", "registry.site", "registry"]
LABELS = {"core": "registry.core", "site": "registry.site"} | {room: room for room in ROOMS if "." not in room}


def room_of(module: str) -> str | None:
    """Return the room that a dotted module name belongs to, or None for what is not ours."""
    return next((room for room in sorted(ROOMS, key=len, reverse=True) if (module + ".").startswith(room + ".")), None)


def arrows(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Yield (line, room) for every room that the source of a module in `package` imports or names in a string."""
    for node in ast.walk(ast.parse(source)):
        named: list[str] = []
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            named = [f"{module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call):
            named = list(named_in_call(node))
        for name in named:
            if room := room_of(name):
                yield node.lineno, room


def named_in_call(call: ast.Call) -> Iterator[str]:
    """Yield the rooms that a call reaches by string: relations, `get_model`, `import_module`, `import_string`."""
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    values = [*call.args, *(k.value for k in call.keywords if k.arg in {"to", "through", "app_label", "model_name"})]
    strings = [v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]
    if function.endswith(("ForeignKey", "OneToOneField", "ManyToManyField", "get_model", "get_app_config")):
        yield from (LABELS[s.split(".")[0]] for s in strings if s.split(".")[0] in LABELS)
    elif function in {"import_module", "import_string"}:
        yield from strings


def backward(source: str, package: str) -> list[str]:
    """Return a sentence for every arrow of a module that points back."""
    here = room_of(package)
    assert here
    return [
        f"line {line}: {here} reaches up to {room}"
        for line, room in arrows(source, package)
        if ROOMS.index(room) > ROOMS.index(here)
    ]


def modules() -> list[Path]:
    files = [path for room in {r.split(".")[0] for r in ROOMS} for path in (ROOT / room).rglob("*.py")]
    return sorted(files)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_reaches_up(path: Path) -> None:
    package = ".".join(path.relative_to(ROOT).parent.parts)
    assert backward(path.read_text(), package) == []


def test_no_model_points_up() -> None:
    """The foreign keys as Django resolved them, whatever their spelling; inherited and reverse ones are left out."""
    wrong = [
        f"{model._meta.label}.{field.name} points up to {field.related_model._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in LABELS
        for field in model._meta.local_fields + model._meta.local_many_to_many
        if field.related_model and not isinstance(field.related_model, str)
        if (target := LABELS.get(field.related_model._meta.app_label))
        if ROOMS.index(target) > ROOMS.index(LABELS[model._meta.app_label])
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "package"),
    [
        ("import events.models", "actors"),
        ("from agreements import models", "continuity"),
        ("def late():\n    from registry.site.views import home", "events"),
        ("from registry import urls", "registry.site"),
        ("from ..site import views", "registry.core"),
        ("x = models.ForeignKey('events.Event', on_delete=models.CASCADE)", "agreements"),
        ("x = models.ManyToManyField(to='actors.Actor')", "registry.core"),
        ("x = models.ManyToManyField('core.Place', through='events.Visit')", "actors"),
        ("apps.get_model('continuity', 'Initiative')", "actors"),
        ("apps.get_model('continuity.Initiative')", "registry.core"),
        ("import_module('events.tasks')", "continuity"),
    ],
)
def test_the_walk_finds_what_points_up(source: str, package: str) -> None:
    assert len(backward(source, package)) == 1


def test_the_walk_lets_pass_what_points_down() -> None:
    assert backward("from registry.core import clock\nimport actors.models\nfrom . import rules", "continuity") == []
