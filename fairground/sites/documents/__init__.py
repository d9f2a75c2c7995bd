"""What all papers have in common, invoices and statements: fonts, what these can print, how they are set, amounts."""
