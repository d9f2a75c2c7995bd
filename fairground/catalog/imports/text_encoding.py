"""The encoding of a text file, by its first bytes."""

import codecs
import re
from io import BufferedReader

from fairground.catalog.imports.source import UnreadableCatalogue

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{1,100}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
# Python's other codecs are no encodings of text, and some of them unpack.
_TEXT_CODECS = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp\d+|gb2312|gbk|gb18030|big5|shift_jis|cp932|euc_(jp|kr)|koi8-[ru]|mac-roman"
)


def encoding_of(file: BufferedReader) -> str:
    """Return the encoding that a byte order mark or an XML declaration names, else UTF-8; nothing is read off.

    :raises UnreadableCatalogue: the declared encoding is not known
    """
    start = file.peek(256)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding
    declared = _DECLARED.match(start)
    if declared is None:
        return "utf-8"
    name = declared[1].decode("ascii")
    if name.lower().startswith(("utf-16", "utf16", "ucs-2")):
        return "utf-8"  # the declaration was read byte by byte, so it isn't true
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        codec = ""
    if not _TEXT_CODECS.fullmatch(codec):
        raise UnreadableCatalogue(f"the encoding {name} is not known; save the file as UTF-8")
    return codec
