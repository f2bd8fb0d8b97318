"""Every field of every list of the API can be filtered by, or it is written here why not."""

import pytest

import registry.api_urls  # noqa: F401 - so that every app has registered what it serves
from registry.core.api import ReadViewSet, router
from registry.core.serializers import DETAIL

LISTS = {prefix: viewset for prefix, viewset, _basename in router.registry}

FOUND_BY_Q = "q finds it, in any script"
REASONS: dict[str, tuple[str, ...]] = {
    # names and texts
    FOUND_BY_Q: (
        *("title", "titles", "short_title", "summary", "name", "other_names", "labels", "text", "what", "cause"),
        *("occasion_note", "sources.authors", "sources.publisher", "sources.container", "sources.about"),
        *("pairs.label", "subjects.label"),
    ),
    "a list of some hundreds, read as one file": (
        *("countries.label", "countries.alpha3", "countries.former_code"),
        *("vocabularies.label", "vocabularies.definition", "vocabularies.maps_to", "vocabularies.position"),
        "vocabularies.default_sector",
    ),
    "the address of the row names it": ("code",),
    "the words of a source or a remark of ours: has and has_not say whether there are any": (
        *("note", "why", "status_as_stated", "citations.value", "citations.locator", "documents.title"),
        *("countries.historic_name", "countries.withdrawn_on"),
    ),
    "an address to go to": ("address", "archived_address", "file"),
    "it says how the title is to be read, not what the record is about": ("title_language", "name_language"),
    "it counts writes: updated_since asks for them": ("version",),
    # links under another name
    "country and pair ask for either side": ("a", "b"),
    "actor, actor_type, sector, side and role ask for it": (
        "participations",
        "chairs",
        "responsible_a",
        "responsible_b",
    ),
    "the list is of one kind": ("agreements.kind", "commissions.kind", "programmes.kind"),
    "ended_by=activity asks for it": ("is_revival", "revived_by"),
    "episode and in_tension ask for it": ("overlaps",),
    "evidence asks for its kind, initiative and day for the rest": ("activities.record",),
    # numbers
    "a position: border_of, country and place ask where": ("latitude", "longitude"),
    "told from days that can be asked for": ("explanation", "cadence_days", "grace_days", "lead_days"),
    "a length as written, which has and has_not find; cadence_source asks which one is used": (
        *("cadence", "grace", "meeting_clause_days", "term_months", "renewal_months", "notice_months"),
    ),
    "only with tracking=own; state=untracked asks what follows from it on any day": (
        *("initiatives.tracked_from", "initiatives.tracked_until", "agreements.tracked_from"),
        *("agreements.tracked_until", "commissions.tracked_from", "commissions.tracked_until"),
        *("programmes.tracked_from", "programmes.tracked_until"),
    ),
    "a figure says nothing without what it counts, which q finds": ("value",),
}
"""Reason → the fields it holds for: of every list, or of the one named before the dot."""

NOT_ASKED = ("ref", "url", "api", *DETAIL)


def unfiltered(viewset: type[ReadViewSet]) -> list[str]:
    """Return the fields of a list's rows that no filter looks at; labels and bounds go with what they stand beside."""
    filters = viewset.filterset_class.base_filters
    looked_at = {*filters, *((each.field_name or "").split("__")[0] for each in filters.values())}
    names = list(viewset.serializer_class().get_fields())
    beside = {f"{name}_{side}" for name in names for side in ("label", "earliest", "latest")}
    return [name for name in names if name not in looked_at | beside and name not in NOT_ASKED]


def reason(prefix: str, name: str) -> str | None:
    given = {each: why for why, names in REASONS.items() for each in names}
    return given.get(f"{prefix}.{name}") or given.get(name)


@pytest.mark.parametrize("prefix", LISTS)
def test_every_field_can_be_filtered_by_or_there_is_a_reason(prefix: str) -> None:
    assert [name for name in unfiltered(LISTS[prefix]) if reason(prefix, name) is None] == []


@pytest.mark.parametrize("prefix", LISTS)
def test_what_q_finds_can_be_asked_with_q(prefix: str) -> None:
    viewset = LISTS[prefix]
    said = [name for name in unfiltered(viewset) if reason(prefix, name) == FOUND_BY_Q]
    assert not said or "q" in viewset.filterset_class.base_filters


def test_every_reason_is_needed() -> None:
    needed = {
        each for prefix, viewset in LISTS.items() for name in unfiltered(viewset) for each in (name, f"{prefix}.{name}")
    }
    assert [name for names in REASONS.values() for name in names if name not in needed] == []


def test_what_has_takes_are_fields_and_links_that_are_shown() -> None:
    """A name that `has` takes stands in the rows or in the single record, or is a list of its own."""
    lists = {"children", "events", "sessions", "decisions", "outputs", "fulfils", "fulfilments", "minutes"}
    for prefix, viewset in LISTS.items():
        field = viewset.filterset_class(queryset=viewset.queryset).form.fields.get("has")
        single = (viewset.detail_class or viewset.serializer_class)().get_fields()
        assert [name for name in (field.known if field else ()) if name not in {*single, *lists, *DETAIL}] == [], prefix
