"""INV-28 in the database: no more goes back to a provider than it took; what a return says of money never changes."""

from django.db import migrations

# The payment's row is locked, so that of two transactions the second one sees the first one's rows. State 3: failed.
WITHIN = """
CREATE FUNCTION inv_28_returned_within_taken() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken record;
    gone_minor numeric;
BEGIN
    SELECT p.captured_minor, p.captured_currency INTO taken FROM payments_payment AS p
    WHERE p.lane = NEW.lane AND p.id = NEW.payment_id FOR UPDATE;
    SELECT NEW.amount_minor + COALESCE(sum(r.amount_minor), 0) INTO gone_minor FROM payments_paymentrefund AS r
    WHERE r.lane = NEW.lane AND r.payment_id = NEW.payment_id AND r.state <> 3;
    IF (gone_minor <= taken.captured_minor AND NEW.currency = taken.captured_currency) IS NOT TRUE THEN
        RAISE EXCEPTION 'INV-28: % % of payment % went back, of % %', gone_minor, NEW.currency, NEW.payment_id,
            taken.captured_minor, taken.captured_currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_28_returned_within_taken';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER inv_28_returned_within_taken BEFORE INSERT ON payments_paymentrefund
    FOR EACH ROW EXECUTE FUNCTION inv_28_returned_within_taken();
CREATE FUNCTION inv_28_return_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 1
       OR (OLD.lane, OLD.id, OLD.payment_id, OLD.key, OLD.amount_minor, OLD.currency, OLD.transfer_id)
          IS DISTINCT FROM
          (NEW.lane, NEW.id, NEW.payment_id, NEW.key, NEW.amount_minor, NEW.currency, NEW.transfer_id)
    THEN
        RAISE EXCEPTION 'INV-28: a return ends once, and its money never changes'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_28_return_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER inv_28_return_stays BEFORE UPDATE OR DELETE ON payments_paymentrefund
    FOR EACH ROW EXECUTE FUNCTION inv_28_return_stays();
CREATE FUNCTION inv_27_taken_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'INV-27: what was taken stays as it was booked'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_27_taken_stays';
END $$;
CREATE TRIGGER inv_27_taken_stays BEFORE UPDATE ON payments_payment
    FOR EACH ROW WHEN (OLD.state = 5 AND (OLD.state, OLD.captured_minor, OLD.captured_currency, OLD.transfer_id, OLD."end")
                       IS DISTINCT FROM
                       (NEW.state, NEW.captured_minor, NEW.captured_currency, NEW.transfer_id, NEW."end"))
    EXECUTE FUNCTION inv_27_taken_stays();
CREATE TRIGGER inv_27_payment_stays BEFORE DELETE ON payments_payment
    FOR EACH ROW EXECUTE FUNCTION inv_27_taken_stays();
"""
UNDO = """
DROP TRIGGER inv_27_payment_stays ON payments_payment;
DROP TRIGGER inv_27_taken_stays ON payments_payment;
DROP TRIGGER inv_28_return_stays ON payments_paymentrefund;
DROP TRIGGER inv_28_returned_within_taken ON payments_paymentrefund;
DROP FUNCTION inv_27_taken_stays(), inv_28_return_stays(), inv_28_returned_within_taken();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_payments")]
    operations = [migrations.RunSQL(WITHIN, UNDO)]
