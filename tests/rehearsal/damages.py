"""What can go wrong with the rows of `trading.make_trade`, done by hand: the check that must turn red, and how."""

from uuid import UUID

from django.db import connection

# A paid order, one that is not, and what belongs to them.
A_PAID = "(SELECT min(id) FROM orders_order WHERE state = 2)"
AN_UNPAID = "(SELECT min(id) FROM orders_order WHERE state = 1)"
# An id in lane 5 of something that is not there.
NOWHERE = 5 << 12

# The check that must turn red, and what is done to the data; hot tables keep their constraints meanwhile.
DAMAGES = [
    ("duplicates", "INSERT INTO orders_purchasekey (key, shopper_id, lane, purchase_id, request_hash)"
     " SELECT a.key, a.shopper_id, b.lane, b.purchase_id, b.request_hash"
     " FROM orders_purchasekey a JOIN orders_purchasekey b ON b.lane > a.lane LIMIT 1"),
    ("duplicates", "UPDATE orders_purchase SET placed_at = now() WHERE state = 1;"
     " UPDATE orders_order SET placed_at = now() WHERE state = 1;"
     " UPDATE orders_shopperpurchase SET placed_at = now() WHERE state = 1;"
     " DELETE FROM orders_purchasekey WHERE purchase_id = (SELECT id FROM orders_purchase WHERE state = 1)"),
    ("stock", "UPDATE inventory_stock SET sold = sold + 1 WHERE deal_id IS NULL"),
    ("stock", "UPDATE inventory_stock SET reserved = reserved - 1 WHERE reserved > 0"),
    ("deal_units", "UPDATE festivals_deal SET units = 2 WHERE buyer_limit = 0"),
    ("buyer_limits", "UPDATE festivals_dealbuyer SET units = units - 1 WHERE units = 2"),
    ("buyer_limits", "DELETE FROM festivals_dealbuyer WHERE units = 1"),
    ("buyer_limits", "UPDATE festivals_deal SET buyer_limit = 1 WHERE buyer_limit = 2"),
    ("promotions", "UPDATE promotions_allowance SET taken = taken + 1 WHERE kind = 2"),
    ("promotions", "UPDATE promotions_allowance SET taken_max = taken_max + 1 WHERE kind = 1"),
    ("promotions", "UPDATE promotions_promotionterms SET amount_max_minor = amount_max_minor - 1"
     " WHERE amount_max_minor > 0"),
    ("promotions", "DELETE FROM promotions_allowance WHERE kind = 1"),
    ("promotions", "UPDATE promotions_allowance SET lane = 1"),
    ("promotions", "DELETE FROM promotions_coupon WHERE shopper_id = (SELECT min(shopper_id) FROM promotions_coupon)"),
    ("promotions", "UPDATE promotions_coupon SET promotion_id = 1"),
    ("declarations", "DELETE FROM festivals_approval WHERE user_id = 2"),
    ("declarations", "UPDATE festivals_declaration SET version = 2"),
    ("declarations", "UPDATE festivals_declaration SET declared_by = 1"),
    ("declarations", "UPDATE festivals_declaration SET state = 'approved'"),
    ("declarations", "UPDATE festivals_declaration SET state = 'draft', deal_id = NULL"),
    ("declarations", "UPDATE festivals_enrolment SET merchant_id = (SELECT max(id) FROM merchants_merchant)"),
    ("lines", "INSERT INTO orders_linediscount (lane, order_id, line_no, step, source, funder, amount_minor)"
     " SELECT lane, order_id, line_no, 1, 'a', 'platform', 1 FROM orders_orderline LIMIT 1"),
    ("orders", "UPDATE orders_orderline SET unit_price_minor = unit_price_minor + 1,"
     " goods_minor = goods_minor + quantity"),
    ("orders", f"UPDATE orders_orderline SET line_no = 2 WHERE order_id = {A_PAID}"),
    ("orders", "UPDATE orders_orderline SET tax_minor = tax_minor + 1 WHERE NOT tax_included"),
    ("shipping", "UPDATE orders_order SET shipping_tax_minor = 1"
     " WHERE (lane, id) IN (SELECT lane, order_id FROM orders_orderline WHERE tax_included)"),
    ("duties", "INSERT INTO orders_orderduty SELECT lane, order_id, 1, place_id, 'CN', left(hs_code, 6), 1, 1, 0"
     " FROM orders_orderline LIMIT 1"),
    ("purchases", "UPDATE orders_purchase SET total_minor = total_minor + 1;"
     " UPDATE orders_shopperpurchase SET total_minor = total_minor + 1"),
    ("purchases", "UPDATE orders_purchase SET order_ids = ARRAY[order_ids[2], order_ids[1]]"
     " WHERE cardinality(order_ids) = 2"),
    ("purchases", "UPDATE orders_order SET position = 2 WHERE state = 1"),
    ("tallies", "UPDATE dashboard_tally SET amount_minor = amount_minor + 1 WHERE kind = 2"),
    ("tallies", "UPDATE dashboard_tally SET device = 1 WHERE kind = 3"),
    ("tallies", "DELETE FROM dashboard_tally WHERE kind = 1 AND currency = 'USD'"),
    ("merchant_tallies", "UPDATE dashboard_merchanttally SET units = units + 1 WHERE kind = 1"),
    ("accounts", "UPDATE ledger_account SET credits_posted_minor = credits_posted_minor + 1"
     " WHERE address LIKE '%wallet%'"),
    ("transfers", "UPDATE ledger_transfer SET currency = 'JPY' WHERE kind = 1"),
    ("transfers", "INSERT INTO ledger_transferend SELECT lane, id, 1, at FROM ledger_transfer LIMIT 1"),
    ("escrow", "UPDATE ledger_transfer SET order_id = NULL WHERE kind = 2"),
    ("escrow", f"UPDATE ledger_transfer SET order_id = {AN_UNPAID}, lane = ({AN_UNPAID} >> 12) & 1023"
     f" WHERE order_id = {A_PAID}"),
    ("packets", "UPDATE redpackets_packet SET amount_minor = amount_minor + 1 WHERE round_id = (SELECT max(id) FROM"
     " redpackets_packetround)"),
    ("packets", "UPDATE redpackets_packet SET no = 0 WHERE round_id = (SELECT max(id) FROM redpackets_packetround)"),
    ("packets", "DELETE FROM redpackets_packet WHERE round_id = (SELECT max(id) FROM redpackets_packetround)"),
    ("packets", "UPDATE redpackets_packet SET shopper_id = shopper_id + 4000"),
    ("packets", "UPDATE redpackets_packet SET currency = 'USD'"),
    ("packets", "UPDATE redpackets_packetslice SET taken_minor = taken_minor + 1 WHERE next_no < end_no"),
    ("packets", "UPDATE redpackets_packetslice SET first_no = 1"),
    ("packets", "UPDATE redpackets_packetround SET amounts[1] = amounts[1] + 1, amounts[2] = amounts[2] - 1"
     " WHERE packets = 4"),
    ("packets", "UPDATE redpackets_packetround SET amounts[4] = amounts[4] + 1 WHERE packets = 4"),
    ("packets", f"INSERT INTO redpackets_packetslice VALUES (5, {NOWHERE}, 0, 0, 1, 1)"),
    ("packet_caps", "UPDATE redpackets_packetcampaign SET allotted_minor = allotted_minor + 1"),
    ("packet_caps", "UPDATE redpackets_packetcampaign SET budget_minor = allotted_minor,"
     " allotted_minor = allotted_minor - 1"),
    ("packet_caps", "UPDATE redpackets_packetround SET returned_minor = returned_minor - 1"
     " WHERE closed_at IS NOT NULL;"
     " UPDATE redpackets_packetcampaign SET allotted_minor = allotted_minor + 1"),
    ("packet_caps", "UPDATE redpackets_packetcampaign SET opens_at = opens_at + interval '1 s'"),
    ("draws", "UPDATE draws_prizepool SET awarded_minor = awarded_minor + 1"),
    ("draws", "UPDATE draws_award SET amount_minor = amount_minor + 1 WHERE place = 1"),
    ("draws", "UPDATE draws_award SET amount_minor = 0, charged_minor = 0, transfer_id = NULL WHERE place = 1"),
    ("draws", "UPDATE ledger_transfer SET kind = 10 WHERE kind = 11"),
    ("draws", "UPDATE ledger_transfer SET kind = 11 WHERE kind = 1 AND currency = 'USD'"),
    ("draws", "UPDATE draws_prize SET amounts_minor = '{\"EU\": 699}'"),
    ("draws", "UPDATE draws_draw SET ceilings_minor = '{\"EU\": 699}'"),
    ("draws", "UPDATE draws_draw SET commitment = repeat('0', 64)"),
    ("draws", "UPDATE draws_draw SET entries = entries + 1"),
    ("draws", "UPDATE draws_draw SET closes_at = opens_at + interval '1 s'"),
    ("draws", "DELETE FROM draws_entry WHERE kind = 3"),
    ("draws", "UPDATE draws_entry SET ref = ref + 1 WHERE kind = 1"),
    ("draws", "UPDATE draws_winner SET ref = ref + 1"),
    ("draws", "DELETE FROM draws_winner WHERE place = 2"),
    ("draws", "DELETE FROM draws_award WHERE place = 2; DELETE FROM draws_winner WHERE place = 2"),
    ("orphans_of_orders", f"DELETE FROM orders_orderaddress WHERE order_id = {AN_UNPAID}"),
    ("orphans_of_orders", f"INSERT INTO orders_orderaddress VALUES (5, {NOWHERE}, '{{}}', now())"),
    ("orphans_of_orders", f"INSERT INTO orders_linediscount VALUES (5, {NOWHERE}, 1, 1, 'a', 'platform', 1)"),
    ("orphans_of_orders", f"INSERT INTO orders_purchasekey (lane, key, shopper_id, request_hash, purchase_id)"
     f" VALUES (5, '{UUID(int=1)}', 1, '', {NOWHERE})"),
    ("orphans_of_orders", f"INSERT INTO orders_shopperpurchase VALUES (5, {NOWHERE}, {NOWHERE}, 1, 'EUR', 1, now())"),
    ("orphans_of_orders", f"UPDATE ledger_transfer SET order_id = {NOWHERE} WHERE kind = 1"),
    ("orphans_of_goods", "UPDATE orders_orderline SET place_id = 1"),
    ("orphans_of_goods", "DELETE FROM identity_shopper WHERE id = (SELECT max(shopper_id) FROM orders_purchase"
     " WHERE shopper_id NOT IN (SELECT shopper_id FROM redpackets_packet))"),
    ("orphans_of_goods", "UPDATE inventory_stock SET place_id = 1"
     " WHERE id NOT IN (SELECT stock_id FROM orders_orderline)"),
    ("orphans_of_goods", f"INSERT INTO festivals_dealbuyer VALUES (5, {NOWHERE}, 1, 1, 1)"),
    ("states", f"UPDATE orders_order SET paid_at = paid_at + interval '1 s' WHERE id = {A_PAID}"),
    ("states", "INSERT INTO fulfilment_shipment (lane, order_id, shipment_no, carrier, tracking_number, shipped_at)"
     f" SELECT lane, id, 1, '', '', now() FROM orders_order WHERE id = {A_PAID};"
     " INSERT INTO fulfilment_shipmentline (lane, order_id, shipment_no, line_no, units)"
     f" SELECT lane, order_id, 1, line_no, quantity FROM orders_orderline WHERE order_id = {A_PAID};"
     " INSERT INTO fulfilment_awaitedreceipt (lane, order_id, due_at)"
     f" SELECT lane, id, now() FROM orders_order WHERE id = {A_PAID};"
     f" UPDATE orders_order SET state = 3 WHERE id = {A_PAID}"),
    ("my_purchases", "DELETE FROM orders_shopperpurchase WHERE state = 2"),
    ("my_purchases", "UPDATE orders_shopperpurchase SET state = 1 WHERE state = 6"),
    ("events", "DELETE FROM kernel_outbox WHERE kind = 2"),
    ("events", "UPDATE kernel_outbox SET kind = 3 WHERE kind = 4"),
    ("ids", "UPDATE merchants_merchant SET lane = lane + 1"),
    ("ids", "INSERT INTO ledger_account (lane, id, address, kind, currency) SELECT lane, id, 'a', 3, 'EUR'"
     " FROM orders_purchase LIMIT 1"),
    ("phases", "UPDATE festivals_festival SET opens_at = opens_at - interval '1 s'"),
    ("phases", "UPDATE festivals_phase SET ends_at = ends_at + interval '1 s'"),
    ("phases", "DELETE FROM festivals_phase"),
    ("phases", "UPDATE festivals_transition SET kind = 8"),
    ("phases", "UPDATE festivals_dealprice SET opens_at = now(), closes_at = now() + interval '1 h'"),
    ("phases", "INSERT INTO festivals_phase (festival_id, kind, market_id, starts_at, ends_at)"
     " SELECT festival_id, 7, 'EU', starts_at + interval '1 h', ends_at FROM festivals_phase WHERE kind = 7"),
    ("phases", "UPDATE festivals_transition SET done_at = now() + interval '1 day'"),
    ("writers", "UPDATE kernel_writer SET batch_seq = 0"),
    ("writers", "UPDATE kernel_writer SET outbox_seq = 0"),
    ("writers", "UPDATE kernel_writer SET id_ms = 0"),
    ("writers", "UPDATE kernel_writer SET lane_to = 63"),
]  # fmt: skip

_FORFEITED = "(SELECT order_id FROM ledger_transfer WHERE kind = 21)"

# The same for the rows of test_verify_presales; what a CHECK of the database refuses needs none.
PRESALE_DAMAGES = [
    ("deposits", f"UPDATE ledger_transfer SET kind = 22 WHERE order_id IN {_FORFEITED} AND kind = 21"),
    ("deposits", "UPDATE ledger_transfer SET kind = 4 WHERE kind = 22"),
    ("deposits", "UPDATE ledger_transfer SET kind = 4 WHERE kind = 23"),
    ("deposits", "UPDATE orders_purchase SET deposit_end = 2 WHERE deposit_end = 3"),
    ("deposits", "DELETE FROM settlement_depositdue"),
    ("deposits", "UPDATE settlement_depositdue SET amount_minor = amount_minor + 1"),
    ("deposits", "INSERT INTO settlement_depositdue SELECT lane, order_id, merchant_id, currency, kind, other_minor"
     " FROM settlement_entry WHERE kind = 4"),
    ("deposits", "UPDATE ledger_transfer SET kind = 4 WHERE kind = 58"),
    ("presales", "UPDATE festivals_presaleprice SET price_minor = price_minor + 1"),
    ("presales", "DELETE FROM festivals_presaleprice"),
    ("presales", "UPDATE orders_linediscount SET source = replace(source, 'guarantee', 'deal')"
     " WHERE source LIKE 'guarantee%'"),
]  # fmt: skip

_USED = "taken > 0 AND kind = 1"

# The same for the rows of test_verify_discounts.
DISCOUNT_DAMAGES = [
    ("promotions", "UPDATE promotions_promotion SET shopper_uses_max = 0 WHERE shopper_uses_max > 0"),
    ("discounts", f"UPDATE promotions_allowance SET amount_minor = amount_minor + 1 WHERE {_USED}"),
    ("discounts", f"UPDATE promotions_allowance SET taken = taken - 1 WHERE {_USED}"),
    ("discounts", "UPDATE promotions_shopperuse SET uses = 0"),
    ("discounts", "DELETE FROM promotions_shopperuse"),
    ("discounts", "INSERT INTO promotions_shopperuse (lane, promotion_id, shopper_id, uses, uses_max)"
     " SELECT s.lane, p.id, s.id, 1, 1 FROM promotions_promotion p, identity_shopper s WHERE p.shopper_uses_max > 0"
     " AND s.id NOT IN (SELECT shopper_id FROM promotions_shopperuse)"),
    ("discounts", "UPDATE promotions_coupon SET used = 1 - used"),
    ("discounts", "DELETE FROM promotions_coupon WHERE used = 1"),
    ("discounts", "UPDATE promotions_coupon SET used = 1 WHERE used = 0"),
    ("discounts", "DELETE FROM promotions_promotionterms WHERE off_minor = 0"),
    ("discounts", "UPDATE orders_linediscount SET source = replace(source, 'coupon', 'promotion')"
     " WHERE source LIKE 'coupon%'"),
    ("discounts", "UPDATE orders_linediscount SET source = 'promotion:1' WHERE source LIKE 'promotion%'"),
]  # fmt: skip

# The same for the rows of test_verify_refunds; what the trigger of INV-25 refuses is written past it.
REFUND_DAMAGES = [
    ("refunds", "UPDATE orders_refund SET goods_minor = goods_minor + 1, discount_minor = discount_minor + 1"
     " WHERE reason = 3"),
    ("refunds", "UPDATE orders_refunddiscount SET refund_no = 2"
     " WHERE order_id IN (SELECT order_id FROM orders_refund WHERE reason = 3);"
     " UPDATE orders_refund SET refund_no = 2 WHERE reason = 3"),
    ("refunds", "UPDATE ledger_transfer SET kind = 4 WHERE kind = 3"),
    ("refunds", "UPDATE ledger_transfer SET kind = 3 WHERE kind = 30"),
    ("refunds", "INSERT INTO ledger_transfer SELECT lane, id + 1, debit_account_id, credit_account_id, 1, currency,"
     " kind, order_id, pending, at FROM ledger_transfer WHERE kind = 3 LIMIT 1;"
     " UPDATE ledger_account SET debits_posted_minor = debits_posted_minor + 1 WHERE id ="
     " (SELECT debit_account_id FROM ledger_transfer WHERE kind = 3 AND amount_minor = 1);"
     " UPDATE ledger_account SET credits_posted_minor = credits_posted_minor + 1 WHERE id ="
     " (SELECT credit_account_id FROM ledger_transfer WHERE kind = 3 AND amount_minor = 1)"),
    ("refunds", "UPDATE orders_refund SET tax_minor = tax_minor - 1 WHERE reason = 1"),
    ("stock", "UPDATE fulfilment_shipmentline SET units = 1;"
     " UPDATE orders_refund SET restocked = true WHERE reason = 3"),
    ("tallies", "UPDATE dashboard_tally SET orders = 1 WHERE kind = 4 AND orders = 0"),
    ("discounts", "UPDATE redpackets_packet SET used_minor = used_minor - 1 WHERE used_minor > 1"),
    ("discounts", "UPDATE promotions_allowance SET amount_minor = amount_minor + 1 WHERE amount_minor > 0"),
    ("orphans_of_orders", f"INSERT INTO orders_refunddiscount VALUES (5, {NOWHERE}, 1, 1, 1, 'deal:1', 'platform', 1)"),
]  # fmt: skip
PAYMENT_DAMAGES = [
    ("payments", 'UPDATE payments_payment SET captured_minor = captured_minor + 1 WHERE "end" = 1'),
    ("payments", "UPDATE payments_payment SET hold_id = hold_id + 1 WHERE hold_id IS NOT NULL AND state = 1"),
    ("payments", "UPDATE ledger_transfer SET kind = 40 WHERE kind = 1"),
    ("payments", "UPDATE payments_payment SET shopper_id = 1 WHERE state = 1"),
    ("payments", 'UPDATE payments_payment SET provider = \'other\' WHERE "end" = 2'),
    ("payment_returns", "UPDATE payments_paymentrefund SET state = 3 WHERE state = 2 AND order_id IS NOT NULL"),
    ("payment_returns", "UPDATE payments_paymentrefund SET transfer_id = 1 WHERE order_id IS NOT NULL"),
    ("payment_returns", "DELETE FROM payments_paymentrefund WHERE order_id IS NULL"),
    (
        "payment_returns",
        "UPDATE payments_paymentrefund SET again_of = payment_id WHERE order_id IS NOT NULL",
    ),
    ("gifts", "UPDATE payments_giftcard SET amount_minor = amount_minor + 1 WHERE redeemed_at IS NOT NULL"),
    ("gifts", "UPDATE payments_giftcard SET lapsed_transfer_id = NULL WHERE lapsed_transfer_id IS NOT NULL"),
    ("gifts", "UPDATE payments_giftcard SET amount_minor = amount_minor + 1 WHERE lapsed_transfer_id IS NOT NULL"),
    ("gifts", "UPDATE payments_giftcard SET issue_key = NULL WHERE redeemed_at IS NOT NULL"),
    ("gifts", "DELETE FROM payments_giftcard WHERE redeemed_at IS NULL AND lapsed_transfer_id IS NULL"),
    ("gifts", "DELETE FROM payments_giftcardissue WHERE is_sold"),
    ("gifts", "UPDATE payments_giftcardissue SET count = count + 1"),
    ("gifts", "UPDATE payments_giftcardissue SET is_sold = NOT is_sold"),
    ("gifts", "UPDATE payments_giftcardissue SET amount_minor = amount_minor + 1"),
    ("gifts", "UPDATE ledger_transfer SET kind = 4 WHERE kind = 47"),
    ("gifts", "DELETE FROM payments_credit"),
    ("gifts", "UPDATE payments_credit SET worth_cents = worth_cents + 1"),
    ("gifts", "UPDATE payments_giftcardissue SET worth_cents = NULL WHERE is_sold"),
    ("gifts", "UPDATE payments_giftcardissue SET granted_by = 8 WHERE NOT is_sold"),
    ("gifts", "UPDATE payments_staffday SET cents = cents + 1 WHERE is_sold"),
    ("gifts", "UPDATE payments_staffday SET cents = cents + 1 WHERE NOT is_sold"),
    ("gifts", "DELETE FROM payments_staffday"),
]  # fmt: skip

# The same of closed days.
A_BALANCE = "(SELECT min(account_id) FROM ledger_daybalance)"
LAST_DAY = "(SELECT max(day) FROM ledger_day)"
CLOSED_DAY_DAMAGES = [
    ("closed_days", f"UPDATE ledger_day SET previous_hash = repeat('a', 64) WHERE day = {LAST_DAY}"),
    ("closed_days", "UPDATE ledger_day SET transfers = transfers + 1"),
    ("closed_days", f"DELETE FROM ledger_daybalance WHERE account_id = {A_BALANCE}"),
    ("closed_days", f"UPDATE ledger_daybalance SET debits_pending_minor = 1 WHERE account_id = {A_BALANCE}"),
    ("closed_days", f"UPDATE ledger_daybalance SET day = day + 7 WHERE account_id = {A_BALANCE}"),
    ("closed_days", f"INSERT INTO ledger_daybalance VALUES (1, {LAST_DAY}, 'EUR', 1, 0, 0, 0)"),
    ("closed_days", "UPDATE ledger_dayseal SET ends_at = ends_at - interval '1 minute'"),
]
A_SHIPPED = "(SELECT min(id) FROM orders_order WHERE state = 3)"
WITHDRAWN = (
    "INSERT INTO fulfilment_withdrawal (lane, order_id, purchase_id, shopper_id, merchant_id, declared_at, outcome,"
    " name, statement, language, settled_at, tell_after)"
)
# The books of `test_verify_parcels.trade`; each turns the check of parcels red.
PARCEL_DAMAGES = [("parcels", damage) for damage in (
    "DELETE FROM fulfilment_shipmentline WHERE line_no = 1 AND units = 2",
    "DELETE FROM fulfilment_shipment WHERE tracking_number = 'P1'",
    "DELETE FROM fulfilment_shipmentline WHERE units = 1; DELETE FROM fulfilment_shipment WHERE tracking_number = 'P1';"
    f"UPDATE fulfilment_awaitedreceipt SET due_at = NULL WHERE order_id = {A_SHIPPED}",
    "INSERT INTO fulfilment_shipmentline SELECT lane, order_id, 1, 1, 3 FROM orders_orderline WHERE order_id ="
    " (SELECT max(order_id) FROM orders_orderline)",
    f"DELETE FROM fulfilment_awaitedreceipt WHERE order_id = {A_SHIPPED}",
    "INSERT INTO fulfilment_awaitedreceipt SELECT lane, id, now() FROM orders_order WHERE state = 2",
    "UPDATE fulfilment_shipment SET delivered_at = now() WHERE tracking_number = 'P1'",
    WITHDRAWN + " SELECT lane, id, purchase_id, shopper_id + 1, merchant_id, now(), 3,"
    " '', '', 'en', now(), now() FROM orders_order WHERE state = 2",
    WITHDRAWN + " SELECT lane, id, purchase_id, shopper_id, merchant_id, now(), 1,"
    " '', '', 'en', now(), now() FROM orders_order WHERE state = 2",
)]  # fmt: skip
CASE_DAMAGES = [
    ("cases", "UPDATE aftersales_caseline SET paid_minor = paid_minor + 1 WHERE units_paid > 0"),
    ("cases", "UPDATE aftersales_caseline SET refund_nos = '{7}' WHERE units_paid > 0"),
    ("cases", "UPDATE aftersales_caseline SET refund_nos = '{}', units_paid = 0, paid_minor = 0 WHERE units_paid > 0"),
    ("cases", "DELETE FROM orders_unitsheld"),
    ("cases", "UPDATE orders_unitsheld SET case_id = 77"),
    ("cases", "UPDATE aftersales_case SET merchant_id = 77"),
    ("cases", "UPDATE aftersales_caseline SET swap_sku_id = 77 WHERE swap_given > 0"),
    ("cases", "UPDATE aftersales_case SET state = 10 WHERE state = 9"),
    ("letters", "UPDATE letters_letter SET reader_id = 77 WHERE reader = 1"),
    ("letters", "UPDATE letters_letter SET reader_id = 77 WHERE reader = 2"),
    ("letters", "UPDATE letters_letter SET subject_id = 77"),
    ("letters", "UPDATE letters_letter SET event_id = event_id + 1000 WHERE news = 1 AND reader = 2"),
    ("letters", "DELETE FROM letters_letter WHERE id = (SELECT max(id) FROM letters_letter WHERE reader = 1)"),
    *(
        (
            "letters",
            "DELETE FROM letters_letter WHERE reader = 1 AND news = 1 AND event_id IN"
            f" (SELECT id FROM aftersales_caseevent WHERE {told})",
        )
        for told in ("kind = 13 AND who = 2", "kind = 7 AND who = 1")
    ),
    ("stock", "UPDATE aftersales_caseline SET swap_restocked = 0 WHERE swap_restocked > 0"),
    ("cases", "UPDATE aftersales_caseline SET swap_due = 2, units_asked = 2, units_agreed = 2 WHERE swap_given > 0"),
    ("cases", "UPDATE aftersales_caseline SET swap_due = 0 WHERE swap_lost = 0 AND swap_given = 0 AND swap_due > 0"),
    ("cases", 'DELETE FROM aftersales_replacement WHERE "end" = 1'),
    ("cases", "DELETE FROM aftersales_replacement WHERE sent_at IS NULL"),
    ("cases", "DELETE FROM aftersales_replacement WHERE number = 2"),
    ("cases", "UPDATE aftersales_case SET days = days - 'claim'"),
    ("cases", "UPDATE aftersales_case SET days = jsonb_set(days, '{claim}', '\"never\"')"),
    ("cases", "INSERT INTO aftersales_marketdays VALUES ('ZZ', 3, 14, 14, 14, 7, 7, 30, 732)"),
    (
        "cases",
        'UPDATE aftersales_replacement SET "end" = 1, ended_at = sent_at WHERE "end" = 2 AND number = 1'
        " AND NOT EXISTS (SELECT FROM aftersales_replacement AS o WHERE o.case_id = aftersales_replacement.case_id"
        " AND o.number = 2)",
    ),
    ("stock", "UPDATE inventory_stock SET reserved = reserved - 1 WHERE reserved > 0"),
]


def run(statement: str) -> int:
    """Run a statement outside of any transaction, and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # past the triggers that forbid it (INV-7)
        cursor.execute(statement)
        touched = cursor.rowcount
        cursor.execute("RESET session_replication_role")
        return int(touched)
