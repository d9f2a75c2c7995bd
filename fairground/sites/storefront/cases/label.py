"""The label of a parcel that goes back: a QR code of the case's number, drawn here; no carrier is asked."""

import qrcode
from qrcode.constants import ERROR_CORRECT_M


def code_path(number: str) -> tuple[str, int]:
    """Return the dark modules of a QR code as the path of an SVG, and its width in modules with the quiet zone.

    Source: ISO/IEC 18004; the quiet zone is four modules wide.
    """
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(number)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return path, len(rows)
