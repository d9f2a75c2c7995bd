"""Files of pictures: kept once, whole or not at all, and gone when nothing shows them."""

import io
import os
import time
from pathlib import Path

import pytest

from fairground.catalog import tasks
from fairground.catalog.actions.pictures import attach_picture, remove_picture
from fairground.catalog.models import Product
from fairground.catalog.pictures.picture import Picture
from fairground.catalog.pictures.reducing import BYTES_MAX, PictureTooLarge, PictureUnreadable
from fairground.catalog.pictures.store import FILE_NAME, PictureStore
from tests.factories import BY, NOW, make_market, make_sku
from tests.picture_making import photo

DAY_S = 86_400


@pytest.fixture
def store(tmp_path: Path) -> PictureStore:
    """A store that nobody has used."""
    return PictureStore(tmp_path / "pictures")


def kept(store: PictureStore, data: bytes) -> Picture:
    """Keep a picture."""
    return store.keep(io.BytesIO(data))


def files(store: PictureStore) -> list[str]:
    """Return every file of a store."""
    return sorted(path.name for path in store.folder.rglob("*") if path.is_file())


def test_a_picture_lies_on_the_shelf_of_its_first_two_digits_under_its_hash(store: PictureStore) -> None:
    picture = kept(store, photo())

    assert [one.name for one in store.shelves()] == [picture.name[:2]]
    assert files(store) == sorted([*picture.files, f"{picture.name}.json"])
    assert all(FILE_NAME.fullmatch(file) and store.path(file).is_file() for file in picture.files)


def test_the_same_file_again_is_the_same_picture_and_nothing_is_drawn(store: PictureStore) -> None:
    first = kept(store, photo())
    for file in first.files:
        store.path(file).write_bytes(b"as it was")

    assert kept(store, photo()) == first
    assert {store.path(file).read_bytes() for file in first.files} == {b"as it was"}


def test_another_file_is_another_picture(store: PictureStore) -> None:
    assert kept(store, photo()).name != kept(store, photo(quality=89)).name


def test_a_refused_file_leaves_nothing(store: PictureStore) -> None:
    with pytest.raises(PictureUnreadable):
        kept(store, photo()[:900])

    assert not store.folder.exists()


def test_of_a_file_that_is_too_large_no_more_is_read_than_shows_it(store: PictureStore) -> None:
    file = io.BytesIO(bytes(2 * BYTES_MAX))

    with pytest.raises(PictureTooLarge):
        store.keep(file)

    assert file.tell() == BYTES_MAX + 1


def test_a_write_that_fails_leaves_no_part_of_a_file_and_the_next_one_mends_it(
    store: PictureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []

    def disk_that_fills_up(descriptor: int) -> None:
        if len(synced) == 3:
            raise OSError(28, "No space left on device")
        synced.append(descriptor)

    monkeypatch.setattr("fairground.catalog.pictures.store.os.fsync", disk_that_fills_up)
    with pytest.raises(OSError, match="No space left"):
        kept(store, photo())
    monkeypatch.undo()
    begun = files(store)
    assert len(begun) == 3
    assert all(FILE_NAME.fullmatch(file) for file in begun)

    picture = kept(store, photo())

    assert files(store) == sorted([*picture.files, f"{picture.name}.json"])


@pytest.mark.django_db
def test_files_go_a_day_after_the_last_product_showed_them_however_old_they_are(store: PictureStore) -> None:
    make_market()
    make_sku()
    product_id = Product.objects.get().id
    shown, removed = kept(store, photo()), kept(store, photo(quality=80))
    for picture in (shown, removed):
        attach_picture(product_id=product_id, picture=picture, alt={}, now=NOW)
        long_ago_s = 1_000_000_000
        for path in store.folder.rglob(f"{picture.name}*"):
            os.utime(path, (long_ago_s, long_ago_s))
    remove_picture(product_id=product_id, name=removed.name, store=store, by=BY)
    now_s = time.time()

    sweep(store, now_s=now_s + DAY_S - 60)
    assert set(removed.files) < set(files(store))
    sweep(store, now_s=now_s + DAY_S + 60)

    assert files(store) == sorted([*shown.files, f"{shown.name}.json"])


@pytest.mark.django_db
def test_a_picture_that_was_kept_again_today_stays(store: PictureStore) -> None:
    picture = kept(store, photo())
    long_ago_s = 1_000_000_000
    for path in store.folder.rglob(f"{picture.name}*"):
        os.utime(path, (long_ago_s, long_ago_s))
    kept(store, photo())

    sweep(store, now_s=long_ago_s + 2 * DAY_S)

    assert len(files(store)) == 8


def sweep(store: PictureStore, *, now_s: float) -> None:
    """Let the background look at every shelf once."""
    while tasks.forget_pictures_of(store, now_s=now_s):
        pass
