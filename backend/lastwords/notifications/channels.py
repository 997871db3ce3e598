"""The three channels of notifications. Each raises Undelivered, with the reason."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import os
import smtplib
import ssl
import subprocess
import time
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import SplitResult, unquote, urlsplit

from lastwords.config import Config
from lastwords.notifications.outbox import Letter, sentence
from lastwords.recording.environment import allowed
from lastwords.records import LastwordsError
from lastwords.security.startup_checks import is_loopback

SECONDS = 15.0  # for an answer


class Undelivered(LastwordsError):
    """A letter could not be delivered."""


def signature(secret: str, moment: int, body: bytes) -> str:
    """What `X-Lastwords-Signature` holds: `t=UNIX TIME,v1=HEX`, HMAC-SHA256 of `TIME.BODY`."""
    digest = hmac.digest(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={digest.hex()}"


def send_to_webhook(config: Config, letter: Letter) -> None:
    """POST a letter as JSON, signed where a secret is set; any 2xx means delivered.

    Raises: Undelivered.
    """
    parts = _address("LASTWORDS_NOTIFY_WEBHOOK", config.notify_webhook, ("http", "https"))
    body = json.dumps(letter).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "lastwords",
        "X-Lastwords-Delivery": str(letter["id"]),
    }
    if config.notify_webhook_secret:
        headers["X-Lastwords-Signature"] = signature(
            config.notify_webhook_secret, int(time.time()), body
        )
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection = kind(str(parts.hostname), parts.port, timeout=SECONDS)
        try:
            connection.request("POST", path, body, headers)
            status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Undelivered(f"could not reach the webhook: {_words(error)}") from error
    if not 200 <= status < 300:
        raise Undelivered(f"the webhook responded with status {status}")


def run_command(config: Config, letter: Letter) -> None:
    """Run the command with a letter as JSON on stdin; exit code 0 means delivered. No shell.

    Raises: Undelivered.
    """
    run = letter["run"]
    facts = {"LASTWORDS_RUN_ID": run["id"], "LASTWORDS_STATUS": run["status"]}
    try:
        done = subprocess.run(
            list(config.notify_command),
            input=json.dumps(letter).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=allowed(os.environ) | facts,
            timeout=SECONDS,
            start_new_session=True,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise Undelivered(f"the command failed: {_words(error)}") from error
    if done.returncode:
        raise Undelivered(f"the command exited with code {done.returncode}")


def send_mail(config: Config, letter: Letter) -> None:
    """Mail a letter to every address of the configuration.

    Raises: Undelivered; also rather than send a password without encryption to another machine.
    """
    url = config.notify_smtp or "smtp://127.0.0.1:25"
    parts = _address("LASTWORDS_NOTIFY_SMTP", url, ("smtp", "smtps"))
    try:
        with _connected(parts.scheme, str(parts.hostname), parts.port or 0) as server:
            if parts.username:
                encrypted = isinstance(server.sock, ssl.SSLSocket)
                if not encrypted and not is_loopback(str(parts.hostname)):
                    raise Undelivered(
                        "no encryption on the mail server, so the password was not sent"
                    )
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(_mail(config, letter))
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise Undelivered(f"the mail server did not accept the message: {_words(error)}") from error


def _connected(scheme: str, host: str, port: int) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    server = smtplib.SMTP(host, port, timeout=SECONDS)
    try:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
    except BaseException:
        server.close()
        raise
    return server


def _mail(config: Config, letter: Letter) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = f"[lastwords] {sentence(letter)}"[:200]
    mail["From"] = config.notify_from
    mail["To"] = ", ".join(config.notify_email)
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = f"<{letter['id']}@lastwords.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    facts = [f"{name}: {value}" for name, value in letter["run"].items() if value is not None]
    mail.set_content("\n".join([sentence(letter), "", *facts, ""]))
    return mail


def _address(name: str, url: str | None, schemes: tuple[str, str]) -> SplitResult:
    with contextlib.suppress(ValueError):
        parts = urlsplit(url or "")
        if parts.scheme in schemes and parts.hostname and parts.port != 0:
            return parts
    raise Undelivered(f"{name} is not a URL such as {schemes[0]}://host:port")


def _words(error: Exception) -> str:
    """What went wrong, without what was sent or where to: that may be secret."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
