"""Erasing a person in the administration."""

from django.urls import reverse

from actors.models import Actor
from events.models import EventParticipation
from registry.core import write
from registry.core.models import Revision
from tests.cast import event


def person() -> Actor:
    actor = Actor(name="A. Speaker", type="N_PERSON", sector="NON_STATE", visibility="published")
    return write.save(actor, by=write.SYSTEM)


def erase(client, actor, **reason):
    chosen = {"action": "erase", "_selected_action": [actor.pk]} | reason
    return client.post(reverse("admin:actors_actor_changelist"), chosen, follow=True)


def test_a_registrar_is_asked_and_erases_a_person_with_every_revision(client, rosa):
    client.force_login(rosa)
    speaker = person()

    question = erase(client, speaker)

    assert "A. Speaker" in question.content.decode() and "cannot be undone" in question.content.decode()
    assert Actor.objects.get() == speaker

    page = erase(client, speaker, why="Asked for")

    assert "Nothing of it remains" in page.content.decode()
    assert not Actor.objects.exists()
    (left,) = Revision.objects.filter(ref=speaker.ref)
    assert (left.title, left.content, left.by, left.why) == ("", {}, rosa, "Asked for")


def test_what_still_names_the_person_is_said_and_nothing_is_erased(client, rosa, kg_tj):
    client.force_login(rosa)
    speaker = person()
    EventParticipation.objects.create(event=event(kg_tj), actor=speaker, role="GUEST")

    page = erase(client, speaker, why="Asked for")

    assert "cannot be deleted while these point to it" in page.content.decode()
    assert Revision.objects.filter(ref=speaker.ref).get().content["name"] == "A. Speaker"
