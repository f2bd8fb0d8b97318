"""Countries, borders and aliases are what the files of `data/` say."""

from io import StringIO

import pytest
from django.core.management import call_command

from registry.core.models import Alias, Country

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _countries(db: None) -> None:
    call_command("load_countries", verbosity=0)


def test_all_countries_present_and_past() -> None:
    assert Country.objects.filter(historic_name="").count() == 250
    assert Country.objects.exclude(historic_name="").count() == 31
    assert Country.objects.get(code="NA").name == "Namibia"
    assert Country.objects.get(code="XK").alpha3 == "XKX"
    dead = Country.objects.get(code="CSHH")
    assert (dead.name, dead.former_code) == ("Czechoslovakia, Czechoslovak Socialist Republic", "")
    assert Country.objects.get(code="ANHH").former_code == "AN"


def test_borders_lead_both_ways() -> None:
    tajikistan = Country.objects.get(code="TJ")
    assert set(tajikistan.borders.values_list("code", flat=True)) == {"AF", "CN", "KG", "UZ"}
    assert tajikistan in Country.objects.get(code="KG").borders.all()


def test_again_writes_nothing_and_keeps_the_registrars_aliases() -> None:
    Alias.objects.create(form="orteke", canonical="ortekke")
    before = list(Alias.objects.values_list("pk", flat=True))
    out = StringIO()
    call_command("load_countries", stdout=out)
    assert "281 countries" in out.getvalue()
    assert "0 rows were written" in out.getvalue()
    assert list(Alias.objects.values_list("pk", flat=True)) == before


def test_a_changed_row_is_put_right() -> None:
    Country.objects.filter(code="KG").update(region="Europe")
    Alias.objects.filter(form="navroz").update(canonical="other")
    call_command("load_countries", verbosity=0)
    assert Country.objects.get(code="KG").region == "Asia"
    assert Alias.objects.get(form="navroz").canonical == "nowruz"
