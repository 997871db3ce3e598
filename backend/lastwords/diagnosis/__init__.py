"""Explains a training log: what the fatal error is, why it happened, what to do.

Pure: bytes and an ending go in, an explanation comes out. Nothing is started, fetched or written.
"""

from lastwords.diagnosis.explain import explain
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
)

RULES_VERSION = 3

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
