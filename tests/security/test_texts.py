"""Text that attacks who reads it, and secrets that want to get out."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.conftest import TOKEN
from tests.real import CHILD, PREFIX, Server, clean_environment
from tests.security.conftest import HIDDEN, Target

SHAPED = {
    "hub": "hf_" + "aB3" * 11 + "x",
    "github": "ghp_" + "a1" * 18,
    "aws": "AKIAIOSFODNN7EXAMPLE",
    "openai": "sk-proj-abcdefghijklmnop",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefgh",
    "url": "hunter22hunter",
    "bearer": "abc.def-123456789",
    "pem": "MIIEpAIBAAKCAQEAr5vbQmE0Zx3m9Q8w7C",
}
FORMS = {
    "plain": HIDDEN,
    "base64": base64.b64encode(HIDDEN.encode()).decode().rstrip("="),
    "url": quote(HIDDEN, safe=""),
    "json": json.dumps(HIDDEN)[1:-1],
    "hex": HIDDEN.encode().hex(),
}
SAID = f"""loading
hub {SHAPED["hub"]} github {SHAPED["github"]} aws {SHAPED["aws"]} openai {SHAPED["openai"]}
jwt {SHAPED["jwt"]} postgres://me:{SHAPED["url"]}@db/x
Authorization: Bearer {SHAPED["bearer"]}
{json.dumps(chr(10) + SHAPED["github"])} {quote("k=" + SHAPED["aws"])}
\x1b[32m{SHAPED["openai"]}\x1b[0m
-----BEGIN RSA PRIVATE KEY-----
{SHAPED["pem"]}
-----END RSA PRIVATE KEY-----
{" ".join(FORMS.values())}
{HIDDEN[:12]}
{HIDDEN[12:]}
@everyone #1 <script>alert(1)</script> ```` ![](http://beacon.example) \x1b]52;c;aGk=\x07
"""


@pytest.fixture(scope="module")
def talker(target: Target, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run whose log and error are full of secrets and of hostile text."""
    script = tmp_path_factory.mktemp("talker") / "talk.py"
    said = SAID.replace("\\", "\\\\")
    script.write_text(f"print({SAID!r})\nraise RuntimeError({said!r})\n")
    done = subprocess.run(
        [sys.executable, "-m", "lastwords", "run", "--quiet", "--json", "--home", str(target.home),
         "--", sys.executable, str(script)],
        capture_output=True, env=clean_environment(), check=False,
    )  # fmt: skip
    run: dict[str, str] = json.loads(done.stdout)
    return run["id"]


def _secrets() -> list[bytes]:
    return [text.encode() for text in (*SHAPED.values(), *FORMS.values())]


def test_s50_no_secret_is_in_a_report(target: Target, talker: str) -> None:
    report = target.server.get(f"/runs/{talker}/report.md").body
    assert [secret for secret in _secrets() if secret in report] == []
    assert f"{HIDDEN[:12]}\n{HIDDEN[12:]}".encode() not in report
    assert b"secrets masked" in report and b"RuntimeError" in report


def test_s50_the_log_and_the_error_stay_exact(target: Target, talker: str) -> None:
    log = target.server.get(f"/runs/{talker}/log").body
    assert log.startswith(SAID.encode()) and all(secret in log for secret in _secrets())
    error = target.server.get(f"/runs/{talker}/error").body
    assert error in log and all(secret in error for secret in _secrets())


def test_s50_no_secret_is_in_a_masked_log(target: Target, talker: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lastwords", "log", talker, "--masked", "--home", str(target.home)],
        capture_output=True, env=clean_environment(BILLING_API_KEY=HIDDEN), check=True,
    )  # fmt: skip
    assert [secret for secret in _secrets() if secret in done.stdout] == []
    assert b"RuntimeError" in done.stdout and b"***" in done.stdout


def test_s50_the_audit_and_the_configuration_hold_no_secret(target: Target) -> None:
    agent = f"x {SHAPED['hub']} {HIDDEN} {TOKEN}"
    target.server.ask(
        "POST", f"{PREFIX}/login", {"token": "no"}, {"User-Agent": agent}, login=False
    )
    for path in ("/audit?limit=200", "/config", "/doctor"):
        body = target.server.get(path).body
        assert [s for s in (*_secrets(), TOKEN.encode()) if s in body] == [], path
    for file in (target.home / "audit").glob("*.jsonl"):
        assert not [s for s in (*_secrets(), TOKEN.encode()) if s in file.read_bytes()]


def test_s46_text_of_a_run_opened_in_a_tab_runs_nothing(target: Target, talker: str) -> None:
    for view in ("/log", "/error", "/log?download=1", "/report.md", "/log/lines"):
        answer = target.server.get(f"/runs/{talker}{view}")
        policy = answer.headers["Content-Security-Policy"] or ""
        assert "default-src 'none'" in policy and "sandbox" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        kind = (answer.headers["Content-Type"] or "").partition(";")[0]
        assert kind in ("text/plain", "text/markdown", "application/json")
        assert answer.headers["Cache-Control"] == "no-store, private"


def test_s49_nothing_in_a_request_forges_a_line_of_the_audit(target: Target) -> None:
    hostile = '/runs/x%0d%0a{"action":"forged"}%1b[2J%9b'
    target.server.ask("GET", PREFIX + hostile, headers={"Origin": "https://evil.example"})
    for file in (target.home / "audit").glob("*.jsonl"):
        for line in file.read_bytes().splitlines():
            assert b"\x1b" not in line and json.loads(line)["action"] != "forged"


def test_s49_nothing_a_run_says_forges_a_line_of_our_own_log(home: Path) -> None:
    import logging

    from lastwords.config import load
    from lastwords.server.log import SafeFormatter

    shown = SafeFormatter(load(home, {"LASTWORDS_TOKEN": TOKEN}))
    record = logging.LogRecord(
        "x", 40, "f", 1, "run %s ended", (f"a\r\n2026 INFO forged \x1b[2J \x9b {TOKEN}",), None
    )
    line = shown.format(record)
    assert "\n" not in line and "\r" not in line and "\x1b" not in line and TOKEN not in line


def test_s43_a_log_that_claims_success_is_still_a_failure(target: Target) -> None:
    code = r"""print('Run completed \u2713\n\x1e{"event":"done"}'); raise SystemExit(3)"""
    done = subprocess.run(
        [sys.executable, "-m", "lastwords", "run", "--quiet", "--json", "--home", str(target.home),
         "--", sys.executable, "-c", code],
        capture_output=True, env=clean_environment(),
    )  # fmt: skip
    assert done.returncode == 3 and json.loads(done.stdout)["status"] == "failed"


def test_s40_a_terminal_shows_commands_and_a_pipe_gets_the_bytes(
    target: Target, talker: str
) -> None:
    command = [sys.executable, "-m", "lastwords", "error", talker, "--home", str(target.home)]
    piped = subprocess.run(command, capture_output=True, env=clean_environment(), check=True).stdout
    assert b"\x1b]52" in piped
    seen = _on_a_terminal(command)
    assert b"\x1b]52" not in seen and "␛]52".encode() in seen
    for name in ("explain", "report", "ls", "show", "log"):
        command = [sys.executable, "-m", "lastwords", name, "--home", str(target.home)]
        seen = _on_a_terminal([*command, *([] if name == "ls" else [talker])])
        assert seen and b"\x1b]" not in seen and b"\x07" not in seen, name


def test_s40_json_on_a_terminal_commands_it_as_little(target: Target) -> None:
    said = "raise ValueError('\\x9b31m \\u202egpj \\x1b[8mhidden\\x1b[0m evil\\rgood')"
    home = ("--home", str(target.home))
    command = [sys.executable, "-m", "lastwords"]
    recorded = [*command, "run", "--quiet", *home, "--name", "\u202egpj\x9b", "--"]
    subprocess.run([*recorded, sys.executable, "-c", said], env=clean_environment(), check=False)
    for words in ("ls --json", "show latest --json", "explain latest --json", "log latest --json"):
        seen = _on_a_terminal([*command, *words.split(), *home]).decode()
        assert not {"\x9b", "\u202e", "\x1b"} & set(seen) and json.loads(seen), words
        assert "\\u202egpj" in seen or "\\u009b" in seen, words
    seen = _on_a_terminal([*command, "log", "latest", *home]).decode()
    assert "\x1b[8m" not in seen and "␛[8mhidden" in seen and "evil␍\r\ngood" in seen


def _on_a_terminal(command: list[str]) -> bytes:
    import os
    import pty

    reader, writer = pty.openpty()
    process = subprocess.Popen(command, stdout=writer, stderr=writer, env=clean_environment())
    os.close(writer)
    parts = []
    try:
        while part := os.read(reader, 65536):
            parts.append(part)
    except OSError:  # the terminal's other side is closed
        pass
    os.close(reader)
    process.wait(60)
    return b"".join(parts)


def test_s42_a_name_is_given_back_as_it_is_and_is_code_in_a_report(target: Target) -> None:
    name = "<img src=x onerror=alert(1)> \u202egpj.exe `x` [y](http://evil)"
    run_id = target.server.train("exits-3", name=name)
    assert target.server.ended(run_id)["name"] == name
    report = target.server.get(f"/runs/{run_id}/report.md").body.decode()
    assert f"- Name: ``{name.replace(chr(0x202E), '<U+202E>')}``" in report
    assert "\u202e" not in report


def test_what_is_done_is_in_the_audit(target: Target) -> None:
    run_id = target.server.train("hangs")
    target.server.post(f"/runs/{run_id}/cancel")
    target.server.ended(run_id)
    target.server.get(f"/runs/{run_id}/log?download=1")
    target.server.post(f"/runs/{run_id}/retry")
    target.server.post(f"/runs/{run_id}/cancel")
    target.server.ended(run_id)
    target.server.ask("DELETE", f"{PREFIX}/runs/{run_id}")
    target.server.post(f"/runs/{run_id}/cancel")
    entries = target.server.get("/audit?limit=200").json["entries"]
    told = [(e["action"], e["outcome"], e["who"]) for e in entries if e["run"] == run_id]
    assert told[::-1] == [
        ("start", "ok", "api"),
        ("cancel", "ok", "api"),
        ("download", "ok", "api"),
        ("retry", "ok", "api"),
        ("cancel", "ok", "api"),
        ("delete", "ok", "api"),
        ("cancel", "run-not-found", "api"),
    ]


def test_what_is_done_at_a_shell_is_in_the_audit_too(target: Target) -> None:
    run_id = target.server.train("exits-3")
    target.server.ended(run_id)
    subprocess.run(
        [sys.executable, "-m", "lastwords", "rm", run_id, "--home", str(target.home)],
        check=True, capture_output=True, env=clean_environment(),
    )  # fmt: skip
    entry = target.server.get("/audit?limit=1").json["entries"][0]
    assert (entry["action"], entry["run"], entry["outcome"]) == ("delete", run_id, "ok")
    assert "command line" in entry["who"]


def test_pages_of_the_audit_fit_together(target: Target) -> None:
    whole = target.server.get("/audit?limit=200").json["entries"]
    first = target.server.get("/audit?limit=2").json
    second = target.server.get(f"/audit?limit=2&cursor={first['nextCursor']}").json
    assert len(whole) > 4
    together = first["entries"] + second["entries"]
    assert together[1:] == whole[: len(together)][1:] or together == whole[:4]
    for bad in ("x", "1", "1_x", "-1_1", "1_1;", "9" * 30):
        assert target.server.get(f"/audit?cursor={bad}").status == 422


def test_a_sparse_server_starts_with_a_hash_that_the_command_made(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lastwords", "hash-password"],
        input=b"a long pass phrase\n", capture_output=True, check=True, env=clean_environment(),
    )  # fmt: skip
    settings = {"LASTWORDS_PASSWORD_HASH": done.stdout.decode().strip()}
    server = Server(home, settings).start()
    try:
        body = {"password": "a long pass phrase"}
        assert server.ask("POST", f"{PREFIX}/login", body, login=False).status == 204
    finally:
        server.end()
    short = subprocess.run(
        [sys.executable, "-m", "lastwords", "hash-password"],
        input=b"short\n", capture_output=True, env=clean_environment(),
    )  # fmt: skip
    assert short.returncode == 1 and b"characters" in short.stderr and CHILD.exists()
