"""The back office: where the operator's people see and mend the catalogue, festivals and shoppers, and see purchases.

Django's admin with a theme, for people of the staff. It is the one site that imports models, since that is how the
admin is told what to show; it writes through actions alone and saves no row by itself (ADR 16). What it can't show,
as the keys of hot tables are composite, has pages of its own here that read queries like any other site's.
"""
