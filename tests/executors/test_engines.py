"""What an attempt may want of an engine."""

from __future__ import annotations

import pytest

from lastwords.executors.engines import Resources
from lastwords.records import InvalidSpec


def test_only_what_a_spec_names_is_wanted() -> None:
    wanted = Resources.of({"cpus": 4, "memory": 8 << 30, "partition": "gpu", "epochs": 3})
    assert wanted == Resources(cpus=4, memory=8 << 30, partition="gpu")
    assert Resources.of({}) == Resources(nodes=1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("nodes", 0),
        ("nodes", True),
        ("cpus", "4"),
        ("gpusPerNode", -1),
        ("memory", 5),
        ("timeLimitSeconds", 0),
        ("partition", "--wrap=rm"),
        ("partition", "gpu;rm"),
        ("account", "a b"),
        ("account", ""),
        ("partition", "gpu\n"),
    ],
)
def test_what_no_engine_could_take_is_refused_by_its_name(field: str, value: object) -> None:
    with pytest.raises(InvalidSpec) as refused:
        Resources.of({field: value})
    assert refused.value.field == field
