"""Addresses of the storefront."""

from django.urls import path

from fairground.sites.storefront import results, views

urlpatterns = [
    path("", views.home, name="home"),
    path("halls/<slug:slug>", views.hall, name="hall"),
    path("products/<int:product_id>", views.product, name="product"),
    path("shops/<slug:slug>", views.shop, name="shop"),
    path("search", results.search, name="search"),
    path("search/suggestions", results.suggestions, name="suggestions"),
    path("categories/<path:code>", results.category, name="category"),
    path("brands/<slug:slug>", results.brand, name="brand"),
    path("robots.txt", views.robots),
    path("favicon.ico", views.favicon),
]
