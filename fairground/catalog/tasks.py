"""What runs in the background for the catalogue."""

import time
from dataclasses import dataclass

from django.conf import settings

from fairground.catalog.pictures.store import PictureStore
from fairground.catalog.queries import pictures_in_use

# A picture is drawn before a product shows it; who began a day ago has given up.
UNUSED_KEPT_S = 86_400


@dataclass(slots=True)
class _Lap:
    """The last shelf that was looked at; after the last of all the first comes again."""

    shelf: str = ""


_lap = _Lap()


def forget_pictures() -> bool:
    """Remove the files on the next shelf that no product has shown for a day; True until all were looked at."""
    return forget_pictures_of(PictureStore(settings.PICTURES), now_s=time.time())


def forget_pictures_of(store: PictureStore, *, now_s: float) -> bool:
    """Remove the files on the next shelf of a store; `now_s` is in Unix seconds."""
    shelf = next((one for one in store.shelves() if one.name > _lap.shelf), None)
    _lap.shelf = shelf.name if shelf else ""
    if shelf is None:
        return False
    names = store.names(shelf)
    for name in names - pictures_in_use(names=names):
        store.forget(shelf, name, before_s=now_s - UNUSED_KEPT_S)
    return True
