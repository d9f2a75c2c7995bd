"""Brands, categories, attributes and option values: made as they are met, named where a name is known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fairground.catalog.models import Attribute, Brand, Category, OptionValue
from fairground.catalog.rules import AttributeValue, ProductRecord, category_path, make_slug

Names = Mapping[str, Mapping[str, str]]

BRAND_SLUG_LENGTH_MAX = 80


def _kind_of(value: AttributeValue) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "number"


def _words(code: str) -> str:
    return code.rpartition(".")[2].replace("_", " ").replace("-", " ").strip().capitalize() or code


@dataclass(slots=True)
class Vocabulary:
    """What an import knows to be in the database already, so that each word is asked for and made once."""

    _brands: set[str] = field(default_factory=set)
    _categories: set[str] = field(default_factory=set)
    _attribute_kinds: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_database(cls) -> "Vocabulary":
        """Return the words that are there."""
        return cls(
            _brands=set(Brand.objects.values_list("slug", flat=True)),
            _categories=set(Category.objects.values_list("code", flat=True)),
            _attribute_kinds=dict(Attribute.objects.values_list("code", "kind")),
        )

    def make_words(self, records: Sequence[ProductRecord]) -> None:
        """Make the brands, categories and attributes of `records` that are new."""
        self._make_brands(record.brand for record in records)
        self._make_categories(record.category for record in records)
        self._make_attributes(records)

    def stated(self, attributes: Mapping[str, AttributeValue]) -> dict[str, AttributeValue]:
        """Return `attributes` by the codes under which they are known."""
        return {self._code(name, _kind_of(value)): value for name, value in attributes.items()}

    def _make_brands(self, names: Iterable[str]) -> None:
        new = {make_slug(name, length_max=BRAND_SLUG_LENGTH_MAX): name for name in dict.fromkeys(names) if name}
        new = {slug: name for slug, name in new.items() if slug not in self._brands}
        Brand.objects.bulk_create([Brand(slug=slug, name=name) for slug, name in new.items()], ignore_conflicts=True)
        self._brands.update(new)

    def _make_categories(self, codes: Iterable[str]) -> None:
        new = {node for code in set(codes) for node in category_path(code)} - self._categories
        ensure_categories(names={code: {"en": _words(code)} for code in sorted(new)}, rename=False)
        self._categories.update(new)

    def _make_attributes(self, records: Sequence[ProductRecord]) -> None:
        new: dict[str, str] = {}
        for record in records:
            for name, value in record.attributes.items():
                kind = _kind_of(value)
                code = self._code(name, kind)
                if code not in self._attribute_kinds:
                    self._attribute_kinds[code] = new[code] = kind
        Attribute.objects.bulk_create(
            [Attribute(code=code, kind=kind, names={"en": _words(code)}) for code, kind in new.items()],
            ignore_conflicts=True,
        )

    def _code(self, name: str, kind: str) -> str:
        """Facts of several kinds under one name are one attribute a kind; the first keeps the name."""
        return name if self._attribute_kinds.get(name, kind) == kind else f"{name}_{kind}"


def ensure_categories(*, names: Names, rename: bool) -> None:
    """Make the categories of `names` and all above them; with `rename`, name those there already."""
    nodes = sorted({node for code in names for node in category_path(code)})
    rows = [
        Category(
            code=node,
            parent_id=node.rpartition(".")[0] or None,
            names=dict(names.get(node, {"en": _words(node)})),
        )
        for node in nodes
    ]
    if rename:
        Category.objects.bulk_create(rows, update_conflicts=True, unique_fields=["code"], update_fields=["names"])
    else:
        Category.objects.bulk_create(rows, ignore_conflicts=True)


def ensure_option_values(*, names: Names) -> None:
    """Make or rename the option values of `names` (`moss` -> Moss, Musgo, 苔绿)."""
    OptionValue.objects.bulk_create(
        [OptionValue(code=code, names=dict(by_language)) for code, by_language in names.items()],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["names"],
    )
