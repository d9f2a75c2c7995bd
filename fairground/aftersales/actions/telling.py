"""Who is told of what happens in a case: whoever did not do it. What a letter says is read when it is written."""

from fairground.aftersales.models import Case, CaseEvent, CaseMessage
from fairground.aftersales.rules import Happened, Who, is_told
from fairground.letters.actions import Told, post_letters
from fairground.letters.rules import News, Reader


def tell_of_event(case: Case, event: CaseEvent) -> None:
    """Let merchant and shopper be told of a line of a case's history that is not their own."""
    kind, who = Happened(event.kind), Who(event.who)
    readers = [one for one in (Who.MERCHANT, Who.SHOPPER) if is_told(one, kind=kind, who=who)]
    post_letters([_told(case, one, News.CASE_EVENT, event.pk) for one in readers], at=event.at)


def tell_of_message(case: Case, message: CaseMessage) -> None:
    """Let those be told of a message who did not write it."""
    readers = [one for one in (Who.MERCHANT, Who.SHOPPER) if one is not Who(message.who)]
    post_letters([_told(case, one, News.CASE_MESSAGE, message.pk) for one in readers], at=message.at)


def _told(case: Case, reader: Who, news: News, event_id: int) -> Told:
    if reader is Who.MERCHANT:
        return Told(Reader.MERCHANT, case.merchant_id, news, case.id, event_id)
    return Told(Reader.SHOPPER, case.shopper_id, news, case.id, event_id)
