"""Cases in the back office: the queue, answering on the merchant's behalf, receiving, deciding, and who may."""

import pytest

from fairground.aftersales.actions.shopper_steps import escalate_case
from fairground.aftersales.models import Case, CaseMessage
from fairground.aftersales.rules import CaseState
from fairground.kernel.models import AuditEntry
from tests.books import hot_rows, units_of
from tests.cases import LATER, again, ask, exchange, lose, make_variant, refuse, send_other, ship, state_of
from tests.factories import make_market
from tests.refunding import Scene, back, make_scene, refund_sums
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")


@pytest.fixture
def scene() -> Scene:
    make_market()
    made = make_scene()
    ship(made.chairs, made.lamps)
    return made


def address(case_id: int) -> str:
    return f"/back-office/cases/{case_id}/"


def test_a_case_is_answered_and_received_on_the_merchants_behalf_and_the_log_says_by_whom(scene: Scene) -> None:
    client, opened = sign_in("operator"), ask(scene, scene.chairs, 2, text="Both wobble.")
    queue = client.get("/back-office/cases/").content.decode()
    assert f'href="{address(opened.case_id)}"' in queue
    assert "Both wobble." in client.get(address(opened.case_id)).content.decode()
    purchase = client.get(f"/back-office/purchases/{scene.placed.number}/").content.decode()
    assert f'href="{address(opened.case_id)}"' in purchase

    client.post(address(opened.case_id), {"deed": "accept", "seen": "OPENED", "for": "merchant", "units-1": "2"})
    assert state_of(opened.case_id) is CaseState.ACCEPTED
    form = {"deed": "receive", "for": "merchant", "back-1": "2", "sellable-1": "1"}
    answer = client.post(address(opened.case_id), form, follow=True)

    assert "Done. It stands in the audit log." in answer.content.decode()
    assert (state_of(opened.case_id), refund_sums(scene.chairs)["units"]) == (CaseState.REFUNDED, 2)
    assert units_of(scene.chair.deal_stock_id).sold == 2
    verbs = AuditEntry.objects.filter(subject_kind="case", user_id__isnull=False).order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == ["case-accepted", "case-received"]


def test_a_form_that_is_sent_twice_pays_once(scene: Scene) -> None:
    client, opened = sign_in("operator"), ask(scene, scene.chairs, 1)
    form = {"deed": "accept", "seen": "OPENED", "for": "merchant", "units-1": "1", "waived": "on"}
    client.post(address(opened.case_id), form)
    before = hot_rows()

    again = client.post(address(opened.case_id), form, follow=True)

    assert "Something changed while you were here: look again." in again.content.decode()
    assert hot_rows() == before


def test_a_message_that_is_sent_twice_stands_once(scene: Scene) -> None:
    client, opened = sign_in("operator"), ask(scene, scene.chairs, 1, text="It wobbles.")
    assert 'name="messages_seen" value="1"' in client.get(address(opened.case_id)).content.decode()
    form = {"deed": "write", "for": "merchant", "text": "Which leg?", "messages_seen": "1"}
    client.post(address(opened.case_id), form)

    again = client.post(address(opened.case_id), form, follow=True)

    assert "Your message stands here already" in again.content.decode()
    assert list(CaseMessage.objects.order_by("id").values_list("text", flat=True)) == ["It wobbles.", "Which leg?"]
    assert AuditEntry.objects.filter(verb="case-written").count() == 1


def test_what_was_escalated_is_decided_by_the_operator_in_any_part(scene: Scene) -> None:
    client, opened = sign_in("operator"), ask(scene, scene.chairs, 3)
    refuse(opened.case_id)
    escalate_case(case_id=opened.case_id, shopper_id=scene.shopper_id, text="It was not.", now=LATER)
    assert str(opened.case_id) in client.get("/back-office/cases/?part=escalated").content.decode()
    assert str(opened.case_id) not in client.get("/back-office/cases/?part=ended").content.decode()

    form = {"deed": "accept", "seen": "ESCALATED", "for": "operator", "units-1": "2", "waived": "on", "text": "Two."}
    client.post(address(opened.case_id), form)

    assert (state_of(opened.case_id), refund_sums(scene.chairs)["units"]) == (CaseState.REFUNDED, 2)
    assert list(CaseMessage.objects.order_by("id").values_list("text", flat=True))[-1] == "Two."


def test_a_replacement_is_in_its_list_shipped_lost_sent_again_and_its_arrival_needs_words(scene: Scene) -> None:
    client, other = sign_in("operator"), make_variant(scene.lamp)
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id)
    assert address(case_id) in client.get("/back-office/cases/?part=to-send").content.decode()

    def do(**form: str) -> str:
        return client.post(address(case_id), {"for": "operator", **form}, follow=True).content.decode()

    assert "Some words are needed here." in do(deed="send", carrier=" ", tracking="R1")
    do(deed="send", carrier="DHL", tracking="R1")
    assert state_of(case_id) is CaseState.REPLACED
    assert address(case_id) not in client.get("/back-office/cases/?part=to-send").content.decode()
    do(deed="lose", text="The van burnt down.")
    assert address(case_id) in client.get("/back-office/cases/?part=lost").content.decode()
    assert "Some words are needed here." in do(deed="arrived", text="")
    do(deed="again")
    assert (state_of(case_id), units_of(other.stock_id).reserved) == (CaseState.REPLACING, 1)
    do(deed="money", seen="2")

    assert (state_of(case_id), refund_sums(scene.lamps)["units"]) == (CaseState.REFUNDED, 1)
    verbs = AuditEntry.objects.filter(subject_kind="case", user_id__isnull=False).order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        "replacement-sent",
        "replacement-lost",
        "replacement-again",
        "replacement-paid",
    ]
    support = sign_in("support")
    assert 'value="send"' not in support.get(address(case_id)).content.decode()
    assert support.post(address(case_id), {"deed": "send", "carrier": "DHL"}).status_code == 403


def test_money_in_place_of_a_replacement_asks_once_and_is_not_given_for_what_was_decided_since(scene: Scene) -> None:
    client, other = sign_in("operator"), make_variant(scene.lamp)
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id)
    page = client.get(address(case_id)).content.decode()
    _, _, asked = page.partition('<details class="office-sure">')
    assert asked.index('name="seen" value="1"') < asked.index('value="money"') < asked.index("</details>")
    assert 'value="money"' not in page.partition('<details class="office-sure">')[0]
    send_other(case_id)
    lose(case_id)
    again(case_id)
    rows = hot_rows()

    for form in ({"seen": "1"}, {"seen": "x"}, {}):
        said = client.post(address(case_id), {"deed": "money", "for": "merchant", **form}, follow=True)
        assert "Something changed while you were here: look again." in said.content.decode()

    assert (state_of(case_id), hot_rows()) == (CaseState.REPLACING, rows)
    assert not AuditEntry.objects.filter(verb="replacement-paid").exists()


def test_a_refusal_needs_words(scene: Scene) -> None:
    client, opened = sign_in("operator"), ask(scene, scene.chairs, 1)

    said = client.post(address(opened.case_id), {"deed": "refuse", "seen": "OPENED", "for": "merchant"}, follow=True)

    assert "Some words are needed here." in said.content.decode()
    assert state_of(opened.case_id) is CaseState.OPENED


@pytest.mark.parametrize("wrong", [{"units-1": "4"}, {"units-1": "-1"}, {"units-1": "x"}, {"seen": "SENT"}], ids=str)
def test_what_the_form_does_not_offer_changes_nothing(scene: Scene, wrong: dict[str, str]) -> None:
    client, opened = sign_in("operator"), ask(scene, scene.chairs, 3)
    before = hot_rows()

    client.post(
        address(opened.case_id), {"deed": "accept", "seen": "OPENED", "for": "merchant", "units-1": "1", **wrong}
    )

    assert (hot_rows(), state_of(opened.case_id)) == (before, CaseState.OPENED)


def test_support_looks_and_does_not_answer_and_an_editor_does_not_look(scene: Scene) -> None:
    opened = ask(scene, scene.chairs, 1)
    support, editor = sign_in("support"), sign_in("editor")

    assert 'value="accept"' not in support.get(address(opened.case_id)).content.decode()
    form = {"deed": "accept", "seen": "OPENED", "for": "merchant", "units-1": "1"}
    assert support.post(address(opened.case_id), form).status_code == 403
    assert editor.get(address(opened.case_id)).status_code == 403
    assert editor.get("/back-office/cases/").status_code == 403
    assert Case.objects.get().state == CaseState.OPENED


def test_refunding_by_hand_what_a_case_is_about_is_refused_in_words(scene: Scene) -> None:
    client = sign_in("operator")
    ask(scene, scene.chairs, 3)
    before = hot_rows()

    said = client.post(
        f"/back-office/purchases/{scene.placed.number}/refund/",
        {"line": f"{scene.chairs}-1-3", "units": "1", "reason": "faulty"},
    )

    assert "An open case is about these units" in said.content.decode()
    assert hot_rows() == before


def test_what_has_ended_stands_in_its_own_part_of_the_queue(scene: Scene) -> None:
    client, opened = sign_in("operator"), ask(scene, scene.lamps, 1)
    client.post(
        address(opened.case_id),
        {"deed": "accept", "seen": "OPENED", "for": "operator", "units-1": "1", "waived": "on"},
    )

    assert str(opened.case_id) in client.get("/back-office/cases/?part=ended").content.decode()
    assert "Nothing waits here." in client.get("/back-office/cases/?part=open&merchant=nobody").content.decode()
    back(scene.lamps, 1, 1)
