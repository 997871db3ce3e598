"""The blueprint: Lastwords' HTTP API, to be mounted in any Flask app.

from lastwords.api import training_blueprint
app.register_blueprint(training_blueprint("/srv/lastwords"), url_prefix="/api/training")
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, default_exceptions
from werkzeug.routing import RequestRedirect

from lastwords import config as settings
from lastwords.api import (  # noqa: F401  (each declares endpoints)
    changes,
    groups,
    imports,
    logs,
    outputs,
    people,
    runs,
    search,
    shipments,
    system,
)
from lastwords.api.audit import write_down
from lastwords.api.auth import Gate
from lastwords.api.denials import Denials
from lastwords.api.endpoints import paths_beside_an_id, public_endpoints, register
from lastwords.api.problems import BODY_LIMIT, IMPORT_LIMIT, problem_response, refuse
from lastwords.api.roles import check_role
from lastwords.api.services import EXTENSION, Services, services
from lastwords.api.shared import mask_for_links
from lastwords.api.unheard import Unheard
from lastwords.config import Config
from lastwords.folders.artifacts import Artifacts
from lastwords.folders.runfolder import make_home
from lastwords.measurements.curves import Curves
from lastwords.receiving.receiver import Receiver
from lastwords.security.audit import Audit
from lastwords.security.proxy import check_proxy
from lastwords.security.startup_checks import check_no_debugger, check_safe_to_listen
from lastwords.supervision.explaining_apart import Explanations
from lastwords.supervision.proving import Proofs
from lastwords.supervision.retention import Usage
from lastwords.supervision.standing_in import open_store
from lastwords.supervision.supervisor import Supervisor
from lastwords.supervision.watch import Watch

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]

DATA_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def build_services(config: Config) -> Services:
    """Open a home: its folders, its database, its supervisor and its gate.

    Raises: Unsafe; StoreUnavailable; LastwordsError, where the home cannot be used.
    """
    check_safe_to_listen(config)
    check_proxy(config)
    make_home(config.home)
    store = open_store(config, from_folders=True)
    supervisor = Supervisor(config, store)
    supervisor.proofs = Proofs()
    supervisor.explanations = Explanations(lambda: supervisor.on_change())
    audit = Audit(config)
    watch, gate = Watch(supervisor), Gate(config, store)
    return Services(
        config,
        store,
        supervisor,
        watch,
        gate,
        audit,
        Denials(audit),
        Curves(config.home),
        Usage(config.home),
        Artifacts(),
        Receiver(supervisor),
        Unheard(store),
    )


def training_blueprint(
    home: str | Path | None = None, *, config: Config | None = None
) -> Blueprint:
    """The API as a blueprint, with its own login; its watch starts with the first request.

    home: the folder of the database and the runs; the configured one if None.
    """
    blueprint = Blueprint("lastwords", __name__)
    register(blueprint)
    for path, methods in paths_beside_an_id().items():  # else DELETE looks for a run of that name
        others = [method for method in METHODS if method not in methods]
        blueprint.add_url_rule(path, "nothing", _nothing_here, methods=others)
    blueprint.add_url_rule("/", "nothing", _nothing_here, methods=METHODS)
    blueprint.add_url_rule("/<path:rest>", "nothing", _nothing_here, methods=METHODS)
    blueprint.before_request(admit)
    blueprint.after_request(write_down)
    blueprint.after_request(mask_for_links)
    blueprint.after_request(protect_data)
    blueprint.register_error_handler(Exception, problem_response)
    for status in default_exceptions:  # by number, too, else the app's own pages come before
        blueprint.register_error_handler(status, problem_response)

    def open_home(state: BlueprintSetupState) -> None:
        check_no_debugger(state.app.debug)
        state.app.extensions[EXTENSION] = build_services(
            config or settings.load(Path(home) if home is not None else None)
        )
        state.app.before_request(partial(_admit_unknown_method, f"{state.url_prefix or ''}/"))

    blueprint.record_once(open_home)
    return blueprint


def admit() -> Response | None:
    """Every request of the API passes here first; nothing is open that is not listed."""
    gate = services().gate
    gate.check_host(request)
    gate.check_origin(request)
    if request.method == "OPTIONS" and request.headers.get("Origin") in gate.config.dev_origins:
        return None
    if any(name.lower() == "token" for name in request.args):
        raise refuse("token-in-url", 400, "send the token as Authorization: Bearer TOKEN")
    endpoint = (request.endpoint or "").rpartition(".")[2]
    sends = endpoint in shipments.NAMES
    caller = shipments.admit_sender(request) if sends else gate.who(request)
    if caller is None and gate.is_wrong(request):
        raise gate.wrong(request)
    if caller is None and endpoint not in public_endpoints():
        raise refuse("login-required", 401, "open the URL that lastwords url prints, or send "
                     "Authorization: Bearer TOKEN")  # fmt: skip
    limit = IMPORT_LIMIT if endpoint == "post_import_logs" else BODY_LIMIT
    if (request.content_length or 0) > limit:
        abort(413)
    g.lastwords_caller = caller
    if caller and not sends and request.method != "OPTIONS":
        check_role(caller, endpoint, (request.view_args or {}).get("id"))
    services().watch.ensure_started()
    return _options() if request.method == "OPTIONS" else None


def may_send_more() -> bool:
    """Whether who sends this request may do what it asks for; nothing is counted or written down.

    Raises: LastwordsError, where not.
    """
    gate = services().gate
    gate.check_host(request)
    gate.check_origin(request)
    caller = gate.who(request)
    if caller:
        check_role(caller, (request.endpoint or "").rpartition(".")[2], None)
    return caller is not None


def _admit_unknown_method(prefix: str) -> Response | None:
    """A method that no route knows reaches no view of the blueprint, so its gate is here."""
    unknown = isinstance(request.routing_exception, MethodNotAllowed)
    return admit() if unknown and request.path.startswith(prefix) else None


def protect_data(response: Response) -> Response:
    """Headers of what is data and no page: opened in a tab, it loads and runs nothing."""
    response.headers["Content-Security-Policy"] = DATA_POLICY
    return protect(response)


def protect(response: Response) -> Response:
    """Headers that every answer carries."""
    has = {name.lower() for name in response.headers.keys()}
    for name, value in (SECURITY_HEADERS | {"Cache-Control": "no-store, private"}).items():
        if name.lower() not in has:
            response.headers.add(name, value)
    response.vary.add("Cookie")
    return response


def _options() -> Response:
    """What an address can be asked, and no data."""
    if allowed := _methods_here():
        return Response(status=204, headers={"Allow": ", ".join(allowed)})
    raise NotFound


def _nothing_here(rest: str = "") -> Response:
    """404 for what is not there, 405 for what is there under another method."""
    if allowed := _methods_here():
        raise MethodNotAllowed(valid_methods=allowed)
    raise NotFound


def _methods_here() -> list[str]:
    """The methods that a view of ours knows this address by."""
    adapter = current_app.create_url_adapter(request)
    allowed = []
    for method in METHODS:
        try:
            assert adapter is not None
            name, _ = adapter.match(request.path, method=method)
        except (HTTPException, RequestRedirect):
            continue
        if not name.endswith(".nothing"):
            allowed.append(method)
    return allowed


def close(app: Flask) -> None:
    """End the watch of an app's home; its runs go on."""
    found: Services = app.extensions[EXTENSION]
    found.artifacts.checksums.stop()
    found.watch.stop()
    found.denials.flush()
    found.store.close()
