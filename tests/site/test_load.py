"""Loading files: what is taken, what is merged, and what is refused with which words."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from actors.models import Actor
from agreements.models import Agreement, Commission, Session
from continuity.models import Initiative, TensionEpisode
from events.models import Event
from registry.core.models import Citation, Pair, Place, Revision
from registry.site import loader
from registry.site.loader.files import Unreadable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

AGREEMENTS = "ref,pair,title,type,signed_on"
TREATY = "R01,KZ-UZ,Treaty of Eternal Friendship,TREATY,1998-10-31"
ACTORS = "ref,name,type,sector,country"
EVENTS = "ref,pair,title,kind,started_on,format,outcome"
CONCERT = "E1,KG-TJ,Concert,CONCERT,2020-05-01,ONSITE,HELD"

File = Callable[..., Path]


@pytest.fixture
def file(tmp_path: Path) -> File:
    """Return a function that writes a file of lines and returns its path."""

    def written(name: str, *lines: str) -> Path:
        path = tmp_path / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return written


def reasons(*paths: Path, **options: bool) -> list[str]:
    return [str(refusal) for refusal in loader.load(paths, **options).refusals]


# What is taken -----------------------------------------------------------------------------------------------------


def test_folder_is_read_in_the_order_of_its_references(file: File, tmp_path: Path) -> None:
    file("events.csv", f"{EVENTS},initiative_ref", f"{CONCERT},R02")
    file("commissions.csv", "ref,pair,title,type,parent_ref", "R02,TJ-KG,Council,JOINT_CULT,R01")
    file("brief_agreements.csv", AGREEMENTS, "R01,KG-TJ,Treaty,TREATY,2016")
    report = loader.load([tmp_path])
    assert [one.name for one in report.files] == ["brief_agreements.csv", "commissions.csv", "events.csv"]
    assert report.refusals == []
    assert Event.objects.get().initiative.parent.ref == "R01"
    assert Commission.objects.get().rhythm == "regular"
    assert Agreement.objects.get().rhythm == "irregular"
    assert Agreement.objects.get().visibility == "published"


def test_rows_of_one_file_may_name_each_other_in_any_order(file: File) -> None:
    path = file("actors.csv", f"{ACTORS},parent_ref", "A2,Choir,N_CSO,NON_STATE,TJ,A1", "A1,House,S_AGENCY,STATE,TJ,")
    assert reasons(path) == []
    assert Actor.objects.get(ref="A2").parent.ref == "A1"


def test_na_is_namibia(file: File) -> None:
    assert reasons(file("places.csv", "ref,name,country", "P-WINDHOEK,Windhoek,NA")) == []
    assert reasons(file("agreements.csv", AGREEMENTS, "R1,NA-BR,Treaty,TREATY,1995-03-07")) == []
    assert Place.objects.get().country_id == "NA"
    assert Agreement.objects.get().pair_id == "BR-NA"


def test_again_writes_nothing(file: File) -> None:
    paths = [
        file("sources.csv", "ref,kind,publisher", "S1,PRESS,Avesta"),
        file("agreements.csv", f"{AGREEMENTS},fields", f"{TREATY},POLITICAL;TOURISM"),
        file("citations.csv", "record_ref,source_ref,field,value", "R01,S1,signed_on,1998-10-31"),
    ]
    assert loader.load(paths).total("written") == 3
    before = list(Revision.objects.values_list("pk", flat=True))
    report = loader.load(paths)
    assert (report.total("written"), report.total("left_alone")) == (0, 3)
    assert list(Revision.objects.values_list("pk", flat=True)) == before
    assert Citation.objects.count() == 1


def test_ref_in_two_files_is_one_record(file: File) -> None:
    whole = file(
        "tension_episodes.csv", "ref,pair,kind,title,started_on,note", "T1,KG-TJ,OTHER,Closed road,2021-05,why"
    )
    brief = file(
        "big_tension_episodes.csv", "ref,country_a,country_b,started,ended,kind", "T1,TJ,KG,2021-05,2022,OTHER"
    )
    assert reasons(whole, brief) == []
    episode = TensionEpisode.objects.get()
    assert (episode.title, episode.note, episode.ended_on) == ("Closed road", "why", "2022")


def test_later_file_changes_only_what_it_says(file: File) -> None:
    loader.load([file("agreements.csv", f"{AGREEMENTS},level,note", f"{TREATY},STATE,first")])
    report = loader.load(
        [file("agreements.csv", f"{AGREEMENTS},level,note", f"{TREATY.replace('1998-10-31', '1998-10')},,")]
    )
    assert report.total("written") == 1
    treaty = Agreement.objects.get()
    assert (treaty.signed_on, treaty.level, treaty.note, treaty.version) == ("1998-10", "STATE", "first", 2)


def test_conflicting_citations_are_both_kept(file: File) -> None:
    loader.load([file("sources.csv", "ref,kind", "S1,PRESS", "S2,PRESS"), file("events.csv", EVENTS, CONCERT)])
    cited = file("citations.csv", "record_ref,source_ref,field,value", "E1,S1,place_refs,P-A", "E1,S2,place_refs,P-B")
    assert reasons(cited) == []
    assert set(Citation.objects.values_list("field", "value")) == {("places", "P-A"), ("places", "P-B")}


def test_byte_order_mark_is_left_out_and_said(file: File) -> None:
    path = file("agreements.csv", AGREEMENTS, TREATY)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    report = loader.load([path])
    assert report.total("written") == 1
    assert "byte order mark" in report.files[0].remarks[0]


def test_progress_is_told(file: File) -> None:
    told: list[tuple[str, int, int]] = []
    path = file("actors.csv", ACTORS, "A1,House,S_AGENCY,STATE,TJ", "A2,Choir,N_CSO,NON_STATE,TJ")
    loader.load([path], progress=lambda *step: told.append(step))
    assert told == [("actors.csv", 1, 2), ("actors.csv", 2, 2)]


# What is refused, and how it is said -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "lines", "reason"),
    [
        (
            "agreements.csv",
            [f"{AGREEMENTS},declared_status", TREATY + ",INFORCE"],
            "agreements.csv line 2: declared_status: “INFORCE” is not in the list agreement_status. "
            "Did you mean IN_FORCE?",
        ),
        (
            "commitments.csv",
            ["ref,pair,text,state", "C1,KZ-UZ,Open a branch,OVERDUE"],
            "commitments.csv line 2: state: “OVERDUE” is never typed in: it follows from the dates.",
        ),
        (
            "agreements.csv",
            [AGREEMENTS, "R01,KZ-UX,Treaty,TREATY,1998"],
            "agreements.csv line 2: pair: “UX” is not the code of a country (ISO 3166-1). Write two letters, as KZ.",
        ),
        (
            "agreements.csv",
            [AGREEMENTS, "R01,KZ,Treaty,TREATY,1998"],
            "agreements.csv line 2: pair: “KZ” is not a pair. Write two country codes as KZ-UZ.",
        ),
        (
            "agreements.csv",
            [AGREEMENTS, "R01,KZ-KZ,Treaty,TREATY,1998"],
            "agreements.csv line 2: pair: “KZ” stands on both sides. A pair is two countries.",
        ),
        (
            "agreements.csv",
            [AGREEMENTS, "R01,KZ-UZ,Treaty,TREATY,1998-02-30"],
            "agreements.csv line 2: signed_on: “1998-02-30” is not a date of the calendar. Write a year,",
        ),
        (
            "pairs.csv",
            ["code,tracked_from,tracking_basis", "KZ-UZ,2018,assumed"],
            "pairs.csv line 2: tracked_from: “2018” is not a day of the calendar. Write it as 1994-01-10.",
        ),
        (
            "agreements.csv",
            [f"{AGREEMENTS},cadence_days", f"{TREATY},yearly"],
            "agreements.csv line 2: cadence_days: “yearly” is not a whole number. Write digits only.",
        ),
        (
            "indicators.csv",
            ["ref,pair,what,value,unit", 'I1,KZ-UZ,students,"6,721",students'],
            "indicators.csv line 2: value: “6,721” is not a number. Write digits, with a point for decimals.",
        ),
        (
            "agreements.csv",
            [f"{AGREEMENTS},parent_ref", f"{TREATY},R99"],
            "agreements.csv line 2: parent_ref: No initiative “R99” is on file. Load the file that has it first,",
        ),
        (
            "agreements.csv",
            [AGREEMENTS, "R01,KZ-UZ,,TREATY,1998"],
            "agreements.csv line 2: title: The cell is empty, and it must not be. Fill it in.",
        ),
        (
            "agreements.csv",
            [AGREEMENTS, ",KZ-UZ,Treaty,TREATY,1998"],
            "agreements.csv line 2: ref: The cell is empty. Give the record a permanent reference.",
        ),
        (
            "agreements.csv",
            [AGREEMENTS, "R 1,KZ-UZ,Treaty,TREATY,1998"],
            "agreements.csv line 2: ref: “R 1”: Use letters, digits and hyphens only.",
        ),
        (
            "agreements.csv",
            [AGREEMENTS, TREATY, "", TREATY],
            "agreements.csv line 4: It says the same as line 2. Remove one of them.",
        ),
        (
            "agreements.csv",
            [AGREEMENTS, "R01,KZ-UZ,Treaty, of friendship,TREATY,1998"],
            "agreements.csv line 2: It has 6 cells where the first line names 5 columns.",
        ),
        (
            "events.csv",
            [f"{EVENTS},ended_on", f"{CONCERT},2020-04-01"],
            "events.csv line 2: ended_on: “2020-04-01” lies before “2020-05-01”",
        ),
        (
            "events.csv",
            [EVENTS, CONCERT.replace("2020", "2120")],
            "events.csv line 2: started_on: “2120-05-01” lies in the future",
        ),
        (
            "events.csv",
            [f"{EVENTS},sent_by_country", f"{CONCERT},TJ40"],
            "events.csv line 2: sent_by_country: “TJ40” lacks what belongs before or after the colon.",
        ),
        (
            "actors.csv",
            [f"{ACTORS},parent_ref", "A1,House,S_AGENCY,STATE,TJ,A2", "A2,Choir,N_CSO,NON_STATE,TJ,A1"],
            "actors.csv line 3: parent_ref: “A1”: This would make a circle. Choose another actor.",
        ),
        (
            "agreements.csv",
            [f"{AGREEMENTS},place", f"{TREATY},Atlantis"],
            "agreements.csv line 2: place: No place called “Atlantis” is on file.",
        ),
        (
            "tension_episodes.csv",
            ["ref,pair,country_a,country_b,kind,started", "T1,KG-TJ,KG,UZ,OTHER,2021"],
            "tension_episodes.csv line 2: pair: “KG-TJ” is not the pair of KG and UZ. Correct one of them.",
        ),
        (
            "tension_episodes.csv",
            ["ref,pair,kind,started_on,intensity", "T1,KG-TJ,OTHER,2021,6"],
            "tension_episodes.csv line 2: intensity: “6”: Ensure this value is less than or equal to 5.",
        ),
        (
            "commitments.csv",
            ["ref,pair,text,origin_kind,origin_ref", "C1,KZ-UZ,Open a branch,letter,X1"],
            "commitments.csv line 2: origin_kind: “letter” is no origin of a commitment. Write session,",
        ),
        (
            "citations.csv",
            ["record_ref,source_ref,field,value", "R01,S1,title,x"],
            "citations.csv line 2: record_ref: No record “R01” is on file.",
        ),
    ],
)
def test_bad_row(file: File, name: str, lines: list[str], reason: str) -> None:
    found = reasons(file(name, *lines))
    assert any(one.startswith(reason) for one in found), found
    assert not Pair.objects.exists()
    assert not Revision.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("agreements.csv", b"", "agreements.csv: The file is empty. It should begin with a line of column names."),
        (
            "agreements.csv",
            b"ref,pair,title,type,signed_on\nR1,KZ-UZ,Trait\xe9,TREATY,1998\n",
            "agreements.csv line 2: Byte 0xE9 is not UTF-8. Save it as comma-separated text in UTF-8 (CSV).",
        ),
        ("agreements.csv", "ref".encode("utf-16"), "agreements.csv: The file is UTF-16 text."),
        ("agreements.csv", b"PK\x03\x04rest", "agreements.csv: The file is a spreadsheet."),
        (
            "agreements.csv",
            b"ref;pair;title;type;signed_on\n",
            "agreements.csv line 1: The cells are parted by semicolons. Save it with commas instead.",
        ),
        (
            "agreements.csv",
            b"ref,pair,titel,title,type,signed_on\n",
            "agreements.csv line 1: There is no column “titel” in this kind of file. Did you mean title?",
        ),
        (
            "agreements.csv",
            b"ref,title,type,signed_on\n",
            "agreements.csv line 1: The column “pair” or “country_a” is missing. Add it.",
        ),
        (
            "agreements.csv",
            b"ref,pair,title,title,type,signed_on\n",
            "agreements.csv line 1: The column “title” stands",
        ),
        (
            "agreements.csv",
            b'ref,pair,title,type,signed_on\nR1,KZ-UZ,"Treaty"s,TREATY,1998\n',
            "agreements.csv line 2: The quotation marks do not pair up",
        ),
        (
            "agrements.csv",
            b"ref\n",
            "agrements.csv: What it holds is told by its name, and “agrements.csv” tells nothing. Did you mean",
        ),
        ("countries.json", b"{}", "countries.json: Run manage.py load_countries for it."),
    ],
)
def test_bad_file(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    found = reasons(path)
    assert found[0].startswith(reason), found


def test_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="There is no file or folder"):
        loader.load([tmp_path / "nothing"])
    with pytest.raises(Unreadable, match="holds no .csv file"):
        loader.load([tmp_path])


# All or nothing ----------------------------------------------------------------------------------------------------


def test_one_bad_row_refuses_its_file_and_what_needs_it(file: File, tmp_path: Path) -> None:
    file("actors.csv", ACTORS, "A1,House,S_AGENCY,STATE,TJ", "A2,Choir,N_CSO,NONSTATE,TJ")
    file("events.csv", EVENTS, CONCERT)
    file("participations.csv", "record_ref,actor_ref,role", "E1,A1,ORGANISER")
    report = loader.load([tmp_path])
    assert [str(refusal) for refusal in report.refusals] == [
        "actors.csv line 3: sector: “NONSTATE” is not in the list sector. Did you mean NON_STATE?",
        "participations.csv line 2: actor_ref: “A1” of actors.csv line 2 was not stored. Mend that file first.",
    ]
    assert [(one.read, one.written, one.left_alone, one.refused) for one in report.files] == [
        (2, 0, 0, 2),
        (1, 1, 0, 0),
        (1, 0, 0, 1),
    ]
    assert not Actor.objects.exists()


def test_skip_bad_stores_the_good_rows(file: File) -> None:
    path = file(
        "actors.csv",
        f"{ACTORS},parent_ref",
        "A1,House,S_AGENCY,STATE,TJ,",
        "A2,Choir,N_CSO,NONSTATE,TJ,",
        "A3,Voices,N_CSO,NON_STATE,TJ,A2",
    )
    report = loader.load([path], skip_bad=True)
    assert [refusal.line for refusal in report.refusals] == [3, 4]
    assert (report.total("written"), report.total("refused")) == (1, 2)
    assert Actor.objects.get().ref == "A1"


SESSIONS = ["ref,commission_ref,number,outcome", "S1,R1,1,PLANNED", "S2,R1,1,PLANNED", "S3,R1,2,PLANNED"]


@pytest.mark.parametrize(("skip_bad", "stored"), [(False, []), (True, ["S1", "S3"])])
def test_what_only_the_database_sees(file: File, skip_bad: bool, stored: list[str]) -> None:
    loader.load([file("commissions.csv", "ref,pair,title,type", "R1,KG-TJ,Council,JOINT_CULT")])
    path = file("sessions.csv", *SESSIONS)
    report = loader.load([path], skip_bad=skip_bad)
    assert [refusal.line for refusal in report.refusals] == [3]
    assert sorted(Session.objects.values_list("ref", flat=True)) == stored
    assert report.total("refused") == 3 - len(stored)


def test_record_changed_meanwhile_is_not_overwritten(file: File) -> None:
    other = TREATY.replace("R01", "R02")
    loader.load([file("agreements.csv", AGREEMENTS, TREATY, other)])
    path = file("agreements.csv", AGREEMENTS, TREATY.replace("1998-10-31", "1998"), other.replace("1998-10-31", "1998"))

    def meanwhile(_name: str, done: int, _rows: int) -> None:
        if done == 1:
            Initiative.objects.filter(ref="R02").update(version=7)

    found = [str(refusal) for refusal in loader.load([path], progress=meanwhile).refusals]
    assert found[0].startswith("agreements.csv line 3: It cannot be stored: “Treaty of Eternal Friendship” was changed")
    assert set(Agreement.objects.values_list("signed_on", flat=True)) == {"1998-10-31"}


# The command -------------------------------------------------------------------------------------------------------


def test_command_reports_and_ends_with_1(file: File) -> None:
    good, bad = file("agreements.csv", AGREEMENTS, TREATY), file("actors.csv", ACTORS, "A1,House,S_AGENCY,STAT,TJ")
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="things wrong: 1, files: 1.; nothing of these files is stored") as ended:
        call_command("load", str(good), str(bad), stdout=out, stderr=err)
    assert ended.value.returncode == 1
    assert err.getvalue() == "actors.csv line 2: sector: “STAT” is not in the list sector. Did you mean STATE?\n"
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert lines[0] == ["read", "written", "left", "alone", "refused"]
    assert lines[1:] == [
        ["actors.csv", "1", "0", "0", "1"],
        ["agreements.csv", "1", "1", "0", "0"],
        ["in", "all", "2", "1", "0", "1"],
    ]


def test_command_needs_countries_first(file: File) -> None:
    from registry.core.models import Country

    Country.objects.all().delete()
    with pytest.raises(CommandError, match="Run manage.py load_countries"):
        call_command("load", str(file("agreements.csv", AGREEMENTS, TREATY)))
