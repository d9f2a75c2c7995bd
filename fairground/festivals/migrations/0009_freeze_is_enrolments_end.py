"""When declarations end is said once: by the end of the enrolment."""

from django.db import migrations

# A festival's own enrolment (kind 2) ends when its declarations did, unless its end has been passed (edge 2); where it
# had no enrolment it gets one that leads there. Nothing of it is asked again while the column is dropped.
AS_A_PHASE = """
UPDATE festivals_phase AS p SET ends_at = f.freeze_at
FROM festivals_festival AS f
WHERE p.festival_id = f.slug AND p.kind = 2 AND p.market_id IS NULL AND f.freeze_at > p.starts_at
  AND NOT EXISTS (
      SELECT FROM festivals_transition AS t
      WHERE t.festival_id = f.slug AND t.kind = 2 AND t.market_id IS NULL AND t.edge = 2 AND t.done_at IS NOT NULL
  );
INSERT INTO festivals_phase (festival_id, kind, market_id, starts_at, ends_at)
SELECT f.slug, 2, NULL, LEAST(min(p.starts_at), f.freeze_at - interval '1 day'), f.freeze_at
FROM festivals_festival AS f
LEFT JOIN festivals_phase AS p ON p.festival_id = f.slug
WHERE f.freeze_at IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM festivals_phase AS e WHERE e.festival_id = f.slug AND e.kind = 2 AND e.market_id IS NULL
  )
GROUP BY f.slug, f.freeze_at;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("festivals", "0008_openings_in_markets"),
    ]

    operations = [
        migrations.RunSQL(AS_A_PHASE, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name="festival",
            name="festival_freezes_before_it_opens",
        ),
        migrations.RemoveField(
            model_name="festival",
            name="freeze_at",
        ),
    ]
