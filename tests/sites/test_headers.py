"""What every answer of Django's says to a browser, whatever page it is."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from fairground.sites.headers import safe_headers


def _answer() -> HttpResponse:
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse("done")

    return safe_headers(page)(RequestFactory().get("/"))


def test_a_shop_with_tls_is_never_asked_without_it_again(settings: Settings) -> None:
    settings.SITE_ADDRESS = "https://shop.example"

    assert _answer().headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("address", ["", "http://shop.example"])
def test_a_shop_without_tls_promises_none(settings: Settings, address: str) -> None:
    settings.SITE_ADDRESS = address

    assert "Strict-Transport-Security" not in _answer().headers
