"""The crowd of a rehearsed opening as a program of its own, so that the shop can be killed without it.

    python -m tests.faults.crowd PORT ORDERS SECONDS SEED FOLDER

Works in the realm of FAIRGROUND_REALM; tells what it does on standard error and writes FOLDER/report.json at the end.
"""

import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fairground.config.settings")
django.setup()

from fairground.cli.crowd import run_crowd, write_report  # noqa: E402 - Django must be set up before

if __name__ == "__main__":
    folder = Path(sys.argv[5])
    report = run_crowd(
        port=int(sys.argv[1]),
        orders=int(sys.argv[2]),
        seconds=float(sys.argv[3]),
        seed=int(sys.argv[4]),
        folder=folder,
        measures_limit=False,
    )
    write_report(report, folder)
