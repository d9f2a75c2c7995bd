-- Empty the table of lines for the next file, its numbers from 1 again.
-- Locks: nothing that anybody else uses.
TRUNCATE verify_line RESTART IDENTITY
