"""Lines of providers' books, which stay as they were booked, and payments that shoppers' banks want back."""

from django.db import migrations, models


STAYS = """
CREATE FUNCTION inv_36_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'INV-36: a line of a provider''s books stays as it was booked'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_36_line_stays';
END $$;
CREATE TRIGGER inv_36_line_stays BEFORE UPDATE OR DELETE ON payments_providerline
    FOR EACH ROW EXECUTE FUNCTION inv_36_line_stays();
CREATE FUNCTION inv_36_cover_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'INV-36: what a dispute took of a payment stays with that dispute'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_36_cover_stays';
END $$;
CREATE TRIGGER inv_36_cover_stays BEFORE UPDATE ON payments_paymentrefund
    FOR EACH ROW WHEN (OLD.dispute_id IS DISTINCT FROM NEW.dispute_id) EXECUTE FUNCTION inv_36_cover_stays();
"""
AGAIN = """
DROP TRIGGER inv_36_cover_stays ON payments_paymentrefund;
DROP FUNCTION inv_36_cover_stays();
DROP TRIGGER inv_36_line_stays ON payments_providerline;
DROP FUNCTION inv_36_line_stays();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("payments", "0007_returns_asked_again"),
    ]

    operations = [
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=20)),
                ('ref', models.CharField(help_text="the provider's name for it", max_length=255)),
                ('payment_id', models.BigIntegerField(help_text='none while nobody has looked, or it is none of ours', null=True)),
                ('amount_minor', models.BigIntegerField(db_default=0, help_text='what is in dispute')),
                ('currency', models.CharField(db_default='', max_length=3)),
                ('reason', models.CharField(db_default='', help_text="the provider's word for it", max_length=60)),
                ('state', models.SmallIntegerField(choices=[(1, 'NOTICED'), (2, 'OPEN'), (3, 'CONTESTED'), (4, 'ACCEPTED'), (5, 'WON'), (6, 'LOST')])),
                ('taken_minor', models.BigIntegerField(db_default=0)),
                ('covered_minor', models.BigIntegerField(db_default=0)),
                ('noted_at', models.DateTimeField()),
                ('answer_before', models.DateTimeField(help_text="the provider's deadline for evidence", null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('look_at', models.DateTimeField(null=True)),
                ('tries', models.SmallIntegerField(db_default=0)),
            ],
        ),
        migrations.CreateModel(
            name='ProviderLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=20)),
                ('line_id', models.CharField(help_text="the provider's own name for the line", max_length=255)),
                ('kind', models.SmallIntegerField(choices=[(1, 'CAPTURE'), (2, 'REFUND'), (3, 'FEE'), (4, 'FEE_TAX'), (5, 'PAYOUT'), (6, 'DISPUTE'), (7, 'DISPUTE_WON'), (8, 'REFUND_FAILED'), (9, 'EXCHANGE'), (10, 'OTHER')])),
                ('ref', models.CharField(db_default='', max_length=255)),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('at', models.DateTimeField(help_text="the provider's moment")),
                ('booked_at', models.DateTimeField()),
                ('transfer_id', models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name='paymentrefund',
            name='dispute_id',
            field=models.BigIntegerField(help_text='which took it: the provider is asked for nothing', null=True),
        ),
        migrations.AddConstraint(
            model_name='paymentrefund',
            constraint=models.CheckConstraint(condition=models.Q(('dispute_id__isnull', True), models.Q(('look_at__isnull', True), ('state__in', [2, 4])), _connector='OR'), name='inv_36_what_a_dispute_took_is_done'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(fields=['payment_id'], name='dispute_of_payment'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(condition=models.Q(('look_at__isnull', False)), fields=['look_at'], name='dispute_looked_at'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.UniqueConstraint(fields=('provider', 'ref'), name='inv_36_dispute_once'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(('covered_minor', 0), models.Q(('covered_minor__gt', 0), ('covered_minor__lte', models.F('taken_minor'))), _connector='OR'), name='inv_36_covered_within_taken'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state__in', [5, 6])), models.Q(models.Q(('state__in', [5, 6]), _negated=True), ('ended_at__isnull', True)), _connector='OR'), name='dispute_moments_fit_state'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gte', 0), ('amount_minor__lte', 1000000000000)), name='dispute_amount_in_range'),
        ),
        migrations.AddIndex(
            model_name='providerline',
            index=models.Index(fields=['provider', 'at'], name='providerline_by_moment'),
        ),
        migrations.AddConstraint(
            model_name='providerline',
            constraint=models.UniqueConstraint(fields=('provider', 'line_id'), name='inv_36_line_booked_once'),
        ),
        migrations.AddConstraint(
            model_name='providerline',
            constraint=models.UniqueConstraint(fields=('transfer_id',), name='inv_36_transfer_of_one_line'),
        ),
        migrations.AddConstraint(
            model_name='providerline',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gte', -1000000000000), ('amount_minor__lte', 1000000000000), models.Q(('amount_minor', 0), _negated=True), models.Q(('line_id', ''), _negated=True)), name='inv_36_line_in_range'),
        ),
        migrations.AddConstraint(
            model_name='providerline',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', [3, 4, 5, 6, 7, 9])), name='inv_36_told_by_the_provider'),
        ),
        migrations.AddConstraint(
            model_name='providerline',
            constraint=models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='providerline_currency_iso_4217'),
        ),
        migrations.RunSQL(STAYS, AGAIN),
    ]
