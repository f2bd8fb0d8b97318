"""Addresses of the pages that show all rooms at once."""

from django.urls import path

from registry.site import health, pair, views
from registry.site.coverage import views as coverage
from registry.site.snapshots import views as snapshots

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("pairs/", views.PairList.as_view(), name="pair-list"),
    path("pairs/<slug:ref>/", pair.pair_page, name="pair-detail"),
    path("coverage/", coverage.coverage, name="coverage"),
    path("methods/", views.methods, name="methods"),
    path("licences/", views.licences, name="licences"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("snapshots/", snapshots.SnapshotList.as_view(), name="snapshot-list"),
    path("snapshots/<int:number>/", snapshots.SnapshotPage.as_view(), name="snapshot-detail"),
    path("snapshots/<int:number>/<path:name>", snapshots.snapshot_file, name="snapshot-file"),
    path("health", health.health_page, name="health"),
]
