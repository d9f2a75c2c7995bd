"""What another site's page asks for is refused; what our own page or a program asks for is not."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from fairground.sites.same_origin import same_origin

pytestmark = pytest.mark.django_db


def _status(method: str = "post", **headers: str) -> int:
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse("done")

    request = getattr(RequestFactory(), method)("/cart", headers=headers)
    return same_origin(page)(request).status_code


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_the_browser_says_that_it_is_ours(site: str) -> None:
    assert _status(**{"Sec-Fetch-Site": site, "Origin": "http://testserver"}) == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_another_sites_form_is_refused_and_its_page_may_be_looked_at(site: str) -> None:
    assert _status(**{"Sec-Fetch-Site": site, "Origin": "http://testserver"}) == 403
    assert _status("get", **{"Sec-Fetch-Site": site}) == 200


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", "http://testserver.elsewhere.example"])
def test_an_older_browser_says_where_its_form_is_from(origin: str) -> None:
    assert _status(Origin=origin) == 403
    assert _status(Origin="http://testserver") == 200


def test_a_program_without_a_browser_says_nothing_and_brings_no_cookies_of_others() -> None:
    assert _status() == 200
