-- Read the settings that decide what a crash may take; what this server does not know is left out.
-- Locks: nothing.
SELECT name, current_setting(name)
FROM pg_settings
WHERE name IN ('server_version', 'fsync', 'full_page_writes', 'synchronous_commit', 'wal_sync_method', 'data_checksums',
               'wal_level', 'shared_buffers', 'max_wal_size')
