"""A million products: how long they take to import and index, in how much memory, and how fast their pages are then."""

import resource
import time

from django.db import connection

from bench.generated_goods import GeneratedCatalogue
from bench.pages import page_goals, read_all_pages
from bench.records import Goal, Result
from bench.stage import now_ms, running_stage
from bench.telling import say
from fairground.cli.indexing import indexing_beside
from fairground.inventory.imports import import_catalogue

IMPORT_S_MAX = 1200
# What the process needs anyway, and the caches of vocabulary and merchants.
MEMORY_GROWTH_MIB_MAX = 200
_SAID_EVERY = 100_000


def run_million(*, quick: bool) -> Result:
    """Import generated products into a realm that sells already, and read its pages."""
    count, seconds = (2_000, 2.0) if quick else (1_000_000, 10.0)
    with running_stage() as stage:
        before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started, said = time.monotonic(), 0
        peaks_mib: list[int] = []

        def tell(position: int) -> None:
            nonlocal said
            if position - said >= _SAID_EVERY:
                said = position
                peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                peaks_mib.append(peak_mib)
                say(f"{position:,} of {count:,} products in {time.monotonic() - started:.0f} s, peak {peak_mib} MiB")

        with connection.cursor() as cursor:
            cursor.execute("SELECT slug FROM festivals_festival")
            (festival,) = cursor.fetchone() or (None,)
        with indexing_beside() as take_written:
            report = import_catalogue(
                source=GeneratedCatalogue(count=count),
                now_ms=now_ms(),
                festival=festival,
                on_progress=tell,
                on_written=take_written,
            )
        import_s = time.monotonic() - started
        growth_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / 1024
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (FREEZE, ANALYZE)")
            cursor.execute("SELECT pg_database_size(current_database())")
            (database_bytes,) = cursor.fetchone() or (0,)
        pages = read_all_pages(stage, seconds=seconds)
    figures = {
        "imported": report.products_new,
        "import_s": round(import_s, 1),
        "products_per_s": round(report.products_new / import_s),
        "deals": report.deals_declared,
        "memory_growth_mib": round(growth_mib, 1),
        "memory_peaks_mib": peaks_mib,
        "database_gib": round(database_bytes / 2**30, 2),
        **pages,
    }
    return Result(
        "million",
        figures,
        (
            Goal("products imported", report.products_new, at_least=count),
            Goal("seconds for the import", round(import_s, 1), at_most=IMPORT_S_MAX),
            Goal("MiB that the import needed more", round(growth_mib, 1), at_most=MEMORY_GROWTH_MIB_MAX),
            *page_goals(pages),
        ),
    )
