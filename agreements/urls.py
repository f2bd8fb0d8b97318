"""Addresses of the pages of agreements, commissions, sessions and commitments."""

from django.urls import path

from agreements import views
from agreements.forms import AgreementForm, CommissionForm, CommitmentForm, SessionForm
from registry.core import editing

urlpatterns = [
    *editing.urls("agreements", AgreementForm),
    *editing.urls("commissions", CommissionForm),
    *editing.urls("sessions", SessionForm),
    *editing.urls("commitments", CommitmentForm),
    path("agreements/", views.AgreementList.as_view(), name="agreement-list"),
    path("agreements/<slug:ref>/", views.AgreementPage.as_view(), name="agreement-detail"),
    path("commissions/", views.CommissionList.as_view(), name="commission-list"),
    path("commissions/<slug:ref>/", views.CommissionPage.as_view(), name="commission-detail"),
    path("sessions/", views.SessionList.as_view(), name="session-list"),
    path("sessions/<slug:ref>/", views.SessionPage.as_view(), name="session-detail"),
    path("commitments/", views.CommitmentList.as_view(), name="commitment-list"),
    path("commitments/<slug:ref>/", views.CommitmentPage.as_view(), name="commitment-detail"),
]
