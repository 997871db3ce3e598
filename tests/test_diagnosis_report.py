"""Bug reports: valid Markdown, whole where it fits, honest where it does not, without secrets."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lastwords.diagnosis import Ending, Explanation, explain
from lastwords.diagnosis.masking import MASK, mask
from lastwords.diagnosis.report import LIMIT, bug_report, title

RUN = {"id": "run_20260101_000000", "status": "failed", "exitCode": 1, "baseModel": "a|b`c"}
LOG = b'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: no\n'


def explained(log: bytes = LOG) -> tuple[Explanation, str]:
    explanation = explain(log, Ending(exit_code=1))
    assert explanation.error is not None
    return explanation, log[explanation.error.start : explanation.error.end].decode()


def fences(report: str) -> list[str]:
    """The contents of the code blocks, as a CommonMark parser finds them."""
    tokens = MarkdownIt("commonmark").parse(report)
    return [token.content for token in tokens if token.type == "fence"]


def test_the_whole_error_stands_in_a_fence() -> None:
    explanation, error = explained()
    report = bug_report(RUN, explanation, error, "the last line", {"python": "3.11"})
    assert error + "\n" in fences(report)
    assert "the last line\n" in fences(report)


def test_the_fence_survives_backticks_and_closing_tags() -> None:
    explanation, _ = explained()
    error = "ValueError: ````\n</details>\n```\n@everyone #1"
    report = bug_report(RUN, explanation, error, "", {})
    assert error + "\n" in fences(report)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.sampled_from("`~ab\n<>/ |"), min_size=1, max_size=60))
def test_every_text_comes_back_from_its_fence(error: str) -> None:
    explanation, _ = explained()
    report = bug_report(RUN, explanation, f"x{error}x", "", {})
    assert f"x{error}x\n" in fences(report)


@pytest.mark.parametrize("size", [1, 60_000, 1_000_000])
def test_a_report_fits_an_issue_and_says_what_it_leaves_out(size: int) -> None:
    explanation, _ = explained()
    error = "".join(f"line {number}\n" for number in range(size // 10))
    report = bug_report(RUN, explanation, error, "tail " * 5000, {"command": ["x" * 9000]})
    assert len(report) <= LIMIT
    if size == 1_000_000:
        found = re.search(r"([\d,]+) of ([\d,]+) characters are left out", report)
        assert found and int(found[2].replace(",", "")) == len(error)


def test_a_headline_of_any_size_leaves_a_title_and_a_report_that_fit() -> None:
    explanation, error = explained()
    huge = replace(explanation, headline="ValueError: " + "long " * 100_000)
    assert len(title(RUN, huge)) <= 200
    assert len(bug_report(RUN, huge, error, "", {})) <= LIMIT


def test_escape_sequences_and_control_characters_are_taken_out() -> None:
    explanation, _ = explained()
    report = bug_report(RUN, explanation, "\x1b[31mred\x1b[0m\x00\x1b]0;title\x07", "", {})
    assert "red␀\n" in fences(report)


SECRETS = [
    "hf_" + "a1B2" * 9,
    "sk-proj-" + "Ab3d" * 8,
    "ghp_" + "x9Y8" * 9,
    "github_pat_" + "q1W2" * 8,
    "AKIA" + "ABCDEFGH12345678",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_tokens_are_masked_and_counted(secret: str) -> None:
    explanation, _ = explained()
    error = f"OSError: token {secret} was refused"
    report = bug_report(RUN, explanation, error, secret, {"command": ["train", f"--key={secret}"]})
    assert secret not in report
    assert "3 secrets masked." in report


@pytest.mark.parametrize(
    "text",
    [
        "https://user:hunter22@host/path",
        "postgres://u:hunter22@db/x",
        "Authorization: Bearer hunter22hunter22",
        "HF_TOKEN=hunter22",
        'api_key: "hunter22"',
        "-----BEGIN RSA PRIVATE KEY-----\nhunter22\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_secrets_are_known_by_their_surroundings(text: str) -> None:
    masked, count = mask(text)
    assert "hunter22" not in masked and MASK in masked and count == 1


@pytest.mark.parametrize(
    "text",
    [
        "pad_token='<|endoftext|>'",
        "max_new_tokens=1000000",
        "eos_token_id: 1234567",
        "task: basics",
    ],
)
def test_words_of_the_trade_are_no_secrets(text: str) -> None:
    assert mask(text) == (text, 0)


@given(st.text(min_size=8, max_size=40), st.sampled_from(["plain", "url", "json", "base64"]))
def test_a_known_value_is_masked_in_every_encoding(secret: str, encoding: str) -> None:
    import base64
    import json
    from urllib.parse import quote

    try:
        data = secret.encode()
    except UnicodeEncodeError:
        return
    forms = {
        "plain": secret,
        "url": quote(secret, safe=""),
        "json": json.dumps(secret)[1:-1],
        "base64": base64.b64encode(data).decode().rstrip("="),
    }
    masked, count = mask(f"<<{forms[encoding]}>>", [secret])
    assert count >= 1 and masked.startswith("<<")
    assert forms[encoding] not in masked
