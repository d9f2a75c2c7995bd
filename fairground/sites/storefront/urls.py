"""Addresses of the storefront."""

from django.urls import path

from fairground.sites.storefront import (
    address_book,
    addresses,
    cart,
    choice,
    halls,
    presales,
    results,
    seen,
    sitemaps,
    views,
    wishes,
)
from fairground.sites.storefront.cases import asking
from fairground.sites.storefront.cases import views as cases
from fairground.sites.storefront.checkout import paying, waiting
from fairground.sites.storefront.checkout import views as checkout
from fairground.sites.storefront.coupons import views as coupons
from fairground.sites.storefront.draws import views as draws
from fairground.sites.storefront.invoices import views as invoices
from fairground.sites.storefront.payments import views as payments
from fairground.sites.storefront.payments import wallet
from fairground.sites.storefront.purchases import again, receiving, refunds
from fairground.sites.storefront.purchases import views as purchases
from fairground.sites.storefront.rain import views as rain
from fairground.sites.storefront.withdrawal import views as withdrawal

urlpatterns = [
    path("", views.home, name="home"),
    path("halls/<slug:slug>", halls.hall, name="hall"),
    path("halls/<slug:slug>/preview", halls.preview, name="hall-preview"),
    path("products/<int:product_id>", views.product, name="product"),
    path("shops/<slug:slug>", views.shop, name="shop"),
    path("choice", choice.choose, name="choice"),
    path("address/fields", addresses.fields, name="address-fields"),
    path("search", results.search, name="search"),
    path("search/suggestions", results.suggestions, name="suggestions"),
    path("categories/<path:code>", results.category, name="category"),
    path("brands/<slug:slug>", results.brand, name="brand"),
    path("me/addresses", address_book.addresses, name="addresses"),
    path("me/addresses/add", address_book.add, name="add-address"),
    path("me/addresses/default", address_book.choose_default, name="default-address"),
    path("me/addresses/remove", address_book.remove, name="remove-address"),
    path("me/wallet", wallet.wallet, name="wallet"),
    path("me/wallet/movements", wallet.movements, name="wallet-movements"),
    path("me/wallet/top-up", wallet.top_up, name="top-up"),
    path("me/wallet/gift-card", wallet.redeem, name="redeem-gift-card"),
    path("me/wallet/payments/<uuid:key>", wallet.payment, name="wallet-payment"),
    path("me/wallet/payments/<uuid:key>/return", wallet.come_back, name="wallet-payment-return"),
    path("rain", rain.rain, name="rain"),
    path("coupons", coupons.coupons, name="coupons"),
    path("checkout", checkout.checkout, name="checkout"),
    path("checkout/presale", presales.order_presale, name="order-presale"),
    path("checkout/address", checkout.give_address, name="checkout-address"),
    path("checkout/waiting", waiting.waiting, name="waiting"),
    path("checkout/waiting/leave", waiting.leave, name="leave-waiting"),
    path("checkout/placed", checkout.placed, name="checkout-placed"),
    path("purchases/<str:number>/pay", paying.pay, name="pay"),
    path("purchases/<str:number>/payment", payments.payment, name="provider-payment"),
    path("purchases/<str:number>/payment/give-up", payments.give_up, name="give-up-payment"),
    path("purchases/<str:number>/payment/return", payments.come_back, name="payment-return"),
    path("purchases/<str:number>/demo-money", paying.take_demo_money, name="demo-money"),
    path("purchases", purchases.purchases, name="purchases"),
    path("purchases/<str:number>", purchases.purchase, name="purchase"),
    path("purchases/<str:number>/cancel", purchases.cancel, name="cancel-purchase"),
    path("purchases/<str:number>/again", again.again, name="buy-again"),
    path("purchases/<str:number>/received", receiving.received, name="received"),
    path("purchases/<str:number>/difference", refunds.difference, name="price-difference"),
    path("purchases/<str:number>/invoice", invoices.invoice, name="invoice"),
    path("purchases/<str:number>/invoice.pdf", invoices.invoice_as_pdf, name="invoice-pdf"),
    path("withdraw", withdrawal.withdraw, name="withdraw"),
    path("withdraw/confirm", withdrawal.confirm, name="confirm-withdrawal"),
    path("withdraw/sent", withdrawal.sent, name="withdrawal-sent"),
    path("cases", cases.cases, name="cases"),
    path("purchases/<str:number>/<int:position>/problem", asking.ask, name="ask-case"),
    path("purchases/<str:number>/cases/<int:case_id>", cases.case, name="case"),
    path("purchases/<str:number>/cases/<int:case_id>/label", cases.label, name="case-label"),
    path("purchases/<str:number>/cases/<int:case_id>/carrier-label", cases.carrier_label, name="case-carrier-label"),
    path("purchases/<str:number>/cases/<int:case_id>/pictures/<int:position>", cases.evidence, name="case-evidence"),
    path("cart", cart.cart, name="cart"),
    path("cart/add", cart.put, name="put-in-cart"),
    path("cart/change", cart.change, name="change-cart"),
    path("cart/remove", cart.remove, name="remove-from-cart"),
    path("cart/undo", cart.undo, name="undo-removal"),
    path("cart/aside", cart.aside, name="set-aside"),
    path("wishes", wishes.wishes, name="wishes"),
    path("wishes/add", wishes.save, name="save-wish"),
    path("wishes/remove", wishes.remove, name="remove-wish"),
    path("wishes/move", wishes.move, name="move-wish"),
    path("draws", draws.draws, name="draws"),
    path("draws/<slug:slug>", draws.draw, name="draw"),
    path("draws/<slug:slug>/enter", draws.enter, name="enter-draw"),
    path("draws/<slug:slug>/list.jsonl", draws.file, name="draw-file"),
    path("seen", seen.seen, name="seen"),
    path("robots.txt", views.robots),
    path("sitemap.xml", sitemaps.sitemap_index, name="sitemap"),
    path("sitemap-festival.xml", sitemaps.sitemap_festival, name="sitemap-festival"),
    path("sitemap-shops-<int:first_id>.xml", sitemaps.sitemap_shops, name="sitemap-shops"),
    path("sitemap-products-<int:first_id>.xml", sitemaps.sitemap_products, name="sitemap-products"),
    path("favicon.ico", views.favicon),
]
