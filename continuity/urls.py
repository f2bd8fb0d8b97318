"""Addresses of the pages of initiatives and of what surrounds them."""

from django.urls import path

from continuity import concern_views, lapse_views, views
from continuity.forms import EntryForm, EpisodeForm, LapseForm, MilestoneForm
from registry.core import editing

urlpatterns = [
    path("initiatives/", views.InitiativeList.as_view(), name="initiative-list"),
    path("initiatives/<slug:ref>/", views.initiative_page, name="initiative-detail"),
    path("lapsed/", views.LapsedList.as_view(), name="lapsed"),
    *editing.urls("lapses", LapseForm, ("update", "history")),
    path("lapses/", lapse_views.LapseList.as_view(), name="lapse-list"),
    path("lapses/<slug:ref>/", lapse_views.LapsePage.as_view(), name="lapse-detail"),
    *editing.urls("entries", EntryForm),
    path("entries/<slug:ref>/", views.EntryPage.as_view(), name="activityentry-detail"),
    path("concerns/", concern_views.ConcernList.as_view(), name="concern-list"),
    *editing.urls("episodes", EpisodeForm),
    path("episodes/", views.EpisodeList.as_view(), name="episode-list"),
    path("episodes/<slug:ref>/", views.EpisodePage.as_view(), name="episode-detail"),
    *editing.urls("milestones", MilestoneForm),
    path("milestones/", views.MilestoneList.as_view(), name="milestone-list"),
    path("milestones/<slug:ref>/", views.MilestonePage.as_view(), name="milestone-detail"),
]
