"""The stages of a training, in order.

Run as: python -m lastwords.trainer --db-path FILE --output-dir DIR --run-directory DIR …
Exit codes: 0 completed · 2 invalid arguments · 10 and up: the stage that failed (reporting.STAGES).

What needs no torch comes first, so that a missing model or an empty table is known at once; the
imports stand where their stage needs them.
"""

import contextlib
import faulthandler
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lastwords.trainer import checks, data, facts, hub
from lastwords.trainer.arguments import Arguments, parse
from lastwords.trainer.checkpoints import Checkpoint, Checkpoints, check_recipe, last_whole
from lastwords.trainer.reporting import Report, log, start_logging

if TYPE_CHECKING:
    from lastwords.trainer.ranks import Ranks


@dataclass(frozen=True)
class Opening:
    """What is known before torch is read."""

    location: hub.Location
    loaded: data.Loaded
    recipe: dict[str, object]
    checkpoint: Checkpoint | None


def main(argv: Sequence[str] | None = None) -> int:
    """Train; the only place where every error is caught, to be told and then to end the process."""
    _print_stacks_when_asked()
    arguments = parse(argv)
    start_logging()
    report = Report.from_environment(os.environ)
    try:
        if _starts_ranks(arguments):
            from lastwords.trainer.launch import run as run_ranks

            opening(arguments, report)
            run_ranks(arguments, sys.argv[1:] if argv is None else argv, report)
        else:
            train(arguments, report)
    except Exception as error:
        report.fail(error)
    return 0


def _print_stacks_when_asked() -> None:
    """Have SIGUSR1 print the stacks, and say so by an open memory file of a known name.

    A recorder sends the signal to nobody else. Both go with a fork, and neither with an exec.
    """
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    with contextlib.suppress(OSError):  # a sandbox may refuse it; it is only not asked then
        os.memfd_create("lastwords-stacks")


def _starts_ranks(arguments: Arguments) -> bool:
    """Whether this process starts those that train, rather than being the one that does."""
    if "TORCHELASTIC_RUN_ID" in os.environ:
        return False
    return checks.processes(arguments.nproc, os.environ) * checks.nodes(os.environ) > 1


def opening(arguments: Arguments, report: Report) -> Opening:
    """The stages that need no torch."""
    with report.stage("check_dependencies") as stage:
        stage.detail = checks.packages(arguments.method)
        location = hub.locate(arguments.base_model, os.environ)
        log.info("base model %s: %s", arguments.base_model, _where(location))
        for folder in (arguments.run_directory, arguments.output_dir):
            log.info(checks.writable_folder(folder))
        log.info(checks.memory(location))
        checkpoint = _checkpoint(arguments)

    with report.stage("load_examples") as stage:
        loaded = data.load(
            arguments.db_path, arguments.data_file, arguments.max_samples, arguments.max_malformed
        )
        facts.tell_of(loaded)
        stage.detail = f"{len(loaded.examples):,} rows, {loaded.skipped:,} skipped"
        report.events.write("dataset", **facts.of_data(loaded))
        recipe = facts.recipe(arguments, loaded)
        if checkpoint is not None and not check_recipe(checkpoint, recipe):
            log.warning("the data differs from the checkpoint's: starting from step 0")
            checkpoint = None
    return Opening(location, loaded, recipe, checkpoint)


def train(arguments: Arguments, report: Report) -> None:
    """From examples to an adapter."""
    known = opening(arguments, report.for_opening())
    learnt, kept_back = data.split(
        known.loaded.examples, arguments.validation_fraction, arguments.seed
    )

    with report.stage("load_tokenizer") as stage:
        model_folder = known.location.folder or hub.download(known.location)
        _choose_spins()
        from lastwords.trainer import batches, samples
        from lastwords.trainer import model as models
        from lastwords.trainer.ranks import Ranks

        ranks = Ranks.join()
        tokenizer = models.load_tokenizer(model_folder)
        config = models.read_config(model_folder)
        encoder_decoder = bool(config.is_encoder_decoder)
        stage.detail = f"{len(tokenizer):,} tokens"

    with report.stage("prepare_dataset") as stage:
        encoder = batches.Encoder(
            tokenizer, encoder_decoder, arguments.source_max_tokens, arguments.target_max_tokens
        )
        rows = encoder.rows(learnt)
        validation = encoder.rows(kept_back) if kept_back else None
        stage.detail = facts.of_rows(rows, validation)

    with report.stage("load_model") as stage:
        precision = models.choose_precision(arguments.precision)
        attention, why = models.choose_attention(rows.longest, config)
        for line in (precision.reason, why, models.use_cores(ranks.here)):
            log.info(line)
        division = facts.divide(arguments, model_folder, rows, precision, ranks.size)
        arguments = replace(arguments, accumulation=division.parts)
        base = models.load_model(model_folder, encoder_decoder, precision, attention)
        models.check_vocabulary(base, rows.largest_id)
        asked = (kept_back or learnt)[: arguments.samples] if ranks.leads else []
        before = samples.answers(base, encoder, asked)
        stage.detail = models.describe(base)

    with report.stage("wrap_adapter") as stage:
        from transformers import set_seed

        set_seed(arguments.seed)
        model = models.wrap(base, arguments, encoder_decoder)
        autocast, why = models.hasten(model, precision)
        log.info(why)
        stage.detail = f"{arguments.method}, {models.trainable(model)}"

    with report.stage("init_trainer") as stage:
        from lastwords.trainer import train as training
        from lastwords.trainer.losses import AnswerLoss
        from lastwords.trainer.stop import Stop

        loss = AnswerLoss(model, encoder_decoder, autocast)
        collator = batches.Collator(tokenizer.pad_token_id)
        learner = training.Training(arguments, model, loss, rows, validation, collator, ranks)
        log.info(learner.order.reason)
        vault = Checkpoints(arguments.run_directory / "checkpoints", known.recipe)
        course = training.Course(learner, vault, report.events, Stop())
        stage.detail = f"{learner.steps:,} steps"

    with report.stage("train") as stage:
        course.run(_common(known.checkpoint, ranks))
        state = learner.state
        stage.detail = facts.of_training(state.losses.means)

    ranks.leave()
    if not ranks.leads:
        return

    with report.stage("save_adapter") as stage:
        from lastwords.trainer import artifacts

        stage.detail = artifacts.save_adapter(
            model, tokenizer, arguments.output_dir, arguments.base_model
        )

    with report.stage("save_metadata") as stage:
        from lastwords.trainer import card

        if asked:
            after = samples.answers(model, encoder, asked)
            log.info(
                "answers after training: %s",
                samples.save(arguments.output_dir, asked, before, after),
            )
        metadata = facts.metadata(arguments, known.loaded, known.recipe, state, ranks.size)
        metadata["estimated_memory_bytes"] = division.bytes
        metadata["precision"] = "bf16" if precision.is_bf16 else "fp32"
        card.save(arguments.output_dir, metadata, encoder_decoder)
        stage.detail = artifacts.save_metadata(arguments.output_dir, metadata)

    report.finished(state.losses.means[-1], len(rows), arguments.epochs, str(arguments.output_dir))


def _choose_spins() -> None:
    """Before torch is read, which reads this once; what the user chose stays."""
    if not {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"} & set(os.environ):
        rounds, why = checks.spins()
        os.environ["GOMP_SPINCOUNT"] = str(rounds)
        log.info(why)


def _where(location: hub.Location) -> str:
    if location.folder is None:
        return f"{location.origin}, to be downloaded to {location.download_to}"
    return f"{location.origin}, {location.folder}"


def _checkpoint(arguments: Arguments) -> Checkpoint | None:
    if arguments.resume_from is None:
        return None
    checkpoint = last_whole(arguments.resume_from)
    if checkpoint is None:
        log.warning("no complete checkpoint in %s: starting from step 0", arguments.resume_from)
    else:
        log.info("resuming from step %d, %s", checkpoint.step, checkpoint.folder)
    return checkpoint


def _common(checkpoint: Checkpoint | None, ranks: "Ranks") -> Checkpoint | None:
    """The checkpoint, if every process has found it, as on a file system that all nodes share."""
    if ranks.agree(-1 if checkpoint is None else checkpoint.step):
        return checkpoint
    log.warning("not every process sees the same checkpoint: starting from step 0")
    return None


if __name__ == "__main__":
    sys.exit(main())
