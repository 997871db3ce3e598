"""Explains a training log: what the fatal error is, why it happened, what to do.

Pure: bytes and an ending go in, an explanation comes out. Nothing is started, fetched or written.
"""

from lastwords.diagnosis.explanation import (
    Advice,
    Alternative,
    Ending,
    Evidence,
    Explanation,
    Frame,
    Link,
    Log,
    Span,
    nothing_failed,
)

RULES_VERSION = 21


def explain(log: Log, ending: Ending) -> Explanation:
    """Say what failed, why, and what to do. Never raises on any bytes.

    The rules are read with the first log that needs them: no start, and no good end, waits for it.
    """
    if ending.status == "completed":
        return nothing_failed(ending.stage)
    from lastwords.diagnosis.explaining import explain as explain_by_rules

    return explain_by_rules(log, ending)


__all__ = [
    "RULES_VERSION",
    "Advice",
    "Alternative",
    "Ending",
    "Evidence",
    "Explanation",
    "Frame",
    "Link",
    "Log",
    "Span",
    "explain",
]
