"""Halls composed in the back office: blocks added, changed, put in order, rested, removed, or refused by name."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from fairground.catalog.models import Category
from fairground.festivals.block_edits import add_block, switch_block
from fairground.festivals.blocks import BLOCKS_MAX, Block, Brands, Countdown, Deals, Kind, Source, Text, Words
from fairground.festivals.composition import hall_blocks
from fairground.festivals.models import Hall
from fairground.kernel.models import AuditEntry
from tests.factories import BY, make_market
from tests.hall_making import FAR_OFF, make_hall, make_hall_deal
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def hall() -> Hall:
    make_market()
    return make_hall()


@pytest.fixture
def ada() -> Client:
    return sign_in()


def page_of(hall: Hall, *parts: object) -> str:
    return "/".join(["/back-office/halls", str(hall.pk), "blocks", *map(str, parts), ""])


def blocks_of(hall: Hall) -> list[Block]:
    return [one.block for one in hall_blocks(hall_id=hall.pk)]


def form_of(client: Client, address: str) -> dict[str, Any]:
    """Return what a page's form would send if nothing was typed."""
    form = client.get(address).context["form"]
    sent = {}
    for field in form:
        value = field.value()
        if value not in (None, "", False, []):
            sent[field.html_name] = "on" if value is True else field.field.widget.format_value(value) or value
    return sent


def said(answer: Any) -> list[str]:
    return [str(one) for one in get_messages(answer.wsgi_request)]


def verbs() -> list[str]:
    """Return what the audit log says that the staff did to halls."""
    return list(AuditEntry.objects.filter(subject_kind="hall").order_by("id").values_list("verb", flat=True))


def put(hall: Hall, heading: str) -> int:
    return add_block(hall_id=hall.pk, block=Block(Kind.TEXT, Text(), {"en": Words(heading)}), by=BY)


def test_a_text_is_added_with_words_times_and_markets(hall: Hall, ada: Client) -> None:
    made = make_hall_deal(hall, "Lamp")
    typed = {
        "heading_en": "By lamplight",
        "text_en": "One.\r\nTwo.",
        "label_en": "Look",
        "link": "/live",
        "starts_at": "2100-11-11T00:00:00",
        "ends_at": "2100-11-12T00:00",
        "markets": ["EU"],
        "is_on": "on",
    }

    answer = ada.post(page_of(hall, "add", "text"), typed)

    assert (answer.status_code, answer.headers["Location"]) == (302, page_of(hall))
    (block,) = blocks_of(hall)
    assert block.words == {"en": Words("By lamplight", "One.\nTwo.", "Look")}
    assert (block.matter, block.markets, block.starts_at, block.is_on) == (Text(None, "/live"), ("EU",), FAR_OFF, True)
    assert verbs() == ["block-added"]
    assert made.deal_id


def test_each_kind_is_added_by_its_form(hall: Hall, ada: Client) -> None:
    Category.objects.create(code="home", names={"en": "Home"})
    deal = make_hall_deal(hall, "Lamp")
    slug = f"merchant-{deal.merchant.id}"

    for kind, typed in (
        ("countdown", {}),
        ("countdown", {"to": "2100-11-11T00:00:00"}),
        ("deals", {"source": "next", "most": "6"}),
        ("deals", {"source": "category", "category": "home", "most": "6"}),
        ("deals", {"source": "merchant", "merchant": slug, "most": "6"}),
        ("deals", {"source": "skus", "skus": f"{deal.id},\n", "most": "6"}),
        ("brands", {"merchants": f"{slug} {slug}", "most": "6"}),
    ):
        assert ada.post(page_of(hall, "add", kind), typed | {"is_on": "on"}).status_code == 302, (kind, typed)

    assert [one.matter for one in blocks_of(hall)] == [
        Countdown(),
        Countdown(FAR_OFF),
        Deals(Source.NEXT, most=6),
        Deals(Source.CATEGORY, of="home", most=6),
        Deals(Source.MERCHANT, of=slug, most=6),
        Deals(Source.SKUS, sku_ids=(deal.id,), most=6),
        Brands((slug,), most=6),
    ]


@pytest.mark.parametrize(
    ("kind", "typed", "field", "words"),
    [
        ("text", {}, "heading_en", "A text has a heading in each language that it speaks."),
        ("text", {"heading_en": "x" * 121}, "heading_en", "Ensure this value has at most 120 characters (it has 121)."),
        (
            "text",
            {"heading_en": "Tea", "label_en": "There", "link": "//elsewhere.example"},
            "link",
            "A link leads to an address inside the shop: it begins with one slash.",
        ),
        (
            "text",
            {"heading_en": "Tea", "product": "kettle"},
            "product",
            "Write numbers as the lists of products and SKUs show them.",
        ),
        ("text", {"heading_en": "Tea", "product": "5"}, "product", "There is no product with this number."),
        ("deals", {"source": "category", "most": "6"}, "category", "Name the category by its code."),
        (
            "deals",
            {"source": "category", "category": "nowhere", "most": "6"},
            "category",
            "There is no category with this code.",
        ),
        ("deals", {"source": "skus", "most": "6"}, "skus", "Name at least one SKU by its number."),
        ("brands", {"merchants": "nobody", "most": "6"}, "merchants", "One of these is no merchant's slug."),
        (
            "countdown",
            {"starts_at": "2100-11-11T00:00", "ends_at": "2100-11-10T00:00"},
            "ends_at",
            "It has to end after it starts.",
        ),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_nothing_is_written(
    hall: Hall, ada: Client, kind: str, typed: dict[str, str], field: str, words: str
) -> None:
    answer = ada.post(page_of(hall, "add", kind), typed)

    assert answer.status_code == 200
    assert answer.context["form"].errors == {field: [words]}
    assert (blocks_of(hall), verbs()) == ([], [])


def test_a_form_shows_what_is_written_and_sent_back_changes_nothing(hall: Hall, ada: Client) -> None:
    block = Block(
        Kind.BRANDS,
        Brands((f"merchant-{make_hall_deal(hall, 'Lamp').merchant.id}",), most=3),
        {"en": Words("Who sells"), "fr": Words("Qui vend")},
        ("EU",),
        FAR_OFF,
    )
    block_id = add_block(hall_id=hall.pk, block=block, by=BY)

    answer = ada.post(page_of(hall, block_id), form_of(ada, page_of(hall, block_id)))

    assert answer.status_code == 302
    assert blocks_of(hall) == [block]
    assert verbs() == ["block-added"]


def test_a_block_is_edited(hall: Hall, ada: Client) -> None:
    block_id = put(hall, "Tea")
    typed = form_of(ada, page_of(hall, block_id)) | {"heading_es": "Té"}
    del typed["is_on"]

    answer = ada.post(page_of(hall, block_id), typed)

    assert said(answer) == ["The block was changed."]
    (block,) = blocks_of(hall)
    assert (block.words, block.is_on) == ({"en": Words("Tea"), "es": Words("Té")}, False)
    assert verbs() == ["block-added", "block-changed"]


def test_a_form_that_was_opened_before_another_edit_writes_nothing_back(hall: Hall, ada: Client) -> None:
    block_id = put(hall, "Tea")
    opened = form_of(ada, page_of(hall, block_id))
    switch_block(hall_id=hall.pk, block_id=block_id, is_on=False, by=BY)

    answer = ada.post(page_of(hall, block_id), opened | {"heading_en": "Coffee"})

    assert said(answer) == [
        "Somebody changed the block after you opened this page, so nothing was written. It is shown as it is now."
    ]
    (block,) = blocks_of(hall)
    assert (block.words["en"].heading, block.is_on) == ("Tea", False)


def test_blocks_are_moved_rested_and_removed_by_buttons(hall: Hall, ada: Client) -> None:
    ids = {name: put(hall, name) for name in "ABC"}

    def order() -> list[str]:
        return [one.words["en"].heading for one in blocks_of(hall)]

    ada.post(page_of(hall), {"deed": "move", "block": ids["C"], "position": "2"})
    assert order() == ["A", "C", "B"]
    ada.post(page_of(hall), {"deed": "switch", "block": ids["A"], "is_on": "0"})
    assert [one.is_on for one in blocks_of(hall)] == [False, True, True]
    ada.post(page_of(hall), {"deed": "remove", "block": ids["C"]})
    assert order() == ["A", "B"]
    assert verbs()[3:] == ["block-moved", "block-changed", "block-removed"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"deed": "remove", "block": "0"}, ["It is not there any more. Nothing changed."]),
        ({"deed": "remove", "block": "x"}, ["It is not there any more. Nothing changed."]),
        ({"deed": "move", "position": "7"}, ["There are fewer blocks. Nothing changed."]),
        ({"deed": "burn"}, []),
    ],
)
def test_what_can_not_be_done_is_said_and_changes_nothing(
    hall: Hall, ada: Client, sent: dict[str, str], words: list[str]
) -> None:
    block_id = put(hall, "A")

    answer = ada.post(page_of(hall), {"block": block_id} | sent)

    assert said(answer) == words
    assert len(blocks_of(hall)) == 1
    assert verbs() == ["block-added"]


def test_a_full_hall_takes_no_more(hall: Hall, ada: Client) -> None:
    for number in range(BLOCKS_MAX):
        put(hall, str(number))

    assert ada.get(page_of(hall)).context["room"] == 0
    answer = ada.post(page_of(hall, "add", "countdown"), {"is_on": "on"})

    assert said(answer) == ["The hall has as many blocks as it can have. Remove one first."]
    assert len(blocks_of(hall)) == BLOCKS_MAX


def test_the_list_says_what_each_block_shows_when_and_where_and_leads_to_its_preview(hall: Hall, ada: Client) -> None:
    later = Block(Kind.DEALS, Deals(Source.NEXT, most=6), markets=("EU",), starts_at=FAR_OFF)
    add_block(hall_id=hall.pk, block=later, by=BY)
    put(hall, "Tea")

    first, second = ada.get(page_of(hall)).context["blocks"]

    assert (first.kind, first.about) == ("Deals", "6 products at most from: what opens next in the hall")
    assert (first.state, first.markets, second.state, second.heading) == ("Later", "EU", "Shows now", "Tea")
    assert (first.earlier, first.later, second.earlier, second.later) == (None, 2, 1, None)
    assert first.preview == "/halls/home/preview?at=2100-11-11T00%3A00%3A00%2B00%3A00&market=EU"
    assert ada.get(first.preview).status_code == 200


def test_only_who_may_composes_a_hall(hall: Hall) -> None:
    editor = sign_in("editor")

    answers = [editor.get(page_of(hall)), editor.post(page_of(hall, "add", "countdown"), {"is_on": "on"})]

    assert [one.status_code for one in answers] == [403, 403]
    assert blocks_of(hall) == []
    assert editor.get("/back-office/festivals/hall/").status_code == 200


def test_what_is_not_there_is_not_found(hall: Hall, ada: Client) -> None:
    missing = (page_of(hall, 5), page_of(hall, "add", "banner"), "/back-office/halls/99/blocks/")

    assert [ada.get(one).status_code for one in missing] == [404, 404, 404]
