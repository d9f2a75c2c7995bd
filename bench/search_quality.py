"""How good and how fast the search is: `.venv/bin/python bench/search_quality.py [folder]`.

The folder holds `products.jsonl.xz` and `ratings.csv.xz` (query, docid, rating: what people said about how well a
product fits a query, 0 to 3). Quality is NDCG@10 with gains 2^rating - 1 (Burges et al., 2005), once with products that
nobody rated counted as 0, once without them.
"""

import csv
import lzma
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import log2
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.environment import ROOT  # noqa: E402, I001 - before anything of Django's
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from fairground.catalog.models import Product  # noqa: E402
from fairground.config.cluster.embedded import Cluster  # noqa: E402
from fairground.config.home import Home  # noqa: E402
from fairground.config.realms import make_realm  # noqa: E402
from fairground.search.models import Document  # noqa: E402
from fairground.search.queries import Wanted, find_products, suggest  # noqa: E402
from fairground.search.tasks import index_stale_products  # noqa: E402

FOLDER = ROOT.parent / "shared" / "data" / "catalogue_icecat"
MARKET = "US"
DEPTH = 10
# So many results are looked through for ten rated ones.
READ = 200

Ratings = Mapping[str, Mapping[str, int]]


def main(folder: Path) -> None:
    """Make a realm of the catalogue, ask every rated query, print the figures, drop the realm."""
    missing = [name for name in ("products.jsonl.xz", "ratings.csv.xz") if not (folder / name).is_file()]
    if missing:
        print(f"Skipped: {folder} has no {' and no '.join(missing)}; the project does not bring them.")
        return
    ratings = read_ratings(folder / "ratings.csv.xz")
    cluster, database = Cluster(Home.default()), str(settings.DATABASES["default"]["NAME"])
    cluster.start()
    try:
        make_realm(server=cluster, realm=settings.REALM, catalogue=folder / "products.jsonl.xz")
        measure(ratings)
    finally:
        connection.close()
        cluster.drop_database(database)
        cluster.stop()


def read_ratings(path: Path) -> Ratings:
    """Return the ratings by query and product."""
    ratings: dict[str, dict[str, int]] = defaultdict(dict)
    with lzma.open(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            ratings[row["query"]][row["docid"]] = int(row["rating"])
    return ratings


def measure(ratings: Ratings) -> None:
    """Print quality and times."""
    index_s = index_again()
    found, took_ms = {}, []
    for query in ratings:
        find(query)
        started = time.perf_counter()
        found[query] = find(query)
        took_ms.append((time.perf_counter() - started) * 1000)
    suggested_ms = []
    for query in ratings:
        for length in range(2, len(query) + 1):
            started = time.perf_counter()
            suggest(typed=query[:length], market=MARKET, language="en")
            suggested_ms.append((time.perf_counter() - started) * 1000)
    all_counted = [ndcg(found[query], rated) for query, rated in ratings.items()]
    rated_only = [ndcg([one for one in found[query] if one in rated], rated) for query, rated in ratings.items()]
    documents = Document.objects.count()
    print(f"{documents:,} documents, indexed in {index_s:.1f} s; {len(ratings)} queries")
    unrated_as_0, without_unrated = statistics.mean(all_counted), statistics.mean(rated_only)
    print(f"NDCG@{DEPTH}: {unrated_as_0:.3f} (unrated as 0), {without_unrated:.3f} (rated only)")
    print(f"search ms: median {statistics.median(took_ms):.1f}, greatest {max(took_ms):.1f}")
    print(f"suggestions ms: median {statistics.median(suggested_ms):.1f}, greatest {max(suggested_ms):.1f}")
    worst = sorted(zip(all_counted, ratings, strict=True))[:5]
    print("worst: " + ", ".join(f"{query} {value:.2f}" for value, query in worst))


def index_again() -> float:
    """Return how many seconds it takes to index everything."""
    Document.objects.all().delete()
    started = time.monotonic()
    while index_stale_products():
        pass
    return time.monotonic() - started


def find(query: str) -> list[str]:
    """Return the merchants' own ids of what is found, in order."""
    now = datetime.now(UTC)
    wanted = Wanted(market=MARKET, language="en", festival=None, now=now, words=query, page_products=READ)
    found = find_products(wanted=wanted).product_ids
    names = dict(Product.objects.filter(id__in=found).values_list("id", "external_id"))
    return [names[product_id] for product_id in found]


def ndcg(found: Sequence[str], rated: Mapping[str, int]) -> float:
    """Return NDCG@10; 1 where nothing good could have been found."""
    best = _gain(sorted(rated.values(), reverse=True))
    return _gain([rated.get(one, 0) for one in found]) / best if best else 1.0


def _gain(ratings: Sequence[int]) -> float:
    return float(sum((2**rating - 1) / log2(place + 2) for place, rating in enumerate(ratings[:DEPTH])))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
