"""Payouts: what merchants are about to be paid, the confirmed steps that pay them, and their statements as files."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import BadRequest
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from fairground.kernel.ids import parse_id
from fairground.kernel.refusal import Refusal
from fairground.settlement.actions.advance_payouts import advance_payout
from fairground.settlement.models import Payout
from fairground.settlement.rules.payouts import FOLLOWS, PayoutState
from fairground.settlement.statements import NoSuchPayout, StatementHead, read_statement, statement_lines
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import attached, require, show_page
from fairground.sites.back_office.tables import OfficeTable, described, fact
from fairground.sites.back_office.words import by_request, refusal_text
from fairground.sites.documents.setting import TooManyAtOnce
from fairground.sites.exchange_words import exchange_text
from fairground.sites.statements.document import statement_pdf
from fairground.sites.statements.table import statement_csv

STATES: dict[PayoutState, Any] = {
    PayoutState.PROPOSED: _("Proposed"),
    PayoutState.APPROVED: _("Approved"),
    PayoutState.SENT: _("Sent to the bank"),
    PayoutState.CONFIRMED: _("Paid"),
    PayoutState.FAILED: _("Failed"),
}
STEPS: dict[PayoutState, Any] = {
    PayoutState.APPROVED: _("Approve"),
    PayoutState.SENT: _("It was sent to the bank"),
    PayoutState.CONFIRMED: _("The bank has paid it"),
}
_BY_WORD = {f":{state.name.lower()}": state for state in PayoutState}
REFERENCE_LENGTH_MAX = 80
REASON_LENGTH_MAX = 300


class PayoutTable(OfficeTable):
    """Payouts, the last ones first; each leads to its next step and to its statement."""

    title = _("Payouts")
    subject = "payout"
    list_before_template = "back_office/money/payout_ways.html"
    list_display: ClassVar = (
        fact("id", _("number")),
        fact("merchant", _("merchant")),
        "paid",
        "stands",
        fact("proposed_at", _("proposed (UTC)")),
    )
    search_fields: ClassVar = ("id",)
    search_help_text = _("The number of a payout, or :proposed, :approved, :sent, :confirmed, :failed")
    readonly_fields: ClassVar = (
        "next_step",
        "as_files",
        *list_display,
        "earned",
        "rate",
        fact("approved_at", _("approved (UTC)")),
        fact("approver", _("approved by")),
        fact("sent_at", _("sent (UTC)")),
        fact("sender", _("sent by")),
        fact("reference", _("the bank's reference")),
        fact("ended_at", _("ended (UTC)")),
        fact("failed_because", _("why it failed")),
    )
    fields: ClassVar = readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payout]:
        """Return payouts with their merchants, and the addresses of who approved and sent them."""
        found = super().get_queryset(request).select_related("merchant")
        return found.annotate(approver=_address_of("approved_by"), sender=_address_of("sent_by"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Payout], search_term: str
    ) -> tuple[QuerySet[Payout], bool]:
        """Find a payout by its number, or all in one state."""
        asked = search_term.strip()
        if asked in _BY_WORD:
            return queryset.filter(state=_BY_WORD[asked].value), False
        payout_id = parse_id(asked)
        if payout_id is not None:
            return queryset.filter(pk=payout_id), False
        return (queryset.none() if asked else queryset), False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return that the form is only read: amounts never change, and steps ask by themselves."""
        return False

    @described(_("paid out"))
    def paid(self, obj: Payout) -> str:
        """Return what the merchant gets."""
        return amount_text(obj.paid_minor, obj.paid_currency)

    @described(_("earned"))
    def earned(self, obj: Payout) -> str:
        """Return what it was earned as."""
        return amount_text(obj.amount_minor, obj.currency)

    @described(_("exchange rate"))
    def rate(self, obj: Payout) -> str:
        """Return the rate that was written down; nothing where it is paid as it was earned."""
        if obj.rate_quoted_at is None:
            return ""
        numerator, denominator = obj.rate_numerator, obj.rate_denominator
        rate = exchange_text(numerator, denominator, source=obj.currency, target=obj.paid_currency)
        exact = f"{numerator}/{denominator}, {obj.rate_quoted_at:%Y-%m-%d}"
        return format_html("{} <small>({})</small>", rate, exact)

    @described(_("state"))
    def stands(self, obj: Payout) -> str:
        """Return where it stands."""
        return str(STATES[PayoutState(obj.state)])

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what is shown; the way to the next step for those alone who may take it."""
        may_step = request.user.has_perm("settlement.change_payout")
        return [name for name in super().get_fields(request, obj) if may_step or name != "next_step"]

    @described(_("leads to"))
    def next_step(self, obj: Payout) -> str:
        """Return the way to the next step, where there is one."""
        if not FOLLOWS[PayoutState(obj.state)]:
            return ""
        return self._way("admin:payout-step", obj, gettext("Next step"))

    @described(_("statement"))
    def as_files(self, obj: Payout) -> str:
        """Return the ways to the statement; what failed is in no statement."""
        if PayoutState(obj.state) is PayoutState.FAILED:
            return ""
        names = (("admin:payout-statement-pdf", gettext("PDF")), ("admin:payout-statement", gettext("CSV")))
        return format_html_join(" · ", "{}", [(self._way(name, obj, words),) for name, words in names])

    def _way(self, name: str, obj: Payout, words: str) -> str:
        return format_html('<a class="office-link" href="{}">{}</a>', reverse(name, args=[obj.pk]), words)


def _address_of(field: str) -> Subquery:
    """Return the address of a user; of one whom the number alone is left of, nothing."""
    return Subquery(get_user_model().objects.filter(pk=OuterRef(field)).values("email")[:1])


def payout_step(request: HttpRequest, number: str) -> HttpResponse:
    """Ask before a payout's next step, then do it; or write that it failed, and why."""
    require(request, "settlement.change_payout")
    payout = Payout.objects.select_related("merchant").filter(pk=parse_id(number) or 0).first()
    if payout is None or not FOLLOWS[PayoutState(payout.state)]:
        raise Http404
    (then,) = FOLLOWS[PayoutState(payout.state)] - {PayoutState.FAILED}
    back = reverse("admin:settlement_payout_change", args=[payout.pk])
    if request.method == "POST":
        try:
            _do(request, payout.pk)
        except Refusal as refusal:
            messages.error(request, refusal_text(refusal))
            return HttpResponseRedirect(back)
        messages.success(request, gettext("It is written down."))
        return HttpResponseRedirect(back)
    amount = amount_text(payout.paid_minor, payout.paid_currency)
    context = {
        "title": f"{payout.merchant.name}: {amount}",
        "state": STATES[PayoutState(payout.state)],
        "then": then.name.lower(),
        "label": STEPS[then],
        "is_own": then is PayoutState.SENT and settings.FOUR_EYES and payout.approved_by == request.user.pk,
        "back": back,
        "reference_max": REFERENCE_LENGTH_MAX,
        "reason_max": REASON_LENGTH_MAX,
    }
    return show_page(request, "back_office/payout_step.html", context)


def _do(request: HttpRequest, payout_id: int) -> None:
    """Do the step that the page showed, whatever the next one is by now; the action refuses another."""
    words = {state.name.lower(): state for state in (*STEPS, PayoutState.FAILED)}
    asked = request.POST.get("then", "")
    if asked not in words:
        raise BadRequest
    reason = request.POST.get("reason", "").strip()[:REASON_LENGTH_MAX]
    advance_payout(
        payout_id=payout_id,
        then=words[asked],
        by=by_request(request, reason=reason),
        reference=request.POST.get("reference", "").strip()[:REFERENCE_LENGTH_MAX],
    )


@require_safe
def payout_statement(request: HttpRequest, number: str) -> HttpResponseBase:
    """Send a payout's statement as a table, while it is written."""
    head = _statement(request, number)
    pieces = statement_csv(statement_lines(head), currency=head.currency)
    return attached(StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8"), f"{head.payout_id}.csv")


@require_safe
def payout_statement_as_pdf(request: HttpRequest, number: str) -> HttpResponseBase:
    """Send a payout's statement as its merchant reads it; of a long one it has sums, and the table the lines."""
    head = _statement(request, number)
    back = reverse("admin:settlement_payout_change", args=[head.payout_id])
    try:
        made = statement_pdf(head, statement_lines(head))
    except TooManyAtOnce:
        messages.error(request, gettext("Too many documents are asked for just now; come back in a moment."))
        return HttpResponseRedirect(back)
    return attached(HttpResponse(made, content_type="application/pdf"), f"{head.payout_id}.pdf")


def _statement(request: HttpRequest, number: str) -> StatementHead:
    require(request, "settlement.view_payout")
    try:
        return read_statement(payout_id=parse_id(number) or 0)
    except NoSuchPayout:
        raise Http404 from None
