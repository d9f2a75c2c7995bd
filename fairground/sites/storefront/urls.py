"""Addresses of the storefront."""

from django.urls import path

from fairground.sites.storefront import choice, views

urlpatterns = [
    path("", views.home, name="home"),
    path("halls/<slug:slug>", views.hall, name="hall"),
    path("products/<int:product_id>", views.product, name="product"),
    path("shops/<slug:slug>", views.shop, name="shop"),
    path("choice", choice.choose, name="choice"),
    path("robots.txt", views.robots),
    path("favicon.ico", views.favicon),
]
