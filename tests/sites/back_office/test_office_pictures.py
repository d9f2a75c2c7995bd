"""Pictures of a product in the back office: brought, described, put in order, removed; or refused by name."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from fairground.catalog.actions.pictures import attach_picture
from fairground.catalog.models import Product
from fairground.catalog.pictures.picture import Picture
from fairground.catalog.queries import product_pictures
from fairground.kernel.models import AuditEntry
from tests.factories import NOW, make_market, make_sku
from tests.picture_making import declared_png, photo
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def product_id(settings: Settings, tmp_path: Path) -> int:
    """A product without pictures, in a shop whose folder of pictures is not there yet."""
    settings.PICTURES = tmp_path / "pictures"
    make_market()
    made = make_sku(titles={"en": "Oak chair"})
    return Product.objects.get(skus=made.id).id


def page(product_id: int) -> str:
    return f"/back-office/products/{product_id}/pictures/"


def name(number: int) -> str:
    return f"{number:032x}"


def attach(product_id: int, *numbers: int, alt: dict[str, str] | None = None) -> None:
    """Show pictures whose files nobody asks for."""
    for number in numbers:
        attach_picture(product_id=product_id, picture=Picture(name(number), 800, 600), alt=alt or {}, now=NOW)


def order(product_id: int) -> list[int]:
    return [int(one.picture.name, 16) for one in product_pictures(product_id=product_id)]


def bring(client: Client, product_id: int, files: dict[str, bytes], alt: str = "") -> list[str]:
    """Send files, and return what is said about them."""
    brought = [SimpleUploadedFile(called, data) for called, data in files.items()]
    return do(client, product_id, deed="add", files=brought, alt=alt)


def do(client: Client, product_id: int, **typed: Any) -> list[str]:
    """Send a form of the page, and return what is said when the page is there again."""
    answer = client.post(page(product_id), typed)
    assert (answer.status_code, answer.headers["Location"]) == (302, page(product_id))
    return [str(one) for one in get_messages(client.get(page(product_id)).wsgi_request)]


def audited() -> list[tuple[str, str, dict[str, Any]]]:
    entries = AuditEntry.objects.exclude(verb="role-given").order_by("id")
    return [(one.verb, one.subject_id, one.facts) for one in entries]


def test_several_files_are_brought_at_once_with_words_for_who_cannot_see_them(product_id: int) -> None:
    client = sign_in("editor")

    said = bring(client, product_id, {"left.jpg": photo(), "right.jpg": photo(900, 600)}, alt=" A chair ")

    shown = product_pictures(product_id=product_id)
    assert [(one.picture.width, one.position, one.alt) for one in shown] == [
        (800, 1, {"en": "A chair"}),
        (900, 2, {"en": "A chair"}),
    ]
    assert said == ["2 pictures were added."]
    assert audited() == [
        ("picture-added", str(product_id), {"picture": [None, one.picture.name], "alt_en": [None, "A chair"]})
        for one in shown
    ]
    assert f"/pictures/{shown[0].picture.name}-320.webp" in client.get(page(product_id)).content.decode()


def test_the_product_leads_to_its_pictures(product_id: int) -> None:
    client = sign_in("editor")
    product = f"/back-office/catalog/product/{product_id}/change/"
    assert f'href="{page(product_id)}">Add pictures</a>' in client.get(product).content.decode()
    attach(product_id, 1, 2)

    assert f'href="{page(product_id)}">2 pictures</a>' in client.get(product).content.decode()
    assert page(product_id) not in sign_in("support").get(product).content.decode()


def test_a_refused_file_is_told_by_its_name_and_the_others_are_taken(product_id: int) -> None:
    files = {
        "notes.txt": b"not a picture",
        "bomb.png": declared_png(30_000, 30_000),
        "<script>alert(1)</script>.svg": b"<svg onload=alert(1)>",
        "good.jpg": photo(),
    }
    client = sign_in("editor")

    said = bring(client, product_id, files)

    assert [one.replace("\u2068", "").replace("\u2069", "") for one in said] == [
        "notes.txt: This is no picture. Bring one as JPEG, PNG, WebP or AVIF.",
        "bomb.png: The picture has more than 50 million pixels.",
        "script>.svg: This is no picture that is taken but SVG. Bring one as JPEG, PNG, WebP or AVIF.",
        "1 picture was added.",
    ]
    assert [one.picture.width for one in product_pictures(product_id=product_id)] == [800]
    assert len(audited()) == 1


def test_of_hostile_files_alone_nothing_changes(product_id: int, tmp_path: Path) -> None:
    said = bring(sign_in("editor"), product_id, {"page.jpg": b"<html><script>alert(1)</script>", "empty.png": b" "})

    assert len(said) == 2
    assert (order(product_id), audited(), list(tmp_path.iterdir())) == ([], [], [])


def test_what_there_is_no_room_for_is_told_and_not_drawn(product_id: int, tmp_path: Path) -> None:
    attach(product_id, *range(1, 13))

    said = bring(sign_in("editor"), product_id, {"more.jpg": photo()})

    assert said == ["\u2068more.jpg\u2069: The product has 12 pictures already, and no room for more."]
    assert (order(product_id), audited(), list(tmp_path.iterdir())) == (list(range(1, 13)), [], [])


def test_a_file_that_is_there_already_and_no_file_at_all_change_nothing(product_id: int) -> None:
    client = sign_in("editor")
    bring(client, product_id, {"one.jpg": photo()}, alt="First words")

    assert bring(client, product_id, {"again.jpg": photo()}, alt="Other words") == [
        "\u2068again.jpg\u2069: The product shows this picture already."
    ]
    assert do(client, product_id, deed="add") == ["Choose a file first. Nothing changed."]
    assert [one.alt for one in product_pictures(product_id=product_id)] == [{"en": "First words"}]
    assert len(audited()) == 1


def test_a_picture_is_described_in_the_language_of_who_describes_it(product_id: int) -> None:
    client = sign_in("editor")
    attach(product_id, 1, alt={"en": "A chair", "es": "Una silla"})
    client.post("/back-office/language/", {"language": "es"})

    do(client, product_id, deed="describe", name=name(1), alt="Una silla de roble")
    do(client, product_id, deed="describe", name=name(1), alt="Una silla de roble")
    client.post("/back-office/language/", {"language": "en"})
    do(client, product_id, deed="describe", name=name(1), alt="")

    assert [one.alt for one in product_pictures(product_id=product_id)] == [{"es": "Una silla de roble"}]
    picture = [name(1), name(1)]
    assert audited() == [
        ("picture-described", str(product_id), {"picture": picture, "alt_es": ["Una silla", "Una silla de roble"]}),
        ("picture-described", str(product_id), {"picture": picture, "alt_en": ["A chair", ""]}),
    ]


def test_a_description_that_is_too_long_is_refused(product_id: int, tmp_path: Path) -> None:
    client = sign_in("editor")
    attach(product_id, 1)

    said = do(client, product_id, deed="describe", name=name(1), alt="x" * 301)

    assert said == ["The description of the picture is longer than 300 characters."]
    assert bring(client, product_id, {"one.jpg": photo()}, alt="x" * 301) == [f"\u2068one.jpg\u2069: {said[0]}"]
    assert [one.alt for one in product_pictures(product_id=product_id)] == [{}]
    assert (audited(), list(tmp_path.iterdir())) == ([], [])


def test_pictures_are_put_in_another_order(product_id: int) -> None:
    attach(product_id, 1, 2, 3)
    client = sign_in("editor")

    do(client, product_id, deed="move", name=name(3), position="1")

    assert order(product_id) == [3, 1, 2]
    moved = {"picture": [name(3), name(3)], "position": [3, 1]}
    assert audited() == [("picture-moved", str(product_id), moved)]


@pytest.mark.parametrize("position", ["0", "4", "-1", "", "one", "9" * 5000])
def test_there_is_no_other_place_than_those_of_the_pictures(product_id: int, position: str) -> None:
    attach(product_id, 1, 2, 3)

    said = do(sign_in("editor"), product_id, deed="move", name=name(1), position=position)

    assert said == ["The product has 3 pictures, and none at that place."]
    assert (order(product_id), audited()) == ([1, 2, 3], [])


def test_a_picture_is_removed_and_who_asks_again_is_told(product_id: int) -> None:
    attach(product_id, 1, 2, 3)
    client = sign_in("editor")

    assert do(client, product_id, deed="remove", name=name(2)) == ["The picture was removed."]
    assert do(client, product_id, deed="remove", name=name(2)) == ["The product does not have this picture any more."]

    assert order(product_id) == [1, 3]
    assert audited() == [
        ("picture-removed", str(product_id), {"picture": [name(2), None], "position": [2, None]}),
    ]


@pytest.mark.parametrize("role", ["support", None])
def test_who_may_not_edit_products_does_nothing_to_pictures(product_id: int, role: str | None) -> None:
    attach(product_id, 1, 2)
    client = sign_in(role)

    for typed in ({"deed": "remove", "name": name(1)}, {"deed": "move", "name": name(2), "position": "1"}):
        assert client.post(page(product_id), typed).status_code == 403
    files = [SimpleUploadedFile("one.jpg", photo())]
    assert client.post(page(product_id), {"deed": "add", "files": files}).status_code == 403

    assert (order(product_id), audited()) == ([1, 2], [])


def test_only_a_form_of_ours_changes_pictures(product_id: int) -> None:
    attach(product_id, 1)
    editor = sign_in("editor")
    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies = editor.cookies

    assert stranger.post(page(product_id), {"deed": "remove", "name": name(1)}).status_code == 403
    assert editor.post(page(product_id), {"deed": "destroy", "name": name(1)}).status_code == 302
    assert (order(product_id), audited()) == ([1], [])


@pytest.mark.parametrize("other", ["1", "9" * 19, "9" * 5000])
def test_a_product_that_is_not_there_has_no_page_of_pictures(product_id: int, other: str) -> None:
    assert sign_in("editor").get(f"/back-office/products/{other}/pictures/").status_code == 404
