"""Pictures from a merchant's folder to a browser, and through a backup: the programs as an operator runs them."""

import json
import re
import urllib.error
import urllib.request
from http.client import HTTPMessage
from pathlib import Path

import pytest

from tests.catalogue_making import jsonl_line, write_jsonl
from tests.faults.programs import Installation, free_port
from tests.picture_making import encoded, halves, opened, photo


def fetch(address: str) -> tuple[bytes, HTTPMessage]:
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - our own site
        return answer.read(), answer.headers


def summary(installation: Installation, *arguments: str) -> dict[str, object]:
    """Run a command of pictures to its end and return what it tells a program, without how long it took."""
    done = installation.run("pictures", *arguments, "--merchant", "cablewright", "--json")
    assert done.stdout, done.stderr
    told: dict[str, object] = json.loads(done.stdout)
    return {name: value for name, value in told.items() if name != "elapsed_s"}


def test_pictures_are_imported_shown_backed_up_and_restored(installation: Installation, tmp_path: Path) -> None:
    goods = write_jsonl(tmp_path / "goods.jsonl", jsonl_line(id="cable"), jsonl_line(id="plug", ean=["5901234123457"]))
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "cable.jpg").write_bytes(photo(1400, 1050))
    (photos / "cable-2.png").write_bytes(encoded(halves(), "PNG"))
    (photos / "cable-3.gif").write_bytes(encoded(halves(), "GIF"))
    assert installation.run("import", str(goods)).returncode == 0

    dry = summary(installation, "import", str(photos), "--dry-run")
    done = summary(installation, "import", str(photos))
    again = summary(installation, "import", str(photos))
    one_more = summary(
        installation, "add", "--product", "plug", "--alt", "The plug, closed", str(photos / "cable-2.png")
    )
    nothing = installation.run("pictures", "add", "--merchant", "cablewright", "--product", "none", str(goods))
    nobody = installation.run("pictures", "import", str(photos), "--merchant", "none")

    refused = {"file": "cable-3.gif", "code": "picture-kind-not-taken"}
    refused["reason"] = "This is no picture that is taken but GIF. Bring one as JPEG, PNG, WebP or AVIF."
    told = {"files": 3, "unchanged": 0, "refused_count": 1, "refused": [refused]}
    assert dry == told | {"dry_run": True, "added": 2}
    assert done == told | {"dry_run": False, "added": 2}
    assert again == done | {"added": 0, "unchanged": 2}
    assert (one_more["added"], one_more["refused"]) == (1, [])
    assert (nothing.returncode, "The merchant has no product none." in nothing.stdout) == (1, True)
    assert (nobody.returncode, nobody.stderr) == (1, "Error: there is no merchant none\n")
    look_at_the_shop(installation)
    take_through_a_backup(installation, tmp_path / "saved")


def look_at_the_shop(installation: Installation) -> None:
    """Look at the shop's page and fetch what it shows."""
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    with installation.program("up", "--port", str(port)) as up:
        up.wait_for(f"Fairground runs at {site}")
        page = fetch(f"{site}/shops/cablewright")[0].decode()
        files = sorted(set(re.findall(r"/pictures/[\w.-]+", page)))
        fetched = {file: fetch(site + file) for file in files}
        missing = status_of_missing(f"{site}/pictures/{'0' * 32}-320.avif")
        up.interrupt()
        up.wait_for_end()

    # Two pictures on cards, each in two widths, each of these as AVIF and WebP.
    assert len(files) == 8
    for file, (body, headers) in fetched.items():
        assert opened(body).format == file.rpartition(".")[2].upper()
        assert headers["cache-control"] == "public, max-age=31536000, immutable"
        assert headers["x-content-type-options"] == "nosniff"
    assert missing == 404


def status_of_missing(address: str) -> int:
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(address)
    caught.value.close()
    return caught.value.code


def take_through_a_backup(installation: Installation, saved: Path) -> None:
    """Back the shop up and restore it beside itself."""
    backed_up = installation.run("backup", "--to", str(saved), "--json")
    restored = installation.run("restore", str(saved), "--database", "fairground_look")

    folders = [installation.cluster.home.pictures(database=name) for name in ("fairground", "fairground_look")]
    kept, copied = ({path.name: path.read_bytes() for path in folder.glob("*/*")} for folder in folders)
    # Each of the two has three widths in two kinds, one file for others, and a note.
    assert (restored.returncode, json.loads(backed_up.stdout)["picture_files"]) == (0, 16), restored.stderr
    assert copied == kept
    assert len(kept) == 16
