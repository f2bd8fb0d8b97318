"""What the API says of itself: every list, its description, a page to try it on, and that an address leads nowhere."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.response import Response

from registry.core import manners
from registry.core.api import ReadView, licence, router
from registry.core.api_forms import LanguageForm

DESCRIPTION = settings.BASE_DIR / "docs" / "openapi.yaml"


class RootView(ReadView):
    """Every list there is."""

    schema = None

    def get(self, request: Any) -> Response:
        self.read(LanguageForm(request.query_params))
        lists = {
            prefix: settings.SITE_URL + reverse(f"{basename}-list") for prefix, _viewset, basename in router.registry
        }
        answers = {at.strip("/"): reverse(name) for at, (_view, name) in router.answers.items() if "<" not in at}
        lists |= {name: settings.SITE_URL + address for name, address in answers.items()}
        described = settings.SITE_URL + reverse("api-schema")
        return Response({"lists": lists, "description": described, "license": licence()})


@require_safe
def description(request: HttpRequest) -> HttpResponseBase:
    """Send the committed description of the API: making it anew for each reader is slow and not safe in threads."""
    headers = {"Access-Control-Allow-Origin": "*"}
    answer = HttpResponse(DESCRIPTION.read_bytes(), content_type="application/yaml", headers=headers)
    return manners.conditional(request, answer)


class ExplorerView(SpectacularSwaggerSplitView):
    """Swagger UI, all of it from here."""

    template_name = "core/api.html"
    url = "/api/v1/openapi.yaml"

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.csp_style_inline = True  # it writes styles of its own; scripts stay forbidden
        return response


class NotThereView(ReadView):
    """Whatever stands nowhere else under /api/, whoever asks and by whatever method."""

    http_method_names = [*ReadView.http_method_names, "post", "put", "patch", "delete"]
    schema = None

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404
