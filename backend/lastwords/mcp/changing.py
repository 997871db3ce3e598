"""The tools that start, retry and cancel runs: for callers that may write."""

from __future__ import annotations

from lastwords.mcp import arguments as args
from lastwords.mcp.desk import Desk
from lastwords.mcp.quoting import Answer
from lastwords.records import Run


def start_run(desk: Desk, asked: args.StartRun) -> Answer:
    """Start a training."""
    run = desk.supervisor.create(asked.spec, desk.who, asked.idempotency_key, desk.user)
    return _changed(desk, "start", run)


def retry_run(desk: Desk, asked: args.RetryRun) -> Answer:
    """Queue a new attempt of a training that ended, also with a change that could mend it."""
    run_id = desk.store.find(asked.run).id
    return _changed(desk, "retry", desk.supervisor.retry(run_id, fix=asked.fix, by=desk.who))


def cancel_run(desk: Desk, asked: args.ChangeRun) -> Answer:
    """Stop a run with its whole process tree, or take it out of the queue."""
    run = desk.supervisor.cancel(desk.store.find(asked.run).id, desk.who)
    return _changed(desk, "cancel", run)


def _changed(desk: Desk, action: str, run: Run) -> Answer:
    desk.note(action, run.id)
    facts = {
        "run": run.id,
        "status": run.status.value,
        "attempt": run.attempt,
        "stopping": run.stopping,
        "queuePosition": desk.store.queue_positions().get(run.id),
    }
    return Answer(facts)
