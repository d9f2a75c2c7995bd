"""Which source a path is."""

from importlib import resources
from pathlib import Path

from fairground.catalog.imports.jsonl import JsonlCatalogue
from fairground.catalog.imports.sample import SampleCatalogue
from fairground.catalog.imports.source import CatalogueSource, UnreadableCatalogue

_JSONL_NAMES = ("products.jsonl.xz", "products.jsonl")


def open_catalogue(path: Path) -> CatalogueSource:
    """Return the catalogue at `path`: a .jsonl or .jsonl.xz file, or a folder with one or with merchants' files.

    :raises UnreadableCatalogue: there is nothing of the kind
    """
    if path.is_file() and path.name.endswith((".jsonl", ".jsonl.xz")):
        return JsonlCatalogue(path)
    if path.is_dir():
        for name in _JSONL_NAMES:
            if (path / name).is_file():
                return JsonlCatalogue(path / name)
        if (path / "categories.json").is_file():
            return SampleCatalogue(path)
        raise UnreadableCatalogue(
            f"{path} holds neither {' nor '.join(_JSONL_NAMES)}, nor merchants' files with a categories.json"
        )
    if path.exists():
        raise UnreadableCatalogue(f"{path} is neither a .jsonl nor a .jsonl.xz file")
    raise UnreadableCatalogue(f"{path} does not exist")


def packaged_sample() -> SampleCatalogue:
    """Return the sample catalogue that the package brings."""
    return SampleCatalogue(Path(str(resources.files("fairground.catalog").joinpath("sample"))))
