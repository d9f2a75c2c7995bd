-- Take a file's lines as they are: what separates columns and quotes here can't stand in JSON.
-- Locks: nothing that anybody else uses.
COPY verify_line (line) FROM STDIN (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02', ESCAPE E'\x02')
