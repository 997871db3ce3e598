"""The web server: waitress around the app, with a login URL and a clean shutdown.

Ending the server ends no run: recorders go on, and the next server finds them again.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lastwords.config import Config
from lastwords.executors import units
from lastwords.folders.runfolder import read_fact
from lastwords.recording import processes
from lastwords.records import LastwordsError
from lastwords.server import log
from lastwords.server.init import stand_before_server

_PR_SET_DUMPABLE = 4
_M_ARENA_MAX = -8
_TRIM_SECONDS = 60.0  # between two times that free memory is given back
_QUIET_SECONDS = 1.0  # after the start, in which the first requests come and get all the time


class PortInUse(LastwordsError):
    """Another process is listening on the port."""


class NotRunning(LastwordsError):
    """No server is running for this home."""


def serve(config: Config, *, port_is_asked: bool) -> None:
    """Serve a home until SIGTERM or SIGINT.

    port_is_asked: whether the port was named by the user; if not, a free one is taken instead.

    Raises: PortInUse, which says by whom and which is free; LastwordsError.
    """
    _require_linux()
    os.umask(0o077)  # whatever is made in the home is its owner's alone
    _close_memory()
    _share_heaps()
    is_all_there_is = stand_before_server()
    log.begin(config)
    listener = _listen(config, port_is_asked)
    gc.disable()  # a start makes no garbage, and looking for it takes a tenth of its time
    from lastwords.api import close  # heavy from here on, after the port is ours
    from lastwords.api.endpoints import read_models
    from lastwords.api.problems import BODY_LIMIT
    from lastwords.api.services import EXTENSION
    from lastwords.server.app import admits, create_app
    from lastwords.server.connections import make_server

    app = create_app(config)
    found = app.extensions[EXTENSION]
    found.watch.ensure_started()
    server = make_server(app, listener, BODY_LIMIT, config.proxy_count, admits(app))
    port = listener.getsockname()[1]
    gc.freeze()
    gc.enable()
    _later(read_models)
    threading.Thread(target=_give_memory_back, name="memory", daemon=True).start()
    with _announced(config, port):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, _exit)
        print(
            f"Lastwords is running at {login_url(config.host, port, found.gate.token)}", flush=True
        )
        for warning in filter(None, (_of_a_copy(found.store.trouble), units.warning())):
            print(f"lastwords: {warning}", file=sys.stderr, flush=True)
        server.run()
    server.close()
    close(app)
    if is_all_there_is:  # in a container: with us the kernel kills all that runs
        found.supervisor.end_all("container shutdown")


def running_url(config: Config) -> str:
    """The login URL of the home's running server.

    Raises: NotRunning, which says how to start one.
    """
    notes = [read_fact(path) for path in config.home.glob("server-*.json")]
    running = [
        note
        for note in notes
        if note and processes.is_alive(processes.Identity.from_json(note["process"]))
    ]
    if not running:
        raise NotRunning(f"no server is running for {config.home}: start one with lastwords serve")
    fact = max(running, key=lambda note: int(note["process"]["start_ticks"]))
    from lastwords.security.startup_checks import login_token

    return login_url(fact["host"], fact["port"], login_token(config))


def login_url(host: str, port: int, token: str) -> str:
    """The URL that logs a browser in."""
    name = "127.0.0.1" if host in ("0.0.0.0", "::", "localhost") else host
    return f"http://{f'[{name}]' if ':' in name else name}:{port}/?token={token}"


def _require_linux() -> None:
    if sys.platform != "linux":
        raise LastwordsError(
            f"Lastwords needs Linux (pidfd and /proc), and this is {sys.platform}; run it on a "
            "Linux machine, in a container or in WSL"
        )


def _later(work: Callable[[], None]) -> None:
    """Do what the first answers need not wait for, once they may have been given."""
    timer = threading.Timer(_QUIET_SECONDS, work)
    timer.daemon = True
    timer.start()


def _share_heaps() -> None:
    """Have the threads share two heaps: what is freed in one of many is free for no other.

    Source: M_ARENA_MAX, mallopt(3). After five minutes of twenty polling tabs 80 MiB are resident,
    90 without it (`python -m bench.soak`). Other C libraries do not know it.
    """
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _give_memory_back() -> None:
    """Return what is free inside the heaps to the system, for as long as the server runs.

    The C library keeps it for the next request otherwise: one large answer an hour ago would stay
    resident. Source: malloc_trim(3). Other C libraries do not know it.
    """
    with contextlib.suppress(AttributeError):
        trim = ctypes.CDLL(None).malloc_trim
        while True:
            time.sleep(_TRIM_SECONDS)
            trim(0)


def _close_memory() -> None:
    """Let no other process of this user read the memory of this one, which holds the token.

    Source: PR_SET_DUMPABLE, prctl(2); ptrace(2) says what it keeps out. A core dump neither.
    """
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _listen(config: Config, port_is_asked: bool) -> socket.socket:
    try:
        return _bind(config.host, config.port)
    except OSError as error:
        try:
            free = _bind(config.host, 0)
        except OSError:
            raise LastwordsError(
                f"cannot listen on {config.host!r} ({error.strerror}): --host must be an address "
                "of this machine, such as 127.0.0.1"
            ) from None
        if not port_is_asked and error.errno == 98:
            return free
        number = free.getsockname()[1]
        free.close()
        who = _listener_on(config.port)
        raise PortInUse(
            f"cannot use port {config.port} on {config.host} ({error.strerror}{who}): "
            f"port {number} is free, use lastwords serve --port {number}"
        ) from None


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _listener_on(port: int) -> str:
    """Who has the port, as far as we may see."""
    import psutil

    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                if connection.pid:
                    return f", by {psutil.Process(connection.pid).name()}, pid {connection.pid}"
    return ""


def _of_a_copy(trouble: str | None) -> str | None:
    return trouble and f"runs are shown, but none can be started: {trouble}"


@contextlib.contextmanager
def _announced(config: Config, port: int) -> Iterator[None]:
    """Leave a note of this server in the home, for `lastwords url`, while it runs."""
    own = processes.identify(os.getpid())
    assert own is not None
    path = config.home / f"server-{own.pid}.json"
    try:
        _replace(path, {"host": config.host, "port": port, "process": own.to_json()})
    except OSError as error:  # a home that takes no file is served all the same
        print(f"lastwords: lastwords url will not find this server: {error}", file=sys.stderr)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _replace(path: Path, fact: dict[str, Any]) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(fact), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _exit(_number: int, _frame: object) -> None:
    raise SystemExit(0)
