"""What becomes of the pictures that people bring: good ones, odd ones, hostile ones."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image, ImageCms

from fairground.catalog.pictures import reducing
from fairground.catalog.pictures.drawing import PIXELS_MAX, SIDE_MIN, SIDES_RATIO_MAX
from fairground.catalog.pictures.kinds import TAKEN, kind_of
from fairground.catalog.pictures.picture import Picture, kept_sizes
from fairground.catalog.pictures.reducing import (
    BYTES_MAX,
    PictureKindNotTaken,
    PictureMoves,
    PictureTooHeavy,
    PictureTooLarge,
    PictureTooManyPixels,
    PictureTooNarrow,
    PictureTooSmall,
    PictureUnreadable,
    check_picture,
    reduce_picture,
)
from fairground.kernel.refusal import Refusal
from tests.picture_making import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    declared_png,
    declared_webp,
    encoded,
    halves,
    noted_jpeg,
    opened,
    photo,
    png_chunk,
    png_with_bomb_in_profile,
    swapped_profile,
)

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
# A lossy file keeps a plain colour to within this, in each channel.
NEAR = 6


def refusal(data: bytes) -> Refusal:
    """Return why a picture is not taken, which must be the same whether it is looked at or drawn."""
    with pytest.raises(Refusal) as looked_at:
        check_picture(data)
    with pytest.raises(Refusal) as drawn:
        reduce_picture(data)
    assert looked_at.value == drawn.value
    return drawn.value


def near(image: Image.Image, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    """Return whether a pixel has a colour, but for what lossy files change."""
    found: Any = image.convert("RGB").getpixel(at)
    return all(abs(one - other) <= NEAR for one, other in zip(found, colour, strict=True))


def drawn_webp(data: bytes) -> Image.Image:
    """Return the picture as the greatest WebP has it."""
    reduced = reduce_picture(data)
    width = max(width for width, _kind in reduced.files)
    return opened(reduced.files[width, "webp"])


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((4000, 3000), [(320, 240), (640, 480), (1280, 960)]),
        ((1281, 1000), [(320, 250), (640, 500), (1280, 999)]),
        ((1280, 1280), [(320, 320), (640, 640), (1280, 1280)]),
        ((900, 300), [(320, 107), (640, 213), (900, 300)]),
        ((320, 400), [(320, 400)]),
        ((250, 1000), [(250, 1000)]),
    ],
)
def test_a_picture_is_kept_in_up_to_three_widths_and_never_made_larger(
    size: tuple[int, int], kept: list[tuple[int, int]]
) -> None:
    assert kept_sizes(width=size[0], height=size[1]) == kept


def test_a_photo_becomes_avif_and_webp_in_each_width_and_one_jpeg_for_others() -> None:
    reduced = reduce_picture(photo(1400, 1050))

    assert (reduced.width, reduced.height) == (1400, 1050)
    found = {key: (opened(data).format, opened(data).size) for key, data in reduced.files.items()}
    assert found == {
        (320, "avif"): ("AVIF", (320, 240)),
        (320, "webp"): ("WEBP", (320, 240)),
        (640, "avif"): ("AVIF", (640, 480)),
        (640, "webp"): ("WEBP", (640, 480)),
        (1280, "avif"): ("AVIF", (1280, 960)),
        (1280, "webp"): ("WEBP", (1280, 960)),
        (1280, "jpg"): ("JPEG", (1280, 960)),
    }
    for data in reduced.files.values():
        image = opened(data)
        assert near(image, (10, 10), RED)
        assert near(image, (image.width - 10, 10), BLUE)


def test_the_names_of_the_files_follow_from_the_picture() -> None:
    picture = Picture("ab" * 16, 900, 300)

    assert list(picture.files) == [
        f"{'ab' * 16}-{end}"
        for end in ("320.avif", "320.webp", "640.avif", "640.webp", "900.avif", "900.webp", "900.jpg")
    ]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "JPEG"])
def test_each_kind_that_is_taken_is_read(kind: str) -> None:
    assert check_picture(encoded(halves(), kind)) == (800, 600)


@pytest.mark.parametrize(
    ("orientation", "size", "top_left", "bottom_right"),
    [
        (1, (800, 600), RED, BLUE),
        (2, (800, 600), BLUE, RED),
        (3, (800, 600), BLUE, RED),
        (4, (800, 600), RED, BLUE),
        (5, (600, 800), RED, BLUE),
        (6, (600, 800), RED, BLUE),
        (7, (600, 800), BLUE, RED),
        (8, (600, 800), BLUE, RED),
    ],
)
def test_a_picture_is_turned_as_the_camera_was_held(
    orientation: int, size: tuple[int, int], top_left: tuple[int, int, int], bottom_right: tuple[int, int, int]
) -> None:
    image = drawn_webp(noted_jpeg(orientation))

    assert image.size == (size if size[0] <= 800 else (800, 600))
    assert near(image, (10, 10), top_left)
    assert near(image, (image.width - 10, image.height - 10), bottom_right)


def test_an_avif_that_lies_on_its_side_is_turned_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    assert check_picture(encoded(halves(), "AVIF", exif=exif)) == (600, 800)


def test_nothing_but_the_pixels_survives() -> None:
    data = noted_jpeg(6) + b"<script>SecretTail</script>"
    assert data.count(b"Secret") == 4

    for drawn in reduce_picture(data).files.values():
        image = opened(drawn)
        assert b"Secret" not in drawn
        assert dict(image.getexif()) == {}
        assert {"exif", "xmp", "icc_profile", "comment"} & set(image.info) == set()


def test_colours_are_told_by_the_profile_that_the_picture_brings() -> None:
    image = drawn_webp(encoded(halves(), "PNG", icc_profile=swapped_profile()))

    assert not near(image, (10, 10), RED)
    found: Any = image.convert("RGB").getpixel((10, 10))
    assert found[2] > found[0]


@pytest.mark.parametrize("profile", [b"no profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()])
def test_a_profile_that_is_broken_or_for_other_colours_is_none(profile: bytes) -> None:
    assert near(drawn_webp(encoded(halves(), "PNG", icc_profile=profile)), (10, 10), RED)


def test_a_print_picture_in_four_inks_becomes_one_in_three_lights() -> None:
    image = drawn_webp(encoded(halves().convert("CMYK")))

    assert image.mode == "RGB"
    assert near(image, (10, 10), RED)


def test_sixteen_bits_a_channel_become_eight_of_the_same_brightness() -> None:
    grey = Image.new("I;16", (400, 400), 128 * 257)

    assert near(drawn_webp(encoded(grey, "PNG")), (10, 10), (128, 128, 128))


def test_a_palette_greys_and_single_bits_are_read() -> None:
    assert near(drawn_webp(encoded(halves().quantize(16), "PNG")), (10, 10), RED)
    assert near(drawn_webp(encoded(Image.new("L", (400, 400), 77), "PNG")), (10, 10), (77, 77, 77))
    assert near(drawn_webp(encoded(Image.new("1", (400, 400), 1), "PNG")), (10, 10), WHITE)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB"])
def test_what_is_transparent_becomes_white(mode: str) -> None:
    options: dict[str, Any] = {"transparency": 0} if mode == "P" else {}
    options |= {"transparency": GREEN} if mode == "RGB" else {}
    clear = Image.new(mode, (400, 400), GREEN if mode == "RGB" else 0)

    assert near(drawn_webp(encoded(clear, "PNG", **options)), (200, 200), WHITE)


def test_a_camera_that_puts_more_pictures_behind_the_first_brings_a_still_one() -> None:
    several = encoded(halves(), "MPO", save_all=True, append_images=[halves(400, 300)])

    assert check_picture(several) == (800, 600)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "nothing"),
        (b"hello", "unknown"),
        (encoded(halves(), "GIF"), "GIF"),
        (encoded(halves(), "BMP"), "BMP"),
        (encoded(halves(), "TIFF"), "TIFF"),
        (SVG, "SVG"),
        (b"\xef\xbb\xbf <?xml version='1.0'?>" + SVG, "SVG"),
        (b"<!doctype html><html><script>alert(1)</script>", "HTML"),
        (b"%PDF-1.7", "PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"PK\x03\x04", "unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_kinds_are_refused_by_their_name_whatever_the_file_is_called(data: bytes, found: str) -> None:
    assert refusal(data) == PictureKindNotTaken(found=found, taken=TAKEN)


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "AVIF"])
def test_an_animated_picture_is_refused(kind: str) -> None:
    moving = encoded(halves(), kind, save_all=True, append_images=[halves().rotate(180)], duration=100)

    assert kind_of(moving) == kind
    assert refusal(moving) == PictureMoves()


def test_a_file_with_more_bytes_than_may_be_read_is_refused() -> None:
    assert refusal(photo() + bytes(BYTES_MAX)) == PictureTooLarge(bytes_max=BYTES_MAX)


@pytest.mark.parametrize(
    "data",
    [declared_png(30_000, 30_000), declared_png(2**31 - 1, 2**31 - 1), declared_webp(16_384, 16_384)],
    ids=["png", "largest png", "webp"],
)
def test_a_small_file_that_declares_a_huge_picture_is_refused_by_its_header(data: bytes) -> None:
    assert len(data) < 10_000
    assert refusal(data) == PictureTooManyPixels(pixels_max=PIXELS_MAX)


def test_a_small_file_that_truly_has_fifty_million_pixels_is_drawn_within_the_limits() -> None:
    packed = encoded(Image.new("1", (10_000, 5_000), 1), "PNG")
    assert len(packed) < 20_000

    reduced = reduce_picture(packed)

    assert (reduced.width, reduced.height) == (10_000, 5_000)
    assert opened(reduced.files[1280, "webp"]).size == (1280, 640)


@pytest.mark.parametrize(
    "data",
    [
        photo()[: len(photo()) // 2],
        encoded(halves(), "PNG")[:-200],
        encoded(halves(), "WEBP")[:-100],
        encoded(halves(), "AVIF")[:-100],
        declared_png(5_000, 5_000),
        b"\xff\xd8\xff<html><script>alert(1)</script></html>",
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", b"short"),
    ],
    ids=["jpeg", "png", "webp", "avif", "png without its rows", "html in jpeg's clothes", "png without a size"],
)
def test_a_file_that_is_cut_off_or_damaged_is_refused(data: bytes) -> None:
    assert refusal(data) == PictureUnreadable()


def test_a_bomb_beside_the_pixels_is_refused() -> None:
    bomb = png_with_bomb_in_profile()

    assert len(bomb) < 200_000
    assert refusal(bomb) == PictureUnreadable()


def test_a_picture_that_takes_too_long_is_refused_and_its_process_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reducing, "WAITED_MAX_S", 0.001)

    assert refusal(photo()) == PictureTooHeavy()
    left = [one.cmdline() for one in psutil.Process().children()]
    assert [one for one in left if "fairground.catalog.pictures.drawing" in one] == []


def test_the_drawing_process_may_fill_no_memory_work_no_hour_and_write_no_file(tmp_path: Path) -> None:
    tried = tmp_path / "tried"
    code = f"""
import resource
from pathlib import Path
from fairground.catalog.pictures.drawing import CPU_MAX_S, MEMORY_MAX_BYTES, _confine
_confine()
for limit, most in ((resource.RLIMIT_CPU, CPU_MAX_S), (resource.RLIMIT_AS, MEMORY_MAX_BYTES)):
    assert resource.getrlimit(limit) == (most, most)
try:
    bytearray(MEMORY_MAX_BYTES)
except MemoryError:
    print("no memory")
try:
    Path({str(tried)!r}).write_bytes(b"x")
except OSError as error:
    print(error.strerror)
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == ["no memory", "File too large"]
    assert tried.read_bytes() == b""


@pytest.mark.parametrize(
    ("size", "refused"),
    [
        ((800, 249), PictureTooSmall(width=800, height=249, side_min=SIDE_MIN)),
        ((1, 1), PictureTooSmall(width=1, height=1, side_min=SIDE_MIN)),
        ((300, 1201), PictureTooNarrow(width=300, height=1201, ratio_max=SIDES_RATIO_MAX)),
        ((1201, 300), PictureTooNarrow(width=1201, height=300, ratio_max=SIDES_RATIO_MAX)),
    ],
)
def test_a_picture_that_no_card_could_show_is_refused(size: tuple[int, int], refused: Refusal) -> None:
    assert refusal(photo(*size)) == refused


def test_a_file_that_is_a_picture_and_a_page_at_once_leaves_only_the_picture() -> None:
    page = b"<html><body><script>alert(1)</script></body></html>"
    for data in (photo() + page, encoded(halves(), comment=page), encoded(halves(), "PNG") + page):
        for drawn in reduce_picture(data).files.values():
            assert b"<script" not in drawn


def test_broken_notes_of_a_camera_do_not_matter() -> None:
    broken = encoded(halves(), exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 40)

    assert check_picture(broken) == (800, 600)
    assert io.BytesIO(broken).read(3) == b"\xff\xd8\xff"
