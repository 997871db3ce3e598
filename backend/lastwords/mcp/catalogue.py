"""The tools: their names, what clients are told of them, and what answers a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from lastwords.mcp import arguments as args
from lastwords.mcp import changing, reading
from lastwords.mcp.desk import Desk
from lastwords.mcp.errors import INVALID_PARAMS, Refused
from lastwords.mcp.quoting import Answer
from lastwords.records import LastwordsError
from lastwords.security.known_secrets import masked

_MOST_QUOTED = 200


@dataclass(frozen=True)
class Tool:
    """writes: whether it changes anything. destroys: whether work can be lost by it.

    again: whether a second call with the same arguments changes nothing more. reaches_out: whether
    it has programs start that may speak to other machines.
    """

    title: str
    description: str
    arguments: type[args.Arguments]
    answer: Callable[[Desk, Any], Answer]
    writes: bool = False
    destroys: bool = False
    again: bool = True
    reaches_out: bool = False

    @cached_property
    def described(self) -> dict[str, Any]:
        """As tools/list tells it, but its name."""
        return {
            "title": self.title,
            "description": self.description,
            "inputSchema": self.arguments.model_json_schema(),
            "annotations": {
                "title": self.title,
                "readOnlyHint": not self.writes,
                "destructiveHint": self.destroys,
                "idempotentHint": self.again,
                "openWorldHint": self.reaches_out,
            },
        }


TOOLS: Mapping[str, Tool] = {
    "list_runs": Tool(
        "List runs",
        "Lists trainings and recorded commands, newest first, with status, cause and times, and "
        "how many runs have each status.",
        args.ListRuns,
        reading.list_runs,
    ),
    "get_failure": Tool(
        "Say why a run failed",
        "One bounded answer: status and its proof, cause, headline, the user's own line of code, "
        "evidence with its place in the log, what changed since a run like it completed, next "
        "steps, runs with the same error, and the end of the traceback.",
        args.GetFailure,
        reading.get_failure,
    ),
    "explain_log": Tool(
        "Explain any log",
        "Says why the program failed that printed a given text, such as the output of a CI job "
        "that Lastwords did not record. The text is not kept.",
        args.ExplainLog,
        reading.explain_log,
    ),
    "read_log": Tool(
        "Read a log",
        "Reads lines of a run's log, secrets masked: from a line or a byte on, else the last ones; "
        "at most 64 KiB. The answer's next says where to read on.",
        args.ReadLog,
        reading.read_log,
    ),
    "search_log": Tool(
        "Search a log",
        "Counts every match in a run's whole log and quotes the first lines that hold one.",
        args.SearchLog,
        reading.search_log,
    ),
    "diff_runs": Tool(
        "Compare two runs",
        "Says what changed between two runs, the most suspicious first: settings, packages, code "
        "line by line, data, machine, results.",
        args.DiffRuns,
        reading.diff_runs,
    ),
    "start_run": Tool(
        "Start a training",
        "Queues a training, which starts when its turn comes. Ask the user before you call this.",
        args.StartRun,
        changing.start_run,
        writes=True,
        again=False,
        reaches_out=True,
    ),
    "retry_run": Tool(
        "Retry a training",
        "Queues a new attempt of a training that ended; it goes on from the last checkpoint, and "
        "the old log is kept. `fix` makes a change that its advice proposes. Ask the user before "
        "you call this.",
        args.RetryRun,
        changing.retry_run,
        writes=True,
        again=False,
        reaches_out=True,
    ),
    "cancel_run": Tool(
        "Cancel a run",
        "Stops a run with all of its processes, or removes it from the queue. What it has not "
        "saved is lost. Ask the user before you call this.",
        args.ChangeRun,
        changing.cancel_run,
        writes=True,
        destroys=True,
    ),
}


def offered(desk: Desk) -> dict[str, Tool]:
    """The tools that this caller may call."""
    return {name: tool for name, tool in TOOLS.items() if desk.may_write or not tool.writes}


def call(desk: Desk, name: object, given: object) -> dict[str, Any]:
    """The result of a call; one that went wrong says so in words that its caller can act on.

    Raises: Refused, where there is no such tool for this caller.
    """
    tool = offered(desk).get(name) if isinstance(name, str) else None
    if tool is None:
        known = ", ".join(offered(desk))
        raise Refused(INVALID_PARAMS, f"there is no tool {_short(name)}; the tools are: {known}")
    try:
        asked = tool.arguments.model_validate({} if given is None else given)
        return {"content": tool.answer(desk, asked).content(), "isError": False}
    except ValidationError as error:
        return _failed(_first_fault(error))
    except LastwordsError as error:
        return _failed(masked(desk.config, str(error)))


def _failed(words: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": words}], "isError": True}


def _first_fault(error: ValidationError) -> str:
    """Which argument cannot be used, and why."""
    first = error.errors(include_url=False, include_context=False)[0]
    name = ".".join(map(str, first["loc"])) or "arguments"
    return f"{name}: {first['msg']} (given: {_short(first['input'])})"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_QUOTED else f"{len(text)} characters"
