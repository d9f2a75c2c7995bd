"""Pictures for tests, good ones and hostile ones, as bytes."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageCms

from fairground.catalog.pictures.picture import Picture
from fairground.catalog.pictures.store import PictureStore, name_of

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 60), (30, 60, 200), (255, 255, 255)
ORIENTATION, GPS = 0x0112, 0x8825


def halves(width: int = 800, height: int = 600) -> Image.Image:
    """Return a picture that is red on the left and blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """Return an image as a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def photo(width: int = 800, height: int = 600, *, quality: int = 90) -> bytes:
    """Return a JPEG; another size or quality makes another file."""
    return encoded(halves(width, height), quality=quality)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG with its check sum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def declared_png(width: int, height: int) -> bytes:
    """Return a PNG of a few hundred bytes that says it has so many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(65_536))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


def declared_webp(width: int, height: int) -> bytes:
    """Return a WebP of some dozen bytes whose canvas says it has so many pixels."""
    canvas = b"VP8X" + struct.pack("<II", 10, 0) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"WEBP" + canvas + encoded(halves(), "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def png_with_bomb_in_profile() -> bytes:
    """Return a small PNG whose colour profile unpacks to a hundred megabytes."""
    whole = encoded(halves(), "PNG")
    after_header = 8 + 25
    bomb = png_chunk(b"iCCP", b"bomb\0\0" + zlib.compress(bytes(100_000_000), 9))
    return whole[:after_header] + bomb + whole[after_header:]


def noted_jpeg(orientation: int = 1) -> bytes:
    """Return a JPEG that says how the camera was held, where and by whom, and has a comment."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(GPS)[2] = (50.0, 50.0, 50.0)
    return encoded(halves(), exif=exif, comment=b"SecretComment", xmp=b"<x>SecretNote</x>")


def swapped_profile() -> bytes:
    """Return a colour profile in which red and blue have changed places."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    count = struct.unpack_from(">I", profile, 128)[0]
    tags = [(132 + 12 * one, profile[132 + 12 * one : 136 + 12 * one]) for one in range(count)]
    swapped = bytearray(profile)
    for at, tag in tags:
        if tag in {b"rXYZ", b"bXYZ"}:
            swapped[at : at + 4] = b"bXYZ" if tag == b"rXYZ" else b"rXYZ"
    return bytes(swapped)


def opened(data: bytes) -> Image.Image:
    """Return a file's image, decoded."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def kept_without_drawing(store: PictureStore, width: int = 800, height: int = 600, *, number: int = 0) -> Picture:
    """Put small files where a picture of that size has its own, for tests that do not look at them."""
    picture = Picture(name_of(b"%d %d %d" % (width, height, number)), width, height)
    for file in picture.files:
        path = store.path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.encode())
    return picture
