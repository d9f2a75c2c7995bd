"""Pictures that a form about a case brings, of either side."""

from django.http import HttpRequest

from fairground.aftersales.actions.evidence import Evidence, draw_evidence
from fairground.aftersales.rules import EVIDENCE_MAX
from fairground.catalog.pictures.reducing import BYTES_MAX


def brought(request: HttpRequest) -> list[Evidence]:
    """Return the pictures that a form brings, drawn anew.

    :raises Refusal: one of them is not taken, or there are too many
    """
    files = request.FILES.getlist("evidence")
    # One byte more than is taken tells that a file is too large; one picture more, that there are too many.
    return draw_evidence([file.read(BYTES_MAX + 1) for file in files[: EVIDENCE_MAX + 1]])
