"""Signing in and out, passwords, and how often one may be wrong."""

import re

import pytest
from django.contrib.auth import get_user
from django.core import mail

from registry.core import accounts


def sign_in(client, name, password, path="/sign-in/", **extra):
    return client.post(path, {"username": name, "password": password}, **extra)


def test_one_is_led_where_one_wanted_to_go_but_never_to_another_site(client, aigul):
    assert sign_in(client, "aigul", "aigul", "/sign-in/?next=/events/new/").url == "/events/new/"
    client.logout()
    assert sign_in(client, "aigul", "aigul", "/sign-in/?next=https://example.org/").url == "/"
    assert get_user(client) == aigul


def test_a_wrong_password_is_said_in_a_sentence(client, aigul):
    response = sign_in(client, "aigul", "wrong")
    assert response.status_code == 422
    assert "No account has this user name and password" in response.content.decode()
    assert 'value="aigul"' in response.content.decode()
    assert "wrong" not in response.content.decode()


def test_after_too_many_wrong_ones_the_right_one_waits(client, aigul, farrukh):
    for _attempt in range(accounts.ATTEMPTS_AT_ONE_ACCOUNT):
        assert sign_in(client, "aigul", "wrong").status_code == 422
    response = sign_in(client, "AIGUL", "aigul")
    assert response.status_code == 429
    assert "Wait a quarter of an hour" in response.content.decode()
    assert sign_in(client, "aigul", "aigul").status_code == 429
    assert sign_in(client, "farrukh", "farrukh").status_code == 302


def test_someone_elsewhere_is_not_locked_out_by_it(client, aigul):
    for _attempt in range(accounts.ATTEMPTS_AT_ONE_ACCOUNT):
        sign_in(client, "aigul", "wrong", REMOTE_ADDR="203.0.113.9")
    assert sign_in(client, "aigul", "aigul").status_code == 302


def test_one_address_cannot_try_one_account_after_another(client, aigul, monkeypatch):
    monkeypatch.setattr(accounts, "ATTEMPTS_FROM_ONE_ADDRESS", 8)
    for number in range(8):
        sign_in(client, f"name{number}", "wrong")
    assert sign_in(client, "aigul", "aigul").status_code == 429


def test_right_passwords_are_not_counted(client, aigul):
    for _attempt in range(accounts.ATTEMPTS_AT_ONE_ACCOUNT + 1):
        assert sign_in(client, "aigul", "aigul").status_code == 302
        client.logout()


def test_behind_a_proxy_the_address_is_the_one_the_proxy_names(rf, settings):
    request = rf.get("/", HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.9", REMOTE_ADDR="10.0.0.1")
    assert accounts.address_of(request) == "10.0.0.1"  # no proxy outside production: anybody could write the header
    settings.PRODUCTION = True
    assert accounts.address_of(request) == "203.0.113.9"


def test_the_administration_is_entered_by_the_same_door(client, aigul, rosa):
    assert client.get("/admin/login/?next=/admin/core/").url == "/sign-in/?next=/admin/core/"
    assert sign_in(client, "rosa", "rosa", "/sign-in/?next=/admin/").url == "/admin/"
    client.force_login(aigul)
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_language_of_the_account_greets_it_unless_one_was_chosen(client, aigul):
    aigul.language = "ky"
    aigul.save()
    assert sign_in(client, "aigul", "aigul").cookies["django_language"].value == "ky"


def test_signing_out_is_a_post(client, aigul):
    client.force_login(aigul)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 302
    assert not get_user(client).is_authenticated


def test_the_mail_names_our_own_site_whatever_the_header_says(client, aigul, settings):
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://concord.example.org", ["*"]
    response = client.post("/password/reset/", {"email": "aigul@example.org"}, HTTP_HOST="evil.example")
    assert response.url == "/password/sent/"
    [letter] = mail.outbox
    link = re.search(r"https://concord\.example\.org(/password/reset/\S+)", letter.body)
    assert "evil" not in letter.body + letter.subject
    assert letter.alternatives == []
    page = client.get(link[1], follow=True)
    path = page.redirect_chain[-1][0]
    too_short = client.post(path, {"new_password1": "short", "new_password2": "short"})
    assert "at least 10 characters" in too_short.content.decode()
    client.post(path, {"new_password1": "four old horses", "new_password2": "four old horses"})
    assert sign_in(client, "aigul", "four old horses").status_code == 302
    assert "has been used" in client.get(link[1], follow=True).content.decode()


def test_an_address_without_an_account_is_answered_alike(client, aigul):
    assert client.post("/password/reset/", {"email": "nobody@example.org"}).url == "/password/sent/"
    assert mail.outbox == []


def test_no_flood_of_mails_is_sent_from_one_address(client, aigul):
    answers = [client.post("/password/reset/", {"email": "aigul@example.org"}).status_code for _one in range(7)]
    assert answers == [302] * accounts.RESETS_FROM_ONE_ADDRESS + [429, 429]
    assert len(mail.outbox) == accounts.RESETS_FROM_ONE_ADDRESS


def test_a_password_is_changed_by_who_knows_the_old_one(client, aigul):
    client.force_login(aigul)
    new = {"new_password1": "four old horses", "new_password2": "four old horses"}
    assert client.post("/password/change/", {"old_password": "wrong"} | new).status_code == 200
    assert client.post("/password/change/", {"old_password": "aigul"} | new).url == "/password/changed/"
    assert get_user(client) == aigul
    client.logout()
    assert client.get("/password/change/").url.startswith("/sign-in/")


@pytest.mark.parametrize("path", ["/sign-in/", "/password/reset/", "/password/sent/", "/password/set/"])
def test_every_page_opens(client, world, path):
    assert client.get(path).status_code == 200
