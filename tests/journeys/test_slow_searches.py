"""Searches that the database does not answer in time."""

import pytest
from django.db import connection
from django.test import Client

from fairground.search import queries
from tests.concurrency.racing import table_held
from tests.factories import make_market
from tests.goods_making import make_good

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A market with a chair, and searches that end soon."""
    make_market()
    make_good()
    monkeypatch.setattr(queries, "STATEMENT_MAX_MS", 100)


@pytest.mark.parametrize(
    ("address", "table"), [("/search?q=oak&lang=en", "search_document"), ("/search?lang=en", "catalog_sku")]
)
def test_a_search_that_takes_too_long_says_what_to_do(client: Client, address: str, table: str) -> None:
    with table_held(table):
        slow = client.get(address)

    assert (slow.status_code, slow.headers["Retry-After"]) == (503, "5")
    assert "<h1>This search takes too long</h1>" in slow.content.decode()
    assert 'value="oak"' in slow.content.decode() or "q=oak" not in address
    assert "x-same-until-ms" in slow.headers
    assert client.get(address).status_code == 200


def test_suggestions_that_take_too_long_are_none(client: Client) -> None:
    with table_held("search_document"):
        slow = client.get("/search/suggestions?q=oak")

    assert (slow.status_code, slow.headers["Retry-After"]) == (503, "5")
    assert slow.json() == {"suggestions": []}
    assert len(client.get("/search/suggestions?q=oak").json()["suggestions"]) == 1


def test_the_time_limit_is_for_the_search_alone(client: Client) -> None:
    assert client.get("/search?q=oak").status_code == 200

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
