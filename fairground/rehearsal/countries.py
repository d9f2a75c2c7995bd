"""From where the crowd buys: the world's mix of a festival, a few large countries and a long tail.

Weights are the project's own round figures after the public ones of 11.11 (buyers from 217 countries and regions; home
market first; Russia, Spain, Israel, Ukraine, France among the largest abroad).
"""

_LARGE = {
    "CN": 300.0, "RU": 90.0, "US": 85.0, "ES": 50.0, "BR": 50.0, "FR": 45.0, "GB": 42.0, "DE": 40.0,
    "IN": 38.0, "IL": 30.0, "KR": 30.0, "JP": 28.0, "UA": 26.0, "PL": 24.0, "IT": 22.0, "VN": 20.0,
    "NL": 18.0, "AU": 16.0, "CA": 16.0, "MX": 15.0, "SA": 14.0, "AE": 12.0, "TR": 12.0, "ID": 12.0,
    "TH": 11.0, "MY": 10.0, "SG": 9.0, "CL": 9.0, "SE": 8.0, "CH": 8.0, "PH": 8.0, "BE": 7.0,
    "CZ": 7.0, "PT": 6.0, "ZA": 6.0, "NG": 5.0, "AR": 5.0, "CO": 5.0, "NO": 4.0, "DK": 4.0,
}  # fmt: skip
_TAIL = 0.8
# Uninhabited or very small: without them the world's 249 territories are the 217 that the public figures count.
_NOBODY_THERE = {
    "AI", "AQ", "AX", "BL", "BQ", "BV", "CC", "CK", "CX", "EH", "FK", "GG", "GS", "HM", "IM", "IO", "JE", "MF", "MS",
    "NF", "NU", "PM", "PN", "SH", "SJ", "SX", "TF", "TK", "UM", "VA", "WF", "YT",
}  # fmt: skip


def country_weights(served: list[str]) -> dict[str, float]:
    """Return how often each served country buys, relative to the others."""
    return {country: _LARGE.get(country, _TAIL) for country in sorted(set(served) - _NOBODY_THERE)}
