"""The arguments of the tools: what a client is told of them, and what a call is held to."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

LEAST_BUDGET = 700  # tokens: the least answer, and the marks around what is quoted
MOST_BUDGET = 100_000
MOST_LINES = 1_000

Run = Annotated[
    str, Field(description="A run's ID, the beginning of one, or latest.", max_length=100)
]
Budget = Annotated[
    int,
    Field(
        description="Maximum size of the answer in tokens; 3 bytes are counted as one.",
        ge=LEAST_BUDGET,
        le=MOST_BUDGET,
    ),
]
Attempt = Annotated[
    int | None, Field(description="Which attempt of it; the last one by default.", ge=1)
]


class Arguments(BaseModel):
    """Unknown arguments are refused, so that a misspelt one is not taken for none."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class ListRuns(Arguments):
    query: str = Field(
        "",
        description="Words, and terms such as status:failed cause:deps.missing since:7d lr:<1e-4.",
        max_length=1_000,
    )
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, description="nextCursor of the page before.", max_length=200)


class GetFailure(Arguments):
    run: Run
    budget: Budget = 2_000


class ExplainLog(Arguments):
    text: str = Field(description="The log, or its end: the last lines that were printed.")
    exit_code: int | None = Field(None, description="Exit code of the process that printed it.")
    signal: str | None = Field(
        None, description="Or the signal that ended it: SIGKILL, KILL or 9.", max_length=20
    )
    budget: Budget = 2_000


class ReadLog(Arguments):
    run: Run
    line: int | None = Field(None, description="First line to read, from 1.", ge=1)
    byte: int | None = Field(
        None, description="Or a byte of the log: reads on from the line that holds it.", ge=0
    )
    count: int = Field(100, description="How many lines, at most.", ge=1, le=MOST_LINES)
    attempt: Attempt = None


class SearchLog(Arguments):
    run: Run
    query: str = Field(description="Text, or a regular expression.", min_length=1, max_length=1_000)
    regex: bool = Field(False, description="Whether it is one, of linear time (RE2).")
    match_case: bool = False
    limit: int = Field(20, description="How many lines with a match are quoted.", ge=1, le=200)
    cursor: str | None = Field(None, max_length=100, pattern=r"^\d{1,18}-\d{1,18}-\d{1,18}$")
    attempt: Attempt = None


class DiffRuns(Arguments):
    bad: Run
    good: str | None = Field(
        None,
        description="The run to compare it with; by default the last one like it that completed.",
        max_length=100,
    )
    budget: Budget = 4_000


class StartRun(Arguments):
    spec: dict[str, Any] = Field(
        default_factory=dict,
        description="Parameters of the training, as POST /api/training/runs takes them: baseModel, "
        "dataFile, epochs, learningRate, batchSize …; configured defaults fill in the rest.",
    )
    idempotency_key: str | None = Field(
        None, description="The same key starts no second run.", min_length=1, max_length=200
    )


class ChangeRun(Arguments):
    run: Run


class RetryRun(ChangeRun):
    fix: int | None = Field(
        None,
        description="Makes the change of the advice whose `fix` has this number; by default none.",
        ge=1,
    )
