"""People: signing in, the profile, and what a person may ask of what is kept. Pages of signing in are django-allauth's.

Addresses: `/sign/…` signs in and out and keeps keys, `/me/…` is the person's own.
"""
