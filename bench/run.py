"""Run the benchmarks: `.venv/bin/python bench/run.py --help`. Everything happens in a home of their own."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

import bench.environment  # noqa: E402, F401 - before anything of Django's
from bench.program import main  # noqa: E402

if __name__ == "__main__":
    main()
