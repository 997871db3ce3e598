"""What can be said where no rule knows the failure: where to look, what to search, what to send."""

from lastwords.diagnosis import exit_statuses
from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.advice import Advised, Todo, advise
from lastwords.diagnosis.rules.texts import own_text, said_to_do


def of_error(case: Case) -> Advised:
    """For an exception that no rule knows."""
    said = case.said
    special: Todo = tuple(say for pattern, say in said_to_do() if pattern.search(said))[:1]
    type_ = case.parts[-1].type.rpartition(".")[2] if case.parts else ""
    return advise(
        case, (*(special or own_text(f"of-{type_}").todo), *own_text("of-error").todo), {}
    )


def of_unknown(case: Case) -> Advised:
    """For a log that tells no reason."""
    name = "of-lost" if case.ending.status == "lost" else "of-unknown"
    return advise(case, own_text(name).todo, {})


def of_cut(case: Case) -> Advised:
    """For a log that ends in the middle of what it tells."""
    return advise(case, own_text("of-cut").todo, {})


def of_signal(case: Case) -> Advised:
    """For an end by a signal of which the log says nothing."""
    name = exit_statuses.signal_of(case.ending) or ""
    return advise(case, own_text(f"of-{name}").todo or own_text("of-stop").todo, {})
