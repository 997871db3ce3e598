"""What a read-only link shows: every text of an answer masked, and nothing of other runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Response, g, request

from lastwords.api.services import services
from lastwords.security.roles import Caller

if TYPE_CHECKING:
    from lastwords.diagnosis.masking import Masker
    from lastwords.logs.logfile import Line, LogFile

BESIDE = 500  # lines before and after those that are shown, which a secret may go on from or to
_CUT = 2_000  # characters at the end of a piece of a huge line, within which a secret may begin
_OF_OTHERS: dict[str, Any] = {"changes": None, "similar": [], "issueUrl": None, "fingerprint": None}
MASKED = "***"


def is_shared() -> bool:
    """Whether this request came by a read-only link."""
    caller: Caller | None = g.get("lastwords_caller")
    return caller is not None and caller.run is not None


def mask_for_links(response: Response) -> Response:
    """Mask an answer to who came by a link; who logged in gets it as it is."""
    if not is_shared() or response.status_code != 200 or response.direct_passthrough:
        return response
    masker = _masker()
    text = response.get_data(as_text=True)
    if response.is_json:
        text = json.dumps(_masked(json.loads(text), masker))
    else:
        text = masker.whole(text).text
    response.set_data(text)
    return response


def _masker() -> Masker:
    from lastwords.security.run_secrets import masker_of

    found = services()
    run = found.store.run(str(g.lastwords_caller.run))
    rank = request.args.get("rank", run.member, type=int)  # a rank has secrets of its own
    return masker_of(found.config, replace(run, member=max(0, rank)))


def _masked(value: Any, masker: Masker) -> Any:
    if isinstance(value, str):
        return masker.whole(value).text
    if isinstance(value, list):
        return [_masked(item, masker) for item in value]
    if isinstance(value, dict):
        shown = value | {name: item for name, item in _OF_OTHERS.items() if name in value}
        return {name: _masked(item, masker) for name, item in shown.items()}
    return value


def shared_lines(log: LogFile, first: int, count: int, *, final: bool) -> list[Line]:
    """Lines as a link shows them: masked together with those around them.

    What is still being written, or goes on in another piece, shows no end that may be a secret's
    beginning.
    """
    found = _with_neighbours(log, first, count)
    whole = final or not log.size or log.read(log.size - 1, log.size) == b"\n"
    if not whole and found and found[-1].offset + len(found[-1].text.encode()) >= log.size:
        found = found[:-1]
    texts = _lines_masked([each.text for each in found], _masker())
    shown = [_line(each, text) for each, text in zip(found, texts, strict=True)]
    return [each for each in shown if first <= each.number < first + count]


def _with_neighbours(log: LogFile, first: int, count: int) -> list[Line]:
    """Lines and those around them, as many as one reading holds."""
    for beside in (BESIDE, BESIDE // 10, 0):
        start = max(1, first - beside)
        found = log.lines(start, first - start + count + beside)
        if found and found[-1].number >= first:
            return found
    return []


def _line(line: Line, text: str) -> Line:
    return replace(line, text=text[:-_CUT] if line.more else text, more=False, next=None)


def _lines_masked(texts: Sequence[str], masker: Masker) -> list[str]:
    """Lines masked as one text; a line that a mask reaches over is masked as a whole."""
    parts = masker.whole("\n".join(texts)).text.split("\n")
    if len(parts) == len(texts):
        return parts
    kept = set(parts)
    return [text if text in kept else MASKED for text in texts]
