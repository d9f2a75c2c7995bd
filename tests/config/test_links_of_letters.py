"""Where the links of letters lead: to the site's public address, or to where a demo serves; never half an address."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fairground.config.public_address import public_address
from fairground.config.supervisor import web_and_background

SITE, SERVED_AT = {"FAIRGROUND_SITE": "https://shop.example"}, {"FAIRGROUND_SERVED_AT": "http://127.0.0.1:9000"}


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "http://127.0.0.1:9000"), ("::1", "http://[::1]:9000")])
def test_the_background_of_a_demo_is_told_where_the_demo_serves(host: str, address: str) -> None:
    *webs, background = web_and_background(host=host, port=9000)

    assert background.env == {"FAIRGROUND_SERVED_AT": address}
    assert public_address(address) == address
    assert {len(web.env) for web in webs} == {0}


@pytest.mark.parametrize(
    ("realm", "said", "address"),
    [
        ("real", SITE | SERVED_AT, "https://shop.example"),
        ("real", SERVED_AT, ""),
        ("demo", SITE | SERVED_AT, "http://127.0.0.1:9000"),
        ("demo", SITE, ""),
    ],
)
def test_the_real_shop_goes_by_its_own_address_and_no_other_realm_does(
    realm: str, said: dict[str, str], address: str, tmp_path: Path
) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in SITE | SERVED_AT}
    environment = {**kept, **said, "FAIRGROUND_REALM": realm, "FAIRGROUND_HOME": str(tmp_path / "home")}
    program = "from fairground.config.settings import LINKS_ADDRESS; print(LINKS_ADDRESS)"

    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True, text=True)

    assert done.stdout.strip() == address
