"""Addresses of Concord."""

from django.contrib import admin
from django.urls import include, path

handler400 = "registry.core.views.bad_request"
handler403 = "registry.core.views.permission_denied"

urlpatterns = [
    path("", include("registry.api_urls")),  # first, as its answers are the quickest to make: others look past it
    path("", include("registry.site.urls")),
    path("", include("registry.core.urls")),
    path("", include("actors.urls")),
    path("", include("continuity.urls")),
    path("", include("agreements.urls")),
    path("", include("events.urls")),
    path("", include("continuity.notice_urls")),
    path("", include("registry.core.accounts")),
    path("", include("registry.core.token_pages")),
    path("admin/", admin.site.urls),
    path("", include("registry.core.editing")),
]
