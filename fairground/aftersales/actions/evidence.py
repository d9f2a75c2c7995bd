"""Pictures of what is the matter: drawn anew, so that nothing else is in them, before anything is locked."""

from collections.abc import Sequence
from dataclasses import dataclass

from fairground.aftersales.models import Case, CaseEvidence
from fairground.aftersales.rules import EVIDENCE_MAX, Who
from fairground.catalog.pictures.picture import WEBP
from fairground.catalog.pictures.reducing import reduce_picture
from fairground.kernel.refusal import Refusal


class TooMuchEvidence(Refusal):
    """There are more than `evidence_max` pictures of one side in the case."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A picture as we drew it."""

    content: bytes
    width: int
    height: int


def draw_evidence(files: Sequence[bytes]) -> list[Evidence]:
    """Return the pictures of these files, each drawn anew; a second each, so never under a lock.

    :raises TooMuchEvidence: there are too many; none was looked at
    :raises Refusal: one of `reduce_picture`'s, of the first that is not taken
    """
    if len(files) > EVIDENCE_MAX:
        raise TooMuchEvidence(evidence_max=EVIDENCE_MAX)
    drawn = []
    for data in files:
        reduced = reduce_picture(data)
        width = max(width for width, kind in reduced.files if kind == WEBP)
        height = max(1, round(reduced.height * width / reduced.width))
        drawn.append(Evidence(reduced.files[width, WEBP], width, height))
    return drawn


def add_evidence(case: Case, evidence: Sequence[Evidence], *, who: Who = Who.SHOPPER) -> None:
    """Add pictures to a case that is locked.

    :raises TooMuchEvidence: with those that this side brought before there would be too many
    """
    there = list(CaseEvidence.objects.filter(case=case).values_list("who", flat=True))
    if there.count(who.value) + len(evidence) > EVIDENCE_MAX:
        raise TooMuchEvidence(evidence_max=EVIDENCE_MAX)
    for number, one in enumerate(evidence, len(there) + 1):
        CaseEvidence.objects.create(
            case=case, who=who.value, position=number, content=one.content, width=one.width, height=one.height
        )
