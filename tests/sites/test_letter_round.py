"""A round of letters: one connection, one that the server refuses stops no other, one that is away counts no try."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from fairground.fulfilment.models import Withdrawal
from fairground.kernel.clock import from_unix_ms
from fairground.letters.models import Letter
from fairground.merchants.contacts import ContactFacts, write_contact
from fairground.sites.letter_round import tell_what_waits
from fairground.sites.merchant_desk.letters import send_to_merchants
from fairground.sites.storefront.withdrawal.letters import acknowledge_withdrawals
from tests.factories import BY
from tests.fulfilment.withdrawing import Bought, buy, withdraw
from tests.mail_server import MailServer, serving_mail
from tests.refunding import LATER_MS

pytestmark = pytest.mark.usefixtures("lone_writer")

CHAIRS, LAMPS = "chairs@olmo.example", "lamps@olmo.example"
SOON = from_unix_ms(LATER_MS) + timedelta(days=1)


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    """The shop's mail server; it has to answer at once."""
    with serving_mail() as serving:
        serving.use(settings, timeout_s=30)
        yield serving


@pytest.fixture
def bought(server: MailServer) -> Bought:
    """A withdrawal that two merchants are to be told of, the chairs' one first."""
    made = buy()
    for sku, email in ((made.chair, CHAIRS), (made.lamp, LAMPS)):
        write_contact(merchant_id=sku.merchant.id, facts=ContactFacts(email, "en"), by=BY)
    withdraw(made.placed.number)
    return made


def tries() -> list[tuple[int, bool]]:
    """Return of each letter how often it failed and whether it left, the first one first."""
    rows = Letter.objects.order_by("reader_id").values_list("tells", "told_at")
    return [(tells, told_at is not None) for tells, told_at in rows]


def test_all_letters_of_a_round_leave_over_one_connection(bought: Bought, server: MailServer) -> None:
    assert send_to_merchants(now=SOON) is False

    assert sorted(to for to, _ in server.taken) == [CHAIRS, LAMPS]
    assert server.connections == 1


def test_a_server_that_never_answers_is_met_once_a_round_and_counts_no_try_and_letters_leave_once_it_is_back(
    bought: Bought, server: MailServer, settings: Settings
) -> None:
    server.hangs = True
    settings.EMAIL_TIMEOUT = 0.2

    assert send_to_merchants(now=SOON) is None

    assert server.connections == 1
    assert tries() == [(0, False), (0, False)]
    server.hangs, settings.EMAIL_TIMEOUT = False, 30
    for _ in range(2):
        assert send_to_merchants(now=SOON) is False
    assert sorted(to for to, _ in server.taken) == [CHAIRS, LAMPS]
    assert tries() == [(0, True), (0, True)]


def test_acknowledgements_wait_for_a_server_that_is_away(
    bought: Bought, server: MailServer, settings: Settings
) -> None:
    server.hangs = True
    settings.EMAIL_TIMEOUT = 0.2
    assert acknowledge_withdrawals(now=SOON) is None
    assert list(Withdrawal.objects.values_list("tells", "told_at")) == [(0, None), (0, None)]

    server.hangs, settings.EMAIL_TIMEOUT = False, 30
    for _ in range(2):
        assert acknowledge_withdrawals(now=SOON) is False

    assert [to for to, _ in server.taken] == ["Ana@example.org"]


def test_a_letter_that_the_server_refuses_is_tried_later_and_the_others_leave(
    bought: Bought, server: MailServer
) -> None:
    server.refuses = CHAIRS

    assert send_to_merchants(now=SOON) is False

    assert [to for to, _ in server.taken] == [LAMPS]
    assert server.connections == 1
    assert tries() == [(1, False), (0, True)]


def test_a_letter_on_which_the_connection_breaks_counts_and_the_others_leave_with_the_next_round(
    bought: Bought, server: MailServer
) -> None:
    server.breaks_off_for = CHAIRS

    assert send_to_merchants(now=SOON) is None
    assert tries() == [(1, False), (0, False)]
    assert send_to_merchants(now=SOON) is False

    assert [to for to, _ in server.taken] == [LAMPS]
    assert tries() == [(1, False), (0, True)]


@pytest.mark.parametrize(
    ("leaves", "address", "said"),
    [
        (False, "", "no letter leaves before FAIRGROUND_MAIL names a mail server"),
        (True, "", "no letter about a case leaves before FAIRGROUND_SITE says where its link leads"),
        (True, "https://shop.example", ""),
    ],
)
def test_the_log_says_which_letters_wait_for_the_operator(
    leaves: bool, address: str, said: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MAIL_LEAVES, settings.LINKS_ADDRESS = leaves, address

    tell_what_waits()

    assert "".join(record.getMessage() for record in caplog.records) == said


def test_letters_without_a_link_need_no_address(bought: Bought, server: MailServer, settings: Settings) -> None:
    settings.LINKS_ADDRESS = ""

    send_to_merchants(now=SOON)

    assert sorted(to for to, _ in server.taken) == [CHAIRS, LAMPS]
