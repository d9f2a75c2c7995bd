"""Whether only a provider's books tell of a dispute, so that nobody will ever say that it is lost."""

from django.db import migrations, models

# Until now one was never due again once its provider had said nothing, and any other that is not over always was.
# States 2 open, 3 contested, 4 given up.
KNOWN = "UPDATE payments_dispute SET by_books = true WHERE state IN (2, 3, 4) AND look_at IS NULL"


class Migration(migrations.Migration):

    dependencies = [
        ("payments", "0012_lines_of_payouts_are_larger"),
    ]

    operations = [
        migrations.AddField(
            model_name='dispute',
            name='by_books',
            field=models.BooleanField(db_default=False, help_text='its provider said nothing: only the books tell of it'),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
