"""What can go wrong with settled books, done by hand: the check that must turn red, and how."""

SETTLEMENT_DAMAGES = [
    ("releases", "UPDATE settlement_release SET commission_minor = commission_minor - 1,"
     " payable_minor = payable_minor + 1 WHERE order_id = (SELECT min(order_id) FROM settlement_release)"),
    ("releases", "UPDATE ledger_transfer SET kind = 53 WHERE kind = 52"),
    ("releases", "ALTER TABLE orders_orderline DISABLE TRIGGER inv_34_rate_stays;"
     " UPDATE orders_orderline SET commission_bps = commission_bps + 100;"
     " ALTER TABLE orders_orderline ENABLE TRIGGER inv_34_rate_stays"),
    ("releases", "ALTER TABLE orders_order DISABLE TRIGGER inv_34_rate_stays;"
     " UPDATE orders_order SET creator_bps = creator_bps + 100 WHERE creator_id IS NOT NULL;"
     " ALTER TABLE orders_order ENABLE TRIGGER inv_34_rate_stays"),
    ("releases", "UPDATE settlement_release SET merchant_id = merchant_id + 1, reserve_until = NULL"
     " WHERE reserve_minor = 0 AND reserve_until IS NULL"),
    ("releases", "INSERT INTO settlement_due SELECT lane, order_id, merchant_id FROM settlement_release LIMIT 1"),
    ("releases", "INSERT INTO settlement_due VALUES (3, 12289, 1)"),
    ("releases", "DELETE FROM settlement_due"),
    ("payouts", "ALTER TABLE settlement_payout DISABLE TRIGGER USER;"
     " UPDATE settlement_payout SET until_id = until_id - 1 WHERE state = 4;"
     " ALTER TABLE settlement_payout ENABLE TRIGGER USER"),
    ("payouts", "UPDATE settlement_payout SET state = 3, ended_at = NULL WHERE state = 4"),
    ("payouts", "UPDATE settlement_payout SET hold_id = hold_id + 1 WHERE state = 1"),
    ("payouts", "INSERT INTO ledger_transfer SELECT lane, id + 99, debit_account_id, credit_account_id, 1, currency, 4,"
     " NULL, false, at FROM ledger_transfer WHERE id = (SELECT min(id) FROM ledger_transfer WHERE kind = 51);"
     " UPDATE ledger_account SET debits_posted_minor = debits_posted_minor + 1 WHERE id ="
     " (SELECT debit_account_id FROM ledger_transfer WHERE kind = 4);"
     " UPDATE ledger_account SET credits_posted_minor = credits_posted_minor + 1 WHERE id ="
     " (SELECT credit_account_id FROM ledger_transfer WHERE kind = 4)"),
]  # fmt: skip
