"""The festival of demos and rehearsals."""

from collections.abc import Mapping

from fairground.festivals.rules import FestivalRecord, HallRecord

_SLUG = "lantern-fair"
_NAME = {
    "en": "Lantern Fair",
    "es": "Feria de los Faroles",
    "zh": "灯市购物节",
    "vi": "Hội đèn lồng",
    "ru": "Ярмарка фонарей",
    "ar": "مهرجان الفوانيس",
}


def demo_festival(
    *, categories: Mapping[str, Mapping[str, str]], zone: str = "Asia/Shanghai", currency: str = "EUR"
) -> FestivalRecord:
    """Return the demo's festival, with a hall for each top category of `categories` (code, then language)."""
    return FestivalRecord(
        slug=_SLUG,
        name=_NAME,
        zone=zone,
        currency=currency,
        halls=tuple(HallRecord(slug=code, name=names) for code, names in categories.items() if "." not in code),
    )
