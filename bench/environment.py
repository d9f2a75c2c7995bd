"""What every benchmark runs in: importing this, before anything of the shop's, says so and sets up Django.

Settings are read once a process and its children inherit the environment. Everything happens in a home of its own.
"""

import os
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[1]

os.chdir(ROOT)
os.environ.pop("DATABASE_URL", None)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "fairground.config.settings",
    "FAIRGROUND_HOME": str(ROOT / ".fairground" / "bench"),
    "FAIRGROUND_REALM": "bench",
    # A thousand live screens come from one address here.
    "FAIRGROUND_STREAMS_PER_ADDRESS": "5000",
}
django.setup()
