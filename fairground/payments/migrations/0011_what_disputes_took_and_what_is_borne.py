"""What a dispute took of a return that failed is not asked for again; what is left of a lost one may be borne."""

from django.db import migrations, models

# The payment's row is locked, so that of two transactions the second one sees the first one's rows. States 3 failed,
# 4 undone. What was taken counts also where the dispute was won: it went on its way again as a return of its own.
TAKEN = """
CREATE OR REPLACE FUNCTION inv_28_asked_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM payments_payment AS p WHERE p.lane = NEW.lane AND p.id = NEW.payment_id FOR UPDATE;
    IF TG_OP = 'UPDATE' OR NOT EXISTS (
        SELECT FROM payments_paymentrefund AS r
        WHERE r.lane = NEW.lane AND r.id = NEW.again_of AND r.payment_id = NEW.payment_id AND r.state IN (3, 4)
          AND r.dispute_id IS NULL AND r.currency = NEW.currency AND r.order_id IS NOT DISTINCT FROM NEW.order_id
          AND r.amount_minor = NEW.amount_minor + (
              SELECT COALESCE(sum(c.amount_minor), 0) FROM payments_paymentrefund AS c
              WHERE c.lane = r.lane AND c.payment_id = r.payment_id AND c.money_of = r.id)
    ) THEN
        RAISE EXCEPTION 'INV-28: return % asks for none that failed', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_28_asked_again';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION inv_36_took_what_stayed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM payments_payment AS p WHERE p.lane = NEW.lane AND p.id = NEW.payment_id FOR UPDATE;
    IF NOT EXISTS (
        SELECT FROM payments_paymentrefund AS r
        WHERE r.lane = NEW.lane AND r.id = NEW.money_of AND r.payment_id = NEW.payment_id AND r.state IN (3, 4)
          AND r.dispute_id IS NULL AND r.currency = NEW.currency AND r.order_id IS NOT DISTINCT FROM NEW.order_id
          AND r.amount_minor >= NEW.amount_minor + (
              SELECT COALESCE(sum(c.amount_minor), 0) FROM payments_paymentrefund AS c
              WHERE c.lane = r.lane AND c.payment_id = r.payment_id AND c.money_of = r.id)
          AND NOT EXISTS (
              SELECT FROM payments_paymentrefund AS a
              WHERE a.lane = r.lane AND a.payment_id = r.payment_id AND a.again_of = r.id)
    ) THEN
        RAISE EXCEPTION 'INV-36: return % left no such money in a wallet', NEW.money_of
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_36_took_what_stayed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER inv_36_took_what_stayed BEFORE INSERT ON payments_paymentrefund
    FOR EACH ROW WHEN (NEW.money_of IS NOT NULL) EXECUTE FUNCTION inv_36_took_what_stayed();
CREATE TRIGGER inv_36_what_it_took_stays BEFORE UPDATE ON payments_paymentrefund
    FOR EACH ROW WHEN (OLD.money_of IS DISTINCT FROM NEW.money_of) EXECUTE FUNCTION inv_36_cover_stays();
"""
UNDO = """
CREATE OR REPLACE FUNCTION inv_28_asked_again() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP TRIGGER inv_36_what_it_took_stays ON payments_paymentrefund;
DROP TRIGGER inv_36_took_what_stayed ON payments_paymentrefund;
DROP FUNCTION inv_36_took_what_stayed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("payments", "0010_staff_days"),
    ]

    operations = [
        migrations.AddField(
            model_name='paymentrefund',
            name='money_of',
            field=models.BigIntegerField(help_text='the return that failed, whose money the dispute took', null=True),
        ),
        migrations.AddConstraint(
            model_name='paymentrefund',
            constraint=models.CheckConstraint(condition=models.Q(('money_of__isnull', True), ('dispute_id__isnull', False), _connector='OR'), name='inv_36_a_dispute_took_what_stayed'),
        ),
        migrations.RunSQL(TAKEN, UNDO),
        migrations.AlterField(
            model_name='dispute',
            name='state',
            field=models.SmallIntegerField(choices=[(1, 'NOTICED'), (2, 'OPEN'), (3, 'CONTESTED'), (4, 'ACCEPTED'), (5, 'WON'), (6, 'LOST'), (7, 'BORNE')]),
        ),
        migrations.RemoveConstraint(model_name='dispute', name='dispute_moments_fit_state'),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state__in', [5, 6, 7])), models.Q(models.Q(('state__in', [5, 6, 7]), _negated=True), ('ended_at__isnull', True)), _connector='OR'), name='dispute_moments_fit_state'),
        ),
    ]
