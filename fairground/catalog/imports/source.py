"""What a source of a catalogue offers to an import."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fairground.catalog.rules import PassedOver, ProductRecord


class UnreadableCatalogue(Exception):  # noqa: N818 - an answer about a path, not a fault of ours
    """There is no catalogue of a known format at the path; the message says what was looked for."""


class BadRow(Exception):  # noqa: N818 - an answer about a row, not a fault of ours
    """A row is not a product; the message says why."""


@dataclass(frozen=True, slots=True)
class FileTerms:
    """What a person says about a merchant's own file, as the file does not: None where nothing was said.

    `language` is that of its texts; `units` are given for sale of each SKU that is in stock in an unstated number.
    `country` is the one that a merchant's goods are sent from.
    """

    merchant: str | None = None
    currency: str | None = None
    language: str | None = None
    units: int | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class SourceNames:
    """What a source calls its categories and option values, by code and language."""

    categories: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    option_values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class CatalogueSource(Protocol):
    """A catalogue that can be read from the beginning, any number of times."""

    @property
    def size(self) -> int:
        """Return how much there is to read, in whatever `position` counts."""

    @property
    def position(self) -> int:
        """Return how much of it was read so far."""

    def names(self) -> SourceNames:
        """Return what the source calls its categories and option values."""

    def rows(self) -> Iterator[ProductRecord | PassedOver]:
        """Yield every row, read or passed over, in the source's order."""
