"""Exchanges that ended before replacements were written down: each has had one, which came when its case ended."""

from django.db import migrations

CAME = """
INSERT INTO aftersales_replacement (case_id, number, wanted_at, carrier, tracking_number, sent_at, ended_at, "end")
SELECT id, 1, closed_at, '', '', closed_at, closed_at, 1
FROM aftersales_case
WHERE state = 7
"""


class Migration(migrations.Migration):
    dependencies = [("aftersales", "0003_replacements")]
    operations = [migrations.RunSQL(CAME, migrations.RunSQL.noop)]
