"""Addresses of the API. What each app serves is registered when its `api` is imported."""

from importlib import import_module

from django.urls import include, path, re_path

from registry.core import api_root, reference
from registry.core.api import router

ROOMS = (
    "registry.core.api_kinds",
    "registry.core.api_changes",
    "actors.api",
    "continuity.api",
    "continuity.api_around",
    "agreements.api",
    "events.api",
)
for name in (*ROOMS, "events.indices.api", "registry.site.snapshots.api", "registry.site.coverage.api"):
    import_module(name)

urlpatterns = [
    path("api/", api_root.ExplorerView.as_view(), name="api"),
    path("api/reference/", reference.reference, name="api-reference"),
    path("api/reference/<slug:name>/", reference.reference, name="api-chapter"),
    path("api/v1/", api_root.RootView.as_view(), name="api-root"),
    path("api/v1/openapi.yaml", api_root.description, name="api-schema"),
    path("api/v1/", include(router.urls)),
    re_path(r"^api/[\s\S]*/$", api_root.NotThereView.as_view(), name="api-not-there"),
]
