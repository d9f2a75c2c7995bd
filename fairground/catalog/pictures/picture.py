"""A picture as it is kept: its name, its size, and the files that follow from both."""

from collections.abc import Iterator
from dataclasses import dataclass

# In CSS pixels a card is 180 to 240 wide, a product page's picture up to 640; a screen has one to two pixels for each.
WIDTHS = (320, 640, 1280)
AVIF, WEBP, JPEG = "avif", "webp", "jpg"
# Pages offer the first two. Feeds and link previews get the third, in the greatest width: not all of them read others.
PAGE_KINDS = (AVIF, WEBP)
# 128 bits of a hash: nobody makes two files of one name.
NAME_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Picture:
    """A kept picture. `name` is the hash of the file it was made from; width and height are that file's, upright."""

    name: str
    width: int
    height: int

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Return the sizes in which it is kept, as width and height, the smallest first."""
        return kept_sizes(width=self.width, height=self.height)

    @property
    def files(self) -> Iterator[str]:
        """Yield the names of its files, the one for others last."""
        for width, _height in self.sizes:
            for kind in PAGE_KINDS:
                yield self.file(width=width, kind=kind)
        yield self.file_for_others

    def file(self, *, width: int, kind: str) -> str:
        """Return the name of the file of one of its widths."""
        return f"{self.name}-{width}.{kind}"

    @property
    def file_for_others(self) -> str:
        """Return the name of the file that any program can read."""
        return self.file(width=self.sizes[-1][0], kind=JPEG)


def kept_sizes(*, width: int, height: int) -> list[tuple[int, int]]:
    """Return the sizes in which a picture is kept, the smallest first; none is larger than the picture itself."""
    kept = [one for one in WIDTHS if one < width]
    if width <= WIDTHS[-1]:
        kept.append(width)
    return [(one, max(1, (height * one + width // 2) // width)) for one in kept]
