"""Forms with files at a web process: how much is read of whom, before anybody looks at it."""

from datetime import UTC, datetime, timedelta

import pytest

from fairground.sites.merchant_desk.links import Link, is_ours, sign_link
from fairground.sites.pages import FORM_MAX_BYTES
from tests.journeys.web_processes import web_processes
from tests.journeys.wire_http import Reply, exchange, http_request

NOW = datetime.now(UTC)


def send_file(port: int, path: str, *, size: int) -> Reply:
    """POST a form whose only field is a file of so many bytes."""
    head = b'--b\r\nContent-Disposition: form-data; name="label"; filename="a.pdf"\r\n\r\n'
    body = head + b"x" * size + b"\r\n--b--\r\n"
    headers: dict[str, str | None] = {
        "host": f"127.0.0.1:{port}",
        "origin": f"http://127.0.0.1:{port}",
        "content-type": "multipart/form-data; boundary=b",
        "content-length": str(len(body)),
    }
    return exchange(port, http_request(method="POST", path=path, headers=headers, body=body))


@pytest.mark.usefixtures("transactional_db")
def test_large_files_are_read_behind_our_links_and_where_the_staff_brings_them() -> None:
    ours = sign_link(Link(5, 7, 1), ends_at=NOW + timedelta(days=1))

    with web_processes(1) as (port,):
        opened = send_file(port, f"/merchant/cases/{ours}", size=FORM_MAX_BYTES)
        guessed = send_file(port, f"/merchant/cases/{ours[:-4]}AAAA", size=FORM_MAX_BYTES)
        reports = send_file(port, "/back-office/money/reconciliation/", size=3 * 1024 * 1024)

    # Of a case that is not there the page says so; the office was sent no form of its own.
    assert [one.status for one in (opened, guessed, reports)] == [404, 413, 403]
    assert "That is too much for this form" in guessed.body.decode()


def test_only_a_link_that_we_signed_and_that_lasts_is_ours() -> None:
    link = Link(5, 7, 1)
    lasting = sign_link(link, ends_at=NOW + timedelta(days=1))
    over = sign_link(link, ends_at=NOW - timedelta(seconds=1))

    assert is_ours(lasting, now=NOW)
    others = [over, f"{lasting[:-4]}AAAA", lasting[:9], "", "✓", "a" * 3_000]
    assert [one for one in others if is_ours(one, now=NOW)] == []
