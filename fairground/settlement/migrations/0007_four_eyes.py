"""Who approved a payout and who sent it; of those before, as the audit log has it."""

from django.db import migrations, models

# User ids of the staff; the command line has none.
KNOWN = """
UPDATE settlement_payout AS p SET approved_by = a.user_id, sent_by = s.user_id
FROM settlement_payout AS q
LEFT JOIN kernel_auditentry AS a ON a.subject_kind = 'payout' AND a.subject_id = q.id::text AND a.verb = 'approved'
LEFT JOIN kernel_auditentry AS s ON s.subject_kind = 'payout' AND s.subject_id = q.id::text AND s.verb = 'sent'
WHERE q.id = p.id AND (a.user_id IS NOT NULL OR s.user_id IS NOT NULL)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('kernel', '0004_waiting_room_and_switches'),
        ('merchants', '0002_legal_identity'),
        ('settlement', '0006_set_off'),
    ]

    operations = [
        migrations.AddField(
            model_name='payout',
            name='approved_by',
            field=models.BigIntegerField(help_text='who; empty: whoever had the command line', null=True),
        ),
        migrations.AddField(
            model_name='payout',
            name='four_eyes',
            field=models.BooleanField(db_default=False, help_text='two people were asked for when it was sent'),
        ),
        migrations.AddField(
            model_name='payout',
            name='sent_by',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(('four_eyes', False), models.Q(('approved_by__isnull', False), ('sent_by__isnull', False), models.Q(('approved_by', models.F('sent_by')), _negated=True)), _connector='OR'), name='payout_approved_and_sent_by_two'),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
