"""Shoppers who are blocked, the audit log, and the staff themselves."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from fairground.config.realm import Realm
from fairground.identity.models import Shopper, User
from fairground.identity.operators import BadSignIn, NoSuchOperator, add_operator, list_operators, remove_operator
from fairground.identity.queries import blocked_shopper_ids
from fairground.kernel.models import AuditEntry
from tests.factories import make_shopper
from tests.sites.back_office.staff import EARLY, PASSWORD, sign_in

pytestmark = pytest.mark.django_db


def test_a_shopper_is_blocked_with_a_reason_and_let_in_again() -> None:
    client, ada = sign_in(), make_shopper()
    page = f"/back-office/shoppers/{ada}/block/"

    client.post(page, {"blocked": "1", "reason": "stolen cards"})
    assert blocked_shopper_ids() == {ada}
    client.post(page, {"blocked": "0", "reason": "it was somebody else"})
    assert blocked_shopper_ids() == frozenset()

    entries = AuditEntry.objects.exclude(verb="role-given").order_by("id")
    assert [(one.verb, one.subject_id, one.reason) for one in entries] == [
        ("blocked", str(ada), "stolen cards"),
        ("unblocked", str(ada), "it was somebody else"),
    ]


def test_nobody_is_blocked_without_a_reason_or_by_looking() -> None:
    client, ada = sign_in(), make_shopper()
    page = f"/back-office/shoppers/{ada}/block/"

    client.post(page, {"blocked": "1", "reason": "  "})
    client.get(page)

    assert client.post("/back-office/shoppers/7/block/", {"blocked": "1", "reason": "x"}).status_code == 404
    assert (blocked_shopper_ids(), AuditEntry.objects.exclude(verb="role-given").count()) == (frozenset(), 0)


@pytest.mark.parametrize("role", ["support", "editor"])
def test_only_an_operator_blocks(role: str) -> None:
    client, ada = sign_in(role), make_shopper()

    assert client.post(f"/back-office/shoppers/{ada}/block/", {"blocked": "1", "reason": "x"}).status_code == 403
    assert blocked_shopper_ids() == frozenset()


def test_what_is_asked_for_twice_is_done_once() -> None:
    client, ada = sign_in(), make_shopper(blocked_at=datetime(2026, 11, 1, tzinfo=UTC))

    client.post(f"/back-office/shoppers/{ada}/block/", {"blocked": "1", "reason": "again"})

    assert Shopper.objects.get(id=ada).blocked_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert AuditEntry.objects.exclude(verb="role-given").count() == 0


def test_a_shopper_is_found_by_number_or_as_blocked_and_by_no_address_that_a_log_would_keep() -> None:
    client = sign_in("support")
    ada, bo = make_shopper(), make_shopper(blocked_at=datetime(2026, 11, 1, tzinfo=UTC))
    User.objects.create_user("ada@home.example", shopper_id=ada)

    def found(asked: str) -> list[int]:
        listed = client.get("/back-office/identity/shopper/", {"q": asked}).context["cl"].result_list
        return [one.pk for one in listed]

    assert (found(str(ada)), found(":blocked")) == ([ada], [bo])
    assert found("ada") == found("ada@home.example") == found("nobody@home.example") == found("9" * 40) == []
    assert found("") == [bo, ada]


def test_a_shopper_is_found_by_an_address_in_a_form_and_the_log_keeps_who_asked() -> None:
    client, ada = sign_in("support"), make_shopper()
    User.objects.create_user("ada@home.example", shopper_id=ada)
    page = "/back-office/shoppers/find/"

    found = client.post(page, {"email": " ADA@home.example "})
    nobody = client.post(page, {"email": "nobody@home.example"})

    assert found.headers["Location"] == f"/back-office/identity/shopper/{ada}/change/"
    assert nobody.headers["Location"] == "/back-office/identity/shopper/"
    (entry,) = AuditEntry.objects.exclude(verb="role-given")
    asked_by = User.objects.get(email="support@shop.example").pk
    assert (entry.verb, entry.subject_kind, entry.subject_id) == ("found-by-address", "shopper", str(ada))
    assert (entry.user_id, entry.facts, entry.reason) == (asked_by, {}, "")
    assert b'action="/back-office/shoppers/find/"' in client.get("/back-office/identity/shopper/").content


def test_who_sees_no_people_finds_none_by_an_address() -> None:
    User.objects.create_user("ada@home.example", shopper_id=make_shopper())
    client = sign_in("editor")

    assert client.post("/back-office/shoppers/find/", {"email": "ada@home.example"}).status_code == 403
    assert client.get("/back-office/shoppers/find/?email=ada@home.example").status_code == 405
    assert AuditEntry.objects.exclude(verb="role-given").count() == 0


def test_the_audit_log_is_only_ever_added_to() -> None:
    sign_in()

    with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic():
        AuditEntry.objects.update(reason="never")
    with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic():
        AuditEntry.objects.all().delete()
    assert AuditEntry.objects.get().reason == ""


def test_an_operator_signs_in_with_the_password_and_the_last_one_no_more() -> None:
    for password in (PASSWORD, "another lantern for me"):
        add_operator(email="Ada@Shop.example", role="operator", password=password, by=EARLY)
    client = Client()

    assert not client.login(username="ada@shop.example", password=PASSWORD)
    assert client.login(username="ada@shop.example", password="another lantern for me")
    assert client.get("/back-office/").status_code == 200


def test_somebody_has_one_role_at_a_time_and_none_after_being_removed() -> None:
    for role in ("operator", "support"):
        add_operator(email="ada@shop.example", role=role, password=PASSWORD, by=EARLY)
    assert [(one.email, one.role) for one in list_operators()] == [("ada@shop.example", "support")]

    remove_operator(email="ada@shop.example", by=EARLY)

    ada = User.objects.get()
    assert (list_operators(), ada.is_staff, ada.get_all_permissions(), ada.is_active) == ([], False, set(), True)
    verbs = AuditEntry.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["role-given", "role-given", "role-taken"]
    with pytest.raises(NoSuchOperator):
        remove_operator(email="ada@shop.example", by=EARLY)


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada", PASSWORD), ("ada@shop.example", "short"), ("ada@shop.example", "password1234"), ("", PASSWORD)],
)
def test_a_bad_address_or_password_lets_nobody_in(email: str, password: str) -> None:
    with pytest.raises(BadSignIn):
        add_operator(email=email, role="operator", password=password, by=EARLY)
    assert (User.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_the_back_office_of_a_demo_is_for_who_sits_at_its_machine(settings: Settings) -> None:
    client = sign_in()
    settings.REALM = Realm("demo")
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.DATABASE_IS_OURS = True

    assert client.get("/back-office/", SERVER_NAME="localhost").status_code == 200
    assert client.get("/back-office/", SERVER_NAME="localhost", REMOTE_ADDR="192.0.2.7").status_code == 302
    settings.DATABASE_IS_OURS = False
    assert client.get("/back-office/", SERVER_NAME="localhost").status_code == 302


def test_the_language_is_chosen_for_the_back_office_as_for_the_shop() -> None:
    client = sign_in()

    answer = client.post("/back-office/language/", {"language": "ar", "next": "/back-office/purchases/"})
    assert answer.headers["Location"] == "/back-office/purchases/"
    assert b'dir="rtl"' in client.get("/back-office/").content
    away = client.post("/back-office/language/", {"language": "xx", "next": "//elsewhere.example/"})
    assert (away.headers["Location"], away.cookies) == ("/back-office/", {})
