"""Advice: first the changes that a retry can make, then what only people can do."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from lastwords.diagnosis import Explanation
from lastwords.records import TRAINING, Run, as_text, tame
from lastwords.repairing.commands import difference
from lastwords.repairing.fix import IDEAS, Fix
from lastwords.repairing.trainings import as_said, in_words
from lastwords.supervision.retrying import fixes_of

Json = dict[str, Any]


def advice_json(
    run: Run, explanation: Explanation, worked: Mapping[str, tuple[int, int]]
) -> list[Json]:
    """Fixes with how often they worked, by name as (of, times); then the advice in words."""
    found = fixes_of(run, explanation.cause)
    said = _said_by(run, found)
    fixes = [_item(run, place, fix, worked) for place, fix in enumerate(found, start=1)]
    return fixes + [
        {"text": item.text, "command": item.command, "fix": None, "worked": None}
        for item in explanation.advice
        if item.text not in said
    ]


def _said_by(run: Run, found: list[Fix]) -> set[str]:
    """The wordings that fixes stand in for; of a training's batch a fix says all there is."""
    names = {fix.name for fix in found} | ({"smaller-batch"} if run.kind == TRAINING else set())
    ideas = [idea for name in names for idea in IDEAS.get(name, ())]
    if not ideas:
        return set()
    from lastwords.diagnosis.rules.texts import wordings_of

    return {text for idea in ideas for text in wordings_of(idea)}


def _item(run: Run, number: int, fix: Fix, worked: Mapping[str, tuple[int, int]]) -> Json:
    of, times = worked.get(fix.name, (0, 0))
    told = {"name": fix.name, "label": fix.label, "keeps": fix.keeps, "effect": fix.effect}
    if fix.command is not None and not run.spec.get("executor"):
        command = as_text(shlex.join(fix.command))
        change: Json = {"command": tame(list(fix.command)), **told}
        return {"text": fix.text, "command": command, "fix": change, "worked": None}
    to, before = (
        (fix.changes, fix.before) if fix.command is None else difference(run.command, fix.command)
    )
    change = {"set": dict(to), "before": dict(before), "number": number, **told}
    return {
        "text": fix.text,
        "command": f"lastwords retry {run.id} --fix {number}",
        "fix": change,
        "worked": {"of": of, "times": times},
    }


def changed_words(changed: Json) -> str:
    """What an attempt changed, in one line: `batch size 8 → 4, accumulation 1 → 2`."""
    told = [
        f"{in_words(name)} {as_said(name, changed['before'].get(name))} → {as_said(name, value)}"
        for name, value in changed["set"].items()
    ]
    return ", ".join(told) or "the same settings"


def with_fix(item: Json) -> str:
    """An advice in one line: what it changes, what that keeps, and how often it has worked."""
    fix = item.get("fix")  # of which an older server knows nothing
    if not fix:
        return str(item["text"])
    kept = f"keeps {fix['keeps']}" if fix["keeps"] else (fix["effect"] or "").rstrip(".")
    told = [words for words in (kept, _worked(item["worked"])) if words]
    return f"{item['text']}: {fix['label']}" + (f" ({'; '.join(told)})" if told else "")


def _worked(worked: Json | None) -> str:
    """`worked 3 of 4 times here`; nothing where it was never tried."""
    if not worked or not worked["of"]:
        return ""
    unit = "time" if worked["of"] == 1 else "times"
    return f"worked {worked['times']} of {worked['of']} {unit} here"
