"""The rehearsal: the crowd, the verification and the report. It drives the real interface, and knows no checkout."""
