"""The bug report is Markdown that an issue tracker takes, and holds no secret."""

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from lastwords.diagnosis import Alternative, Ending, Evidence, Frame, explain
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
    assert [part.type for part in title] == ["code_inline"]
    assert title[0].content == "ValueError: use `x` | not ```` *y*"


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
    blocks = [t.content for t in MarkdownIt().parse(text) if t.type in ("fence", "code_block")]
    assert blocks[-1] == "step 1\nstep 2\n"
    assert "`" * min(run, 20_000) in blocks[-2]


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


# What a tracker makes a mention, a reference, a commit, a link, an image or HTML of.
WORDS = (
    "@octocat @acme/security #12 acme/x#34 GH-56 !7 deadbeefdeadbeefdeadbeefdeadbeefdeadbeef "
    "https://evil.example/a www.evil.example me@evil.example <img src=x> ![](http://b.example) "
    "[x](http://c.example) <b>bold</b> **strong** | a | "
    "\u202egpj.exe \x9b31m \u200b `@tick` ``@two`"
)


def hostile_report(words: str) -> str:
    """A report in which every word of the run is hostile."""
    error = f'Traceback (most recent call last):\n  File "{words}", line 3\nValueError: {words}\n'
    found = explain(error.encode(), Ending(exit_code=1))
    found = replace(
        found,
        title=words,
        headline=f"ValueError: {words}",
        user_frame=Frame(words, 3, words),
        evidence=(Evidence(3, f"the line {words}"),),
        alternatives=(Alternative("code.error", words, words, None),),
    )
    facts: dict[str, object] = dict.fromkeys(("id", "name", "status", "reason", "baseModel"), words)
    stages: list[dict[str, object]] = [{"name": words, "status": words, "started_at": words}]
    return bug_report(
        facts, found, error, f"tail {words}", {"python": words}, stages=stages, reproduce=words
    ).text


def prose(text: str) -> str:
    """What a tracker reads on: every text that stands in no code."""
    tokens = [token for token in MarkdownIt("commonmark").enable("table").parse(text)]
    inline = [part for token in tokens for part in token.children or []]
    assert {part.type for part in inline} <= {
        *("text", "softbreak", "code_inline", "strong_open", "strong_close"),
    }
    assert not [token for token in tokens if token.type == "html_block"]
    assert max(len(part.markup) for part in inline) <= 80  # more GitHub does not read as code
    return "".join(part.content for part in inline if part.type == "text")


@pytest.mark.parametrize("words", [WORDS, f"`{WORDS}", f"{WORDS}`", "`" * 90 + f"@octocat{WORDS}"])
def test_no_word_of_a_run_stands_outside_code(words: str) -> None:
    text = hostile_report(words)
    shown = prose(text)
    for word in ("octocat", "acme", "#12", "GH-", "beef", "evil", "example", "img", "bold", "tick"):
        assert word not in shown, word
    for unseen in "\u202e\x9b\u200b":
        assert unseen not in text
    assert "<U+202E>gpj.exe" in text and "<U+009B>31m" in text


def test_a_heading_is_not_cut_within_a_number() -> None:
    headline = "OutOfMemoryError: " + "x" * 225 + " 1.09 GiB of 79.11 GiB"
    for pad in range(12):
        text = report(f"torch.OutOfMemoryError: {'y' * pad}{headline}\n")
        heading = text.partition("\n")[0]
        assert not re.search(r"\b(?:1\.0?|7|79\.1?) …", heading), heading
    unbroken = report("ValueError: " + "x" * 230 + "123456789" * 10 + "\n").partition("\n")[0]
    assert not re.search(r"[0-9] …", unbroken)


def test_a_message_is_said_twice_and_no_more() -> None:
    message = "the one message of it all " + "that goes on " * 30
    error = f'Traceback (most recent call last):\n  File "a.py", line 3\nValueError: {message}\n'
    text = report(error)
    assert text.count("the one message of it all") == 2
    assert message.strip() in text


def test_every_heading_has_a_blank_line_before_it() -> None:
    lines = report(TRACEBACK).split("\n")
    headings = [at for at, line in enumerate(lines) if line.startswith("## ")]
    assert len(headings) >= 4 and all(lines[at - 1] == "" for at in headings)


def test_a_value_that_one_line_names_is_masked_where_it_stands_alone() -> None:
    error = "Traceback (most recent call last):\nValueError: no login with Hunter2Hunter3xq\n"
    text = report(error, "tool --password\nHunter2Hunter3xq\nstep 2")
    assert "Hunter2" not in text and "secrets masked." in text


def test_a_headline_of_megabytes_is_shown_from_its_beginning_and_tells_no_secret() -> None:
    token = "hf_" + "aB3" * 12
    text = report(f"Traceback (most recent call last):\nValueError:{f' {token}' * 100_000}\n")
    assert text.startswith("# `ValueError: *** *** ")
    assert "hf_" not in text
