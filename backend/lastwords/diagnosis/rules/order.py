"""All rules in the order of asking: what names its cause most exactly comes first."""

from lastwords.diagnosis.rules import (
    adapter,
    configuration,
    data_empty,
    data_files,
    data_rows,
    database,
    deps_compiled,
    deps_incompatible,
    deps_missing,
    deps_programs,
    disk,
    distributed,
    gpu,
    memory,
    model,
    network,
    numeric,
    process,
    renamed,
    services,
    settings,
    tokenization,
    wording,
    wording_setup,
    wording_training,
)
from lastwords.diagnosis.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *services.RULES,
    *deps_compiled.RULES,
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
    *renamed.RULES,
    *deps_missing.RULES,
    *deps_incompatible.RULES,
    *deps_programs.RULES,
    *data_empty.RULES,
    *data_files.RULES,
    *data_rows.RULES,
    *configuration.RULES,
    *settings.RULES,
    *process.RULES,
)

WORDING: tuple[Rule, ...] = (*wording.RULES, *wording_training.RULES, *wording_setup.RULES)
"""Rules for plain words, asked after all others."""
