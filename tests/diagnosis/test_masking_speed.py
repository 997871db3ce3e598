"""Masking takes time that grows with the text, whatever is in it.

Measured beside a plain regular expression over the same text, so that a slow machine slows both.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from lastwords.diagnosis.fingerprints import Fingerprints, fingerprint
from lastwords.diagnosis.masking import Masker, mask_stream

PLAIN = re.compile(r"(?i)(?:secret|token)\w*=\S")
SMALL, LARGE = 25_000, 200_000
KEY = b"k" * 32
MASKER = Masker(
    ["a-known-value-0123"],
    Fingerprints(KEY, [fingerprint(KEY, "a-hidden-value-1"), fingerprint(KEY, "another hidden")]),
)
# What each search begins with, over and over; the first ones used to take seconds or minutes.
CHEAP = [
    *("-", "secret=", "secret=x=y ", "http://x:x:x", ":x", "http://x:x:x ", "a", "a ", " ", "'"),
    *("x://", "\n", "--token a ", "password ", "curl -u ", "hf_", "é ", "cookie=", "\\n"),
]
DEAR = [
    *("-eyJ", "a\n", "eyJaaaaaaaa", "%41a", "\x1b[31mx", "a\u200b", "password=abcdef1 ", "\n│ "),
    *("-----BEGIN RSA PRIVATE KEY-----", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=", "6768705f"),
    *("machine x login ", "sk-aaaaaaaa ", "wandb login ", "auth=('", "'--token', '", "<password>"),
    *("a-known-value-0123", "://a:b@", "?token=", "name: token value: ", "a.b.c-d,", "Bearer "),
    *("--password\n", "token=abcdef12\n", "Authorization: ", "\\u0041\\x41", "ENV A_TOKEN "),
]


def _seconds(work: Callable[[], object]) -> float:
    """The least of three, since others use the machine too."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return max(min(taken), 1e-6)


def _text(start: str, length: int) -> str:
    return (start * (length // len(start) + 1))[:length]


def _over_plain(start: str, length: int) -> float:
    """How many times as long as a plain expression masking takes for a text."""
    text = _text(start, length)
    plain = _seconds(lambda: PLAIN.findall(text * (LARGE // length)))
    return _seconds(lambda: MASKER.whole(text)) / plain * (LARGE / length)


@pytest.mark.parametrize(
    ("start", "most"), [*((start, 30) for start in CHEAP), *((start, 150) for start in DEAR)]
)
def test_masking_is_linear(start: str, most: float) -> None:
    small, large = _over_plain(start, SMALL), _over_plain(start, LARGE)
    assert large <= most
    assert large <= 3 * small + 1, "eight times the text takes more than eight times as long"


def test_a_long_line_is_streamed_in_linear_time() -> None:
    """Each chunk used to be searched with all that came before it on its line."""
    line = _text("loss 0.1234, step 12 of 100, " * 40 + "token=abcdef12 ", 4 << 20)
    chunks = [line[at : at + 65_536] for at in range(0, len(line), 65_536)]
    in_pieces = _seconds(lambda: sum(map(len, mask_stream(chunks, MASKER))))
    assert in_pieces <= 6 * _seconds(lambda: MASKER.whole(line))
    given_on = list(mask_stream(chunks, MASKER))
    assert max(map(len, given_on)) < 3 << 20 and "abcdef" not in "".join(given_on)


def test_a_stream_of_blank_lines_is_given_on() -> None:
    chunks = ["\n" * 65_536] * 32
    given_on = list(mask_stream(chunks, MASKER))
    assert len(given_on) >= 32 and "".join(given_on) == "".join(chunks)
