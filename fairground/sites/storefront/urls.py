"""Addresses of the storefront."""

from django.urls import path

from fairground.sites.storefront import views

urlpatterns = [
    path("", views.home),
    path("halls/<slug:slug>", views.hall),
    path("products/<int:product_id>", views.product),
    path("shops/<slug:slug>", views.shop),
    path("robots.txt", views.robots),
    path("favicon.ico", views.favicon),
]
