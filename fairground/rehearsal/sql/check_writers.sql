-- Look whether the 64 lanes have one writer each, and whether no writer's counter is behind what was drawn from it.
-- Locks: nothing. Ids count milliseconds from 2020.
WITH drawn AS (
    SELECT lane, max(id) AS id FROM (
        SELECT lane, max(id) AS id FROM orders_purchase GROUP BY lane
        UNION ALL SELECT lane, max(id) FROM orders_order GROUP BY lane
        UNION ALL SELECT lane, max(id) FROM ledger_transfer GROUP BY lane
        UNION ALL SELECT lane, max(id) FROM ledger_account GROUP BY lane
        UNION ALL SELECT lane, max(id) FROM redpackets_packet GROUP BY lane
    ) AS latest
    GROUP BY lane
), tallied AS (
    SELECT lane, max(writer_seq) AS seq FROM (
        SELECT lane, writer_seq FROM dashboard_tally UNION ALL SELECT lane, writer_seq FROM dashboard_merchanttally
    ) AS tallies
    GROUP BY lane
), told AS (
    SELECT writer_id, max(seq) AS seq FROM kernel_outbox GROUP BY writer_id
), faults AS (
    SELECT format('lane %s has %s writers', l.lane, count(w.id)) AS what
    FROM generate_series(0, 63) AS l (lane)
    LEFT JOIN kernel_writer AS w ON l.lane >= w.lane_from AND l.lane < w.lane_to
    GROUP BY l.lane
    HAVING count(w.id) <> 1
    UNION ALL
    SELECT format('writer %s is at millisecond %s, an id in lane %s at %s', w.id, w.id_ms, d.lane,
                  (d.id >> 22) + 1577836800000)
    FROM drawn AS d
    JOIN kernel_writer AS w ON d.lane >= w.lane_from AND d.lane < w.lane_to
    WHERE (d.id >> 22) + 1577836800000 > w.id_ms
    UNION ALL
    SELECT format('writer of lane %s is at batch %s, a tally at %s', t.lane, w.batch_seq, t.seq)
    FROM tallied AS t
    LEFT JOIN kernel_writer AS w ON w.lane_from = t.lane
    WHERE w.batch_seq IS NULL OR t.seq > w.batch_seq
    UNION ALL
    SELECT format('writer %s is at event %s, its outbox at %s', t.writer_id, w.outbox_seq, t.seq)
    FROM told AS t
    LEFT JOIN kernel_writer AS w ON w.id = t.writer_id
    WHERE w.outbox_seq IS NULL OR t.seq > w.outbox_seq
)
SELECT (SELECT count(*) FROM kernel_writer), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
