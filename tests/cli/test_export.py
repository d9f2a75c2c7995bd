"""`fairground export` as a person calls it; what stands in a feed is tested in tests/sites/test_product_feeds.py."""

import gzip
from pathlib import Path

import pytest
from click.testing import CliRunner

from fairground.cli.export import export
from fairground.cli.whole_file import whole_file


@pytest.mark.parametrize(
    ("feed", "example"),
    [
        ("google", "fairground export google --market DE --language en --site https://shop.example --out feed.xml"),
        ("meta", "fairground export meta --market US --site https://shop.example --out feed.csv"),
    ],
)
def test_the_help_shows_how_it_is_called(feed: str, example: str) -> None:
    result = CliRunner().invoke(export, [feed, "--help"])

    assert result.exit_code == 0
    assert example in result.output


def test_links_need_the_sites_address(tmp_path: Path) -> None:
    result = CliRunner().invoke(export, ["google", "--market", "EU", "--out", str(tmp_path / "feed.xml")])

    assert result.exit_code == 2
    assert "links need the site's address: --site https://shop.example" in result.output


@pytest.mark.parametrize("site", ["shop.example", "ftp://shop.example", "https://shop.example/a", "https://"])
def test_an_address_that_is_none_of_a_site_is_said_to_be_so(tmp_path: Path, site: str) -> None:
    result = CliRunner().invoke(export, ["meta", "--market", "EU", "--out", str(tmp_path / "feed.csv"), "--site", site])

    assert result.exit_code == 1
    assert f"a site's address is like https://shop.example, with nothing behind it: not '{site}'" in result.output


def test_a_file_is_there_when_it_is_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    with whole_file(path) as file:
        file.write(b"<rss/>")
        assert not path.exists()

    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("feed.xml", b"<rss/>")]


def test_a_file_that_ends_in_gz_is_compressed_and_always_the_same(tmp_path: Path) -> None:
    for name in ("one.gz", "two.gz"):
        with whole_file(tmp_path / name) as file:
            file.write(b"<rss/>")

    assert gzip.decompress((tmp_path / "one.gz").read_bytes()) == b"<rss/>"
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()


def write_half(path: Path) -> None:
    """Fail in the midst of writing."""
    with whole_file(path) as file:
        file.write(b"today")
        raise ValueError("half")


def test_what_was_there_stays_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(b"yesterday's")

    with pytest.raises(ValueError, match="half"):
        write_half(path)

    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("feed.xml", b"yesterday's")]
