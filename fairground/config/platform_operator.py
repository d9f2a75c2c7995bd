"""Who runs the platform, for reports to authorities: the operator says so in the environment."""

import json

from fairground.settlement.reports.rules import PlatformOperator


def platform_operator(text: str) -> PlatformOperator | None:
    """Return who `FAIRGROUND_OPERATOR` names, a JSON object, or None where it names nobody.

    :raises ValueError: it is no such object
    """
    if not text:
        return None
    facts = json.loads(text)
    if not isinstance(facts, dict):
        raise ValueError("FAIRGROUND_OPERATOR is a JSON object")
    return PlatformOperator.of(facts)
