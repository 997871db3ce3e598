"""Debian's Firefox, driven through Marionette: what geckodriver speaks, without geckodriver.

Playwright drives only a Firefox built for it. A message is its length, a colon, and JSON.
Source: https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

PREFERENCES = {
    "marionette.port": 0,  # a free one, which it writes into its profile
    "network.dns.localDomains": "adminbox",
    "dom.security.https_first": False,
    "dom.events.testing.asyncClipboard": True,  # a secure page may read the clipboard unasked
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
    "browser.aboutwelcome.enabled": False,
}
KEYS = {
    "End": "\ue010",
    "Home": "\ue011",
    "Control": "\ue009",
    "Enter": "\ue007",
    "Escape": "\ue00c",
    "Tab": "\ue004",
}
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
STARTS_WITHIN = 60.0


class Firefox:
    """One browser with one window; every command waits for its answer."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._file = self._socket.makefile("rb")
        self._last = 0
        self._receive()  # it greets first
        self.command("WebDriver:NewSession", {"capabilities": {}})

    def command(self, name: str, parameters: dict[str, Any] | None = None) -> Any:
        self._last += 1
        message = json.dumps([0, self._last, name, parameters or {}]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._receive()
        assert error is None, f"{name}: {error['message']}"
        return result

    def _receive(self) -> Any:
        digits = b""
        while (byte := self._file.read(1)) != b":":
            assert byte, "Firefox is gone"
            digits += byte
        return json.loads(self._file.read(int(digits)))

    def goto(self, url: str) -> None:
        self.command("WebDriver:Navigate", {"url": url})

    def evaluate(self, expression: str, *arguments: Any) -> Any:
        """What an expression is on the page; `arguments` is what is given here."""
        script = {"script": f"return ({expression})", "args": list(arguments)}
        return self.command("WebDriver:ExecuteScript", script)["value"]

    def wait(self, expression: str, *arguments: Any, seconds: float = 30) -> Any:
        """The first true value of an expression, which is asked for until then."""
        deadline = time.monotonic() + seconds
        while not (value := self.evaluate(expression, *arguments)):
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {expression}"
            time.sleep(0.05)
        return value

    def click(self, name: str, *, within: str = "body") -> None:
        """Press the button or link that is called like this, by a real click."""
        found = (
            "[...document.querySelectorAll(arguments[1] + ' :is(button, a)')]"
            ".find((each) => each.textContent.includes(arguments[0]) && !each.disabled)"
        )
        self.wait(f"Boolean({found})", name, within)
        element = self.evaluate(found, name, within)[_ELEMENT]
        self.command("WebDriver:ElementClick", {"id": element})

    def press(self, *keys: str) -> None:
        """Press keys together: `press("Control", "c")`."""
        values = [KEYS.get(key, key) for key in keys]
        downs = [{"type": "keyDown", "value": value} for value in values]
        ups = [{"type": "keyUp", "value": value} for value in reversed(values)]
        self._act({"type": "key", "id": "keys", "actions": downs + ups})

    def type(self, text: str) -> None:
        """Press a key for each character, where the focus is."""
        for character in text:
            self.press(character)

    def drag(self, start: tuple[int, int], end: tuple[int, int], steps: int = 6) -> None:
        """Drag with the left button down, in steps, as a hand does."""
        (x, y), (to_x, to_y) = start, end
        path = [
            (x + (to_x - x) * n // steps, y + (to_y - y) * n // steps) for n in range(steps + 1)
        ]
        moves = [{"type": "pointerMove", "x": x, "y": y, "duration": 30} for x, y in path]
        down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        self._act({"type": "pointer", "id": "mouse", "actions": [moves[0], down, *moves[1:], up]})

    def _act(self, source: dict[str, Any]) -> None:
        self.command("WebDriver:PerformActions", {"actions": [source]})

    def new_tab(self) -> str:
        """Open a tab and go there; what was in front is hidden now. Its handle."""
        handle = str(self.command("WebDriver:NewWindow", {"type": "tab", "focus": True})["handle"])
        self.switch(handle)
        return handle

    @property
    def tab(self) -> str:
        return str(self.command("WebDriver:GetWindowHandle")["value"])

    def switch(self, handle: str) -> None:
        self.command("WebDriver:SwitchToWindow", {"handle": handle, "focus": True})

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def _write_profile(profile: Path, preferences: dict[str, Any]) -> None:
    lines = [f"user_pref({json.dumps(n)}, {json.dumps(v)});\n" for n, v in preferences.items()]
    (profile / "user.js").write_text("".join(lines))


def _port_of(profile: Path, process: subprocess.Popen[bytes]) -> int:
    told, deadline = profile / "MarionetteActivePort", time.monotonic() + STARTS_WITHIN
    while not (told.exists() and told.read_text().strip()):
        assert process.poll() is None, "Firefox ended before it listened"
        assert time.monotonic() < deadline, "Firefox does not listen"
        time.sleep(0.05)
    return int(told.read_text())


@contextmanager
def firefox(program: str, profile: Path, **preferences: Any) -> Iterator[Firefox]:
    """A headless Firefox with a profile of its own, until it is left."""
    _write_profile(profile, {**PREFERENCES, **preferences})
    with (profile / "firefox.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)],
            stdout=log,
            stderr=log,
        )
    try:
        with closing(Firefox(_port_of(profile, process))) as driven:
            yield driven
    finally:
        process.terminate()
        process.wait(30)
