"""What holds for every model; and what the database itself refuses."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError, models, transaction

from actors.models import Actor
from agreements.models import Commitment, Session
from continuity.models import Initiative, Lapse, Notice, Relation, Suspension, TensionEpisode
from events.models import BudgetLine, Event, Fulfilment
from registry.core import vocabularies
from registry.core.dates import BoundField, FuzzyDateField
from registry.core.models import Country, DeskRole, Document, Indicator, Pair, Place, Record, Revision, Subject, User
from registry.core.models.about import About, record_models
from registry.core.models.record import lists_codes
from registry.core.vocabularies import VocabularyField
from tests.cast import agreement, commission, event, programme, session
from tests.everything import keep

OURS = [
    model
    for model in apps.get_models()
    if model.__module__.split(".")[0] in {"registry", "actors", "continuity", "agreements", "events"}
]


def own_fields(model: type[models.Model]) -> list[Any]:
    fields = [*model._meta.local_fields, *model._meta.local_many_to_many]
    return [field for field in fields if field.model.__module__.split(".")[0] != "django"]


# Every model ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_a_model_explains_itself(model: type[models.Model]) -> None:
    """Its docstring says what one row is, its help texts what a column holds: they become the documentation."""
    assert model.__doc__ and not model.__doc__.startswith(f"{model.__name__}(")
    silent = [
        field.name
        for field in own_fields(model)
        if not str(field.help_text)
        and not field.primary_key
        and not getattr(field.remote_field, "parent_link", False)
        and field.name not in {one.name for one in User.__mro__[1]._meta.get_fields()}
    ]
    assert silent == []
    assert str(model._meta.verbose_name) != model._meta.model_name.lower() or "_" not in model._meta.model_name


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_list_that_a_field_names_exists_and_takes_its_default(model: type[models.Model]) -> None:
    for field in own_fields(model):
        if isinstance(field, VocabularyField):
            terms = vocabularies.lists()[field.vocabulary]
            assert max(map(len, terms)) <= field.max_length
            if field.has_default():
                assert field.default in terms
            assert field.choices and f"get_{field.name}_display" in dir(model)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_what_the_database_lists_for_a_column_its_field_lists_too(model: type[models.Model]) -> None:
    """So a form need not ask the database whether a code is on its list."""
    for constraint in filter(lists_codes, model._meta.constraints):
        ((path, listed),) = constraint.condition.children
        field = model._meta.get_field(path.removesuffix("__in"))
        if isinstance(field, VocabularyField):
            terms = vocabularies.lists()[field.vocabulary].items()
            assert {code for code, term in terms if not term.get("computed")} <= {*listed}
        else:
            assert {code for code, _label in field.choices} <= {*listed}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_fuzzy_date_has_both_its_bounds(model: type[models.Model]) -> None:
    fuzzy = {field.name for field in own_fields(model) if isinstance(field, FuzzyDateField)}
    bounds = {(field.of, field.side) for field in own_fields(model) if isinstance(field, BoundField)}
    assert bounds == {(name, side) for name in fuzzy for side in ("earliest", "latest")}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_what_a_record_says_of_itself_is_there(model: type[models.Model]) -> None:
    if not issubclass(model, Record):
        return
    names = {field.name for field in model._meta.get_fields()}
    assert set(model.ROWS) <= names
    assert set(model.PAST) <= names
    assert model.DERIVED - {"visibility", "id"} <= names
    for path in filter(None, (model.PAIR, model.DESK)):
        target = model
        for step in path.split("__"):
            target = target._meta.get_field(step).related_model
        assert target in (Pair, Country)


def test_the_kinds_of_record_are_the_concrete_ones() -> None:
    kinds = record_models()
    assert Initiative not in kinds and Document not in kinds
    assert {Event, Session, Actor, Pair} <= set(kinds)
    assert not any(issubclass(kind, About) for kind in kinds)


def test_generic_keys_stand_in_one_place_only() -> None:
    from django.contrib.contenttypes.fields import GenericForeignKey

    bearers = {model for model in OURS if any(isinstance(f, GenericForeignKey) for f in model._meta.private_fields)}
    assert {model.__name__ for model in bearers} == {"Citation", "Document", "Comment", "Confirmation"}


def test_a_missing_vocabulary_is_said_in_a_sentence(settings: Any, tmp_path: Any) -> None:
    vocabularies.lists.cache_clear()
    settings.BASE_DIR = tmp_path
    try:
        with pytest.raises(ImproperlyConfigured, match="vocabularies.json cannot be read.*Put back"):
            vocabularies.lists()
    finally:
        vocabularies.lists.cache_clear()


def test_a_code_that_is_computed_cannot_be_typed_in(kg_tj: Pair) -> None:
    promise = Commitment(pair=kg_tj, text="A festival", state="OVERDUE")
    with pytest.raises(ValidationError) as refused:
        promise.full_clean()
    assert list(refused.value.message_dict) == ["state"]
    assert vocabularies.label("commitment_state", "OVERDUE") == "Overdue"


@pytest.mark.parametrize("ref", ["", "a b", "-A", "A/B", "é", "A\n"])
def test_a_reference_can_stand_in_an_address(world: None, ref: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Subject(ref=ref, labels={"en": "x"}).full_clean()
    assert "ref" in refused.value.message_dict


@pytest.mark.parametrize("labels", [{}, {"ru": "Театр"}, {"en": " "}, ["Theatre"], "Theatre", {"en": 1}])
def test_a_subject_has_an_english_label_whoever_writes(world: None, labels: Any) -> None:
    """Administration too, where it is typed as JSON and the page shown again names what was typed."""
    subject = Subject(labels=labels)
    with pytest.raises(ValidationError) as refused:
        subject.full_clean()
    assert list(refused.value.message_dict) == ["labels"]
    assert str(subject)


# What the database refuses, whoever writes ---------------------------------------------------------------------------


def wrongs(pair: Pair) -> dict[str, Any]:
    """Return constraint → a function that stores what it forbids, past all checks of the application."""
    treaty, body, concert = agreement(pair), commission(pair), event(pair)
    other = programme(pair)
    user = User.objects.create_user("x", "x@example.org")

    def column(record: Any, **values: Any) -> Any:
        return lambda: type(record)._base_manager.filter(pk=record.pk).update(**values)

    initiative = Initiative.objects.get(pk=treaty.pk)
    session(body, number=1)
    promise = keep(Commitment(pair=pair, text="A festival"))
    article = treaty.articles.create(number=1, text="…")
    return {
        "pair_in_code_order": lambda: Pair.objects.create(ref="UZ-KZ", a_id="UZ", b_id="KZ"),
        "pair_of_one": lambda: Pair.objects.create(ref="KZ-KZ", a_id="KZ", b_id="KZ"),
        "pair_once": lambda: Pair.objects.create(ref="X", a_id="KG", b_id="TJ"),
        "pair_tracking_in_order": column(pair, tracked_from=date(2020, 1, 2), tracked_until=date(2020, 1, 1)),
        "pair_tracking_begins": column(pair, tracked_from=None, tracked_until=date(2020, 1, 1)),
        "pair_tracking_has_basis": column(pair, tracking_basis=""),
        "initiative_visibility": column(initiative, visibility="secret"),
        "initiative_kind_known": column(initiative, kind="treaty"),
        "initiative_rhythm_known": column(initiative, rhythm="often"),
        "initiative_tracking_known": column(initiative, tracking="maybe"),
        "initiative_not_under_itself": column(initiative, parent_id=initiative.pk),
        "initiative_own_days_only_if_own": column(initiative, tracked_from=date(2020, 1, 1)),
        "initiative_own_days_have_first": column(initiative, tracking="own"),
        "initiative_ref_once": column(initiative, ref=body.ref),
        "suspension_in_order": lambda: Suspension.objects.create(
            initiative=body, started_on="2020-02-01", ended_on="2020-01-01"
        ),
        "lapse_once": lambda: [Lapse(initiative=body, began_on=date(2015, 1, 1)).save() for _time in range(2)],
        "lapse_in_order": lambda: Lapse(initiative=body, began_on="2015-02-01", ended_on="2015-02-01").save(),
        "relation_not_to_itself": lambda: Relation.objects.create(source=treaty, kind="AMENDS", target=treaty),
        "relation_once": lambda: [
            Relation.objects.create(source=treaty, kind="AMENDS", target=body) for _time in range(2)
        ],
        "article_once": lambda: treaty.articles.create(number=1, text="…"),
        "session_number_once": lambda: Session.objects.create(commission=body, number=1),
        "commitment_of_one_origin": column(promise, article_id=article.pk, session_id=Session.objects.get().pk),
        "event_outcome_known": column(concert, outcome="UNREPORTED"),
        "event_visibility": column(concert, visibility=""),
        "sent_once": lambda: [concert.sent.create(country_id="KG", people=1) for _time in range(2)],
        "fulfilment_by_neither": lambda: Fulfilment.objects.create(commitment=promise),
        "fulfilment_by_both": lambda: Fulfilment.objects.create(
            commitment=promise, event=concert, initiative_id=other.pk
        ),
        "budget_not_negative": lambda: BudgetLine.objects.create(programme=other, amount=-1, currency="USD"),
        "episode_intensity": lambda: TensionEpisode.objects.create(
            pair=pair, title="X", kind="OTHER", started_on="2020", intensity=6
        ),
        "actor_sector_known": lambda: Actor.objects.create(name="X", type="N_CSO", sector="PRIVATE"),
        "identifier_once": lambda: [
            Actor.objects.create(name="X", type="N_CSO", sector="STATE").identifiers.create(scheme="ROR", value="1")
            for _time in range(2)
        ],
        "desk_role_known": lambda: DeskRole.objects.create(user=user, country_id="KG", role="boss"),
        "desk_role_once": lambda: [
            DeskRole.objects.create(user=user, country_id="KG", role="reader") for _time in range(2)
        ],
        "user_not_own_deputy": column(user, deputy_id=user.pk),
        "email_once": lambda: User.objects.create_user("y", "x@example.org"),
        "document_is_somewhere": lambda: Document.objects.create(record=treaty, kind="TEXT"),
        "notice_of_one_thing": lambda: Notice.objects.create(user=user, digest="week", due_at="2020-01-01T00:00Z"),
        "revision_kind_known": lambda: Revision.objects.create(
            model="x", ref="x", version=1, kind="undone", content={}
        ),
    }


def test_the_database_refuses_what_contradicts_itself(kg_tj: Pair) -> None:
    taken = []
    for name, write_it in wrongs(kg_tj).items():
        try:
            with transaction.atomic():
                write_it()
            taken.append(name)
        except IntegrityError:
            pass
    assert taken == []


def test_decimals_and_floats_come_back_as_they_went(kg_tj: Pair) -> None:
    keep(Indicator(pair=kg_tj, what="Students", value="6721.5", unit="people"))
    assert str(Indicator.objects.get()) == "Students: 6721.5 people"
    keep(Place(name="Osh", latitude=40.52830000000001, longitude=-0.1))
    place = Place.objects.get()
    assert (place.latitude, place.longitude) == (40.52830000000001, -0.1)
