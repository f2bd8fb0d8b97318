"""The API of actors, and how taking part is written."""

from django.db.models import QuerySet

from actors.filters import ActorFilterSet
from actors.forms import ActorForm
from actors.models import Actor, ActorIdentifier, ActorName, ParticipationBase
from registry.core.api import NumberedViewSet, router
from registry.core.api_write import WriteViewSet
from registry.core.examples import Example
from registry.core.grouping import By, OfSeen
from registry.core.serializers import DETAIL, NAMED_BY, RECORD, DetailSerializer, PartSerializer, RowSerializer

NAMED_BY[Actor] = "name"


class ActorNameSerializer(PartSerializer):
    class Meta:
        model = ActorName
        fields = ("name", "language", "valid_from", "valid_until")


class ActorIdentifierSerializer(PartSerializer):
    class Meta:
        model = ActorIdentifier
        fields = ("scheme", "value")


class ActorSerializer(RowSerializer):
    other_names = ActorNameSerializer(many=True, read_only=True, help_text="In other languages or of other times.")
    identifiers = ActorIdentifierSerializer(many=True, read_only=True, help_text="By which the world knows it.")

    class Meta:
        model = Actor
        fields = (
            *("name", "name_language", "other_names", "type", "sector", "country", "parent", "predecessor"),
            *("identifiers", "visibility", *RECORD),
        )


class ActorDetailSerializer(DetailSerializer, ActorSerializer):
    class Meta(ActorSerializer.Meta):
        fields = (*ActorSerializer.Meta.fields, "subjects", *DETAIL)


class ActorViewSet(WriteViewSet):
    """Actors: state and non-state bodies and persons in a public role. `type` is what, `sector` who stands behind."""

    example = Example(
        "sector=NON_STATE", "A-ASTI", {"name": "Concert hall", "type": "S_CENTRE", "sector": "STATE", "country": "KG"}
    )
    serializer_class = ActorSerializer
    detail_class = ActorDetailSerializer
    form_class = ActorForm
    filterset_class = ActorFilterSet
    groups = {"type": By("type"), "sector": By("sector"), "country": By("country")}
    orderings = {"name": "name", "ref": "ref"}
    ordering = "name"


class ParticipationSerializer(PartSerializer):
    """One actor taking part; each kind of record names its own table. Rows of invisible actors are left out."""

    class Meta:
        model = ParticipationBase
        fields = ("actor", "side", "role", "note")
        joined = ("actor",)


class ParticipationRowSerializer(RowSerializer):
    """One actor taking part, as a row of a list; each table names what it is in."""

    class Meta:
        model = ParticipationBase
        fields = (*ParticipationSerializer.Meta.fields,)
        joined = ("actor",)


OF_PARTICIPATION = {"role": "role", "sector": "actor__sector", "actor_type": "actor__type"}
OF_ACTORS = {name: OfSeen("participations", path) for name, path in OF_PARTICIPATION.items()}
"""What records with participations are counted by; an actor that the reader may not see is not looked at."""
OF_ITS_ACTOR = {name: By(path) for name, path in OF_PARTICIPATION.items()}
"""What participations themselves are counted by."""


class ParticipationViewSet(NumberedViewSet):
    """Participations, seen where both the actor and what it takes part in are; `owner` is the path to that."""

    owner = ""

    def visible_rows(self) -> QuerySet:
        owners = self.model._meta.get_field(self.owner).related_model.objects.visible_to(self.request.user)
        return super().visible_rows().filter(**{f"{self.owner}__in": owners})


router.kind("actors", ActorViewSet, "actor")
