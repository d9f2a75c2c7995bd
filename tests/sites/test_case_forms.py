"""Units in forms about a case, on the merchant's page and on the staff's: what is no number is never none of them."""

from collections.abc import Callable, Mapping

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fairground.aftersales.actions.shopper_steps import escalate_case
from fairground.aftersales.models import Case, CaseLabel, CaseLine, CaseMessage
from fairground.aftersales.rules import CaseState
from fairground.merchants.contacts import ContactFacts, write_contact
from tests.books import hot_rows
from tests.cases import accept, ask_of_two_lines, by, refuse, state_of
from tests.factories import make_market
from tests.merchant_links import do, now, path_of
from tests.picture_making import photo
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")

UNCLEAR = "Say of each of the goods how many, in whole numbers such as 2."
Post = Callable[[int, Mapping[str, str]], str]


def by_link(case_id: int, form: Mapping[str, object]) -> str:
    """Send a form of the merchant's page."""
    answer = Client().post(path_of(case_id), form, follow=True)
    return answer.content.decode()


def by_staff(case_id: int, form: Mapping[str, object]) -> str:
    """Send a form of the back office."""
    form = {"for": "merchant", **form}
    return sign_in("operator").post(f"/back-office/cases/{case_id}/", form, follow=True).content.decode()


@pytest.fixture(params=[by_link, by_staff], ids=["merchant", "staff"])
def post(request: pytest.FixtureRequest) -> Post:
    """Each of the two pages."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def case_id() -> int:
    """A case about two lines of an order, whose merchant has a contact."""
    make_market()
    opened = ask_of_two_lines(now=now())
    facts = ContactFacts("service@olmo.example", "en")
    write_contact(merchant_id=Case.objects.get().merchant_id, facts=facts, by=by(now()))
    return opened


@pytest.mark.parametrize("typed", ["", " ", "two", "2.0", "2e0", "-1", "٢", "9" * 40])
def test_what_is_no_number_accepts_no_other_line_and_refuses_nothing(case_id: int, typed: str, post: Post) -> None:
    before = hot_rows()

    said = post(case_id, {"deed": "accept", "seen": "OPENED", "units-1": "2", "units-2": typed, "when": "now"})

    assert UNCLEAR in said
    assert (hot_rows(), state_of(case_id)) == (before, CaseState.OPENED)


def test_more_units_than_were_asked_for_are_not_left_out(case_id: int, post: Post) -> None:
    before = hot_rows()

    said = post(case_id, {"deed": "accept", "seen": "OPENED", "units-1": "2", "units-2": "1000", "when": "now"})

    assert "That is more than was asked for, or nothing of it." in said
    assert (hot_rows(), state_of(case_id)) == (before, CaseState.OPENED)


def test_a_field_that_is_missing_is_no_part_and_a_number_may_have_zeros_before_it(case_id: int, post: Post) -> None:
    assert UNCLEAR in post(case_id, {"deed": "accept", "seen": "OPENED", "units-1": "2"})
    assert state_of(case_id) is CaseState.OPENED

    post(case_id, {"deed": "accept", "seen": "OPENED", "units-1": "0", "units-2": "0002"})

    assert state_of(case_id) is CaseState.ACCEPTED
    assert list(CaseLine.objects.order_by("line_no").values_list("units_agreed", flat=True)) == [0, 2]


@pytest.mark.parametrize(
    "wrong", [{"back-1": ""}, {"back-2": "1000"}, {"sellable-2": "one"}, {"back-1": "2.0", "back-2": "x"}], ids=str
)
def test_what_came_back_is_never_nothing_by_a_slip(case_id: int, wrong: dict[str, str], post: Post) -> None:
    accept(case_id, now=now())
    before = hot_rows()

    form = {"back-1": "2", "sellable-1": "0", "back-2": "3", "sellable-2": "0", "text": "Thank you."}
    post(case_id, {"deed": "receive", **form, **wrong})

    assert (hot_rows(), state_of(case_id)) == (before, CaseState.ACCEPTED)
    assert not CaseMessage.objects.exists()


def test_a_line_of_which_nothing_was_accepted_has_no_field_and_needs_none(case_id: int, post: Post) -> None:
    post(case_id, {"deed": "accept", "seen": "OPENED", "units-1": "2", "units-2": "0"})
    page = sign_in("operator").get(f"/back-office/cases/{case_id}/").content.decode()
    assert 'name="back-1"' in page
    assert 'name="back-2"' not in page

    post(case_id, {"deed": "receive", "back-1": "2", "sellable-1": "1"})

    assert state_of(case_id) is CaseState.REFUNDED


def test_the_operator_decides_what_is_left_of_a_case_that_was_accepted_in_part(case_id: int) -> None:
    by_staff(case_id, {"deed": "accept", "seen": "OPENED", "units-1": "2", "units-2": "0"})
    by_staff(case_id, {"deed": "receive", "back-1": "0", "sellable-1": "0", "text": "An empty box."})
    assert state_of(case_id) is CaseState.REFUSED
    escalate_case(case_id=case_id, shopper_id=Case.objects.get().shopper_id, text="It was not.", now=now())
    page = sign_in("operator").get(f"/back-office/cases/{case_id}/").content.decode()
    assert 'name="units-2"' not in page

    by_staff(case_id, {"deed": "accept", "seen": "ESCALATED", "for": "operator", "units-1": "1", "waived": "on"})

    assert state_of(case_id) is CaseState.REFUNDED
    assert list(CaseLine.objects.order_by("line_no").values_list("units_paid", flat=True)) == [1, 0]


def test_a_label_that_comes_too_late_is_told_so_and_not_that_it_is_missing(case_id: int, post: Post) -> None:
    refuse(case_id, now=now())
    file = SimpleUploadedFile("label.jpg", photo(400, 300), content_type="image/jpeg")

    said = post(case_id, {"deed": "label", "carrier": "DHL", "label": file})  # type: ignore[dict-item]

    assert "Something changed while you were here: look again." in said
    assert not CaseLabel.objects.exists()


def test_what_an_address_says_was_done_stands_there_only_where_the_merchant_did_it_last(case_id: int) -> None:
    path = path_of(case_id)
    went_back = "The money went back. The buyer sees it now."

    assert went_back not in Client().get(f"{path}?done=money").content.decode()
    assert "Your message stands here now." not in Client().get(f"{path}?done=write").content.decode()
    assert "Your message stands here now." in do(path, "write", text="Look.", messages_seen="0")
    accept(case_id, waived=True, now=now())

    assert went_back in Client().get(f"{path}?done=money").content.decode()
    assert "Refused. The buyer sees why" not in Client().get(f"{path}?done=refuse").content.decode()
    assert 'role="status"' not in Client().get(f"{path}?done=nothing").content.decode()
