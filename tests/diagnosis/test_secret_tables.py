"""Every row of the tables of secrets: what it names is masked, in whatever way it is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lastwords.diagnosis.masking import MASK, mask
from lastwords.diagnosis.names_in_text import Said, said_by
from lastwords.diagnosis.secret_contexts import CONTEXTS, NAMED_EXAMPLES
from lastwords.diagnosis.secret_names import is_secret_name
from lastwords.diagnosis.secret_shapes import SHAPES

FAILURES = Path(__file__).parent.parent / "failures"
LOGS = sorted(path for path in FAILURES.rglob("*") if path.is_file() and path.suffix != ".py")
VALUE = "Hunter2Hunter3xq"
SHAPED = [pytest.param(shape, id=f"{number} {shape.maker}") for number, shape in enumerate(SHAPES)]
IN_CONTEXT = [(context.where, example) for context in CONTEXTS for example in context.examples] + [
    ("a name", example) for example in NAMED_EXAMPLES
]


@pytest.mark.parametrize(("where", "example"), IN_CONTEXT)
def test_a_secret_is_masked_in_every_context(where: str, example: str) -> None:
    masked = mask(f"before\n{example.replace('{V}', VALUE)}\nafter")
    assert VALUE not in masked.text and MASK in masked.text, where
    assert masked.text.startswith("before\n") and masked.text.endswith("\nafter")


@pytest.mark.parametrize("shape", SHAPED)
def test_a_token_is_masked_to_its_end_wherever_it_stands(shape: tuple[str, ...]) -> None:
    token = shape.example  # type: ignore[attr-defined]
    assert mask(token) == type(mask(""))(MASK, 1)
    for before, after in (("with ", ", then"), ("('", "')"), ("x:", "\n"), ("\x1b[32m", "\x1b[0m")):
        assert mask(before + token + after).text == before + MASK + after


@pytest.mark.parametrize("shape", SHAPED)
def test_a_token_is_masked_in_disguise(shape: tuple[str, ...]) -> None:
    token = shape.example  # type: ignore[attr-defined]
    escaped = "".join(f"\\u{ord(char):04x}" for char in token)
    middle = len(token) // 2
    hidden = f"{token[:middle]}\u200b{token[middle:]}"
    said = json.dumps(f"\n{token}")[1:-1]
    deep = json.dumps(json.dumps(json.dumps(said)))
    for disguise in (token[::-1], escaped, hidden, said, deep, f"%3D{token}"):
        masked = mask(f"got >{disguise}< here").text
        assert MASK in masked and token[middle:] not in masked and token[::-1] not in masked
        assert escaped[6 * middle :] not in masked and masked.startswith("got >")


@pytest.mark.parametrize("disguise", ["reversed", "zero width", "escaped", "coloured"])
def test_a_known_value_is_masked_in_disguise(disguise: str) -> None:
    value = "tea-and-cake 4 two"
    text = {
        "reversed": value[::-1],
        "zero width": "\u200b".join(value),
        "escaped": "".join(f"\\u{ord(char):04x}" for char in value),
        "coloured": f"{value[:6]}\x1b[1;31m{value[6:]}",
    }[disguise]
    assert mask(f"<<{text}>>", [value]).text == f"<<{MASK}>>"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("password=tr0ub4dor&3", "password="),
        ("tool --password tr0ub4dor&3 --fast", "tool --  --fast"),
        ("api_key: ab,cd;ef&gh", "api_key: "),
        ("GET /x?token=tr0ub4dor3&page=2", "GET /x?token=&page=2"),
        ("Pwd=tr0ub4dor3;Uid=me", "Pwd=;Uid=me"),
        ("{password:tr0ub4dor3,user:me}", "{password:,user:me}"),
        ("password=tr0ub4dor3, then; more", "password=, then; more"),
    ],
)
def test_a_bare_value_ends_where_the_next_begins(text: str, left: str) -> None:
    assert mask(text).text.replace(MASK, "").replace("password", "") == left.replace("password", "")


@pytest.mark.parametrize("disguise", ["pass\u200bword=hunter22", "password\\u003dhunter22"])
def test_a_name_in_disguise_is_read(disguise: str) -> None:
    assert mask(disguise).text == disguise.replace("hunter22", MASK)


def test_real_logs_hold_no_secret() -> None:
    found = {path: mask(path.read_text(errors="replace")).count for path in LOGS}
    assert len(found) > 500
    assert {str(path): count for path, count in found.items() if count} == {}


@pytest.mark.parametrize(
    "text",
    [
        "usage: train [--hub_token HUB_TOKEN] [--api-key API_KEY]",
        "    c = Client(address, authkey=process.current_process().authkey)",
        "    password = getpass.getpass('Password: ')",
        "    self.token = self._effective_token(request)",
        'File "/a/b.py", line 3, in login\n    token=config.get("api_token"),',
        "TOKENIZER_NAME=bert-base-uncased TOKENIZERS_PARALLELISM=disabled_here",
        "tokens ['<pad>', '--token', 'x']: pad_token='<pad-token-1>'",
        "expected the columns ['password', 'username'], got ('password', 'username')",
        "PWD=/home/me/work OLDPWD=/home/me",
        "PASS: test_login.py (3 of 3)  KEY: first_of_all",
        "use the --token argument instead of --password\nand log in again",
        "<https://a.example> forward_pass: 0.1234s step_key_value=abc",
        "docker run -u 1000:1000 image; mkdir -p some/folder",
        "git log --author=someone -p HEAD~3..HEAD",
        "d41d8cd98f00b204e9800998ecf8427e  key.txt",
    ],
)
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    assert mask(text).text == text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("DB_PASS", Said.SECRET),
        ("SECRET_KEY_BASE", Said.SECRET),
        ("clientSecret", Said.SECRET),
        ("spark.hadoop.fs.s3a.secret.key", Said.SECRET),
        ("max_new_tokens", Said.NOTHING),
        ("pad_token", Said.NOTHING),
        ("self.token", Said.BARE_TOKEN),
        ("tokenizer", Said.NOTHING),
        ("DATABASE_URL", Said.NOTHING),
    ],
)
def test_what_a_name_says(name: str, said: Said) -> None:
    assert said_by(name) == said


def test_a_name_counts_in_text_as_it_does_in_an_environment() -> None:
    for name in ("HF_TOKEN", "DB_PASS", "MY_SERVICE_PASSWORD", "SECRET_KEY_BASE", "X_APIKEY"):
        assert is_secret_name(name)
        assert mask(f"{name}={VALUE}").text == f"{name}={MASK}"
