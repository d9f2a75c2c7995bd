"""How the back office looks: the theme's settings, with the colours of tokens.css."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


def environment(request: HttpRequest) -> list[str] | None:
    """Return what is said of a realm in which nothing is real, and how loud."""
    return (
        None
        if settings.REALM.is_real
        else [gettext("Demo") if settings.REALM.is_demo else settings.REALM.name, "warning"]
    )


def _may(permission: str) -> Any:
    return lambda request: request.user.has_perm(permission)


def _item(title: Any, icon: str, address: str, permission: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{address}"), "permission": _may(permission)}


LOOK: dict[str, Any] = {
    "SITE_TITLE": _("Back office"),
    "SITE_HEADER": "Fairground",
    "SITE_SUBHEADER": _("Back office"),
    "DASHBOARD_CALLBACK": "fairground.sites.back_office.urls.with_overview",
    "SITE_ICON": lambda request: static("fairground/mark.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("fairground/favicon.svg")}
    ],
    "SHOW_HISTORY": _may("kernel.view_auditentry"),
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": reverse_lazy("admin:language")},
    "ENVIRONMENT": "fairground.sites.back_office.look.environment",
    "STYLES": [
        lambda request: static("fairground/fonts.css"),
        lambda request: static("back_office/office.css"),
        lambda request: static("back_office/halls.css"),
        lambda request: static("back_office/budgets.css"),
        lambda request: static("back_office/money.css"),
    ],
    "BORDER_RADIUS": "8px",
    # Light: paper and ink; dark: night. The theme's light steps are read by day, the dark ones by night.
    "COLORS": {
        "base": {
            "50": "#f8f3ea",
            "100": "#efe7d9",
            "200": "#e3d9ca",
            "300": "#d3c9ba",
            "400": "#a8a5b8",
            "500": "#675c53",
            "600": "#4a4038",
            "700": "#3d415c",
            "800": "#2e3147",
            "900": "#11121d",
            "950": "#0b0c14",
        },
        "primary": {
            "50": "#fdf3f1",
            "100": "#fbe7e2",
            "200": "#f6cfc8",
            "300": "#ffb3a9",
            "400": "#ff9186",
            "500": "#ff7264",
            "600": "#c1121f",
            "700": "#9b0d18",
            "800": "#7d0a13",
            "900": "#5c0a10",
            "950": "#3a1c24",
        },
        "font": {
            "subtle-light": "#675c53",
            "subtle-dark": "#a8a5b8",
            "default-light": "#4a4038",
            "default-dark": "#d9d3c9",
            "important-light": "#241d19",
            "important-dark": "#f4eee4",
        },
    },
    "SIDEBAR": {
        "navigation": [
            {
                "items": [
                    {"title": _("Overview"), "icon": "dashboard", "link": reverse_lazy("admin:index")},
                    _item(_("Purchases"), "receipt_long", "purchases", "orders.view_purchase"),
                    _item(_("Withdrawals"), "assignment_return", "withdrawals", "fulfilment.view_withdrawal"),
                    _item(_("Cases"), "assignment_return", "cases", "aftersales.view_case"),
                    _item(_("Payments"), "payments", "payments", "payments.view_payment"),
                    _item(_("Disputes"), "gavel", "disputes", "payments.view_payment"),
                    _item(_("Shoppers"), "person", "identity_shopper_changelist", "identity.view_shopper"),
                ],
            },
            {
                "title": _("Goods"),
                "items": [
                    _item(_("Products"), "inventory_2", "catalog_product_changelist", "catalog.view_product"),
                    _item(_("Brands"), "sell", "catalog_brand_changelist", "catalog.view_brand"),
                    _item(_("Categories"), "account_tree", "catalog_category_changelist", "catalog.view_category"),
                    _item(_("Merchants"), "storefront", "merchants_merchant_changelist", "merchants.view_merchant"),
                    _item(_("Customs"), "flag", "customs", "crossborder.view_dutyrule"),
                ],
            },
            {
                "title": _("Festivals"),
                "items": [
                    _item(_("Festivals"), "celebration", "festivals_festival_changelist", "festivals.view_festival"),
                    _item(_("Halls"), "view_agenda", "festivals_hall_changelist", "festivals.view_hall"),
                    _item(_("Deals"), "local_offer", "festivals_deal_changelist", "festivals.view_deal"),
                    _item(_("Promotions"), "percent_discount", "promotions", "promotions.view_promotion"),
                    _item(
                        _("Red packets"),
                        "redeem",
                        "redpackets_packetcampaign_changelist",
                        "redpackets.view_packetcampaign",
                    ),
                    _item(_("Draws"), "casino", "draws_draw_changelist", "draws.view_draw"),
                    _item(_("Budgets"), "account_balance", "budgets", "promotions.view_allowance"),
                    _item(_("Enrolments"), "how_to_reg", "enrolments", "festivals.view_enrolment"),
                    _item(_("Declared deals"), "fact_check", "declarations", "festivals.view_declaration"),
                ],
            },
            {
                "title": _("Money"),
                "items": [
                    _item(_("Money at a glance"), "monitoring", "money", "ledger.view_account"),
                    _item(_("Trial balance"), "balance", "trial-balance", "ledger.view_account"),
                    _item(_("Closed days"), "lock_clock", "closed-days", "ledger.view_account"),
                    _item(_("What the platform earned"), "trending_up", "income", "ledger.view_account"),
                    _item(_("Escrow by age"), "hourglass_top", "escrow", "ledger.view_account"),
                    _item(_("Payouts"), "payments", "settlement_payout_changelist", "settlement.view_payout"),
                    _item(_("Owed to the platform"), "assignment_late", "owed", "settlement.view_payout"),
                    _item(_("Terms of merchants"), "handshake", "terms", "settlement.view_payout"),
                    _item(_("Refunds"), "undo", "refunds", "orders.view_refund"),
                    _item(_("Gift cards"), "redeem", "gift-cards-issued", "payments.view_giftcard"),
                    _item(_("Credit granted"), "volunteer_activism", "credit-granted", "payments.view_credit"),
                    _item(_("Commissions"), "sell", "fees", "settlement.view_feerate"),
                    _item(_("Reconciliation"), "compare_arrows", "reconciliation", "ledger.view_account"),
                    _item(_("Tax"), "percent", "tax", "ledger.view_account"),
                    _item(_("Owed to customs"), "local_shipping", "duties-owed", "ledger.view_account"),
                    _item(_("Sellers' income"), "request_quote", "sellers", "merchants.view_legalidentity"),
                ],
            },
            {
                "title": _("Record"),
                "items": [
                    _item(_("Switches"), "toggle_on", "switches", "kernel.change_switch"),
                    _item(_("Set aside"), "report", "rows-aside", "kernel.change_setaside"),
                    _item(_("Audit log"), "history", "kernel_auditentry_changelist", "kernel.view_auditentry"),
                ],
            },
        ],
    },
}
