"""The back office's list of rows set aside: told on the first page, and tried at once by who may."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from fairground.kernel.aside import count_aside, keys_to_try, set_aside
from fairground.kernel.models import AuditEntry
from fairground.kernel.unforeseen import Unforeseen
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.django_db

PAGE = "/back-office/set-aside/"


def make_aside() -> None:
    now = datetime.now(UTC)
    assert set_aside(chore="releases", row_key="77", why=Unforeseen(KeyError("ada")), now=now) is not None


def test_the_first_page_tells_how_many_rows_are_set_aside_and_leads_to_them() -> None:
    client = sign_in()
    quiet = client.get("/back-office/").content.decode()
    make_aside()

    loud = client.get("/back-office/").content.decode()

    assert f'class="office-tile" href="{PAGE}"' in quiet
    assert f'class="office-tile office-tile-bad" href="{PAGE}"' in loud


def test_the_list_says_what_stopped_a_row_and_nothing_of_what_it_holds() -> None:
    make_aside()

    page = sign_in().get(PAGE).content.decode()

    assert "orders to be released" in page
    assert '<code dir="ltr">77</code>' in page
    assert '<code dir="ltr">KeyError</code>' in page
    assert "&#x27;ada&#x27;" not in page


def test_a_row_is_tried_at_once_and_it_stands_in_the_audit_log() -> None:
    make_aside()
    client = sign_in()

    done = client.post(PAGE, {"chore": "releases", "row": "77"}, follow=True)

    assert "It is tried within seconds" in done.content.decode()
    assert keys_to_try(chore="releases", now=datetime.now(UTC), rows_max=9) == ["77"]
    tried = AuditEntry.objects.filter(subject_kind="row-set-aside")
    assert list(tried.values_list("verb", "subject_id")) == [("tried-again", "releases:77")]
    assert "had a row set aside tried at once" in client.get("/back-office/kernel/auditentry/").content.decode()


def test_a_row_that_is_not_there_is_not_tried() -> None:
    make_aside()

    refused = sign_in().post(PAGE, {"chore": "releases", "row": "78' OR 1=1"}, follow=True)

    assert "It is not set aside any more. Nothing changed." in refused.content.decode()
    assert (keys_to_try(chore="releases", now=datetime.now(UTC), rows_max=9), count_aside()) == ([], 1)


@pytest.mark.parametrize("role", ["support", "editor", "accountant"])
def test_who_may_not_sees_and_tries_nothing(role: str) -> None:
    make_aside()
    client: Client = sign_in(role)

    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"chore": "releases", "row": "77"}).status_code == 403
    assert f'href="{PAGE}"' not in client.get("/back-office/").content.decode()
    assert not AuditEntry.objects.filter(subject_kind="row-set-aside").exists()
