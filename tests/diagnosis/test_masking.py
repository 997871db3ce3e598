"""Secrets leave in no copy, in none of the notations that they are written in."""

from __future__ import annotations

import base64
import html
import json
import textwrap
import urllib.parse

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from lastwords.diagnosis.lines import clean, clean_lines
from lastwords.diagnosis.masking import MASK, Masker, mask, mask_stream

ID = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HEX40 = "0123456789abcdef0123456789abcdef01234567"
PEM = "MIIEpAIBAAKCAQEAr5\nvbQmE0Zx3m9Q8w7C\nAAAA=="


@pytest.mark.parametrize(
    ("before", "secret", "after"),
    [
        ("export HF_TOKEN=", "hf_" + "aB3" * 11 + "x", ""),
        ("login(token='", "hf_abcdefgh12", "')"),
        ("using ", "sk-ant-api03-abc_DEF-123", " now"),
        ("OPENAI: ", "sk-proj-abcdefghijklmnop", "."),
        ("key ", "sk-abcdefghijklmnop1234", ""),
        ("remote: ", "ghp_" + "a1" * 18, "@github.com"),
        ("oauth ", "gho_" + "a1" * 18, ""),
        ("pat ", "github_pat_" + "a1_" * 20, ""),
        ("ci ", "glpat-" + "a1b2" * 5, ""),
        ("id ", "AKIAIOSFODNN7EXAMPLE", ""),
        ("xox: ", "xoxb-123456789012-abcdef", ""),
        ("jwt=", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc", ""),
        ("WANDB_API_KEY=", HEX40, ""),
        ("$ wandb login ", HEX40, ""),
        ("--password ", "hunter22", " --epochs 3"),
        ("--api-key=", "abcdef", " --epochs 3"),
        ("--token ", "x1234567", ""),
        ("db_password: ", "hunter22", "\n"),
        ('{"password": "', "my long pass phrase", '"}'),
        ("{'client_secret': '", "zzzzzz1", "'}"),
        ('"{\\"apiKey\\": \\"', "abcdef12", '\\"}"'),
        ("GET https://x/y?token=", "abcdef12", "&page=2"),
        ("https://blob/x?sv=1&sig=", "ab%2Bcd%3D", "&se=2"),
        ("Authorization: Bearer ", "abc.def-123456", ""),
        ("{'Authorization': 'Basic ", "dXNlcjpwYXNz", "'}"),
        ("authorization: Token ", "0123456789", ""),
        ("Authorization: Digest ", 'username="me", response="0123"', ""),
        ("X-Api-Key: ", "abcdef", ""),
        ("Cookie: ", "lastwords_session_7700=abcdefgh; other=12", ""),
        ("Set-Cookie: ", "sid=abcdefgh; HttpOnly", ""),
        ("postgres://me:", "p@ssw0rd", "@db.example:5432/x"),
        ("redis://:", "hunter22", "@cache:6379"),
        ("?to=redis%3A%2F%2Fme%3A", "hunter22", "%40cache%3A6379"),
        ("https://", "ghs_abcdefghijklmnop", "@github.com/a/b"),
        ("https://hooks.slack.com/services/", "T000/B000/XXXXXXXXXXXX", ""),
        ("curl -u me:", "secretpw", " http://x"),
        ("machine api.wandb.ai login user password ", HEX40, ""),
        ("'first\\n", "ghp_" + "a1" * 18, "\\nlast'"),
        ('"\\u001b[32m', "hf_abcdefgh12", '"'),
        ("\x1b[1;32m", "AKIAIOSFODNN7EXAMPLE", "\x1b[0m"),
        ("https://x/?next=k%3D", "sk-proj-abcdefghijklmnop", ""),
        ("'\\tMY_KEY=", "abcdef12", "\\n'"),
        ("'\\ntoken=", "x1234567", "'"),
        ("'\\r\\nCookie: ", "sid=abcdefgh", "'"),
        ("databricks ", "dapi" + "0a" * 16, ""),
        ("discord ", "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs", ""),
        ("square ", "sq0atp-" + "aB3-" * 6, ""),
        ("linear ", "lin_api_" + "aB3x" * 10, ""),
        ("twilio ", "SK" + "0a1b" * 8, ""),
        ("shopify ", "shpat_" + "0a1B" * 8, ""),
        ("atlassian ", "ATATT3" + "aB3x_" * 20, ""),
        ("mailgun ", "key-" + "0a1b" * 8, ""),
        ("aws_secret_access_key = ", ID, ""),
        ("-----BEGIN RSA PRIVATE KEY-----", f"\n{PEM}\n-----END RSA PRIVATE KEY-----", "\nafter"),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----",
         f"\n\n{PEM}\n-----END PGP PRIVATE KEY BLOCK-----", ""),
        ("-----BEGIN%20RSA%20PRIVATE%20KEY-----",
         "%0AMIIEpAIB%0A-----END%20RSA%20PRIVATE%20KEY-----", "&x"),
        ("-----BEGIN PRIVATE KEY-----", "\nMIIEpAIBAAKCAQEAr5vbQmE0Zx3m9Q8w7C", "\nend of log"),
    ],
)  # fmt: skip
def test_a_secret_is_masked_and_what_is_around_it_stays(
    before: str, secret: str, after: str
) -> None:
    masked = mask(before + secret + after)
    assert masked.text == before + MASK + after
    assert masked.count == 1


def test_a_pair_of_keys_is_masked_whole() -> None:
    masked = mask(f"credentials: AKIAIOSFODNN7EXAMPLE {ID}")
    assert "AKIA" not in masked.text and ID not in masked.text


@pytest.mark.parametrize(
    "text",
    [
        "commit c9a36ab0123456789abcdef0123456789abcdef01",
        "sha256:" + "a1" * 32,
        "run_20260101_000000_2 attempt 1",
        "/home/me/.cache/huggingface/hub/models--google--flan-t5-small/snapshots/" + HEX40,
        'File "/a/secret_stuff/token.py", line 3, in check_password',
        "tokenizer.pad_token = tokenizer.eos_token, pad_token='[PAD]', eos_token_id=50256",
        "max_new_tokens=512 num_tokens: 123456789 input_token: 123456",
        "basic configuration of a bearer authentication",
        "hf_transfer and hf_hub_download of google/flan-t5-small",
        "token: None, password=None, api_key: null, secret: missing",
        "ValueError: unexpected token: ','",
        "KeyError: 'key'; cache_key = model_name_large",
        "http://127.0.0.1:7700/runs/run_1?page=2 git@github.com:a/b.git s3://bucket/path@v1",
        "sk-learn disk-0123456789abcdef task-0123456789012345",
        "'loss': 0.4213, 'grad_norm': 1.52, 'learning_rate': 4.5e-05, 'epoch': 0.31",
        "password: ***, token=••••••",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text).text == text


VALUE = "pa ss/w+rd\"'<é>&=12"


@pytest.mark.parametrize(
    "form",
    [
        VALUE,
        urllib.parse.quote(VALUE, safe=""),
        urllib.parse.quote_plus(VALUE),
        json.dumps(VALUE)[1:-1],
        json.dumps(json.dumps(VALUE))[1:-1],
        json.dumps(VALUE, ensure_ascii=False)[1:-1],
        html.escape(VALUE),
        VALUE.encode().hex(),
    ],
)
def test_a_known_value_is_masked_in_every_notation(form: str) -> None:
    masked = mask(f"it was >{form}<", [VALUE])
    assert MASK in masked.text and "ss/w" not in masked.text and "w%2" not in masked.text
    assert form not in masked.text


@pytest.mark.parametrize("before", ["", "u:", "me:", "user:"])
def test_a_known_value_is_masked_wherever_it_stands_in_base64(before: str) -> None:
    encoded = base64.b64encode(f"{before}{VALUE}:end".encode()).decode()
    masked = mask(f"sent {encoded}!", [VALUE]).text
    left = masked.removeprefix("sent ").removesuffix("!").replace(MASK, "")
    assert MASK in masked and len(left) <= len(encoded) - len(VALUE.encode())


@pytest.mark.parametrize("width", [5, 9, 20])
def test_a_known_value_and_a_token_of_fixed_length_are_masked_across_lines(width: int) -> None:
    for secret, values in [("a-very-secret-value-012", ["a-very-secret-value-012"]),
                           ("hf_" + "aB3xYz7" * 4 + "abcdef", [])]:  # fmt: skip
        boxed = "\n".join(f"│ {line:<{width}} │" for line in textwrap.wrap(secret, width))
        masked = mask(f"Error:\n{boxed}\nTraceback follows", values).text
        assert not [
            part for part in textwrap.wrap(secret, width) if len(part) > 2 and part in masked
        ]
        assert masked.endswith("Traceback follows")


@pytest.mark.parametrize("before", ["", "user:", "a=", "{\n 'x': '"])
@pytest.mark.parametrize(
    "secret",
    ["hf_" + "aB3" * 11 + "x", "AKIAIOSFODNN7EXAMPLE", "postgres://me:p@ssw0rd@db",
     f"-----BEGIN PRIVATE KEY-----\n{PEM}"],
)  # fmt: skip
def test_a_token_known_by_its_shape_is_masked_in_base64_and_hex(before: str, secret: str) -> None:
    data = (before + secret).encode()
    for form in (base64.b64encode(data), base64.urlsafe_b64encode(data).rstrip(b"=")):
        for word in ("", "x-", "ab/", "abc="):
            assert mask(f"{word}{form.decode()} is set").text.endswith(f"{MASK} is set")
    for digits in (data.hex(), data.hex().upper()):
        assert mask(f"0x{digits} is set").text == f"0x{MASK} is set"


def test_neighbours_on_the_next_line_are_not_taken_with_it() -> None:
    token = "hf_" + "aB3xYz7" * 4 + "abcdef"
    assert mask(f"token {token}\nTraceback (most").text == f"token {MASK}\nTraceback (most"


@pytest.mark.parametrize(
    "start",
    ["eyJ", "a://", "curl ", " \t", "A_", "-----BEGIN RSA PRIVATE KEY-----", "cookie=", "password ",
     "\n│", "hf_", "?token", "bearer ", "machine x login "],
)  # fmt: skip
def test_no_text_keeps_masking_busy_for_long(start: str) -> None:
    """What a pattern begins with, over and over: hours, were its repetitions not bounded."""
    assert mask(start * (60_000 // len(start)), [VALUE]).count <= 1_000


pieces = st.one_of(
    st.sampled_from([
        "\n", " ", "│ ", "hf_" + "aB3" * 11 + "x", VALUE, "VALUE-12345678", "VALUE-", "12345678",
        "password=", "Bearer ", "abc.def-123456", "-----BEGIN RSA PRIVATE KEY-----",
        "-----END RSA PRIVATE KEY-----", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=", "-----BEGIN",
        "-----BEGIN+PRIVATE+KEY-----",
        "aGZfYUIzYUIzYUIzYUIzYUIzYUIzYUIz", "6768705f" + "6131" * 18, "=", "/",
        "https://u:", "p4ssw0rd", "@host/", "AKIAIOSFODNN7EXAMPLE", "\r\n", "'", '"', "token: ",
    ]),
    st.text(max_size=20),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(pieces, max_size=60), st.data())
def test_a_streamed_text_is_masked_as_a_whole_one(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts) * data.draw(st.sampled_from([1, 1, 3, 40]))
    values = [VALUE, "VALUE-12345678"]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    chunks = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert "".join(mask_stream(chunks, Masker(values))) == mask(text, values).text


def test_a_long_stream_is_given_on_and_not_held_back() -> None:
    chunks = (f"line {n} of a log, with token=abcdef{n:06d}\n" for n in range(3000))
    given_on = list(mask_stream(chunks, Masker([VALUE])))
    assert len(given_on) > 2000 and max(map(len, given_on[:-1])) < 2000


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=8, max_size=40), st.text(max_size=60), st.text(max_size=60))
@example("00000000", "0", "0")
def test_no_planted_value_is_left_in_any_notation(secret: str, before: str, after: str) -> None:
    assume(len(secret.strip()) >= 8 and "*" not in secret and secret not in before + after)
    assume(not any("\ud800" <= char <= "\udfff" for char in secret))
    data = secret.encode()
    for form in (secret, urllib.parse.quote(secret, safe=""), json.dumps(secret)[1:-1],
                 base64.b64encode(data).decode().rstrip("="), data.hex()):  # fmt: skip
        assume(form not in before + after)
        assert form not in Masker([secret]).whole(f"{before} {form} {after}").text


@pytest.mark.parametrize("text", ["step 1\nstep 2", f"token={'a' * 30}x1\nstep {'a' * 30}x1", ""])
def test_a_text_that_was_read_is_masked_as_one_that_was_not(text: str) -> None:
    told = {found for found in ("a" * 30 + "x1",) if found in text}
    assert Masker().having_read(text).whole(text) == Masker(told).whole(text)
    assert Masker().having_read(text).having_read(text).whole(text) == Masker(told).whole(text)


@given(st.text(alphabet=st.sampled_from("ab \n\r\t\0\x1b[1m\ufeff\x7fé"), max_size=60))
def test_many_lines_are_cleaned_as_each_of_them_is(text: str) -> None:
    assert clean_lines(text) == "\n".join(map(clean, text.split("\n")))
