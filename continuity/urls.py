"""Addresses of the pages of initiatives and of what surrounds them."""

from django.urls import path

from continuity import concern_views, views

urlpatterns = [
    path("initiatives/", views.InitiativeList.as_view(), name="initiative-list"),
    path("initiatives/<slug:ref>/", views.initiative_page, name="initiative-detail"),
    path("lapsed/", views.LapsedList.as_view(), name="lapsed"),
    path("concerns/", concern_views.ConcernList.as_view(), name="concern-list"),
    path("episodes/", views.EpisodeList.as_view(), name="episode-list"),
    path("episodes/<slug:ref>/", views.EpisodePage.as_view(), name="episode-detail"),
    path("milestones/", views.MilestoneList.as_view(), name="milestone-list"),
    path("milestones/<slug:ref>/", views.MilestonePage.as_view(), name="milestone-detail"),
]
