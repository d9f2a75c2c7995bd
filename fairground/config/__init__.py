"""Configuration: settings, urls, the ASGI entry, the embedded database, the supervisor."""
