"""What kind of file somebody brought, by its first bytes: names and promises of others count for nothing."""

JPEG, PNG, WEBP, AVIF = "JPEG", "PNG", "WEBP", "AVIF"
TAKEN = (JPEG, PNG, WEBP, AVIF)
EMPTY, UNKNOWN = "nothing", "unknown"

_BEGINNINGS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"BM", "BMP"),
    (b"8BPS", "PSD"),
    (b"%PDF", "PDF"),
    (b"\0\0\x01\0", "ICO"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
)
_MARKUP_WITHIN = 1024


def kind_of(data: bytes) -> str:
    """Return the kind of a file, one of `TAKEN` or the name of what it is instead; `EMPTY`, `UNKNOWN`."""
    if not data:
        return EMPTY
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[4:8] == b"ftyp":
        return _kind_of_container(data)
    text = data[:_MARKUP_WITHIN].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<"):
        return "SVG" if b"<svg" in text else "HTML" if b"<html" in text else "XML"
    return UNKNOWN


def _kind_of_container(data: bytes) -> str:
    """Tell by the brands of ISO/IEC 14496-12's `ftyp`, the first of which says what the file is best read as."""
    brands = data[8 : min(int.from_bytes(data[:4]), 256)]
    if b"avif" in brands or b"avis" in brands:
        return AVIF
    return "HEIC" if b"hei" in brands or b"hev" in brands or b"mif1" in brands else UNKNOWN
