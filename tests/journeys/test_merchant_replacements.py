"""The page of a letter's link while goods are exchanged: what a merchant sends, loses, pays, and labels."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fairground.aftersales.models import CaseEvent, CaseLabel, Replacement
from fairground.aftersales.rules import CaseState, Happened
from fairground.catalog.models import Sku
from fairground.kernel.models import AuditEntry
from tests.books import Units, hot_rows, units_of
from tests.cases import accept, again, confirm, lose, make_variant, send_other, state_of
from tests.factories import SkuMade
from tests.merchant_links import do, make_asked_scene, now, opened, path_of, text_of
from tests.picture_making import photo
from tests.refunding import Scene, wallet_minor

pytestmark = pytest.mark.usefixtures("lone_writer")


@pytest.fixture
def scene() -> Scene:
    """A paid purchase; the chairs' merchant has a contact, and the chairs have come."""
    return make_asked_scene()


@pytest.fixture
def other(scene: Scene) -> SkuMade:
    """Another chair of the same merchant, of which there are four."""
    return make_variant(scene.chair, units=4)


def replacing(scene: Scene, other: SkuMade) -> int:
    """Open a case about both chairs, accepted without a return, so that others have to be sent."""
    case_id = opened(scene, 2, swap_sku_id=other.id)
    accept(case_id, waived=True, now=now())
    return case_id


def refused(path: str, **form: object) -> str:
    """Send a form of the page that is refused, and return what it says."""
    answer = Client().post(path, form)
    assert answer.status_code == 422
    return text_of(answer.content)


def acts() -> list[tuple[str, object, object]]:
    """Return what the audit log has of cases: the verb, whether it was by the link, and who is named."""
    entries = AuditEntry.objects.filter(subject_kind="case").order_by("id")
    return [(one.verb, one.facts.get("by_link", [None, None])[1], one.user_id) for one in entries]


def test_the_merchant_sends_the_replacement_and_the_same_form_again_changes_nothing(
    scene: Scene, other: SkuMade
) -> None:
    case_id = replacing(scene, other)
    path, form = path_of(case_id), {"carrier": " DHL ", "tracking": "jjd 77"}
    page = text_of(Client().get(path).content)
    assert "Send the other one by" in page
    assert Sku.objects.get(id=other.id).external_id in page

    said = do(path, "send", **form)
    rows = hot_rows()
    said_again = do(path, "send", **form)

    assert "Saved. The buyer reads carrier and number now." in said
    assert "DHL JJD77 sent" in said_again
    assert (state_of(case_id), units_of(other.stock_id)) == (CaseState.REPLACED, Units(4, reserved=0, sold=2))
    assert hot_rows() == rows
    assert Replacement.objects.count() == 1
    assert acts() == [("replacement-sent", True, None)]
    assert "Something changed while you were here" in refused(path, deed="send", carrier="DHL", tracking="JJD78")


def test_what_was_lost_is_sent_again_in_another_parcel(scene: Scene, other: SkuMade) -> None:
    case_id = replacing(scene, other)
    path = path_of(case_id)
    send_other(case_id, tracking="R1", now=now())

    assert "Noted that it was lost." in do(path, "lose", text="It fell into a canal.")
    assert "Something changed" in refused(path, deed="lose")
    assert "Another one is set aside." in do(path, "again")
    assert "Something changed" in refused(path, deed="again")

    assert units_of(other.stock_id) == Units(4, reserved=2, sold=2)
    assert "the parcel that was lost" in refused(path, deed="send", carrier="DHL", tracking="R1")
    page = do(path, "send", carrier="DHL", tracking="R2")
    assert ("DHL R1 sent" in page, "DHL R2 sent" in page, state_of(case_id)) == (True, True, CaseState.REPLACED)
    verbs = ["replacement-lost", "replacement-again", "replacement-sent"]
    assert acts() == [(verb, True, None) for verb in verbs]


def test_money_is_given_once_for_what_was_lost(scene: Scene, other: SkuMade) -> None:
    case_id, before = replacing(scene, other), wallet_minor(scene.shopper_id)
    path = path_of(case_id)
    send_other(case_id, now=now())
    lose(case_id, now=now())
    assert "Send another one, or give the money back" in text_of(Client().get(path).content)

    said = do(path, "money", seen="1")
    paid = wallet_minor(scene.shopper_id)

    assert "The money went back." in said
    assert state_of(case_id) is CaseState.REFUNDED
    assert paid - before == 13_282
    for deed in ("money", "again"):
        assert "Something changed" in refused(path, deed=deed, seen="1")
    assert wallet_minor(scene.shopper_id) == paid
    assert acts() == [("replacement-paid", True, None)]


def test_who_gives_money_for_what_is_sent_again_meanwhile_is_told_so_and_nothing_is_paid(
    scene: Scene, other: SkuMade
) -> None:
    case_id, before = replacing(scene, other), wallet_minor(scene.shopper_id)
    send_other(case_id, now=now())
    lose(case_id, now=now())
    again(case_id, now=now())

    assert "Something changed" in refused(path_of(case_id), deed="money", seen="1")

    assert (state_of(case_id), wallet_minor(scene.shopper_id)) == (CaseState.REPLACING, before)
    assert units_of(other.stock_id) == Units(4, reserved=2, sold=2)
    assert "The money went back." in do(path_of(case_id), "money", seen="2")
    assert units_of(other.stock_id) == Units(4, reserved=0, sold=2)


@pytest.mark.parametrize(
    "form",
    [
        {"deed": "send", "carrier": "", "tracking": "R1"},
        {"deed": "send", "carrier": "x" * 61},
        {"deed": "send", "carrier": "DHL", "tracking": "x" * 61},
        {"deed": "send", "carrier": "D\u202eHL", "tracking": "R1"},
        {"deed": "money"},
        {"deed": "money", "seen": "2"},
        {"deed": "money", "seen": "LOST"},
        {"deed": "lose", "text": "Nothing."},
        {"deed": "again"},
        {"deed": "label", "carrier": "DHL", "tracking": "R1"},
        {"deed": "arrived", "text": "It came."},
        {"deed": "confirm"},
    ],
)
def test_what_can_not_be_done_with_what_is_to_be_sent_changes_nothing(
    scene: Scene, other: SkuMade, form: dict[str, str]
) -> None:
    case_id = replacing(scene, other)
    rows, events = hot_rows(), CaseEvent.objects.count()

    refused(path_of(case_id), **form)

    assert (hot_rows(), CaseEvent.objects.count(), acts()) == (rows, events, [])
    assert state_of(case_id) is CaseState.REPLACING
    assert not Replacement.objects.filter(sent_at__isnull=False).exists()


def test_a_parcel_without_a_carrier_is_told_in_words_of_its_own_and_what_was_typed_stays(
    scene: Scene, other: SkuMade
) -> None:
    answer = Client().post(path_of(replacing(scene, other)), {"deed": "send", "carrier": " ", "tracking": "R77"})

    assert "Name the carrier." in text_of(answer.content)
    assert 'value="R77"' in answer.content.decode()


def test_each_state_offers_what_can_be_done_in_it(scene: Scene, other: SkuMade) -> None:
    def offered(case_id: int) -> set[str]:
        page = Client().get(path_of(case_id)).content.decode()
        deeds = {"accept", "refuse", "receive", "label", "send", "lose", "again", "money"}
        return {deed for deed in deeds if f'name="deed" value="{deed}"' in page}

    returning = opened(scene, 1)
    assert offered(returning) == {"accept", "refuse"}
    accept(returning, now=now())
    assert offered(returning) == {"receive", "label"}
    case_id = opened(scene, 1, swap_sku_id=other.id)
    accept(case_id, waived=True, now=now())
    assert offered(case_id) == {"send", "money"}
    send_other(case_id, now=now())
    assert offered(case_id) == {"lose"}
    lose(case_id, now=now())
    assert offered(case_id) == {"again", "money"}
    again(case_id, now=now())
    send_other(case_id, tracking="R2", now=now())
    confirm(scene, case_id, now=now())
    assert offered(case_id) == set()


def test_the_merchant_gives_a_label_that_is_drawn_anew_and_the_same_again_is_told_to_nobody(scene: Scene) -> None:
    case_id = opened(scene)
    accept(case_id, now=now())
    path, brought = path_of(case_id), photo(600, 800)
    form = {"carrier": "DHL", "tracking": "r 1"}

    said = do(path, "label", **form, label=SimpleUploadedFile("l.jpg", brought, content_type="image/jpeg"))
    do(path, "label", **form, label=SimpleUploadedFile("l.jpg", brought, content_type="image/jpeg"))

    assert "Saved. The buyer sees how the goods go back." in said
    assert "Goes back with DHL R1 Download the label" in said
    label = CaseLabel.objects.get()
    assert (label.carrier, label.tracking_number, bytes(label.content or b"") != brought) == ("DHL", "R1", True)
    assert CaseEvent.objects.filter(kind=Happened.LABEL.value).count() == 1
    assert acts() == [("case-label-given", True, None)]
    token = path.rpartition("/")[2]
    file = Client().get(f"/merchant/cases/{token}/label")
    assert (file.content, file["Cache-Control"]) == (bytes(label.content or b""), "private, no-store")
    assert file["X-Robots-Tag"] == "noindex, nofollow"
    assert Client().get(f"/merchant/cases/{token[:-1]}/label").status_code == 404


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"carrier": "DHL"}, "Name the carrier, and give a number, a label, or both."),
        ({"carrier": " ", "tracking": "R1"}, "Name the carrier, and give a number, a label, or both."),
        ({"carrier": "DHL", "tracking": "x" * 61}, "The text is too long."),
        ({"carrier": "DHL", "file": b"%PDF-1.7 and nothing more"}, "The PDF is damaged or locked"),
        ({"carrier": "DHL", "file": b"%PDF" + b"x" * 1024 * 1024}, "The file is larger than 1 MiB."),
        ({"carrier": "DHL", "file": b"<svg onload=alert(1)>"}, "This is no picture that is taken but SVG."),
    ],
    ids=["nothing", "no carrier", "too long", "no pdf", "too large", "svg"],
)
def test_what_is_no_label_is_refused_and_nothing_is_told(scene: Scene, form: dict[str, object], said: str) -> None:
    case_id = opened(scene)
    accept(case_id, now=now())
    sent = {name: value for name, value in form.items() if name != "file"}
    if isinstance(file := form.get("file"), bytes):
        sent["label"] = SimpleUploadedFile("l.pdf", file, content_type="application/pdf")

    assert said in refused(path_of(case_id), deed="label", **sent)

    assert not CaseLabel.objects.exists()
    assert not CaseEvent.objects.filter(kind=Happened.LABEL.value).exists()
    assert acts() == []


def test_a_label_for_goods_that_are_not_waited_for_is_not_even_looked_at(scene: Scene) -> None:
    case_id = opened(scene)
    file = SimpleUploadedFile("l.pdf", b"%PDF-1.7 and nothing more", content_type="application/pdf")

    said = refused(path_of(case_id), deed="label", carrier="DHL", tracking="R1", label=file)

    assert "Something changed while you were here" in said
    assert "damaged" not in said
    assert not CaseLabel.objects.exists()
