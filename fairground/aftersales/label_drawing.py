"""The program that draws the first page of a carrier's PDF as a picture, in a process of its own.

What is hostile in the file meets nobody else here: little memory and time, no file written, and what comes out are
pixels. It is told the folder in which `label.pdf` lies with `label.typ`; a PNG goes to standard output. A file that
can't be drawn ends it with `REFUSED`.
"""

import resource
import sys
from pathlib import Path

import typst

# Several times what the largest label took: 300 MiB, most of which is the setter's own.
MEMORY_MAX_BYTES = 2 * 1024 * 1024 * 1024
CPU_MAX_S = 20
REFUSED = 3
# A sheet of A5, on which every label fits; finer than a printer's barcode needs, and bounded whatever the PDF says.
PAGE = """#set page(width: 14.8cm, height: 21cm, margin: 0pt)
#image("label.pdf", width: 100%, height: 100%, fit: "contain")
"""
_PIXELS_AN_INCH = 220


def main() -> None:
    """Draw a PDF, write its first page as a PNG, and leave."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_MAX_BYTES),
        (resource.RLIMIT_CPU, CPU_MAX_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    folder = Path(sys.argv[1])
    try:
        drawn = typst.compile(
            folder / "label.typ", root=folder, format="png", ppi=_PIXELS_AN_INCH, ignore_system_fonts=True
        )
    except BaseException:  # noqa: BLE001 - hostile bytes make the setter raise anything, also its own kind of panic
        sys.exit(REFUSED)
    assert isinstance(drawn, bytes), type(drawn)
    sys.stdout.buffer.write(drawn)


if __name__ == "__main__":
    main()
