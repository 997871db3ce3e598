"""All rules in the order of asking: what names its cause most exactly comes first."""

from lastwords.diagnosis.rules import (
    adapter,
    configuration,
    data,
    database,
    deps,
    disk,
    distributed,
    gpu,
    memory,
    model,
    network,
    numeric,
    process,
    tokenization,
    told,
    told_training,
)
from lastwords.diagnosis.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *memory.RULES,
    *database.RULES,
    *disk.RULES,
    *gpu.RULES,
    *tokenization.RULES,
    *adapter.RULES,
    *model.RULES,
    *distributed.RULES,
    *network.RULES,
    *numeric.RULES,
    *deps.RULES,
    *data.RULES,
    *configuration.RULES,
    *process.RULES,
)

TOLD: tuple[Rule, ...] = (*told.RULES, *told_training.RULES)
"""Rules for plain words, asked after all others."""
