"""The live screen's page."""

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from fairground.dashboard.queries import current_festival
from fairground.sites.languages import catalogue_language, in_language, place_text


@require_safe
def screen(request: HttpRequest) -> HttpResponse:
    """Show the stage; the figures come by the stream."""
    festival = current_festival(now_ms=time.time_ns() // 1_000_000)
    name = (in_language(festival.name, catalogue_language()) or festival.slug) if festival else "Fairground"
    context = {
        "festival_name": name,
        "zone": festival.zone if festival else "",
        "place": place_text(festival.zone) if festival else "",
        "stream_url": "/live/stream",
    }
    return render(request, "live_screen/screen.html", context)
