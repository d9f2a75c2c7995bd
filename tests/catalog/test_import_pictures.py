"""Folders of pictures: which product a file is of, what became of each, and that it may be done again."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from fairground.catalog.actions.import_pictures import (
    FileUnreadable,
    NoProductOfThatName,
    PictureReport,
    import_pictures,
    read_folder,
)
from fairground.catalog.actions.pictures import TooManyPictures, attach_picture
from fairground.catalog.models import Product, ProductPicture
from fairground.catalog.pictures.kinds import TAKEN
from fairground.catalog.pictures.picture import Picture
from fairground.catalog.pictures.reducing import PictureKindNotTaken, PictureTooSmall
from fairground.catalog.pictures.store import PictureStore, name_of
from fairground.merchants.models import Merchant
from tests.factories import NOW, MerchantMade, make_market, make_merchant, make_sku
from tests.picture_making import encoded, halves, photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant() -> MerchantMade:
    """A merchant with the products `lamp`, `lamp-2` and `chair`."""
    make_market()
    merchant = make_merchant()
    for external_id in ("lamp", "lamp-2", "chair"):
        made = make_sku(merchant=merchant)
        Product.objects.filter(skus=made.id).update(external_id=external_id)
    return merchant


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def store(tmp_path: Path) -> PictureStore:
    """A store that nobody has used."""
    return PictureStore(tmp_path / "pictures")


def run(folder: Path, store: PictureStore, *, dry_run: bool = False) -> PictureReport:
    """Import a folder of the only merchant."""
    files = read_folder(folder, merchant=Merchant.objects.get().slug)
    return import_pictures(files=files, store=store, now=NOW, dry_run=dry_run)


def counts(report: PictureReport) -> tuple[int, int, int, int]:
    """Return a report's figures."""
    return report.files, report.added, report.unchanged, report.refused_count


def shown(external_id: str) -> list[str]:
    """Return the names of a product's pictures, in their order."""
    pictures = ProductPicture.objects.filter(product__external_id=external_id).order_by("position")
    return list(pictures.values_list("name", flat=True))


def names(*files: bytes) -> Sequence[str]:
    """Return the names under which files are kept."""
    return [name_of(one) for one in files]


def test_files_are_of_the_products_they_are_named_after_and_in_their_order(
    merchant: MerchantMade, folder: Path, store: PictureStore
) -> None:
    first, second, tenth, other = (photo(quality=quality) for quality in (70, 71, 72, 73))
    (folder / "chair-10.jpg").write_bytes(tenth)
    (folder / "chair-2.jpeg").write_bytes(second)
    (folder / "chair.jpg").write_bytes(first)
    (folder / "lamp-2.jpg").write_bytes(other)
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "more").mkdir()
    (folder / "more" / "chair-3.jpg").write_bytes(photo())

    report = run(folder, store)

    assert counts(report) == (4, 4, 0, 0)
    assert shown("chair") == names(first, second, tenth)
    assert (shown("lamp"), shown("lamp-2")) == ([], names(other))


def test_the_same_folder_again_changes_nothing_and_a_new_file_comes_behind(
    merchant: MerchantMade, folder: Path, store: PictureStore
) -> None:
    old, new = photo(quality=70), photo(quality=71)
    (folder / "lamp-3.jpg").write_bytes(old)
    run(folder, store)
    (folder / "lamp.jpg").write_bytes(new)

    assert counts(run(folder, store)) == (2, 1, 1, 0)
    assert shown("lamp") == names(old, new)
    assert counts(run(folder, store)) == (2, 0, 2, 0)


def test_each_file_that_is_not_taken_has_its_reason_and_the_others_go_on(
    merchant: MerchantMade, folder: Path, store: PictureStore
) -> None:
    (folder / "chair.jpg").write_bytes(encoded(halves(), "GIF"))
    (folder / "lamp.jpg").write_bytes(photo())
    (folder / "lamp-3.jpg").write_bytes(photo(100, 100))
    (folder / "sofa-2.jpg").write_bytes(photo())

    report = run(folder, store)

    assert counts(report) == (4, 1, 0, 3)
    assert [(path.name, reason) for path, reason in report.refused] == [
        ("chair.jpg", PictureKindNotTaken(found="GIF", taken=TAKEN)),
        ("lamp-3.jpg", PictureTooSmall(width=100, height=100, side_min=250)),
        ("sofa-2.jpg", NoProductOfThatName(external_id="sofa-2")),
    ]
    assert shown("lamp") == names(photo())


def test_a_file_that_went_away_is_told_with_the_systems_reason(
    merchant: MerchantMade, folder: Path, store: PictureStore
) -> None:
    (folder / "lamp.jpg").write_bytes(photo())
    files = read_folder(folder, merchant=Merchant.objects.get().slug)
    (folder / "lamp.jpg").unlink()

    report = import_pictures(files=files, store=store, now=NOW)

    assert report.refused == [(folder / "lamp.jpg", FileUnreadable(why="No such file or directory"))]


def test_a_dry_run_tells_the_same_and_writes_nothing(merchant: MerchantMade, folder: Path, store: PictureStore) -> None:
    lamp = Product.objects.get(external_id="lamp")
    for number in range(11):
        attach_picture(product_id=lamp.id, picture=Picture(f"{number:032x}", 800, 600), alt={}, now=NOW)
    for number, quality in ((1, 70), (3, 71), (4, 72)):
        (folder / f"lamp-{number}.jpg").write_bytes(photo(quality=quality))
    (folder / "chair.jpg").write_bytes(b"<svg>")
    (folder / "chair-2.jpg").write_bytes(photo())
    (folder / "chair-3.jpg").write_bytes(photo())

    dry = run(folder, store, dry_run=True)

    assert counts(dry) == (6, 2, 1, 3)
    assert (ProductPicture.objects.count(), store.folder.exists()) == (11, False)
    done = run(folder, store)
    assert (counts(done), done.refused) == (counts(dry), dry.refused)
    assert [reason for _path, reason in done.refused][1:] == 2 * [TooManyPictures(product_id=lamp.id, pictures_max=12)]


def test_progress_counts_the_files(merchant: MerchantMade, folder: Path, store: PictureStore) -> None:
    for external_id in ("lamp", "chair", "sofa"):
        (folder / f"{external_id}.jpg").write_bytes(b"")
    said: list[int] = []

    import_pictures(
        files=read_folder(folder, merchant=Merchant.objects.get().slug), store=store, now=NOW, on_progress=said.append
    )

    assert said == [1, 2, 3]
