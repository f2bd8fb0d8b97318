"""docs/indices.md and the table of definitions say the same."""

import re

import pytest
from django.conf import settings
from django.utils import translation

from events.indices.counting import COMPUTED
from events.indices.definitions import BY_CODE, DEFINITIONS, GROUPS, Definition

PAGE = (settings.BASE_DIR / "docs" / "indices.md").read_text(encoding="utf-8")
PARTS = re.split(r"^### ", PAGE.split("\n## Questions")[0], flags=re.MULTILINE)[1:]
SECTIONS = {part.split("\n")[0]: " ".join(part.split()) for part in PARTS}


def test_every_index_has_a_section_and_every_section_an_index() -> None:
    with translation.override("en"):
        assert list(SECTIONS) == [f"`{one.code}`: {one.name}" for one in in_order()]


def in_order() -> list[Definition]:
    order = [part.split("`")[1] for part in PARTS]
    return sorted(BY_CODE.values(), key=lambda one: order.index(one.code))


@pytest.mark.parametrize("one", BY_CODE.values(), ids=BY_CODE)
def test_the_section_says_what_the_definition_says(one: Definition) -> None:
    with translation.override("en"):
        section = SECTIONS[f"`{one.code}`: {one.name}"]
        assert section.startswith(f"`{one.code}`: {one.name} {one.formula} ")
        assert ("Two bases." in section) == one.by_sector
        assert [code for code, _name in one.parts if f"`{code}`" not in PAGE] == []
        if one.code in COMPUTED:
            assert ("The years add up." in section) == (one.yearly and one.adds_up)
            assert ("Not told by year." in section) == (not one.yearly)
        assert "**" in section, "an example on the demonstration"


def test_every_definition_has_its_function_and_its_group() -> None:
    assert set(COMPUTED) == {one.code for one in DEFINITIONS}
    assert {one.group for one in BY_CODE.values()} == set(GROUPS)
