"""The explanation of a long log, kept in the run's folder once it is made.

To explain a gigabyte takes seconds, and who asks for it later (after a restart, an agent with its
own process) is to have it at once. It holds for one log, one ending and one version of the rules,
and is signed with the home's key: what else lies in its place is as good as nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from contextlib import suppress
from dataclasses import asdict

from lastwords.diagnosis import RULES_VERSION, Ending, Explanation
from lastwords.folders.home_key import home_key
from lastwords.folders.runfolder import AttemptFolder, read_fact, write_once
from lastwords.records import FINAL, LastwordsError
from lastwords.supervision.bounded_explanation import explanation_from_json, was_explained

_LARGEST = 2 << 20  # characters of one that is kept

Version = tuple[int, int, int] | None


def read(folder: AttemptFolder, version: Version, ending: Ending) -> Explanation | None:
    """What is kept of this log and this ending; None if nothing is."""
    with suppress(OSError, LastwordsError):
        fact = read_fact(folder.explanation) or {}
        text = str(fact.get("explanation", ""))
        told = str(fact.get("signed")).encode("utf-8", "replace")
        if hmac.compare_digest(_signed(folder, version, ending, text).encode(), told):
            return explanation_from_json(json.loads(text))
    return None


def keep(folder: AttemptFolder, version: Version, ending: Ending, found: Explanation) -> None:
    """Keep one that will not change any more; what goes wrong costs time later, and nothing now."""
    text = json.dumps(asdict(found))
    if ending.status not in FINAL or not was_explained(found) or len(text) > _LARGEST:
        return
    with suppress(OSError, LastwordsError):
        fact = {"signed": _signed(folder, version, ending, text), "explanation": text}
        folder.explanation.unlink(missing_ok=True)
        write_once(folder.explanation, fact)


def _signed(folder: AttemptFolder, version: Version, ending: Ending, text: str) -> str:
    key = home_key(folder.home)
    of = json.dumps([folder.run_id, folder.number, RULES_VERSION, version, repr(ending), text])
    return hmac.digest(key, of.encode(), hashlib.sha256).hex()
