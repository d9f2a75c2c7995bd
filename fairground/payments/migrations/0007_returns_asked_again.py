"""A return that failed, or came back, may be asked for again, once, as a return of its own."""

from django.db import migrations, models
from django.db.models import Q

# Beside what the migration before it says: what is asked for again is the same money of the same payment.
AGAIN = """
CREATE FUNCTION inv_28_asked_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR NOT EXISTS (
        SELECT FROM payments_paymentrefund AS r
        WHERE r.lane = NEW.lane AND r.id = NEW.again_of AND r.payment_id = NEW.payment_id AND r.state IN (3, 4)
          AND r.amount_minor = NEW.amount_minor AND r.currency = NEW.currency
          AND r.order_id IS NOT DISTINCT FROM NEW.order_id
    ) THEN
        RAISE EXCEPTION 'INV-28: return % asks for none that failed', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_28_asked_again';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER inv_28_asked_again BEFORE INSERT ON payments_paymentrefund
    FOR EACH ROW WHEN (NEW.again_of IS NOT NULL) EXECUTE FUNCTION inv_28_asked_again();
CREATE TRIGGER inv_28_asked_again_stays BEFORE UPDATE ON payments_paymentrefund
    FOR EACH ROW WHEN (OLD.again_of IS DISTINCT FROM NEW.again_of) EXECUTE FUNCTION inv_28_asked_again();
"""
UNDO = """
DROP TRIGGER inv_28_asked_again_stays ON payments_paymentrefund;
DROP TRIGGER inv_28_asked_again ON payments_paymentrefund;
DROP FUNCTION inv_28_asked_again();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("payments", "0006_credit_by_day"),
    ]

    operations = [
        migrations.AddField(
            model_name='paymentrefund',
            name='again_of',
            field=models.BigIntegerField(help_text='the return that failed, for which this one asks again', null=True),
        ),
        migrations.AddConstraint(
            model_name='paymentrefund',
            constraint=models.UniqueConstraint(
                condition=Q(('again_of__isnull', False)), fields=('again_of',), name='inv_28_asked_again_once'
            ),
        ),
        migrations.RunSQL(AGAIN, UNDO),
    ]
