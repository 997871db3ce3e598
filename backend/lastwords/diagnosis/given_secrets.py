"""The secrets that a command was given: what a flag or a name among its words calls one.

Such a value is a secret wherever it stands, also where it is an ordinary word: nobody writes
`--password sunshine` and means the weather.
"""

import re
import shlex
from collections.abc import Iterator, Sequence

from lastwords.diagnosis.secret_names import is_secret_name

_ASSIGNED = re.compile(r"-{0,2}([A-Za-z_][\w.-]*)=(.+)", re.DOTALL)
_FLAG = re.compile(r"--?([A-Za-z_][\w.-]*)")
# `--sort-key created_at` and `--pad-token [PAD]` are none, though a variable so called may be one.
_KEY = re.compile(r"(?:^|_)KEY(?:_|$)")
_SECRET_KEY = re.compile(r"(?:API|ACCESS|SECRET|PRIVATE|AUTH|SIGNING|ENCRYPTION)_KEY|TOKEN|PASS")
_SPECIAL_TOKEN = re.compile(
    r"(?:^|_)(?:PAD|EOS|BOS|UNK|SEP|CLS|MASK|SPECIAL|IMAGE|AUDIO|STOP|START|END)_TOKEN"
)
ORDINARY = re.compile(r"[a-z_./\s-]*|[0-9.,]*|[A-Z_]*")  # words, paths and numbers
_SHORTEST, _SHORTEST_ODD = 8, 6  # characters; a shorter value would tear other words apart
_WORDS = 10_000  # that are looked at


def is_long_enough(value: str) -> bool:
    """Whether a value that is known to be secret can be masked wherever it stands."""
    odd = len(value) >= _SHORTEST_ODD and not ORDINARY.fullmatch(value)
    return odd or len(value) >= _SHORTEST


def given_secrets(command: Sequence[str]) -> set[str]:
    """The values among a command's words, also those of a script in one word, that are secret."""
    words = [part for word in command[:_WORDS] for part in _parts(word)]
    return {value for value in _named(words) if is_long_enough(value)}


def _parts(word: str) -> Iterator[str]:
    """A word, and the words in it if it is a script of a shell's."""
    yield word
    if " " in word:
        try:
            yield from shlex.split(word)[:_WORDS]
        except ValueError:  # another language's
            yield from word.split()[:_WORDS]


def _named(words: Sequence[str]) -> Iterator[str]:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if assigned := _ASSIGNED.fullmatch(word):
            if _is_secret(assigned[1]):
                yield assigned[2]
        elif (flag := _FLAG.fullmatch(word)) and _is_secret(flag[1]):
            yield following if not following.startswith("-") else ""


def _is_secret(name: str) -> bool:
    upper = re.sub(r"[.-]", "_", name.upper())
    if _SPECIAL_TOKEN.search(upper) or (_KEY.search(upper) and not _SECRET_KEY.search(upper)):
        return False
    return is_secret_name(upper)
