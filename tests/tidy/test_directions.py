"""Styles name the start and the end of a line, never left or right, so that Arabic is mirrored by itself."""

import re

from tests.tidy.house import name_of, our_files

PHYSICAL = re.compile(
    r"(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right|top|bottom)\b"
    r"|(?<![-\w])(?:left|right|top|bottom|width|height|(?:min|max)-(?:width|height))\s*:\s*[^)]*;"
    r"|text-align:\s*(?:left|right)|(?<![-\w])(?:float|clear):\s*(?:left|right)"
    r"|border-(?:top|bottom)-(?:left|right)-radius"
)


def test_no_style_says_left_or_right_where_it_means_start_or_end() -> None:
    found = [(name_of(path), line) for path in our_files(".css") for line in PHYSICAL.findall(path.read_text("utf-8"))]

    assert found == []
