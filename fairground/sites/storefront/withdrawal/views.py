"""The pages of withdrawing: what is withdrawn from, the button that confirms it, and one answer for everybody.

Whether anything matches is decided later and by nobody whom the page waits for (`take_withdrawals`), so neither its
words nor its time tell whether a number or an e-mail is known.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fairground.fulfilment.actions import Posted, TooManyPosted, post_withdrawal
from fairground.fulfilment.rules import NAME_LENGTH_MAX
from fairground.sites.storefront.frame import show, show_alone
from fairground.sites.storefront.posted import see_other
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.storefront.withdrawal.tries import count_try
from fairground.sites.storefront.withdrawal.typed import NUMBER_LENGTH_MAX, Typed, typed_in


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest) -> HttpResponse:
    """Ask what is withdrawn from; what was typed well is shown again, with the button that confirms it."""
    reader = reader_of(request)
    if request.method != "POST":
        # A purchase's own page says its number, so that nobody has to copy it.
        return _ask(request, reader, Typed(number=request.GET.get("number", "")[:NUMBER_LENGTH_MAX]))
    typed = typed_in(request.POST.dict())
    if typed.problems or "change" in request.POST:
        return _ask(request, reader, typed)
    return show_alone(request, reader, "storefront/withdraw_confirm.html", {"typed": typed})


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Take a withdrawal, and lead to the same answer whether or not anything matches; say so where it is not taken."""
    reader, typed = reader_of(request), typed_in(request.POST.dict())
    if typed.problems:
        return _ask(request, reader, typed)
    if not count_try(request, number=typed.number):
        return _not_taken(request, reader, typed, "tried_too_often")
    try:
        post_withdrawal(
            Posted(
                number=typed.number,
                email=typed.email,
                name=typed.name,
                statement=typed.statement,
                language=translation.get_language() or reader.language,
                declared_at=reader.now,
            )
        )
    except TooManyPosted:
        return _not_taken(request, reader, typed, "is_full")
    return see_other(reverse("withdrawal-sent") + reader.query)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Say what happens with a withdrawal that was sent: the same to everybody."""
    return show(request, reader_of(request), "storefront/withdraw_sent.html", {})


def _not_taken(request: HttpRequest, reader: Reader, typed: Typed, why: str) -> HttpResponse:
    response = show_alone(request, reader, "storefront/withdraw_confirm.html", {"typed": typed, why: True})
    response.status_code = 429 if why == "tried_too_often" else 200
    return response


def _ask(request: HttpRequest, reader: Reader, typed: Typed) -> HttpResponse:
    context = {"typed": typed, "name_length_max": NAME_LENGTH_MAX, "number_length_max": NUMBER_LENGTH_MAX}
    if typed.problems or typed.number:
        return show_alone(request, reader, "storefront/withdraw.html", context)
    return show(request, reader, "storefront/withdraw.html", context)
