"""The picture of a product that has none: its category's pictogram on two tints of its brand's hue.

The drawing is in `static/storefront/art.css` and `pictograms.svg`; here is only which of them.
"""

import zlib
from dataclasses import dataclass

HUES = 12
PATTERNS = 4

# The longest prefix of the category's code counts.
_PICTOGRAMS = {
    "beauty": "sparkles",
    "beauty.fragrance": "perfume",
    "beauty.haircare": "brush",
    "beauty.makeup": "palette",
    "beauty.skincare": "droplet",
    "books": "book",
    "electronics": "plug",
    "electronics.audio": "device-speaker",
    "electronics.audio.headphones": "headphones",
    "electronics.cameras": "camera",
    "electronics.computers": "device-laptop",
    "electronics.computers.accessories": "mouse",
    "electronics.computers.keyboards": "keyboard",
    "electronics.displays": "device-desktop",
    "electronics.phones": "device-mobile",
    "electronics.phones.accessories": "plug",
    "electronics.wearables": "device-watch",
    "fashion": "shirt",
    "fashion.accessories": "umbrella",
    "fashion.bags": "shopping-bag",
    "fashion.clothing.bottoms": "hanger",
    "fashion.clothing.outerwear": "jacket",
    "fashion.kids": "baby-carriage",
    "fashion.shoes": "shoe",
    "food": "bowl",
    "food.coffee": "coffee",
    "food.pantry": "bottle",
    "food.sweets": "cookie",
    "food.tea": "cup",
    "home": "home",
    "home.decor": "candle",
    "home.furniture": "armchair",
    "home.garden": "plant-2",
    "home.kitchen": "tools-kitchen-2",
    "home.kitchen.appliances": "blender",
    "home.kitchen.cookware": "soup",
    "home.kitchen.knives": "slice",
    "home.lighting": "lamp",
    "home.tableware": "bowl",
    "home.textiles": "bed",
    "music": "music",
    "music.instruments": "guitar-pick",
    "pets": "paw",
    "pets.cats": "cat",
    "pets.dogs": "dog",
    "sports": "ball-football",
    "sports.cycling": "bike",
    "sports.cycling.parts": "tools",
    "sports.cycling.wear": "shirt-sport",
    "sports.fitness": "barbell",
    "sports.outdoor": "campfire",
    "sports.outdoor.packs": "backpack",
    "sports.outdoor.tents": "tent",
    "sports.outdoor.wear": "jacket",
    "stationery": "pencil",
    "stationery.paper": "notebook",
    "toys": "horse-toy",
    "toys.building": "lego",
    "toys.games": "dice-5",
    "toys.robots": "robot",
}
_WITHOUT_CATEGORY = "package"


@dataclass(frozen=True, slots=True)
class Art:
    """Which pictogram, hue (of `HUES`) and pattern (of `PATTERNS`)."""

    pictogram: str
    hue: int
    pattern: int


def product_art(*, product_id: int, brand: str | None, category: str | None) -> Art:
    """Return the art of a product; always the same, and of one hue for a brand."""
    parts = (category or "").split(".")
    codes = [".".join(parts[:depth]) for depth in range(len(parts), 0, -1)]
    return Art(
        pictogram=next((_PICTOGRAMS[code] for code in codes if code in _PICTOGRAMS), _WITHOUT_CATEGORY),
        hue=zlib.crc32((brand or "").encode()) % HUES,
        pattern=product_id % PATTERNS,
    )
