"""How numbers are written in logs. Standard library only."""

from __future__ import annotations

import re

# A number, and nothing that goes on as a word or a version; no part of it is looked at twice.
NUMBER = r"[-+]?(?:\d{1,20}(?:\.\d{0,20})?(?:[eE][-+]?\d{1,3})?|\.\d{1,20}(?:[eE][-+]?\d{1,3})?)"
NOT_FINITE = r"[-+]?(?:nan|inf|NaN|NAN|Inf|INF|Infinity)"
ANY_NUMBER = rf"(?:{NUMBER}|{NOT_FINITE})"
# As numpy, PyTorch, JAX and TensorFlow print one number.
WRAPPED = (
    r"(?:(?:np|numpy|jnp|torch)\.)?(?:float\d{0,3}|bfloat16|int\d{0,2}|tensor|Array|array|DeviceArray)"
    rf"\(\s{{0,4}}\[?(?P<wrapped>{ANY_NUMBER})\]?[^()\n]{{0,120}}(?:\([^()\n]{{0,40}}\))?"
    r"[^()\n]{0,40}\)"
)
_ANSI = re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]|\x1b\][^\x07\x1b]{0,256}(?:\x07|\x1b\\)|\x08")


def plain(line: bytes) -> str:
    """A line as text, without colours."""
    text = line.decode("utf-8", errors="replace")
    return _ANSI.sub("", text) if "\x1b" in text or "\x08" in text else text
