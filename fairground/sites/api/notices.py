"""Where payment providers tell what happened: believed for its signature alone, and then only as a hint to look."""

import logging
from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from fairground.payments.notices import note_notice
from fairground.payments.providers import configured
from fairground.payments.providers.provider import NoticeForged

logger = logging.getLogger(__name__)

# A notice is some kilobytes; what is longer is none, and is not read.
NOTICE_MAX_BYTES = 256 * 1024
_TOO_LARGE, _FORGED = 413, 400


@csrf_exempt
@require_POST
def notice(request: HttpRequest, provider: str) -> HttpResponse:
    """Take a provider's notice: written down once, it makes its payment due to be looked at in the background.

    A forged one changes nothing. The provider is answered at once, whatever it would say if it were asked now.
    """
    asked = configured.configured_providers().get(provider)
    if asked is None:
        raise Http404
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > NOTICE_MAX_BYTES:
        return HttpResponse(status=_TOO_LARGE)
    body = request.read(NOTICE_MAX_BYTES + 1)
    if len(body) > NOTICE_MAX_BYTES:
        return HttpResponse(status=_TOO_LARGE)
    now = datetime.now(UTC)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        told = asked.read_notice(headers=headers, body=body, now=now)
    except NoticeForged:
        logger.warning("refused: a notice of %s whose signature is not true", provider)
        return HttpResponse(status=_FORGED)
    if told is not None:
        note_notice(provider=provider, notice=told, now=now)
    answer, further = asked.notice_taken(headers=headers, now=now)
    return HttpResponse(answer, headers=dict(further))
