"""Items of an RSS or Atom feed as they are read, without entities and in bounded memory."""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from io import BufferedReader
from xml.parsers import expat

from fairground.catalog.imports.text_encoding import encoding_of

# An item takes some kilobytes; what is longer than this is none, and neither is a tag or a comment.
ITEM_CHARS_MAX = 1024 * 1024
TAG_BYTES_MAX = 1024 * 1024
# A feed is four deep, with its shipping costs five.
DEPTH_MAX = 64
# The parser remembers every name that it meets, of tags, attributes and namespaces; the format has two hundred.
NAMES_MAX = 10_000
NAME_CHARS_MAX = 300

_CHUNK_BYTES = 64 * 1024
_GOOGLE = "http://base.google.com/ns/1.0"
_NAMESPACES = frozenset({"", _GOOGLE, "http://www.w3.org/2005/Atom", "http://purl.org/rss/1.0/"})
_FEEDS = frozenset({"rss", "feed", "RDF"})
_ITEMS = frozenset({"item", "entry"})
# What XML forbids; the parser would give up the file for one of them.
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class BrokenFeed(Exception):  # noqa: N818 - an answer about a file, not a fault of ours
    """A feed can't be read on; `line` says from where, the message why."""

    def __init__(self, reason: str, *, line: int) -> None:
        super().__init__(reason)
        self.line = line


def feed_items(file: BufferedReader, *, wanted: frozenset[str]) -> Iterator[tuple[int, Mapping[str, str] | str]]:
    """Yield each item with the line on which it begins: its `wanted` fields, or the reason why it is none.

    Of a field that is there several times the first counts, Google's before the feed's own of that name. Bytes
    that are no text become U+FFFD.

    :raises BrokenFeed: it is not well-formed, declares a document type, or goes beyond a limit
    :raises UnreadableCatalogue: its encoding is not known
    """
    decoder = codecs.getincrementaldecoder(encoding_of(file))(errors="replace")
    feed = _Feed(wanted)
    is_last = False
    while not is_last:
        data = file.read(_CHUNK_BYTES)
        is_last = not data
        text = _FORBIDDEN.sub("\ufffd", decoder.decode(data, final=is_last))
        try:
            feed.read(text.encode("utf-8", "replace"), is_last=is_last)
        except expat.ExpatError as error:
            stop: BrokenFeed | None = BrokenFeed(
                f"broken XML from here on: {expat.ErrorString(error.code)}", line=error.lineno
            )
        except BrokenFeed as error:
            stop = error
        else:
            stop = None
        yield from feed.take_items()
        if stop:
            raise stop


class _Feed:
    """What of a feed is open, and the items that are complete."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted
        self._done: list[tuple[int, Mapping[str, str] | str]] = []
        self._depth = 0
        self._names: set[str] = set()
        self._fed_bytes = 0
        self._item_depth = 0
        self._item_line = 0
        self._item_chars = 0
        self._fields: dict[str, str] = {}
        self._from_google: set[str] = set()
        self._field: tuple[str, bool] | None = None
        self._pieces: list[str] = []
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.EntityDeclHandler = self._refuse_doctype
        self._parser.StartNamespaceDeclHandler = lambda prefix, uri: self._remember((prefix or "", uri or ""))
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._add_text

    def read(self, data: bytes, *, is_last: bool) -> None:
        """Parse `data`; what it completes is then had from `take_items`."""
        self._parser.Parse(data, is_last)
        self._fed_bytes += len(data)
        if self._fed_bytes - max(self._parser.CurrentByteIndex, 0) > TAG_BYTES_MAX:
            raise self._broken("a tag or a comment is longer than 1 MiB")

    def take_items(self) -> list[tuple[int, Mapping[str, str] | str]]:
        """Return the items that were completed since it was last asked."""
        done, self._done = self._done, []
        return done

    def _broken(self, reason: str) -> BrokenFeed:
        return BrokenFeed(f"{reason}; the rest was not read", line=self._parser.CurrentLineNumber)

    def _refuse_doctype(self, *_declared: object) -> None:
        raise self._broken("the file declares a DOCTYPE, which no feed needs and which may hide entities")

    def _remember(self, names: Iterable[str]) -> None:
        for name in names:
            if len(name) > NAME_CHARS_MAX:
                raise self._broken(f"a name is longer than {NAME_CHARS_MAX} characters")
            self._names.add(name)
        if len(self._names) > NAMES_MAX:
            raise self._broken(f"more than {NAMES_MAX:,} names of tags, attributes and namespaces")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise self._broken(f"nested more than {DEPTH_MAX} deep")
        if attributes or name not in self._names:
            self._remember((name, *attributes))
        namespace, _, local = name.rpartition(" ")
        if self._depth == 1 and local not in _FEEDS:
            raise self._broken("neither an RSS nor an Atom feed")
        if self._item_depth == 0:
            if local in _ITEMS and namespace in _NAMESPACES:
                self._item_depth, self._item_line = self._depth, self._parser.CurrentLineNumber
                self._item_chars = 0
                self._fields, self._from_google = {}, set()
        elif self._depth == self._item_depth + 1 and local in self._wanted and namespace in _NAMESPACES:
            self._field = (local, namespace == _GOOGLE)
            self._pieces = []

    def _add_text(self, text: str) -> None:
        if self._item_depth:
            self._item_chars += len(text)
            if self._field and self._item_chars <= ITEM_CHARS_MAX:
                self._pieces.append(text)

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if self._item_depth and self._depth == self._item_depth and self._field:
            self._keep_field(*self._field)
            self._field = None
        elif self._item_depth and self._depth == self._item_depth - 1:
            too_long = self._item_chars > ITEM_CHARS_MAX
            self._done.append((self._item_line, "the item is longer than 1 MiB" if too_long else self._fields))
            self._item_depth = 0
            self._fields = {}

    def _keep_field(self, name: str, is_google: bool) -> None:
        text = "".join(self._pieces).strip()
        self._pieces = []
        better = is_google and name not in self._from_google
        if text and (name not in self._fields or better):
            self._fields[name] = text
            if is_google:
                self._from_google.add(name)
