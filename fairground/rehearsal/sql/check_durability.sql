-- Look whether what was committed outlives a crash: ordinary (logged) tables, and a server that waits for the disk.
-- Locks: nothing.
WITH tables AS (
    SELECT c.relname, c.relpersistence
    FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
), faults AS (
    SELECT format('table %s is not logged', relname) AS what FROM tables WHERE relpersistence <> 'p'
    UNION ALL
    SELECT format('%s is %s', name, setting)
    FROM pg_settings
    WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
    UNION ALL
    SELECT format('table %s is missing', name)
    FROM unnest('{orders_purchase,orders_order,orders_orderline,orders_purchasekey,inventory_stock,ledger_account,
                  ledger_transfer,kernel_outbox,dashboard_tally}'::text[]) AS hot (name)
    WHERE name NOT IN (SELECT relname FROM tables)
)
SELECT (SELECT count(*) FROM tables), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
