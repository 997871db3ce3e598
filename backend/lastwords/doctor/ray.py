"""Checks of a configured Ray: it is reached, wants a token, takes ours, and has fitting nodes.

A job is placed for it, so these are made by the command line alone, not whenever a page is shown.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from shlex import quote
from typing import Any

from lastwords.config import Config, InvalidSetting
from lastwords.doctor.finding import Finding
from lastwords.executors.engines import EngineAway, EngineRefused, JobState
from lastwords.executors.node_check import WRONG
from lastwords.executors.ray import RayEngine, engine

PROBE_SECONDS = 30.0  # for a job to find a place and end

Table = Mapping[str, Any]


def check_ray(config: Config) -> Iterator[Finding]:
    """What is to be said of the table [executors.ray] of lastwords.toml, if there is one."""
    if (table := config.executors.get("ray")) is None:
        return
    try:
        yield from _ray(table)
    except InvalidSetting as error:
        edit = f"${{EDITOR:-vi}} {quote(str(config.home / 'lastwords.toml'))}"
        yield Finding("ray", "fail", str(error), edit)


def _ray(table: Table) -> Iterator[Finding]:
    """Ray is there, wants a token and takes ours; a node can run the worker."""
    cluster = engine(table)
    token = quote(str(table["token_file"]))
    try:
        cluster.api.refuse_unguarded()
        version = cluster.api.version()
    except EngineRefused as refused:
        yield Finding("ray", "fail", str(refused), _mend_refusal(str(refused), table))
        return
    except EngineAway as away:
        show = f"curl -sS {quote(cluster.api.address)}/api/version"
        yield Finding("ray", "fail", str(away), show)
        return
    words = f"Ray {version} at {cluster.api.address} takes the token in {token}"
    yield Finding("ray", "ok", words)
    yield _node_of_ray(cluster, table)


def _mend_refusal(words: str, table: Table) -> str:
    token = quote(table["token_file"])
    if "without a token" in words:
        return (
            "export RAY_AUTH_MODE=token; ray get-auth-token --generate; ray stop; ray start --head"
        )
    if "chmod" in words:
        return f"chmod 600 {token}"
    return f"(umask 077; ray get-auth-token > {token})  # on the head's machine"


def _node_of_ray(cluster: RayEngine, table: Table) -> Finding:
    name = f"lwdoctor-{os.urandom(4).hex()}"
    try:
        cluster.probe(name)
        state = _ended(lambda: cluster.state(name))
        if state is not None and state.word != "ended":
            cluster.cancel(name)
    except (EngineAway, EngineRefused) as error:
        return Finding("ray node", "fail", str(error), "ray status")
    if state is None or state.word != "ended":
        words = f"no node had a place for a job within {PROBE_SECONDS:.0f} s, so none was looked at"
        return Finding("ray node", "warn", words, "ray status")
    if state.exit == 0:
        words = f"a node can run {table['pyz']} with {table['python']} and reaches {table['url']}"
        return Finding("ray node", "ok", words)
    return Finding("ray node", "fail", f"on a node of Ray {_why(state, table)}", "ray status -v")


def _ended(look: Callable[[], JobState | None]) -> JobState | None:
    """What a job says at its end, or when it was waited for long enough."""
    deadline = time.monotonic() + PROBE_SECONDS
    while (state := look()) is not None and state.word != "ended":
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    return state


def _why(state: JobState, table: Table) -> str:
    if state.exit is None or state.exit not in WRONG:
        return f"a job ended with {state.reason or state.ended}, exit code {state.exit}"
    return WRONG[state.exit].format(**{"spool": "the spool", **table})
