"""The site of the back office with its tables and pages; `office.urls` is what the shop's addresses include."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from fairground.catalog.models import Brand, Category, Product, Sku
from fairground.draws.models import Draw
from fairground.festivals.models import Deal, Festival, Hall
from fairground.identity.models import Shopper
from fairground.kernel.models import AuditEntry
from fairground.merchants.models import Merchant
from fairground.redpackets.models import PacketCampaign
from fairground.settlement.models import Payout
from fairground.sites.back_office import (
    asked_cards,
    audit_file,
    budgets,
    case_days,
    cases,
    contacts,
    customs,
    declarations,
    disputes,
    draws,
    enrolments,
    goods,
    guarding,
    halls,
    packet_forms,
    packets,
    payments,
    payouts,
    people,
    phases,
    pictures,
    places,
    promotions,
    purchases,
    refunding,
    returns,
    rows_aside,
    shipping,
    shipping_rates,
    switching,
    trade,
    unreached,
    variants,
    withdrawals,
)
from fairground.sites.back_office.money.addresses import MONEY_PAGES
from fairground.sites.back_office.overview import overview
from fairground.sites.back_office.site import office

__all__ = ["office", "with_overview"]


def with_overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Return what the first page shows; the theme calls it by its name in the settings."""
    return {**context, "tiles": overview(request)}


for model, table in (
    (Product, goods.ProductTable),
    (Sku, variants.SkuTable),
    (Brand, goods.BrandTable),
    (Category, goods.CategoryTable),
    (Merchant, trade.MerchantTable),
    (Festival, trade.FestivalTable),
    (Hall, halls.HallTable),
    (Deal, trade.DealTable),
    (PacketCampaign, packets.CampaignTable),
    (Draw, draws.DrawTable),
    (Payout, payouts.PayoutTable),
    (Shopper, people.ShopperTable),
    (AuditEntry, people.AuditTable),
):
    office.register(model, table)

office.index_title = gettext_lazy("Overview")
office.index_template = "back_office/overview.html"
office.add_page("purchases/", "purchases", purchases.purchases)
office.add_page("purchases/<str:number>/", "purchase", purchases.purchase)
office.add_page("purchases/<str:number>/addresses/", "addresses", purchases.addresses)
office.add_page("purchases/<str:number>/refund/", "refund", refunding.refund)
office.add_page("purchases/<str:number>/ship/<int:position>/", "ship", shipping.ship)
office.add_page("purchases/<str:number>/delivered/<int:position>/", "delivered", shipping.delivered)
office.add_page("withdrawals/", "withdrawals", withdrawals.withdrawals)
office.add_page("payouts/<str:number>/step/", "payout-step", payouts.payout_step)
office.add_page("payouts/<str:number>/statement.csv", "payout-statement", payouts.payout_statement)
office.add_page("payouts/<str:number>/statement.pdf", "payout-statement-pdf", payouts.payout_statement_as_pdf)
office.add_page("places/<int:merchant_id>/", "places", places.places)
office.add_page("shipping/<int:merchant_id>/", "shipping-rates", shipping_rates.shipping_rates)
office.add_page("cases/", "cases", cases.cases)
office.add_page("customs/", "customs", customs.customs)
office.add_page("case-days/", "case-days", case_days.case_days)
office.add_page("case-days/<str:code>/", "market-days", case_days.market_days)
office.add_page("cases/unreached/", "unreached-merchants", unreached.unreached_merchants)
office.add_page("cases/<int:case_id>/", "case", cases.case)
office.add_page("cases/<int:case_id>/label/", "case-label", cases.label)
office.add_page("cases/<int:case_id>/pictures/<int:position>/", "case-picture", cases.picture)
office.add_page("merchants/<int:merchant_id>/contact/", "merchant-contact", contacts.merchant_contact)
office.add_page("payments/", "payments", payments.payments)
office.add_page("payments/returns/", "returns", returns.returns)
office.add_page("disputes/", "disputes", disputes.disputes)
office.add_page("payments/gift-cards/", "gift-cards", payments.gift_cards)
office.add_page("payments/asked-cards/", "asked-cards", asked_cards.asked_for)
office.add_page("payments/credit/", "credit", payments.credit)
office.add_page("draws/<slug:slug>/step/", "draw-step", draws.draw_step)
office.add_page("promotions/", "promotions", promotions.promotions)
office.add_page("promotions/new/", "new-promotion", promotions.new_promotion)
office.add_page("promotions/<int:promotion_id>/", "promotion", promotions.promotion)
office.add_page("budgets/", "budgets", budgets.budgets)
office.add_page("rain/new/", "new-rain", packet_forms.new_rain)
office.add_page("products/<int:product_id>/pictures/", "pictures", pictures.pictures)
office.add_page("festivals/<slug:slug>/phases/", "phases", phases.phases)
office.add_page("festivals/<slug:festival>/guard/", "guard", guarding.guard)
office.add_page("enrolments/", "enrolments", enrolments.enrolments)
office.add_page("declarations/", "declarations", declarations.declarations)
office.add_page("declarations/<int:declaration_id>/", "declaration", declarations.declaration)
office.add_page("halls/<int:hall_id>/blocks/", "hall-blocks", halls.blocks)
office.add_page("halls/<int:hall_id>/blocks/add/<str:kind>/", "add-hall-block", halls.add)
office.add_page("halls/<int:hall_id>/blocks/<int:block_id>/", "hall-block", halls.edit)
office.add_page("shoppers/find/", "find-shopper", people.find_shopper)
office.add_page("shoppers/<int:shopper_id>/block/", "block", people.block)
office.add_page("audit/file/", "audit-file", audit_file.audit_file)
office.add_page("switches/", "switches", switching.switches)
office.add_page("set-aside/", "rows-aside", rows_aside.aside)
office.add_page("switches/<slug:name>/", "switch", switching.switch)
for route, name, page in MONEY_PAGES:
    office.add_page(route, name, page)
