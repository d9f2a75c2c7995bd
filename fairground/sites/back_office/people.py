"""Shoppers, who may be blocked, and the audit log."""

from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from fairground.identity.actions import set_blocked
from fairground.identity.disclosure import disclose_shopper
from fairground.identity.models import Shopper
from fairground.identity.queries import shoppers_of
from fairground.kernel.ids import parse_id
from fairground.kernel.models import AuditEntry
from fairground.kernel.refusal import Refusal
from fairground.sites.back_office.fields import typed_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.tables import OfficeTable, described, fact
from fairground.sites.back_office.words import KINDS, VERBS, by_request, refusal_text

REASON_LENGTH_MAX = 300


class ShopperTable(OfficeTable):
    """Shoppers: what they are, and whether they are blocked; nothing is edited in the form."""

    title = _("Shoppers")
    subject = "shopper"
    list_display: ClassVar = (
        fact("id", _("number")),
        fact("verified", _("verified"), boolean=True),
        fact("blocked_at", _("blocked since (UTC)")),
        "signed_in",
    )
    change_list_template = "back_office/shoppers.html"
    search_fields: ClassVar = ("id",)
    search_help_text = _("The number of a shopper, or :blocked")
    readonly_fields: ClassVar = (*list_display, fact("merged_into_id", _("went into")), "guests", "goes_to")
    fields: ClassVar = readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shopper]:
        """Return shoppers, and whether a user signs in to be one."""
        users = get_user_model().objects.filter(shopper_id=OuterRef("pk")).values("pk")
        return super().get_queryset(request).annotate(user_id=Subquery(users[:1]))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Shopper], search_term: str
    ) -> tuple[QuerySet[Shopper], bool]:
        """Find a shopper by id, or all that are blocked; each by an index.

        Not by an address: what is asked here stands in the page's own address, and in logs and histories after it.
        """
        asked = search_term.strip()
        if asked == ":blocked":
            return queryset.filter(blocked_at__isnull=False), False
        shopper_id = parse_id(asked)
        if shopper_id is not None:
            return queryset.filter(pk=shopper_id), False
        return (queryset.none() if asked else queryset), False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return that the form is only read; blocking asks for its own permission."""
        return False

    @described(_("signs in"), boolean=True)
    def signed_in(self, obj: Any) -> bool:
        """Return whether a user signs in to be this shopper."""
        return obj.user_id is not None

    @described(_("guests that went into it"))
    def guests(self, obj: Shopper) -> str:
        """Return the guests whose purchases are this person's too."""
        rows = [
            (reverse("admin:identity_shopper_change", args=[one]), one) for one in shoppers_of(shopper_id=obj.pk)[1:]
        ]
        return format_html_join("", '<div><a class="office-link" href="{}">{}</a></div>', rows) or "-"

    @described(_("leads to"))
    def goes_to(self, obj: Shopper) -> str:
        """Return the ways to the purchases, and to blocking or lifting the block."""
        purchases = f"{reverse('admin:purchases')}?shopper={obj.pk}"
        block = gettext("Lift the block") if obj.blocked_at else gettext("Block")
        ways = [(purchases, gettext("Purchases")), (reverse("admin:block", args=[obj.pk]), block)]
        return format_html_join(" · ", '<a class="office-link" href="{}">{}</a>', ways)


@require_POST
def find_shopper(request: HttpRequest) -> HttpResponse:
    """Lead to the shopper whom somebody with an e-mail address is; the audit log keeps that it was asked."""
    require(request, "identity.view_shopper")
    shopper_id = disclose_shopper(email=request.POST.get("email", ""), by=by_request(request))
    if shopper_id is None:
        messages.error(request, gettext("Nobody signs in with this address, or nobody who is a shopper."))
        return HttpResponseRedirect(reverse("admin:identity_shopper_changelist"))
    return HttpResponseRedirect(reverse("admin:identity_shopper_change", args=[shopper_id]))


def block(request: HttpRequest, shopper_id: int) -> HttpResponse:
    """Ask why, then block a shopper or lift the block; the doors know within a second."""
    require(request, "identity.change_shopper")
    shopper = Shopper.objects.filter(pk=shopper_id).first()
    if shopper is None:
        raise Http404
    blocks = shopper.blocked_at is None
    shown = reverse("admin:identity_shopper_change", args=[shopper_id])
    if request.method == "POST":
        reason = typed_text(request.POST, "reason", length_max=REASON_LENGTH_MAX)
        try:
            # What the page showed is what was asked for; who was quicker has done it.
            set_blocked(
                shopper_id=shopper_id, blocked=request.POST.get("blocked") == "1", by=by_request(request, reason=reason)
            )
        except Refusal as refusal:
            messages.error(request, refusal_text(refusal))
            return HttpResponseRedirect(request.path)
        messages.success(request, gettext("Done; the doors know within a second."))
        return HttpResponseRedirect(shown)
    title = gettext("Block a shopper") if blocks else gettext("Lift the block of a shopper")
    return show_page(
        request,
        "back_office/block.html",
        {"title": title, "shopper": shopper, "blocks": blocks, "back": shown, "reason_max": REASON_LENGTH_MAX},
    )


class AuditTable(OfficeTable):
    """What the staff did, the latest first; only ever read."""

    title = _("Audit log")
    list_before_template = "back_office/audit_file.html"
    list_display: ClassVar = (fact("at", _("when (UTC)")), "who", "did", "meant", fact("reason", _("why")))
    search_fields: ClassVar = ("=subject_id",)
    search_help_text = _("The whole number or name of what it was done to")
    readonly_fields: ClassVar = (*list_display[:3], "goes_to", list_display[-1], "changed")
    fields: ClassVar = readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """Return entries with the address of who did it, as far as there still is such a user."""
        users = get_user_model().objects.filter(pk=OuterRef("user_id")).values("email")
        return super().get_queryset(request).annotate(email=Subquery(users[:1]))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return that nobody changes the log; the database would refuse it too."""
        return False

    @described(_("who"))
    def who(self, obj: Any) -> str:
        """Return who did it."""
        if obj.user_id is None:
            by_link = "by_link" in obj.facts
            return gettext("the merchant, by the link of a letter") if by_link else gettext("the command line")
        return obj.email or str(obj.user_id)

    @described(_("what"))
    def did(self, obj: AuditEntry) -> str:
        """Return what was done."""
        return str(VERBS.get(obj.verb, obj.verb))

    @described(_("to what"))
    def meant(self, obj: AuditEntry) -> str:
        """Return what it was done to."""
        return f"{KINDS.get(obj.subject_kind, obj.subject_kind)} {obj.subject_id}"

    @described(_("to what"))
    def goes_to(self, obj: AuditEntry) -> str:
        """Return what it was done to, with the way there."""
        pages = {
            "product": "catalog_product_change",
            "sku": "catalog_sku_change",
            "merchant": "merchants_merchant_change",
            "festival": "festivals_festival_change",
            "deal": "festivals_deal_change",
            "packet campaign": "redpackets_packetcampaign_change",
            "shopper": "identity_shopper_change",
            "declaration": "declaration",
        }
        if obj.subject_kind == "order":
            address = f"{reverse('admin:purchases')}?number={obj.subject_id}"
        elif obj.subject_kind in pages:
            address = reverse(f"admin:{pages[obj.subject_kind]}", args=[obj.subject_id])
        else:
            return self.meant(obj)
        return format_html('<a class="office-link" href="{}">{}</a>', address, self.meant(obj))

    @described(_("before and after"))
    def changed(self, obj: AuditEntry) -> str:
        """Return what each field was and is."""
        rows = [(name, before, after) for name, (before, after) in sorted(obj.facts.items())]
        return (
            format_html_join("", "<div><b>{}</b>: <del><bdi>{}</bdi></del> → <ins><bdi>{}</bdi></ins></div>", rows)
            or "-"
        )
