"""The administrator's commands."""

import re

import pytest
from django.core.management import CommandError, call_command

from events.models import Event
from registry.core.models import User
from tests.cast import agreement, event


def test_the_first_registrar_chooses_a_password_by_the_printed_link(db, client, settings, capsys):
    settings.SITE_URL = "https://concord.example.org"
    call_command("first_registrar", "rosa", "rosa@example.org")

    path = re.search(r"https://concord\.example\.org(/\S+)", capsys.readouterr().out)[1]
    form = client.get(path, follow=True)
    client.post(form.redirect_chain[-1][0], {"new_password1": "bukhara-osh-7", "new_password2": "bukhara-osh-7"})
    rosa = User.objects.get()

    assert rosa.check_password("bukhara-osh-7")
    assert rosa.is_registrar
    assert rosa.is_staff
    assert client.get(path, follow=True).context["validlink"] is False


def test_a_second_registrar_must_be_meant(rosa):
    with pytest.raises(CommandError, match="There is a registrar already: rosa"):
        call_command("first_registrar", "bektur", "bektur@example.org")

    call_command("first_registrar", "bektur", "bektur@example.org", another=True)

    assert User.objects.filter(is_superuser=True).count() == 2


def test_a_wrong_address_is_named(db):
    with pytest.raises(CommandError, match="email: Enter a valid email address"):
        call_command("first_registrar", "rosa", "rosa@nowhere")

    assert not User.objects.exists()


def test_sound_records_pass(kg_tj, capsys):
    agreement(kg_tj)
    event(kg_tj)

    call_command("check_records")

    assert "3 records were looked at; nothing is wrong." in capsys.readouterr().out


def test_records_that_break_a_rule_are_named(kg_tj, capsys):
    concert = event(kg_tj, ref="E1")
    agreement(kg_tj, ref="E1")
    Event.objects.filter(pk=concert.pk).update(started_on="2090-01-01", kind="OPERA")

    with pytest.raises(CommandError, match="3 things are wrong"):
        call_command("check_records")

    out = capsys.readouterr().out
    assert "event E1: started_on: “2090-01-01” lies in the future" in out
    assert "event E1: kind:" in out
    assert "E1 is the reference of" in out
