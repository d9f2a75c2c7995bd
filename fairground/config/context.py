"""What every template knows."""

from django.conf import settings
from django.http import HttpRequest


def realm(request: HttpRequest) -> dict[str, object]:
    """Return the realm, so that a page of a demo or a rehearsal says so."""
    return {"realm": settings.REALM}
