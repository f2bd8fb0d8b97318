"""What has changed in a pair, as an Atom feed for whoever follows it with a reader of news."""

from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core.access import NOBODY
from registry.core.api_changes import KINDS, titles_of
from registry.core.models import Change, Pair
from registry.core.serializers import page_url

NEWEST = 100
"""How many changes the feed holds; all of them are in `/api/v1/changes/?pair=`."""


class PairChanges(Feed):
    """The newest changes of what everyone may see in one pair."""

    feed_type = Atom1Feed
    subtitle = gettext_lazy("What was published, changed, withdrawn or deleted.")

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise Http404
        answer = super().__call__(request, *args, **kwargs)
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer

    def get_object(self, request: HttpRequest, ref: str) -> Pair:
        return get_object_or_404(Pair.objects.visible_to(NOBODY).select_related("a", "b"), ref=ref)

    def title(self, pair: Pair) -> str:
        return _("Changes: %(pair)s") % {"pair": pair}

    def link(self, pair: Pair) -> str:
        return settings.SITE_URL + pair.get_absolute_url()

    def feed_url(self, pair: Pair) -> str:
        return settings.SITE_URL + reverse("pair-changes", args=[pair.ref])

    def items(self, pair: Pair) -> list[Any]:
        rows: list[Any] = list(
            Change.objects.filter(pair=pair.ref, sequence__isnull=False).order_by("-sequence")[:NEWEST]
        )
        titles = titles_of(rows)
        for row in rows:
            row.title = "" if row.is_gone else titles.get((row.kind, row.ref), "")
        return rows

    def item_title(self, row: Any) -> str:
        kind = str(KINDS[row.kind]._meta.verbose_name)
        return f"{row.title or row.ref} ({kind}): {row.get_what_display()}"

    def item_description(self, row: Any) -> str:
        return ""

    def item_link(self, row: Change) -> str:
        return page_url(row.kind, row.ref)

    def item_guid(self, row: Change) -> str:
        return f"{page_url(row.kind, row.ref)}#change-{row.sequence}"

    def item_updateddate(self, row: Change) -> Any:
        return row.at

    item_pubdate = item_updateddate
