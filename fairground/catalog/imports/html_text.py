"""Plain text out of the HTML of descriptions."""

import re
from html import unescape
from html.parser import HTMLParser

# As much as a field of a table may hold (`csv.field_size_limit`); what is left of more would be no description.
HTML_LENGTH_MAX = 131_072

_LOOKS_LIKE_HTML = re.compile(r"</?[a-zA-Z]|<!")
_LINE_BREAKS = frozenset({"br", "li", "tr", "dt", "dd", "option"})
_PARAGRAPH_BREAKS = frozenset(
    {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "section", "article", "blockquote"}
)
_UNSEEN = frozenset({"script", "style"})


class _Words(HTMLParser):
    """Keeps what a reader would see; tags become line ends or nothing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """End the line where a browser would."""
        self._unseen = tag in _UNSEEN
        self._break_line(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """End the line where a browser would; a tag that closes itself hides nothing."""
        self._break_line(tag)

    def handle_endtag(self, tag: str) -> None:
        """End the paragraph where a browser would."""
        self._unseen = False
        if tag in _PARAGRAPH_BREAKS:
            self._break_line(tag)

    def handle_data(self, data: str) -> None:
        """Keep words; the source's own line ends are spaces."""
        if not self._unseen:
            self.pieces.append(data.replace("\n", " "))

    def parse_html_declaration(self, i: int) -> int:
        """Skip a declaration up to its end: the inherited one fails on what it does not know."""
        return self.rawdata.find(">", i) + 1 or -1

    def _break_line(self, tag: str) -> None:
        if tag in _PARAGRAPH_BREAKS:
            self.pieces.append("\n\n")
        elif tag in _LINE_BREAKS:
            self.pieces.append("\n")


def plain_text(text: str) -> str:
    """Return `text` without its tags, comments, scripts and styles, paragraphs apart by an empty line.

    What follows a tag or a comment that is never closed is left out. Parsing is never told that the text has
    ended: the standard library then looks for each end that is not there from every place again.
    """
    assert len(text) <= HTML_LENGTH_MAX, len(text)
    if _LOOKS_LIKE_HTML.search(text):
        words = _Words()
        words.feed(text + "<br>")
        text = "".join(words.pieces)
    else:
        text = unescape(text)
    lines: list[str] = []
    for line in text.split("\n"):
        words_of_line = " ".join(line.split())
        if words_of_line or (lines and lines[-1]):
            lines.append(words_of_line)
    return "\n".join(lines).strip()
