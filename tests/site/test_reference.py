"""The files that stay outside the repository: Brazil's register and the two conflict data sets."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Count, F, Q
from django.utils import translation

from agreements.models import Agreement
from agreements.models.agreement import ENDED_STATUSES
from continuity import calibration, forecast, states
from continuity.management.commands import calibrate
from continuity.models import TensionEpisode
from registry.core.models import Citation, Document, Pair, Place, Revision
from registry.site import loader
from tests.site.conftest import loaded

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(scope="module")
def reference(django_db_setup: None, django_db_blocker: Any, reference_folder: Path) -> Iterator[loader.Report]:
    """The reference files on top of the demonstration's episodes of tension and their sources."""

    def fill() -> loader.Report:
        call_command("load_vocabularies", verbosity=0)
        call_command("load_countries", verbosity=0)
        own = Path("data/central_asia")
        loader.load([own / name for name in ("pairs.csv", "sources.csv", "tension_episodes.csv")])
        return loader.load([reference_folder])

    with loaded(django_db_blocker, fill) as report:
        yield report


def test_all_rows_are_taken(reference: loader.Report) -> None:
    assert reference.refusals == []
    assert {one.name: one.read for one in reference.files} == {
        "sources.csv": 3,
        "brazil_places.csv": 98,
        "brazil_agreements.csv": 525,
        "tension_episodes.csv": 1048,
    }


def test_525_agreements_with_126_partners(reference: loader.Report) -> None:
    brazilian = Agreement.objects.filter(ref__startswith="BRC")
    assert brazilian.count() == 525
    pairs = Pair.objects.filter(initiatives__ref__startswith="BRC").distinct()
    assert len({code for pair in pairs for code in (pair.a_id, pair.b_id)} - {"BR"}) == 126
    assert brazilian.filter(pair="BR-NA").exists()
    assert brazilian.filter(visibility="published", rhythm="irregular", title_language="pt").count() == 525


def test_brazils_agreements_are_untracked(reference: loader.Report) -> None:
    day = date(2026, 11, 22)
    ended = Q(declared_status__in=ENDED_STATUSES) | Q(ended_on_latest__lt=day)
    rows = Agreement.objects.filter(ref__startswith="BRC")
    assert states.counts(rows.exclude(ended), day)["untracked"] == rows.exclude(ended).count() == 435
    assert states.counts(rows.filter(ended), day)["concluded"] == 90


def test_1048_episodes_of_350_pairs(reference: loader.Report) -> None:
    conflicts = TensionEpisode.objects.filter(ref__startswith="T-")
    assert conflicts.count() == 1048
    assert conflicts.values("pair").distinct().count() == 350
    assert conflicts.filter(pair__in=["RS-XK", "BW-NA"]).count() == 3
    # an end that is not on file is neither today nor still going on
    assert set(conflicts.filter(ended_on="").values_list("end_known", flat=True)) == {"UNKNOWN"}
    assert conflicts.get(ref="T-NA-RW-COW4339").title == "Militarized dispute, 1998–2001"


def test_episode_of_both_files_is_one_record_and_keeps_its_title(reference: loader.Report) -> None:
    fighting = TensionEpisode.objects.get(ref="T-KG-TJ-UCDP13324")
    assert fighting.title == "Armed conflict at the border, 2021–2022"
    assert fighting.note == "number 13324 in the data set"
    assert Citation.objects.about(fighting).get().locator == "13324"


def test_place_document_registration_and_relation(reference: loader.Report) -> None:
    memorandum = Agreement.objects.get(ref="BRC0002")
    assert memorandum.signed_place.name == "Beijing"
    assert [(row.scheme, row.number) for row in memorandum.registrations.all()] == [("UNTS", "32.474")]
    assert Document.objects.about(memorandum).get().address.endswith("/download/15313")
    assert [row.source.ref for row in Citation.objects.about(memorandum)] == ["SRC-CONCORDIA"]
    assert Document.objects.count() == 523
    assert Agreement.objects.filter(note__contains="Implements another instrument").count() == 108
    assert Place.objects.get(ref="P-BEIJING").other_names == {"pt": ["Pequim"]}
    assert Place.objects.filter(country=None).count() == 2


def test_second_load_leaves_all_alone(reference: loader.Report, reference_folder: Path) -> None:
    before = Revision.objects.count()
    again = loader.load([reference_folder])
    assert [(one.written, one.refused) for one in again.files] == [(0, 0)] * 4
    assert again.total("left_alone") == 1674
    assert Revision.objects.count() == before
    doubled = Document.objects.values(one=F("content_type"), other=F("object_id")).annotate(n=Count("pk"))
    assert not doubled.filter(n__gt=1).exists()


def test_where_real_records_speak_against_the_forecast_it_is_not_shown(reference: loader.Report) -> None:
    """Pairs of countries as if they were initiatives: the days on which they signed agreements with Brazil."""
    series = calibrate.signatures()
    cases = calibration.real_cases(series, date(2021, 2, 26))
    rows = calibration.foretold(cases, dict.fromkeys(series, forecast.FITTED))
    refuted = calibration.refuted(rows)
    assert (len(rows), refuted) == (53, {forecast.Regularity.RAGGED})
    assert not any(regularity in refuted for _number, regularity in forecast.SHOWN)
    documented = Path("docs/forecast.md").read_text(encoding="utf-8").split("### The registry's own records")[1]
    with translation.override("en"):
        for table in (calibrate.overall(rows), calibrate.reliability(rows)):
            assert "\n".join(table) in documented
