"""Telling a shopper how goods go back: with whom, under which number, and a label to print."""

from dataclasses import dataclass

from django.db import transaction

from fairground.aftersales.actions.moving import CaseMoved, TextMissing, TextTooLong, audit, hold_case, tell
from fairground.aftersales.labels import LabelDrawn
from fairground.aftersales.models import Case, CaseEvent, CaseLabel
from fairground.aftersales.rules import CaseState, Happened, Who
from fairground.fulfilment.rules import CARRIER_LENGTH_MAX, TRACKING_LENGTH_MAX, tidy_carrier, tidy_tracking
from fairground.kernel.edits import By
from fairground.kernel.refusal import Refusal

# Who gives a label for the fifth time to one parcel should write a message.
LABELS_A_CASE_MAX = 5


class TooManyLabels(Refusal):
    """The case has been given `labels_max` labels."""


@dataclass(frozen=True, slots=True)
class LabelGiven:
    """A carrier, the number of its parcel, and its label, either of which there may be none of."""

    carrier: str
    tracking_number: str = ""
    drawn: LabelDrawn | None = None


def give_label(*, case_id: int, given: LabelGiven, who: Who, by: By) -> None:
    """Say how the goods of a case go back; said otherwise, it stands in place of what was said before.

    The same again, as of a form that is sent twice, changes nothing and is told to nobody.

    :raises NoSuchCase: there is no such case
    :raises CaseMoved: its goods are not waited for, have left, or stay where they are
    :raises TextMissing: there is no carrier, or neither a number nor a label
    :raises TextTooLong: the carrier's name or the number is too long, or can't be printed
    :raises TooManyLabels: it was said as often as it may be
    """
    carrier, number = tidy_carrier(given.carrier), tidy_tracking(given.tracking_number)
    if not carrier or not (number or given.drawn):
        raise TextMissing
    if len(carrier) > CARRIER_LENGTH_MAX or not (carrier + number).replace(" ", "").isprintable():
        raise TextTooLong(length_max=CARRIER_LENGTH_MAX)
    if len(number) > TRACKING_LENGTH_MAX:
        raise TextTooLong(length_max=TRACKING_LENGTH_MAX)
    with transaction.atomic(durable=True):
        case = hold_case(case_id=case_id)
        if CaseState(case.state) is not CaseState.ACCEPTED or not case.needs_return:
            raise CaseMoved(state=CaseState(case.state).name.lower())
        content = given.drawn.content if given.drawn else None
        if _is_there(case, carrier, number, content):
            return
        if CaseEvent.objects.filter(case=case, kind=Happened.LABEL.value).count() >= LABELS_A_CASE_MAX:
            raise TooManyLabels(labels_max=LABELS_A_CASE_MAX)
        CaseLabel.objects.update_or_create(
            case=case,
            defaults={"given_at": by.now, "carrier": carrier, "tracking_number": number, "content": content},
        )
        tell(case, kind=Happened.LABEL, who=who, now=by.now, facts={})
        audit(case, verb="case-label-given", by=by, facts={"for": who.name.lower(), "carrier": carrier})


def _is_there(case: Case, carrier: str, number: str, content: bytes | None) -> bool:
    there = CaseLabel.objects.filter(case=case, carrier=carrier, tracking_number=number).first()
    return there is not None and (None if there.content is None else bytes(there.content)) == content
