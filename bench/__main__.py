"""Every figure of docs/bench.md, each against its rival in the same run.

python -m bench [--json] [--only NAME ...] [--peers]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import engines, imports, lists, logs, peers, record, ship, train
from bench.figure import Figure, NotMeasured

FIGURES: dict[str, Callable[[Path], Figure]] = {
    "train_reference": train.train_reference,
    "train_loss": train.train_loss,
    "train_memory": train.train_memory,
    "train_loop": train.train_loop,
    "list_100k": lists.list_100k,
    "list_query": lists.list_query,
    "list_sorted": lists.list_sorted,
    "list_1m": lists.list_1m,
    "cold_start": lists.cold_start,
    "memory": lists.memory,
    "log_screen": logs.log_screen,
    "log_index": logs.log_index,
    "log_search": logs.log_search,
    "agent_failure": logs.agent_failure,
    "explain": logs.explain,
    "report": logs.report,
    "import_1000": imports.import_1000,
    "explain_hostile": logs.explain_hostile,
    "record": record.record_child,
    "record_tty": record.record_tty,
    "record_command": record.record_command,
    "record_cpu": record.record_cpu,
    "first_byte": record.first_byte,
    "death_to_status": record.death_to_status,
    "settle_50k": record.settle_50k,
    "ship_child": ship.ship_child,
    "ship_1m": ship.ship_1m,
    "ship_cpu": ship.ship_cpu,
    "ship_50": ship.ship_50,
    "ship_lag": ship.ship_lag,
    "ship_wire": ship.ship_wire,
    "engine_lag": engines.engine_lag,
}


def main() -> int:
    """Measure, say each figure as it comes (on stderr), and answer 1 if a bound does not hold."""
    every = FIGURES | peers.FIGURES
    parser = argparse.ArgumentParser(prog="npm run bench --", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object on stdout")
    parser.add_argument("--only", action="append", choices=every, metavar="NAME")
    parser.add_argument("--peers", action="store_true", help="also installed peers")
    options = parser.parse_args()
    asked = options.only or (every if options.peers else FIGURES)
    found: dict[str, Figure] = {}
    with tempfile.TemporaryDirectory(prefix="lastwords-bench-") as place:
        for name in asked:
            try:
                found[name] = every[name](Path(place))
            except NotMeasured as missing:
                print(f"{name:18} not measured: {missing}", file=sys.stderr)
                continue
            print(in_words(name, found[name]), file=sys.stderr, flush=True)
    if options.json:
        print(json.dumps({name: figure.to_json() for name, figure in found.items()}))
    return 0 if all(figure.holds for figure in found.values()) else 1


def in_words(name: str, figure: Figure) -> str:
    """One line: the ratio, its bound, and what was measured against what."""
    sign = "<=" if figure.better == "lower" else ">="
    verdict = "holds" if figure.holds else "DOES NOT HOLD"
    return (
        f"{name:18} {figure.ratio:7.2f} x (bound {sign} {figure.bound:.2f}) {verdict:13} "
        f"{figure.value:.4g} against {figure.rival:.4g} {figure.unit} of {figure.rival_name}"
    )


if __name__ == "__main__":
    sys.exit(main())
