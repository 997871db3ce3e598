"""The stages of a training, in order.

Run as: python -m lastwords.trainer --db-path FILE --output-dir DIR --run-directory DIR …
Exit codes: 0 learnt · 2 bad arguments · 10 and up, the stage that failed (reporting.STAGES).

What needs no torch comes first, so that a missing model or an empty table is known at once; the
imports stand where their stage needs them.
"""

import hashlib
import os
import sys
from collections.abc import Sequence

from lastwords.trainer import checks, data, hub
from lastwords.trainer.arguments import Arguments, parse
from lastwords.trainer.checkpoints import Checkpoint, Checkpoints, check_recipe, last_whole
from lastwords.trainer.reporting import Report, log, start_logging, timestamp


def main(argv: Sequence[str] | None = None) -> int:
    """Train; the only place where every error is caught, to be told and then to end the process."""
    arguments = parse(argv)
    start_logging()
    # Threads that spin while they wait take the cores from those that work: on two cores shared
    # with other programs 8 steps took 18.7 s, and 15.7 s with threads that sleep.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    report = Report.from_environment(os.environ)
    try:
        train(arguments, report)
    except Exception as error:
        report.fail(error)
    return 0


def train(arguments: Arguments, report: Report) -> None:
    """From examples to an adapter."""
    with report.stage("check_dependencies") as stage:
        stage.detail = checks.packages()
        location = hub.locate(arguments.base_model, os.environ)
        log.info("base model %s: %s", arguments.base_model, _where(location))
        for folder in (arguments.run_directory, arguments.output_dir):
            log.info(checks.writable_folder(folder))
        log.info(checks.memory(location))
        checkpoint = _checkpoint(arguments)

    with report.stage("load_examples") as stage:
        loaded = data.load(arguments.db_path, arguments.data_file, arguments.max_samples)
        _tell_of_malformed(loaded)
        stage.detail = f"{len(loaded.examples):,} rows, {loaded.skipped:,} skipped"
        report.events.write("dataset", samples=len(loaded.examples), skipped=loaded.skipped)
        recipe = _recipe(arguments, loaded)
        vault = Checkpoints(arguments.run_directory / "checkpoints", recipe)
        if checkpoint is not None and not check_recipe(checkpoint, recipe):
            log.warning("the data is not that of the checkpoint: starting from step 0")
            checkpoint = None

    with report.stage("load_tokenizer") as stage:
        model_folder = location.folder or hub.download(location)
        from transformers import set_seed

        from lastwords.trainer import batches
        from lastwords.trainer import model as models

        tokenizer = models.load_tokenizer(model_folder)
        encoder_decoder = models.is_encoder_decoder(model_folder)
        stage.detail = f"{len(tokenizer):,} tokens"

    with report.stage("prepare_dataset") as stage:
        rows = batches.Encoder(
            tokenizer, encoder_decoder, arguments.source_max_tokens, arguments.target_max_tokens
        ).rows(loaded.examples)
        stage.detail = (
            f"{len(rows):,} rows, longest {rows.longest} tokens, {rows.truncated:,} shortened"
        )

    with report.stage("load_model") as stage:
        precision = models.choose_precision()
        log.info(precision.reason)
        base = models.load_model(model_folder, encoder_decoder, precision)
        models.check_vocabulary(base, rows.largest_id)
        stage.detail = models.describe(base)

    with report.stage("wrap_adapter") as stage:
        set_seed(arguments.seed)
        model = models.wrap(base, arguments, encoder_decoder)
        stage.detail = f"{arguments.method}, {models.trainable(model)}"

    with report.stage("init_trainer") as stage:
        from lastwords.trainer import train as training

        stop = training.Stop()
        trainer = training.make_trainer(
            arguments, model, tokenizer, rows, precision, vault, report.events, stop
        )
        stage.detail = f"{training.total_steps(arguments, len(rows)):,} steps"

    with report.stage("train") as stage:
        training.fit(trainer, checkpoint, stop)
        losses = trainer.losses.means
        stage.detail = "loss by epoch " + ", ".join(f"{loss:.4f}" for loss in losses)

    with report.stage("save_adapter") as stage:
        from lastwords.trainer import artifacts

        stage.detail = artifacts.save_adapter(
            model, tokenizer, arguments.output_dir, arguments.base_model
        )

    with report.stage("save_metadata") as stage:
        stage.detail = artifacts.save_metadata(
            arguments.output_dir, _metadata(arguments, loaded, losses, recipe)
        )

    report.finished(losses[-1], len(rows), arguments.epochs, str(arguments.output_dir))


def _where(location: hub.Location) -> str:
    if location.folder is None:
        return f"{location.origin}, to be downloaded to {location.download_to}"
    return f"{location.origin}, {location.folder}"


def _checkpoint(arguments: Arguments) -> Checkpoint | None:
    if arguments.resume_from is None:
        return None
    checkpoint = last_whole(arguments.resume_from)
    if checkpoint is None:
        log.warning("no whole checkpoint in %s: starting from step 0", arguments.resume_from)
    else:
        log.info("resuming from step %d, %s", checkpoint.step, checkpoint.folder)
    return checkpoint


def _tell_of_malformed(loaded: data.Loaded) -> None:
    for problem in loaded.malformed[: data.NAMED_ROWS]:
        log.warning("skipped %s", problem)
    if len(loaded.malformed) > data.NAMED_ROWS:
        log.warning("skipped %d malformed rows in all", len(loaded.malformed))


def _recipe(arguments: Arguments, loaded: data.Loaded) -> dict[str, object]:
    """What two trainings must have in common for one to go on from the other's checkpoint."""
    return {
        "base_model": arguments.base_model,
        "method": arguments.method,
        "lora_r": arguments.lora_r,
        "lora_alpha": arguments.lora_alpha,
        "lora_dropout": arguments.lora_dropout,
        "lora_targets": list(arguments.lora_targets),
        "epochs": arguments.epochs,
        "learning_rate": arguments.learning_rate,
        "batch_size": arguments.batch_size,
        "source_max_tokens": arguments.source_max_tokens,
        "target_max_tokens": arguments.target_max_tokens,
        "seed": arguments.seed,
        "data_sha256": hashlib.sha256(repr(loaded.examples).encode()).hexdigest(),
    }


def _metadata(
    arguments: Arguments, loaded: data.Loaded, losses: list[float], recipe: dict[str, object]
) -> dict[str, object]:
    return {
        **recipe,
        "samples_used": len(loaded.examples),
        "samples_skipped": loaded.skipped,
        "run_directory": str(arguments.run_directory),
        "trained_at": timestamp(),
        "final_loss": losses[-1],
        "epoch_losses": losses,
        "run_id": arguments.run_id,
        "packages": checks.packages(),
    }


if __name__ == "__main__":
    sys.exit(main())
