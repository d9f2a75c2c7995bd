-- Say where the server keeps its data, if this role may know.
-- Locks: nothing.
SELECT setting FROM pg_settings WHERE name = 'data_directory'
