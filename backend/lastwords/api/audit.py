"""What the audit hears of requests, and the page of it."""

from __future__ import annotations

from typing import cast

from flask import Response, g, request

from lastwords.api import schema
from lastwords.api.auth import address_of
from lastwords.api.endpoints import endpoint
from lastwords.api.services import services
from lastwords.basics import is_run_id
from lastwords.security.audit import Entry
from lastwords.security.roles import Caller

# What an endpoint does, in the audit's words; one that is not here and changes something is written
# down by its own name, and None is nothing to be written.
ACTIONS: dict[str, str | None] = {
    "post_login": "login",
    "post_logout": "logout",
    "delete_log_out_everywhere": "logout everywhere",
    "post_create_run": "start",
    "post_cancel_run": "cancel",
    "post_give_up_run": "lost",
    "post_retry_run": "retry",
    "delete_delete_run": "delete",
    "patch_change_run": "label",
    "post_create_link": "link",
    "delete_revoke_link": "revoke link",
    "post_add_person": "add user",
    "patch_change_person": "change role",
    "delete_remove_person": "remove user",
    "patch_change_group": "change error",
    "post_save_view": "save view",
    "delete_delete_view": "delete view",
    "get_download_all": "download",
    "post_examine_spec": None,
    "post_begin_shipment": "open shipment",
    "post_add_batch": None,
    "post_announce_files": None,
    "put_add_to_file": None,
    "post_end_shipment": "end shipment",
    "post_import_logs": "import",
    "_mcp": None,  # what a tool does, it writes down itself
}
SHOWN = "samples.json"  # an artifact that the page of a run reads, as it does metrics
REFUSED = frozenset(
    {
        "login-required",
        "role-required",
        "wrong-credentials",
        "too-many-guesses",
        "host-not-allowed",
        "cross-site-request",
        "token-in-url",
        "wrong-token",
        "token-void",
        "over-limit",
        "claimed-already",
    }
)


def write_down(response: Response) -> Response:
    """Write a request into the audit: what it did, or why it was refused."""
    slug: str | None = g.get("lastwords_problem")
    action = _action()
    if action is None and slug not in REFUSED:
        return response
    caller: Caller | None = g.get("lastwords_caller")
    entry = Entry(
        action=action or f"{request.method} {request.path}",
        outcome=slug or "ok",
        who=caller.how if caller else None,
        user=caller.name if caller else None,
        address=address_of(request),
        run=_run_of(response),
        detail=_browser() if slug or action == "login" else _detail(action),
    )
    found = services()
    if slug in REFUSED:
        found.denials.write(entry)
    else:
        found.audit.write(entry)
    return response


def _action() -> str | None:
    if "lastwords_action" in g:
        return cast(str, g.lastwords_action)
    name = (request.endpoint or "").rpartition(".")[2]
    if name in ACTIONS:
        return ACTIONS[name]
    if name == "nothing":
        return None
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        return name.replace("_", " ") or None
    views = request.view_args or {}
    downloads = request.args.get("download") == "1" or views.get("path", SHOWN) != SHOWN
    return "download" if downloads and views.get("id") else None


def _detail(action: str | None) -> str | None:
    """Which file was downloaded; what a retry was asked to change; whom it was about."""
    if "lastwords_detail" in g:
        return cast(str, g.lastwords_detail)
    if action == "retry":
        return request.get_data(as_text=True) or None
    return (request.view_args or {}).get("path") if action in ("download", "delete view") else None


def _run_of(response: Response) -> str | None:
    """The run that a request was about, or that it made."""
    name = str((request.view_args or {}).get("id"))
    if is_run_id(name):
        return name
    if response.status_code == 202 and response.is_json:
        return str(response.get_json().get("id"))
    return None


def _browser() -> str:
    return f"User-Agent: {request.headers.get('User-Agent', '')[:200]}"


@endpoint("GET", "/audit", refusals=(422,))
def show_audit(query: schema.AuditQuery) -> schema.AuditPage:
    """List who did what, and which requests were refused, newest first."""
    services().denials.flush()
    page = services().audit.page(query.limit, query.cursor)
    entries = [schema.AuditEntry(**vars(entry)) for entry in page.entries]
    return schema.AuditPage(entries=entries, next_cursor=page.next_cursor)
