"""Reads of presales: what an offer says of one, what was promised about those placed, and whose balance is overdue."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from fairground.checkout.rules.presales import PresaleFacts, PresaleTerms
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.models import Writer
from fairground.kernel.sql import array_text, load_sql
from fairground.payments.life import WAITING_MAX_MS


def presale_terms(
    deposit_minor: int,
    inflation_minor: int | None,
    mode: int | None,
    deposit_max_bps: int | None,
    balance_opens_at: datetime | None,
    balance_closes_at: datetime | None,
) -> PresaleTerms | None:
    """Return what the last columns of offers.sql say of a presale; None where it is an ordinary offer."""
    if not deposit_minor:
        return None
    assert inflation_minor is not None, "a presale has all of its terms"
    assert mode is not None, "and says what its deposit is"
    assert deposit_max_bps is not None, "and may be"
    assert balance_opens_at is not None, "and when its balance"
    assert balance_closes_at is not None, "may be paid"
    opens_at_ms, closes_at_ms = to_unix_ms(balance_opens_at), to_unix_ms(balance_closes_at)
    return PresaleTerms(deposit_minor, inflation_minor, mode, deposit_max_bps, opens_at_ms, closes_at_ms)


def read_presales(purchase_ids: Collection[int], *, now: datetime) -> dict[int, PresaleFacts]:
    """Return what was promised about these presales, by purchase id, and what their goods cost at `now`."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("checkout", "presales"),
            {"lanes": array_text(map(lane_of, purchase_ids)), "ids": array_text(purchase_ids), "now": now},
        )
        rows = cursor.fetchall()
    return {row[0]: _facts(*row[1:]) for row in rows}


def _facts(  # noqa: PLR0913, PLR0917 - a row of presales.sql
    deposit_minor: int,
    mode: int,
    balance_opens_at: datetime,
    balance_closes_at: datetime,
    deposited_at: datetime | None,
    deal_id: int,
    goods_minor: int,
    discount_minor: int,
    given_minor: int,
    platform_minor: int,
    shipping_minor: int,
    shipping_tax_minor: int,
    duties_minor: int,
    quantity: int,
    tax_rate_bps: int,
    tax_included: bool,
    today_minor: int | None,
) -> PresaleFacts:
    return PresaleFacts(
        deposit_minor=deposit_minor,
        mode=mode,
        balance_opens_at_ms=to_unix_ms(balance_opens_at),
        balance_closes_at_ms=to_unix_ms(balance_closes_at),
        deposited_at_ms=to_unix_ms(deposited_at) if deposited_at else None,
        deal_id=deal_id,
        goods_minor=goods_minor,
        discount_minor=discount_minor,
        given_minor=given_minor,
        platform_minor=platform_minor,
        shipping_tax_minor=shipping_tax_minor,
        duties_minor=duties_minor,
        shipping_minor=shipping_minor,
        quantity=quantity,
        tax_rate_bps=tax_rate_bps,
        tax_included=tax_included,
        today_minor=today_minor,
    )


def balances_overdue(*, writer: Writer, now_ms: int, purchases_max: int) -> list[int]:
    """Return ids of presales in a writer's lanes whose balance was not paid in its window, at most so many.

    What closed before the last sweep was settled by it: a deposit is only taken while its balance may still be paid.
    One that a provider is taking, begun in its window, is waited for, no longer than a sweep looks back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("checkout", "balances_overdue"),
            {
                "lane_from": writer.lane_from,
                "lane_to": writer.lane_to,
                "from": from_unix_ms(writer.swept_to_ms),
                "now": from_unix_ms(now_ms),
                "waited_from": from_unix_ms(now_ms - WAITING_MAX_MS),
                "purchases_max": purchases_max,
            },
        )
        return [row[0] for row in cursor.fetchall()]
