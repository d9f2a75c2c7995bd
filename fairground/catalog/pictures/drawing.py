"""The program that reads a merchant's picture and draws it anew, smaller.

It runs in a process of its own (see `reducing`) with little memory and time, and no right to write a file: what is
hostile in a picture meets nobody else here. The picture comes on standard input. On standard output go four bytes with
the length of a JSON text, that text, and the files one behind the other, in the order of the text.
"""

import io
import json
import resource
import struct
import sys
import warnings
from typing import Any, NoReturn

from PIL import AvifImagePlugin, Image, ImageCms, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from fairground.catalog.pictures.picture import AVIF, JPEG, PAGE_KINDS, WEBP, kept_sizes

# What most cameras and telephones take has fewer; a page shows a thirtieth of it.
PIXELS_MAX = 50_000_000
# Feeds for clothes ask for 250; what is smaller is blurred on any card.
SIDE_MIN = 250
# A strip four times as long as wide has nothing on it that a square card could show.
SIDES_RATIO_MAX = 4
# Half as much again as the worst of 50 million pixels took: 866 MiB, a WebP without loss.
MEMORY_MAX_BYTES = 1280 * 1024 * 1024
# Ten times what 50 million pixels took: 5.7 s, a progressive JPEG in four inks.
CPU_MAX_S = 60

# EXIF 2.32, 4.6.4 A: how the camera was held, and what turns the picture upright.
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LYING = {5, 6, 7, 8}
_PLUGINS = {
    "JPEG": JpegImagePlugin,
    "PNG": PngImagePlugin,
    "WEBP": WebPImagePlugin,
    "AVIF": AvifImagePlugin,
}
# Each encoder's usual quality for photos; even pure noise comes to 30 KB at 320 pixels, and 160 KB at 1,280, as AVIF.
_ENCODED: dict[str, dict[str, Any]] = {
    AVIF: {"format": "AVIF", "quality": 60, "speed": 6, "max_threads": 1},
    WEBP: {"format": "WEBP", "quality": 80, "method": 4},
    JPEG: {"format": "JPEG", "quality": 85, "optimize": True, "progressive": True},
}


class RefusedPicture(Exception):  # noqa: N818 - an answer to the process that asked
    """The picture is not taken. `reason` is one that `reducing` knows."""

    def __init__(self, reason: str, **facts: object) -> None:
        super().__init__(reason)
        self.answer = {"refused": reason, **facts}


def main() -> None:
    """Read a picture, write what became of it, and leave."""
    _confine()
    kind, drawn = sys.argv[1], sys.argv[2] == "draw"
    try:
        answer, files = _draw(sys.stdin.buffer.read(), kind, drawn=drawn)
    except RefusedPicture as refused:
        answer, files = refused.answer, []
    except MemoryError:
        answer, files = {"refused": "too_heavy"}, []
    except Exception as error:  # noqa: BLE001 - hostile bytes make a decoder raise anything at all
        answer, files = {"refused": "unreadable", "why": f"{type(error).__name__}: {error}"[:200]}, []
    text = json.dumps(answer).encode()
    _write(struct.pack(">I", len(text)) + text + b"".join(files))


def _confine() -> None:
    """Give up what drawing a picture does not need; what this process has read until now is trusted."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_MAX_BYTES),
        (resource.RLIMIT_CPU, CPU_MAX_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    warnings.simplefilter("ignore")
    # Pillow refuses twice as many, as soon as it has read the header.
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX // 2
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def _draw(data: bytes, kind: str, *, drawn: bool) -> tuple[dict[str, object], list[bytes]]:
    image = _open(data, kind)
    orientation = _orientation(image)
    lying = orientation in _LYING
    width, height = reversed(image.size) if lying else image.size
    if min(width, height) < SIDE_MIN:
        raise RefusedPicture("too_small", width=width, height=height, side_min=SIDE_MIN)
    if max(width, height) > SIDES_RATIO_MAX * min(width, height):
        raise RefusedPicture("too_narrow", width=width, height=height, ratio_max=SIDES_RATIO_MAX)
    sizes = kept_sizes(width=width, height=height)
    largest_size = sizes[-1]
    held = (largest_size[1], largest_size[0]) if lying else largest_size
    if kind == "JPEG":
        # The decoder leaves out what would be thrown away; twice the size is left for the filter.
        image.draft(None, (2 * held[0], 2 * held[1]))
    largest = _plain(image).resize(held, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if orientation in _UPRIGHT:
        largest = largest.transpose(_UPRIGHT[orientation])
    largest = _on_white(_in_srgb(largest, image.info.get("icc_profile")))
    facts = {"width": width, "height": height}
    if not drawn:
        return {**facts, "files": []}, []
    names, files = [], []
    for size in sizes:
        sized = largest if size == largest_size else largest.resize(size, Image.Resampling.LANCZOS)
        for file_kind in (*PAGE_KINDS, JPEG) if size == largest_size else PAGE_KINDS:
            encoded = _encode(sized, file_kind)
            names.append((size[0], file_kind, len(encoded)))
            files.append(encoded)
    return {**facts, "files": names}, files


def _open(data: bytes, kind: str) -> Image.Image:
    """Read the header; no pixel is decoded yet."""
    assert kind in _PLUGINS, kind
    try:
        image = Image.open(io.BytesIO(data), formats=[kind])
    except Image.DecompressionBombError as error:
        raise RefusedPicture("too_many_pixels", pixels_max=PIXELS_MAX) from error
    # A JPEG of several pictures (MPO) is a still one: cameras put a preview or a map of lights behind the picture.
    if kind != "JPEG" and getattr(image, "n_frames", 1) > 1:
        raise RefusedPicture("moves")
    return image


def _orientation(image: Image.Image) -> int:
    """Return how the camera was held, 1 where that is not said or not to be understood."""
    try:
        said = image.getexif().get(_ORIENTATION, 1)
    except (SyntaxError, ValueError, TypeError, KeyError, IndexError, struct.error):
        # A picture with broken notes is still a picture; if its pixels are broken too, decoding will say so.
        return 1
    return said if said in _UPRIGHT else 1


def _plain(image: Image.Image) -> Image.Image:
    """Return the decoded picture in a mode that can be resized: eight bits a channel, no palette."""
    image.load()
    if image.mode in {"I;16", "I;16B", "I;16L", "I"}:
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in {"P", "PA"} or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB: by its profile where it has one that fits, else as if it were sRGB already."""
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    colours = image.convert("L" if image.mode == "LA" else "RGB") if alpha else image
    plain = None
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            plain = ImageCms.profileToProfile(colours, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            # As browsers do: a profile that is broken, or for other colours, is none.
            plain = None
    if plain is None:
        plain = colours.convert("RGB")
    if alpha:
        plain.putalpha(alpha)
    return plain


def _on_white(image: Image.Image) -> Image.Image:
    """Return the picture without transparency: dark goods would vanish on a dark page."""
    plain = Image.new("RGB", image.size, "white")
    plain.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return plain


def _encode(image: Image.Image, kind: str) -> bytes:
    """Return the file; the image was made by us, so there is nothing in it but its pixels."""
    assert not image.info, image.info
    file = io.BytesIO()
    image.save(file, **_ENCODED[kind])
    return file.getvalue()


def _write(answer: bytes) -> NoReturn:
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    sys.exit(0)


if __name__ == "__main__":
    main()
