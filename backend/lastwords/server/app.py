"""The web server's app: the blueprint, the built page, health, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, redirect, request, send_from_directory
from flask_compress import Compress
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.security import safe_join

from lastwords.api import METHODS, admit, may_send_more, protect, training_blueprint
from lastwords.api.audit import write_down
from lastwords.api.auth import Gate
from lastwords.api.mcp import answer_mcp
from lastwords.api.problems import problem_response, refuse
from lastwords.api.services import services
from lastwords.config import Config
from lastwords.records import LastwordsError, StoreUnavailable
from lastwords.security.proxy import NoKeys
from lastwords.server import prometheus

PREFIX = "/api/training"
STATIC = Path(__file__).parents[1] / "static"
LONGEST_PATH = 200  # of a built file; longer names are no question for the file system
_IMMUTABLE = "public, max-age=31536000, immutable"


def admits(app: Flask) -> Callable[[dict[str, Any]], bool]:
    """Whether who sends a request of this head may send its body; the head is all that is there."""

    def is_known(environ: dict[str, Any]) -> bool:
        with app.request_context(environ), suppress(LastwordsError, HTTPException):
            return may_send_more()
        return False

    return is_known


def create_app(config: Config) -> Flask:
    """The app for one home.

    Raises: LastwordsError, where the home or the configuration cannot be used.
    """
    app = Flask("lastwords", static_folder=None)
    # Only what a browser parses: ranges of a log must stay exact.
    app.config["COMPRESS_MIMETYPES"] = [
        "text/html",
        "text/css",
        "text/javascript",
        "application/json",
        "image/svg+xml",
    ]
    Compress(app)
    blueprint = training_blueprint(config=config)
    if config.dev_origins:
        from flask_cors import CORS  # for development alone

        # Exact, where flask-cors takes a text with brackets (an IPv6 address) for a pattern.
        exact = [re.compile(re.escape(origin) + r"\Z") for origin in config.dev_origins]
        CORS(blueprint, origins=exact, supports_credentials=True)
    app.register_blueprint(blueprint, url_prefix=PREFIX)
    app.before_request(_check_request)
    app.after_request(_write_down_login)
    app.after_request(protect)
    app.register_error_handler(Exception, problem_response)
    app.add_url_rule("/healthz", view_func=_healthz)
    app.add_url_rule(
        "/metrics", view_func=_metrics, methods=["GET", "OPTIONS"], provide_automatic_options=False
    )
    app.add_url_rule("/mcp", view_func=_mcp, methods=METHODS, provide_automatic_options=False)
    app.add_url_rule("/", view_func=_page)
    app.add_url_rule("/<path:path>", view_func=_page)
    return app


def _check_request() -> Response | None:
    services().gate.check_host(request)
    named = any(name.lower() == "token" for name in request.args)
    if named and request.path != "/" and not request.path.startswith(PREFIX):
        raise refuse("token-in-url", 400, "the login URL is the server's root")
    if request.routing_exception and request.path == "/metrics":
        return admit()
    return None


def _write_down_login(response: Response) -> Response:
    """The audit of what the blueprint does not see: a login by URL, and what it was refused for."""
    if request.blueprint or response.status_code == 404:
        return response
    return write_down(response)


def _healthz() -> Response:
    return Response("ok\n", content_type="text/plain; charset=utf-8")


def _metrics() -> Response:
    """Figures for a monitoring system, which logs in as every script does."""
    if refusal := admit():
        return refusal
    found = services()
    text = prometheus.exposition(found.config, found.store, found.watch.age)
    return Response(text, content_type=prometheus.CONTENT_TYPE)


def _mcp() -> Response:
    """Runs for coding agents, who log in as every script does."""
    return admit() or answer_mcp()


def _page(path: str = "") -> Response:
    """A built file, or the page itself, whose routes are its own business."""
    if path == "api" or path.startswith(("api/", ".well-known/")):  # where clients look for OAuth
        return problem_response(NotFound())
    if "token" in request.args:
        return _log_in(request.args["token"])
    if not (STATIC / "index.html").is_file():
        return _no_page()
    file = safe_join(str(STATIC), path) if len(path) in range(1, LONGEST_PATH) else None
    if file and Path(file).is_file():
        response = send_from_directory(STATIC, path)
        if path.startswith("assets/"):
            response.headers["Cache-Control"] = _IMMUTABLE
        return response
    response = send_from_directory(STATIC, "index.html")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _log_in(token: str) -> Response:
    """Exchange the URL's token for a cookie and take it out of the URL."""
    gate = services().gate
    g.lastwords_action = "login"
    if holder := gate.holder(token):
        g.lastwords_caller = holder
        to = f"/runs/{holder.run}" if holder.run else "/"
        response: Response = redirect(to, 303)  # type: ignore[assignment]
        if not (holder.run and _is_somebody(gate)):
            gate.open_session(request, response, holder.key)
        return response
    refusal = gate.wrong(request)
    if refusal.status == 429:
        raise refusal
    g.lastwords_problem = refusal.slug
    return redirect("/?login=refused", 303)  # type: ignore[return-value]


def _is_somebody(gate: Gate) -> bool:
    """Whether a person is logged in already, whom a link would log out."""
    with suppress(StoreUnavailable, NoKeys):
        found = gate.who(request)
        return found is not None and found.run is None
    return False


def _no_page() -> Response:
    words = "The page is not built yet: run npm run build. The API works without it.\n"
    return Response(words, 503, content_type="text/plain; charset=utf-8")
