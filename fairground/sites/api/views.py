"""Pages that explain the API's refusals: the addresses of the problem types lead here."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from fairground.intake.batcher import OutcomeUnknown
from fairground.sites.problems import problem_words

_SAFE = gettext_lazy("Nothing changed: no order was placed, no unit taken, no money moved.")
_SAFE_UNKNOWN = gettext_lazy("Nothing happens twice: the same key stands for the same request, whatever became of it.")
_TO_DO = {
    400: gettext_lazy("Mend the request as its detail says, then send it again."),
    401: gettext_lazy("Get a new pass and send the request again with the same key."),
    402: gettext_lazy("Top up the wallet, then pay again; the units stay reserved until the purchase expires."),
    403: gettext_lazy("Sending it again changes nothing; the shopper has to be admitted first."),
    404: gettext_lazy("Check the address and the ids. What was taken down stays away."),
    405: gettext_lazy("Use the method that the answer names."),
    409: gettext_lazy("Read the offer or the purchase again, and let the shopper decide with what holds now."),
    413: gettext_lazy("Send less in one request."),
    415: gettext_lazy("Set the header Content-Type to application/json."),
    421: gettext_lazy("Call the site by the name under which it is served."),
    422: gettext_lazy("Make a new key for a new request; use the old one only to repeat the old request."),
    429: gettext_lazy("Wait as long as Retry-After says, then send it again with the same key and the ticket."),
    500: gettext_lazy("Tell the operator; send it again later."),
    503: gettext_lazy("Send it again in a moment, with the same key."),
}


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """List every refusal."""
    return render(request, "api/problems.html", {"problems": problem_words().values()})


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """Explain one refusal: what happened, what is safe, what to do."""
    words = problem_words().get(code)
    if words is None:
        raise Http404
    context = {
        "problem": words,
        "phrase": HTTPStatus(words.status).phrase,
        "safe": _SAFE_UNKNOWN if code == OutcomeUnknown.code else _SAFE,
        "to_do": _TO_DO[words.status],
    }
    return render(request, "api/problem.html", context)
