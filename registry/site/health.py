"""/health: whether everything works, for people as a page and for programs as JSON."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registry.core import health
from registry.core.health import Level, Part
from registry.core.parameters import did_you_mean, unknown_value
from registry.core.tables import Column, Table
from registry.core.templatetags.concord import light
from registry.core.views import WrongParameter

TYPES = {"html": "text/html", "json": "application/json"}
"""What `format` may be, and the media type that asks for the same."""

SENTENCES = {
    Level.GREEN: gettext_lazy("Everything works."),
    Level.AMBER: gettext_lazy("Something needs care: %(parts)s. Nothing is lost."),
    Level.RED: gettext_lazy("Something has stopped: %(parts)s. What waits is caught up with when it runs again."),
}


def found(part: Part) -> str:
    """Write what was found of a part, and what to do."""
    remedy = format_html('<div class="small muted">{}</div>', part.finding.remedy) if part.finding.remedy else ""
    return format_html("{}{}", part.finding.reason, remedy)


PARTS = (
    Column(gettext_lazy("Part"), lambda part: part.title, head=True),
    Column(gettext_lazy("Colour"), lambda part: light(part.finding.level)),
    Column(gettext_lazy("What was found"), found),
)


@require_safe
def health_page(request: HttpRequest) -> HttpResponse:
    """Say of every part whether it works. Red is answered with 503, so that a monitor sees it without reading."""
    wanted = format_of(request)
    parts = health.parts()
    level = health.worst(parts)
    if wanted == "json":
        response: HttpResponse = JsonResponse(told(level, parts), json_dumps_params={"ensure_ascii": False})
    else:
        response = HttpResponse(page(request, level, parts))
    response.status_code = 503 if level == Level.RED else 200
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Accept"])
    return response


def format_of(request: HttpRequest) -> str:
    """Return html or json: as the address says, else as the reader's program prefers."""
    for name in request.GET:
        if name != "format":
            near = did_you_mean(name, ["format"])
            raise WrongParameter(_("“%(name)s” is no parameter here.%(near)s") % {"name": name, "near": near})
    wanted = request.GET.get("format")
    if wanted is None:
        preferred = request.get_preferred_type(list(TYPES.values()))
        return "json" if preferred == TYPES["json"] else "html"
    if wanted not in TYPES:
        raise WrongParameter("format: " + " ".join(unknown_value(wanted, TYPES).messages))
    return wanted


def told(level: Level, parts: list[Part]) -> dict[str, Any]:
    """Return what a program reads."""
    return {
        "status": level,
        "at": timezone.now(),
        "version": settings.VERSION,
        "parts": {
            part.name: {
                "status": part.finding.level,
                "reason": part.finding.reason,
                "remedy": part.finding.remedy,
                "since": part.finding.since,
            }
            for part in parts
        },
    }


def page(request: HttpRequest, level: Level, parts: list[Part]) -> str:
    """Write the page. While the database is down it knows no reader: who asks is a row of it."""
    worst = ", ".join(part.title for part in parts if part.finding.level == level)
    context = {
        "level": level,
        "sentence": SENTENCES[level] % {"parts": worst},
        "table": Table(_("Every part, and what was found of it"), PARTS, parts),
        "at": timezone.now(),
        "version": settings.VERSION,
    }
    database = next(part for part in parts if part.name == "database")
    reader = request if database.finding.level == Level.GREEN else None
    return render_to_string("site/health.html", context, request=reader)
