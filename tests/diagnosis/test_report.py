"""The bug report is Markdown that an issue tracker takes, and holds no secret."""

import pytest
from markdown_it import MarkdownIt

from lastwords.diagnosis import Ending, explain
from lastwords.diagnosis.masking import MASK, mask
from lastwords.diagnosis.report import LIMIT, bug_report

TRACEBACK = """Traceback (most recent call last):
  File "/srv/train.py", line 3, in <module>
    main("```</details>")
ValueError: use `x` | not ```` *y*
"""
RUN = {"id": "run_20261122_201402", "status": "failed", "exitCode": 1, "baseModel": "a|b`c`"}
ENVIRONMENT = {"torch": "2.13.0+cpu", "command": "train --token hf_abcdefgh12345678"}


def report(error: str, tail: str = "step 1\nstep 2") -> str:
    explanation = explain(error.encode(), Ending(exit_code=1))
    return bug_report(RUN, explanation, error, tail, ENVIRONMENT).text


def fences(text: str) -> list[str]:
    return [token.content for token in MarkdownIt().parse(text) if token.type == "fence"]


def test_the_whole_error_stands_in_one_fence_that_nothing_in_it_closes() -> None:
    error, tail = fences(report(TRACEBACK))
    assert error == TRACEBACK
    assert tail == "step 1\nstep 2\n"


def test_the_title_is_the_headline_and_is_shown_as_it_was_printed() -> None:
    tokens = MarkdownIt().parse(report(TRACEBACK))
    title = tokens[1].children or []
    assert "".join(part.content for part in title) == "ValueError: use `x` | not ```` *y*"


@pytest.mark.parametrize("length", [65_000, 1_000_000])
def test_what_does_not_fit_is_counted(length: int) -> None:
    error = "Traceback (most recent call last):\nValueError: " + "line of text\n" * (length // 13)
    text = report(error, "y" * 100_000)
    assert len(text) <= LIMIT
    assert f"of {len(error.strip(chr(10))):,} characters" in text
    assert len(fences(text)) == 2
    assert text.rstrip().endswith("masked.")


@pytest.mark.parametrize("run", [400, 40_000])
def test_a_long_run_of_backticks_breaks_nothing(run: int) -> None:
    text = report("ValueError: " + "`" * run + "\nend")
    assert len(text) <= LIMIT
    blocks = [t for t in MarkdownIt().parse(text) if t.type in ("fence", "code_block")]
    assert len(blocks) == 2


def test_colours_are_taken_out() -> None:
    assert "\x1b" not in report("\x1b[31mValueError: red\x1b[0m")


SECRETS = [
    "hf_" + "aB3dE5gH7jK9mN1pQ3",
    "sk-" + "proj-abcdefghijklmnop1234",
    "ghp_" + "abcdefghijklmnopqrstuvwx0123456789",
    "github_pat_" + "11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_token_is_masked_wherever_it_stands(secret: str) -> None:
    masked = mask(f"login with {secret}, then\nexport X={secret}\n")
    assert secret not in masked.text
    assert masked.count == 2


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgres://app:s3cretpass@db.internal:5432/x", "s3cretpass"),
        ("https://user:pass-word@example.org/repo.git", "pass-word"),
        ("Authorization: Bearer abc.def-ghi123", "abc.def-ghi123"),
        ("WANDB_API_KEY=0123456789abcdef", "0123456789abcdef"),
        ('{"password": "correct horse"}', "correct"),
        ("--hub-token 'x' api_key: zzzzzzzz9", "zzzzzzzz9"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----",
            "MIIEow\nIBAAKC",
        ),
        ("-----BEGIN PRIVATE KEY-----\nMIIEow", "MIIEow"),
    ],
)
def test_a_named_secret_is_masked(text: str, secret: str) -> None:
    masked = mask(text)
    assert secret not in masked.text
    assert MASK in masked.text
    assert masked.count == 1


def test_exact_values_of_the_caller_are_masked() -> None:
    masked = mask("the value is tea-and-cake here", ["tea-and-cake"])
    assert masked == type(masked)(f"the value is {MASK} here", 1)


def test_ordinary_text_stays() -> None:
    text = "tokens: 512, pad_token='<pad>', max_tokens=384, keys ['a'], https://host/path?page=2"
    assert mask(text).text == text


def test_a_secret_reaches_no_part_of_the_report() -> None:
    secret = SECRETS[0]
    error = f"Traceback (most recent call last):\nValueError: bad token {secret}\n"
    run = {**RUN, "name": f"with {secret}"}
    written = bug_report(
        run, explain(error.encode(), Ending(exit_code=1)), error, secret, {"command": secret}
    )
    assert secret not in written.text
    assert secret not in written.error


def test_a_secret_is_masked_wherever_it_stands_and_the_number_is_said() -> None:
    secret = "hf_abcdefghijklmnopqrstuvwxyz012345"
    log = f"Traceback (most recent call last):\nRuntimeError: token={secret} refused\n".encode()
    explanation = explain(log, Ending(exit_code=1))
    command = f"train --api_key={secret}"
    report = bug_report(
        {"id": secret}, explanation, log.decode(), secret, {"command": command}
    ).text
    assert "abcdefghijklm" not in report
    assert "secrets masked." in report


@pytest.mark.parametrize("form", ["p@ss/word+1", "p%40ss%2Fword%2B1", "cEBzcy93b3JkKzE"])
def test_a_known_value_is_masked_in_its_encodings(form: str) -> None:
    assert mask(f"<<{form}>>", ["p@ss/word+1"]).text == "<<***>>"
