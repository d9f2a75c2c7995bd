"""What is counted over all processes: tries to sign in, in Django's database cache."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("identity", "0003_people")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE identity_tries (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamp with time zone NOT NULL
            );
            CREATE INDEX identity_tries_expires ON identity_tries (expires);
            """,
            "DROP TABLE identity_tries",
        )
    ]
