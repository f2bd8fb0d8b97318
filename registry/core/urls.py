"""Addresses of the pages of sources, places, indicators, documents, frameworks and subjects, and of the language."""

from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from registry.core import editing, feeds, pages
from registry.core.record_forms import (
    DocumentForm,
    FrameworkForm,
    IndicatorForm,
    PairForm,
    PlaceForm,
    SourceForm,
    SubjectForm,
)

urlpatterns = [
    # Without a token: all that can be forged is the language of the interface, and no page carries a secret of its own.
    path("language/", csrf_exempt(set_language), name="set_language"),
    *editing.urls("sources", SourceForm),
    *editing.urls("places", PlaceForm),
    *editing.urls("pairs", PairForm, actions=("update", "history")),  # pairs come into being when first used
    path("pairs/<slug:ref>/changes.atom", feeds.PairChanges(), name="pair-changes"),
    *editing.urls("documents", DocumentForm, actions=("create", "update", "delete", "history")),
    path("documents/<slug:ref>/file/", pages.document_file, name="document-file"),
    path("documents/<slug:ref>/", pages.DocumentPage.as_view(), name="document-detail"),
    path("sources/", pages.SourceList.as_view(), name="source-list"),
    path("sources/<slug:ref>/", pages.SourcePage.as_view(), name="source-detail"),
    path("places/", pages.PlaceList.as_view(), name="place-list"),
    path("places/<slug:ref>/", pages.PlacePage.as_view(), name="place-detail"),
    *editing.urls("indicators", IndicatorForm),
    path("indicators/", pages.IndicatorList.as_view(), name="indicator-list"),
    path("indicators/<slug:ref>/", pages.IndicatorPage.as_view(), name="indicator-detail"),
    *editing.urls("frameworks", FrameworkForm),
    path("frameworks/", pages.FrameworkList.as_view(), name="framework-list"),
    path("frameworks/<slug:ref>/", pages.FrameworkPage.as_view(), name="framework-detail"),
    *editing.urls("subjects", SubjectForm),
    path("subjects/", pages.SubjectList.as_view(), name="subject-list"),
    path("subjects/<slug:ref>/", pages.SubjectPage.as_view(), name="subject-detail"),
]
