"""Addresses of the storefront."""

from django.urls import path

from fairground.sites.storefront import choice, results, sitemaps, views
from fairground.sites.storefront.invoices import views as invoices
from fairground.sites.storefront.purchases import again
from fairground.sites.storefront.purchases import views as purchases

urlpatterns = [
    path("", views.home, name="home"),
    path("halls/<slug:slug>", views.hall, name="hall"),
    path("products/<int:product_id>", views.product, name="product"),
    path("shops/<slug:slug>", views.shop, name="shop"),
    path("choice", choice.choose, name="choice"),
    path("search", results.search, name="search"),
    path("search/suggestions", results.suggestions, name="suggestions"),
    path("categories/<path:code>", results.category, name="category"),
    path("brands/<slug:slug>", results.brand, name="brand"),
    path("purchases", purchases.purchases, name="purchases"),
    path("purchases/<str:number>", purchases.purchase, name="purchase"),
    path("purchases/<str:number>/cancel", purchases.cancel, name="cancel-purchase"),
    path("purchases/<str:number>/again", again.again, name="buy-again"),
    path("purchases/<str:number>/invoice", invoices.invoice, name="invoice"),
    path("purchases/<str:number>/invoice.pdf", invoices.invoice_as_pdf, name="invoice-pdf"),
    path("robots.txt", views.robots),
    path("sitemap.xml", sitemaps.sitemap_index, name="sitemap"),
    path("sitemap-festival.xml", sitemaps.sitemap_festival, name="sitemap-festival"),
    path("sitemap-shops-<int:first_id>.xml", sitemaps.sitemap_shops, name="sitemap-shops"),
    path("sitemap-products-<int:first_id>.xml", sitemaps.sitemap_products, name="sitemap-products"),
    path("favicon.ico", views.favicon),
]
