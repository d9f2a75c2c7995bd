"""A merchant's own file as a source of a catalogue: rows of a format, read, checked, put together to products."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from fairground.catalog.imports.lines import DAMAGES, damage_reason
from fairground.catalog.imports.packed_file import PackedFile
from fairground.catalog.imports.source import BadRow, UnreadableCatalogue
from fairground.catalog.imports.variants import VariantGroups, VariantRow
from fairground.catalog.imports.xml_items import BrokenFeed
from fairground.catalog.rules import PassedOver, ProductRecord

Rows = Iterator[tuple[int, Mapping[str, str] | str]]
RowsOf = Callable[[BufferedReader], Rows]


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How a file is taken apart into rows, and what reads one; readers know what stood above, so each is new."""

    rows: RowsOf
    make_reader: Callable[[], Callable[[Mapping[str, str]], VariantRow | None]]


class MerchantFile(PackedFile):
    """A file of one merchant's goods."""

    def __init__(self, path: Path, file_format: FileFormat) -> None:
        super().__init__(path)
        self._format = file_format

    def rows(self) -> Iterator[ProductRecord | PassedOver]:
        """Yield each product when its last row was met, and each row that is no offer with the reason."""
        name, line = self._path.name, 0
        groups = VariantGroups()
        read = self._format.make_reader()
        with self.unpacked() as file:
            try:
                for line, fields in self._format.rows(file):
                    try:
                        if isinstance(fields, str):
                            raise BadRow(fields)
                        row = read(fields)
                        if row is not None:
                            yield from groups.add(row)
                    except BadRow as reason:
                        yield PassedOver(name, line, str(reason))
            except BrokenFeed as reason:
                yield PassedOver(name, reason.line, str(reason))
            except UnreadableCatalogue as reason:
                yield PassedOver(name, 1, str(reason))
            except DAMAGES as error:
                yield PassedOver(name, line + 1, damage_reason(error))
        yield from groups.end()
