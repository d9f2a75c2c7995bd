"""A return that had arrived may come back from the provider: its state, its transfer, and what stays for good."""

from django.db import migrations, models

# A return that arrived (state 2) may be looked at again, and be undone (4) once; undone and failed (3) are for good. Of
# the migration before it only the states differ, which it did not know: going back leaves these functions.
STAYS = """
CREATE OR REPLACE FUNCTION inv_28_returned_within_taken() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken record;
    gone_minor numeric;
BEGIN
    SELECT p.captured_minor, p.captured_currency INTO taken FROM payments_payment AS p
    WHERE p.lane = NEW.lane AND p.id = NEW.payment_id FOR UPDATE;
    SELECT NEW.amount_minor + COALESCE(sum(r.amount_minor), 0) INTO gone_minor FROM payments_paymentrefund AS r
    WHERE r.lane = NEW.lane AND r.payment_id = NEW.payment_id AND r.state NOT IN (3, 4);
    IF (gone_minor <= taken.captured_minor AND NEW.currency = taken.captured_currency) IS NOT TRUE THEN
        RAISE EXCEPTION 'INV-28: % % of payment % went back, of % %', gone_minor, NEW.currency, NEW.payment_id,
            taken.captured_minor, taken.captured_currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_28_returned_within_taken';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION inv_28_return_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state IN (3, 4) OR (OLD.state = 2 AND NEW.state NOT IN (2, 4))
       OR (OLD.state = 1 AND NEW.state = 4) OR (OLD.state = 2 AND OLD.ended_at IS DISTINCT FROM NEW.ended_at)
       OR (OLD.lane, OLD.id, OLD.payment_id, OLD.key, OLD.amount_minor, OLD.currency, OLD.transfer_id)
          IS DISTINCT FROM
          (NEW.lane, NEW.id, NEW.payment_id, NEW.key, NEW.amount_minor, NEW.currency, NEW.transfer_id)
    THEN
        RAISE EXCEPTION 'INV-28: a return ends once, and its money never changes'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_28_return_stays';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0004_returns_that_differ'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='paymentrefund',
            name='paymentrefund_moments_fit_state',
        ),
        migrations.AddField(
            model_name='paymentrefund',
            name='undone_transfer_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name='paymentrefund',
            name='state',
            field=models.SmallIntegerField(choices=[(1, 'ASKING'), (2, 'DONE'), (3, 'FAILED'), (4, 'UNDONE')]),
        ),
        migrations.AddConstraint(
            model_name='paymentrefund',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('look_at__isnull', False), ('state', 1)), models.Q(('ended_at__isnull', False), ('state', 2)), models.Q(('state__in', [3, 4]), ('ended_at__isnull', False), ('look_at__isnull', True)), _connector='OR'), name='paymentrefund_moments_fit_state'),
        ),
        migrations.AddConstraint(
            model_name='paymentrefund',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_transfer_id__isnull', False)), fields=('undone_transfer_id',), name='inv_28_transfer_of_one_undone'),
        ),
        migrations.AddConstraint(
            model_name='paymentrefund',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 4), ('undone_transfer_id__isnull', False)), models.Q(models.Q(('state', 4), _negated=True), ('undone_transfer_id__isnull', True)), _connector='OR'), name='inv_28_undone_is_booked'),
        ),
        migrations.RunSQL(STAYS, migrations.RunSQL.noop),
    ]
