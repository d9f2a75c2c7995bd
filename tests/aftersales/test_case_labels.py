"""Labels of returns: drawn anew, seen by who may, replaced, erased, and refused where they are none."""

from collections.abc import Callable

import pytest
import typst
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fairground.aftersales.actions.erase_words import erase_due_words
from fairground.aftersales.actions.give_label import LabelGiven, TooManyLabels, give_label
from fairground.aftersales.actions.moving import CaseMoved, NoSuchCase, TextMissing, TextTooLong
from fairground.aftersales.labels import LabelDrawn, LabelTooLarge, LabelUnreadable, draw_label
from fairground.aftersales.models import Case, CaseEvent, CaseLabel
from fairground.aftersales.queries import label_content
from fairground.aftersales.rules import Happened, Who
from fairground.catalog.pictures.reducing import PictureKindNotTaken
from fairground.kernel.refusal import Refusal
from tests.cases import accept, ask, by, days, send, ship
from tests.factories import make_market
from tests.picture_making import photo
from tests.refunding import Scene, make_scene
from tests.sites.back_office.staff import sign_in

JPEG = b"\xff\xd8\xff"


def pdf(pages: int = 1, size: str = "10cm") -> bytes:
    """Return a PDF as a carrier's."""
    body = "#pagebreak()".join(f"Page {number}" for number in range(pages))
    made = typst.compile(f"#set page(width: {size}, height: 15cm)\n{body}".encode())
    assert isinstance(made, bytes)
    return made


@pytest.fixture
def scene(lone_writer: None) -> Scene:
    make_market()
    made = make_scene()
    ship(made.chairs, made.lamps)
    return made


@pytest.fixture
def case_id(scene: Scene) -> int:
    opened = ask(scene, scene.chairs, 1)
    accept(opened.case_id)
    return opened.case_id


def give(case_id: int, carrier: str = "DHL", number: str = "R1", drawn: LabelDrawn | None = None) -> None:
    """Say as the merchant how goods go back."""
    give_label(case_id=case_id, given=LabelGiven(carrier, number, drawn), who=Who.MERCHANT, by=by())


def assert_refused(refusal: type[Refusal], do: Callable[[], object]) -> None:
    """Assert that it is refused, and that nothing changed."""
    before = list(CaseLabel.objects.values_list()), CaseEvent.objects.count()
    with pytest.raises(refusal):
        do()
    assert (list(CaseLabel.objects.values_list()), CaseEvent.objects.count()) == before


@pytest.mark.parametrize("size", ["10cm", "3cm", "200cm"])
def test_of_a_pdf_the_first_page_is_drawn_on_a_sheet_whatever_its_size(size: str) -> None:
    drawn = draw_label(pdf(pages=2, size=size))

    assert drawn.content.startswith(JPEG)
    assert (drawn.width, drawn.height) == (1_280, 1_816)


def test_a_picture_is_drawn_anew() -> None:
    brought = photo()

    drawn = draw_label(brought)

    assert drawn.content.startswith(JPEG)
    assert drawn.content != brought


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"%PDF-1.7 and nothing more", LabelUnreadable),
        (pdf()[:2_000], LabelUnreadable),
        (b"%PDF" + b"x" * 5 * 1024 * 1024, LabelTooLarge),
        (b"<svg onload=alert(1)>", PictureKindNotTaken),
        (b"<html>", PictureKindNotTaken),
        (b"", PictureKindNotTaken),
    ],
    ids=["no pdf", "cut off", "too large", "svg", "html", "empty"],
)
def test_what_is_no_label_is_refused(data: bytes, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        draw_label(data)


def test_a_label_is_given_anew_while_the_goods_have_not_left(scene: Scene, case_id: int) -> None:
    give(case_id, drawn=LabelDrawn(JPEG, 1, 1))
    give(case_id, "  Post  AG ", "a 7")

    label = CaseLabel.objects.get()
    assert (label.carrier, label.tracking_number, label.content) == ("Post AG", "A7", None)
    send(scene, case_id)
    assert_refused(CaseMoved, lambda: give(case_id))


@pytest.mark.parametrize(
    ("carrier", "number", "refusal"),
    [(" ", "R1", TextMissing), ("DHL", "", TextMissing), ("x" * 61, "R1", TextTooLong), ("DHL", "x" * 61, TextTooLong)],
)
def test_a_label_has_a_carrier_and_a_number_or_a_file(
    case_id: int, carrier: str, number: str, refusal: type[Refusal]
) -> None:
    assert_refused(refusal, lambda: give(case_id, carrier, number))


def test_no_label_is_given_where_nothing_comes_back_or_too_often(scene: Scene, case_id: int) -> None:
    opened = ask(scene, scene.lamps, 1).case_id
    assert_refused(CaseMoved, lambda: give(opened))
    assert_refused(NoSuchCase, lambda: give(case_id + 1))
    for number in range(5):
        give(case_id, number=f"R{number}")
    assert_refused(TooManyLabels, lambda: give(case_id))


def test_number_and_file_are_erased_with_the_cases_words(case_id: int) -> None:
    give(case_id, drawn=LabelDrawn(JPEG, 1, 1))
    Case.objects.update(state=9, due_at=None, closed_at=days(0), erase_after=days(1))

    erase_due_words(now=days(1))

    assert list(CaseLabel.objects.values_list("carrier", "tracking_number", "content")) == [("DHL", "", None)]


def test_the_staff_gives_a_label_that_only_they_and_the_shopper_see(case_id: int) -> None:
    client, address = sign_in("operator"), f"/back-office/cases/{case_id}/"
    form = {"deed": "label", "for": "merchant", "carrier": "DHL", "tracking": "R 1"}

    refused = client.post(address, {**form, "label": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}, follow=True)
    assert "The PDF is damaged or locked" in refused.content.decode()
    assert CaseLabel.objects.count() == 0
    client.post(address, {**form, "label": SimpleUploadedFile("a.pdf", pdf())})

    content = label_content(case_id=case_id)
    assert content is not None
    shown = client.get(address + "label/")
    assert (shown.content, shown["Content-Type"]) == (content, "image/jpeg")
    assert shown["Content-Disposition"].startswith("attachment; ")
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["Cache-Control"].startswith("private, no-store")
    assert sign_in("editor").get(address + "label/").status_code == 403
    assert Client().get(address + "label/").status_code == 302


def test_the_same_label_again_changes_nothing_and_another_one_does(case_id: int) -> None:
    for drawn in (None, None, LabelDrawn(JPEG, 1, 1), LabelDrawn(JPEG, 1, 1), LabelDrawn(JPEG + b"2", 1, 1)):
        give(case_id, drawn=drawn)

    assert CaseEvent.objects.filter(kind=Happened.LABEL.value).count() == 3
    assert label_content(case_id=case_id) == JPEG + b"2"
