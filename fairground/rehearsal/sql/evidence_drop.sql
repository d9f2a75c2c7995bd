-- Drop this session's tables.
-- Locks: nothing that anybody else uses.
DROP TABLE IF EXISTS verify_line, verify_acknowledged, verify_paid, verify_refusal, verify_asked
