"""The API's list of snapshots."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from registry.core import paging
from registry.core.api import ReadView, ReadViewSet, licence, router
from registry.core.api_forms import CURSOR, LIMIT, LanguageForm
from registry.core.examples import Example
from registry.core.parameters import Problem
from registry.core.problems import BadParameters
from registry.site.models import Snapshot
from registry.site.snapshots.texts import address_of

NEWEST_FIRST = paging.Order("-number", "number")


class ArchiveSerializer(serializers.Serializer):
    """The file that holds all others."""

    name = serializers.CharField(help_text="Its name.")
    url = serializers.URLField(help_text="Where it is; it answers to ranges.")
    bytes = serializers.IntegerField(help_text="Its size.")
    sha256 = serializers.CharField(help_text="Its SHA-256.")


class SnapshotSerializer(serializers.ModelSerializer):
    """One snapshot."""

    number = serializers.IntegerField(read_only=True, help_text=Snapshot._meta.get_field("number").help_text)
    url = serializers.SerializerMethodField(help_text="Its permanent address.")
    archive = serializers.SerializerMethodField(help_text="Everything in one file.")
    descriptor = serializers.SerializerMethodField(help_text="Its datapackage.json, which describes every file.")
    rows = serializers.DictField(child=serializers.IntegerField(), help_text=Snapshot._meta.get_field("rows").help_text)

    class Meta:
        model = Snapshot
        fields = ("number", "day", "made_at", "url", "rows", "archive", "descriptor", "content")

    def get_url(self, one: Snapshot) -> str:
        return address_of(one.number)

    def get_archive(self, one: Snapshot) -> ArchiveSerializer:
        return ArchiveSerializer(one.archive | {"url": file_address(one, one.archive["name"])}).data

    def get_descriptor(self, one: Snapshot) -> str:
        return file_address(one, "datapackage.json")


class SnapshotsSerializer(serializers.Serializer):
    """A page of the list."""

    results = SnapshotSerializer(many=True, help_text="The newest first.")
    next = serializers.URLField(allow_null=True, help_text="The next page; null: none.")
    license = serializers.DictField(child=serializers.CharField(), help_text="Under what terms it may be used.")


class SnapshotsForm(LanguageForm):
    limit = LIMIT
    cursor = CURSOR


def file_address(one: Snapshot, name: str) -> str:
    """Return the permanent address of a file of a snapshot."""
    return settings.SITE_URL + reverse("snapshot-file", args=[one.number, name])


class SnapshotsView(ReadView):
    """Snapshots of the whole published registry as data packages, each under a permanent number, the newest first."""

    example = Example()
    action = "retrieve"
    serializer_class = SnapshotsSerializer
    detail_form = SnapshotsForm
    next_url = ReadViewSet.next_url

    def get(self, request: Any) -> Response:
        return self.retrieve(request)

    def retrieve(self, request: Any) -> Response:
        """The snapshots that there are."""
        asked = self.read(self.detail_form(request.query_params))
        limit = asked["limit"] or paging.DEFAULT_LIMIT
        try:
            rows, cursor = paging.page_of(Snapshot.objects.all(), NEWEST_FIRST, limit, asked["cursor"] or "")
        except ValidationError as error:
            raise BadParameters([Problem("cursor", asked["cursor"], " ".join(error.messages))]) from error
        answer = {"results": rows, "next": self.next_url(cursor), "license": licence()}
        return Response(self.serializer_class(answer).data)


router.answer("snapshots/", SnapshotsView, "api-snapshots")
