"""Run the benchmarks: `.venv/bin/python bench/run.py --help`. Everything happens in a home of their own."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Settings are read once a process and its children inherit the environment, so all is said before anything is imported.
os.chdir(ROOT)
sys.path[0] = str(ROOT)
os.environ.pop("DATABASE_URL", None)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "fairground.config.settings",
    "FAIRGROUND_HOME": str(ROOT / ".fairground" / "bench"),
    "FAIRGROUND_REALM": "bench",
    # A thousand live screens come from one address here.
    "FAIRGROUND_STREAMS_PER_ADDRESS": "5000",
}

import django  # noqa: E402

django.setup()

from bench.program import main  # noqa: E402

if __name__ == "__main__":
    main()
