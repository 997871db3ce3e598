"""Whole trainings of tiny models, in real processes."""

import json
import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.trainer.kit import (
    EVERY_LLAMA_LINEAR,
    EVERY_T5_LINEAR,
    PAIRS,
    PREFIX_TUNING,
    Ended,
    learn,
    make_database,
    make_llama,
    make_t5,
    pairs_database,
    read_events,
    run,
    start,
)

from lastwords.trainer.checkpoints import last_whole, read
from lastwords.trainer.generate import Answerer, Learnt
from lastwords.trainer.reporting import STAGES

# peft 0.21 names the cache as transformers did until 5.23.
pytestmark = pytest.mark.filterwarnings("ignore:.*`past_key_values`.*:FutureWarning")
LEARN = ("--epochs", 8, "--learning-rate", 1e-2, "--source-max-tokens", 64)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the two tiny models and a database of fifty pairs."""
    folder = tmp_path_factory.mktemp("trainer")
    make_llama(folder / "llama")
    make_t5(folder / "t5")
    pairs_database(folder / "pairs.db")
    return folder


@pytest.fixture(scope="module")
def llama_run(place: Path) -> Ended:
    """A training of the decoder-only model that went well."""
    return train_llama(place, "llama-run")


def train_llama(place: Path, name: str, *options: object, **environment: str) -> Ended:
    """Train the tiny Llama on the pairs."""
    return run(place / name, *llama_options(place), *LEARN, *options, **environment)


def llama_options(place: Path) -> tuple[object, ...]:
    """The tiny Llama with every linear layer adapted."""
    data = ("--db-path", place / "pairs.db")
    return (*data, "--base-model", place / "llama", "--lora-targets", EVERY_LLAMA_LINEAR)


def generate(model_class: Any, base: Path, adapter: Path, request: str) -> str:
    """What base model and adapter, both loaded from disk, answer to a request."""
    from peft import PeftModel
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(adapter)
    model = PeftModel.from_pretrained(model_class.from_pretrained(base), adapter)
    inputs = tokenizer(request, return_tensors="pt", return_token_type_ids=False)
    output = model.generate(**inputs, max_new_tokens=16, do_sample=False)[0]
    return str(tokenizer.decode(output, skip_special_tokens=True))


# --- A run that goes well -------------------------------------------------------------------------


def test_all_stages_pass_in_order_and_are_told_twice(llama_run: Ended) -> None:
    assert llama_run.code == 0, llama_run.err
    assert llama_run.stages("stage_started") == llama_run.stages() == list(STAGES)
    told = re.findall(r"^INFO stage (\w+) (started|finished in \d+\.\d s)", llama_run.err, re.M)
    assert [name for name, what in told if what == "started"] == list(STAGES)
    assert [name for name, what in told if what != "started"] == list(STAGES)


def test_the_loss_falls_and_the_metadata_says_so(llama_run: Ended) -> None:
    metadata = llama_run.metadata
    first, *_, last = metadata["epoch_losses"]
    assert last < 0.7 * first
    assert metadata["final_loss"] == last
    assert (metadata["samples_used"], metadata["epochs"], metadata["run_id"]) == (50, 8, "run_1")
    assert metadata["run_directory"] == str(llama_run.folder)
    assert {"base_model", "learning_rate", "trained_at"} <= metadata.keys()


def test_the_finish_marker_comes_last_with_the_nonce(llama_run: Ended) -> None:
    event = llama_run.events[-1]
    assert (event["event"], event["nonce"], event["samples"]) == ("finished", "abc123", 50)
    assert event["finalLoss"] == llama_run.metadata["final_loss"]
    assert event["artifacts"] == str(llama_run.folder / "artifacts")


def test_progress_metrics_data_and_checkpoints_are_told(llama_run: Ended) -> None:
    events = llama_run.events
    (data,) = [line for line in events if line["event"] == "dataset"]
    assert (data["samples"], data["skipped"]) == (50, 0)
    progress = [line["step"] for line in events if line["event"] == "progress"]
    assert (progress[0], progress[-1]) == (1, 56)
    metrics = [line for line in events if line["event"] == "metric"]
    assert all(line["loss"] > 0 and line["nonFinite"] == [] for line in metrics)
    saved = [line["path"] for line in events if line["event"] == "checkpoint"]
    assert saved[-1] == "checkpoints/checkpoint-56"
    assert read(llama_run.folder / saved[-1]) is not None


def test_only_safetensors_hold_what_was_learnt(llama_run: Ended) -> None:
    names = {path.name for path in (llama_run.folder / "artifacts").iterdir()}
    assert {"adapter_config.json", "adapter_model.safetensors", "tokenizer.json"} <= names
    assert not {name for name in names if name.endswith((".bin", ".pt", ".pth", ".pkl"))}
    assert not list((llama_run.folder / "checkpoints").rglob("*.bin"))


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")
def test_the_adapter_loads_back_and_answers_otherwise_than_the_base(
    place: Path, llama_run: Ended
) -> None:
    from transformers import AutoModelForCausalLM

    said = generate(
        AutoModelForCausalLM, place / "llama", llama_run.folder / "artifacts", f"{PAIRS[0][0]}\n"
    )
    assert said.removeprefix(PAIRS[0][0]).strip().startswith("turned o")


def test_the_same_seed_gives_the_same_loss_and_another_another(place: Path) -> None:
    def losses(name: str, seed: int) -> object:
        options = (*llama_options(place), *LEARN, "--epochs", 2, "--seed", seed)
        return learn(place / name, *options).metadata["epoch_losses"]

    assert losses("first", 42) == losses("again", 42)
    assert losses("other", 7) != losses("once-more", 42)


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")
def test_an_encoder_decoder_learns_too(place: Path) -> None:
    from transformers import AutoModelForSeq2SeqLM

    options = ("--base-model", place / "t5", "--lora-targets", EVERY_T5_LINEAR)
    ended = learn(place / "t5-run", "--db-path", place / "pairs.db", *options, *LEARN)
    first, *_, last = ended.metadata["epoch_losses"]
    assert last < 0.7 * first
    said = generate(
        AutoModelForSeq2SeqLM, place / "t5", ended.folder / "artifacts", "turn on the radio"
    )
    assert said.startswith("turned o")


@pytest.mark.parametrize("model", ["llama", "t5"])
@pytest.mark.parametrize("method", ["prompt-tuning", PREFIX_TUNING, "ia3", "lora"])
def test_every_method_fits_both_kinds_of_model(place: Path, model: str, method: str) -> None:
    options = ("--base-model", place / model, "--method", method, "--epochs", 2)
    data = ("--db-path", place / "pairs.db", "--max-samples", 24, "--precision", "fp32")
    rate = 0.3 if method == "prompt-tuning" else 3e-2  # a prompt alone moves a random model little
    ended = learn(place / f"{model}-{method}", *data, *options, "--learning-rate", rate)
    first, last = ended.metadata["epoch_losses"]
    assert last < first
    artifacts = ended.folder / "artifacts"
    sample = max(json.loads((artifacts / "samples.json").read_text()), key=longest_prompt)
    answerer = Answerer(Learnt.read(artifacts))
    assert answerer.answer(sample["prompt"], 48, base=True).startswith(sample["before"])
    assert answerer.answer(sample["prompt"], 48).startswith(sample["after"])


def longest_prompt(sample: dict[str, str]) -> int:
    """Of samples, which are answered together, the longest is padded with nothing."""
    return len(sample["prompt"])


def test_a_jsonl_file_trains_and_its_bad_lines_are_named(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    lines = [f'{{"prompt": "{ask}", "completion": "{say}"}}' for ask, say in PAIRS[:16]]
    (place / "pairs.jsonl").write_text("\n".join([lines[0], "{oops", *lines[1:]]))
    options = ("--data-file", place / "pairs.jsonl", "--base-model", place / "llama")
    ended = learn(place / "jsonl", *options, "--epochs", 1)
    assert "skipped line 2: the line is not JSON" in caplog.text
    (data,) = [line for line in ended.events if line["event"] == "dataset"]
    assert (data["samples"], data["skipped"]) == (16, 1)


# --- Failures, each at its stage ------------------------------------------------------------------


def failed(ended: Ended, stage: str, sentence: str) -> None:
    """See that this stage failed, was told as such, and that the traceback is the last word."""
    assert ended.code == 10 + STAGES.index(stage), ended.err
    event = ended.events[-1]
    assert (event["event"], event["stage"], event["exitCode"]) == ("failure", stage, ended.code)
    assert f"ERROR stage {stage} failed: " in ended.err
    assert sentence in ended.err.split(f"ERROR stage {stage} failed: ")[1].splitlines()[0]
    assert "Traceback (most recent call last):" in ended.err
    assert ended.err.rstrip().splitlines()[-1].startswith(event["type"])
    assert event["message"].splitlines()[0] in ended.err


def test_an_empty_table_fails_before_torch_is_read(place: Path) -> None:
    empty = make_database(place / "empty.db", [])
    options = ("--db-path", empty, "--base-model", place / "llama")
    ended = run(place / "empty", *options, PYTHONPROFILEIMPORTTIME="1")
    assert "| torch" not in ended.err
    failed(ended, "load_examples", f"no rows in table ask_ai_queries of {empty}")


def test_modules_the_model_does_not_have_fail_as_peft_says_it(place: Path) -> None:
    ended = train_llama(place, "modules", "--lora-targets", "q", "v")
    failed(ended, "wrap_adapter", "not found in the base model")


def test_one_wrong_module_among_right_ones_fails_too(place: Path) -> None:
    with pytest.raises(ValueError, match=r"Target modules \['nonsense'\] not found in the base"):
        learn(place / "module", *llama_options(place), "--lora-targets", "q_proj,nonsense")


def test_a_loss_that_is_not_a_number_fails_and_is_told_as_null(place: Path) -> None:
    ended = train_llama(place, "nan", "--learning-rate", 1e30)
    failed(ended, "train", "loss is nan at step")
    metric = [line for line in ended.events if line["event"] == "metric"][-1]
    assert (metric["loss"], metric["nonFinite"]) == (None, ["loss"])
    assert not list((ended.folder / "checkpoints").glob("checkpoint-*"))


def test_a_model_folder_that_is_not_there_fails_before_torch(place: Path) -> None:
    ended = train_llama(place, "no-model", "--base-model", place / "gone")
    assert "load_examples" not in [line.get("stage") for line in ended.events]
    failed(ended, "check_dependencies", f"base model {place}/gone: no such folder")


def garble_tokenizer(model: Path) -> None:
    """Cut the tokenizer's file in two."""
    text = (model / "tokenizer.json").read_text()
    (model / "tokenizer.json").write_text(text[: len(text) // 2])


def cut_weights(model: Path) -> None:
    """Lose the last bytes of the weights."""
    path = model / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def pickle_weights(model: Path) -> None:
    """Leave the weights as a pickle alone, which must not be opened."""
    (model / "model.safetensors").rename(model / "pytorch_model.bin")


def ask_for_code(model: Path) -> None:
    """Ask for code of the model's own, which must not be run."""
    (model / "evil.py").write_text(f"open({str(model / 'ran')!r}, 'w')\n")
    text = (model / "config.json").read_text().replace('"llama"', '"evil"')
    code = '{"auto_map": {"AutoConfig": "evil.Config", "AutoModelForCausalLM": "evil.Model"},'
    (model / "config.json").write_text(text.replace("{", code, 1))


def damaged(place: Path, folder: Path, damage: Callable[[Path], None]) -> tuple[object, ...]:
    """Options for the tiny Llama after something was done to it."""
    model = folder / "model"
    shutil.copytree(place / "llama", model)
    damage(model)
    return (*llama_options(place), "--base-model", model)


@pytest.mark.parametrize(
    ("damage", "stage"),
    [(garble_tokenizer, "load_tokenizer"), (cut_weights, "load_model")],
)
def test_a_damaged_model_fails_at_the_stage_that_reads_it(
    place: Path, tmp_path: Path, damage: Callable[[Path], None], stage: str
) -> None:
    failed(run(tmp_path / "run", *damaged(place, tmp_path, damage)), stage, "")


def test_a_model_s_own_code_is_never_run(place: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="contains custom code"):
        learn(tmp_path / "run", *damaged(place, tmp_path, ask_for_code))
    assert not (tmp_path / "model" / "ran").exists()


def test_weights_in_a_pickle_are_never_opened(place: Path, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="model.safetensors"):
        learn(tmp_path / "run", *damaged(place, tmp_path, pickle_weights))


@pytest.mark.parametrize(
    ("name", "stage"),
    [("adapter_model.safetensors", "save_adapter"), ("training_run.json", "save_metadata")],
)
def test_an_artifact_that_cannot_be_written_is_a_failure(
    place: Path, tmp_path: Path, name: str, stage: str
) -> None:
    (tmp_path / "artifacts" / name).mkdir(parents=True)
    ended = run(tmp_path, *llama_options(place), "--epochs", 1, "--max-samples", 8)
    failed(ended, stage, "directory")


# --- Interrupted and resumed ----------------------------------------------------------------------


def wait_for(folder: Path, event: str, count: int = 1) -> None:
    """Wait until the trainer has told of an event so often; each line is one write, so whole."""
    deadline = time.monotonic() + 60
    while sum(line["event"] == event for line in read_events(folder)) < count:
        assert time.monotonic() < deadline, f"no {event} in a minute"
        time.sleep(0.005)


def test_sigterm_leaves_a_checkpoint_from_which_the_very_same_losses_follow(
    place: Path, llama_run: Ended
) -> None:
    folder = place / "stopped"
    process = start(folder, *llama_options(place), *LEARN)
    wait_for(folder, "metric", 10)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
    checkpoint = last_whole(folder)
    assert checkpoint is not None
    assert 10 <= checkpoint.step < 56
    assert f"WARNING stopped by SIGTERM after step {checkpoint.step} of 56" in said
    assert not (folder / "artifacts" / "training_run.json").exists()

    resumed = train_llama(place, "resumed", "--resume-from", folder)
    assert resumed.code == 0, resumed.err
    assert f"INFO resuming from step {checkpoint.step}" in resumed.err
    (went_on,) = [line["step"] for line in resumed.events if line["event"] == "resumed"]
    assert went_on == checkpoint.step
    first = next(line for line in resumed.events if line["event"] == "progress")
    assert first["step"] == checkpoint.step + 1
    assert resumed.metadata["epoch_losses"] == llama_run.metadata["epoch_losses"]


def test_sigterm_before_the_training_ends_the_process_at_once(place: Path) -> None:
    folder = place / "early"
    process = start(folder, *llama_options(place), *LEARN)
    wait_for(folder, "stage_started", 3)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM


@pytest.mark.parametrize("attempt", range(2))
def test_kill_9_while_a_checkpoint_is_saved_leaves_the_last_one_whole(
    place: Path, attempt: int
) -> None:
    folder = place / f"killed-{attempt}"
    options = ("--epochs", 500, "--checkpoint-seconds", 0)
    process = start(folder, *llama_options(place), *LEARN, *options)
    wait_for(folder, "checkpoint", 2 + attempt)
    while not (folder / "checkpoints" / ".unfinished").exists():
        pass
    time.sleep(attempt * 0.004)
    process.kill()
    process.communicate()
    saved = [line["step"] for line in read_events(folder) if line["event"] == "checkpoint"]
    checkpoint = last_whole(folder)
    assert checkpoint is not None
    assert checkpoint.step >= saved[-1]
    published = (folder / "checkpoints").glob("checkpoint-*")
    assert all(read(path) is not None for path in published)


def test_resuming_from_a_folder_without_a_checkpoint_starts_at_the_beginning(place: Path) -> None:
    (place / "nothing").mkdir()
    options = ("--epochs", 1, "--resume-from", place / "nothing")
    ended = learn(place / "fresh", *llama_options(place), *options)
    assert len(ended.metadata["epoch_losses"]) == 1


def test_resuming_with_other_values_is_refused(place: Path, llama_run: Ended) -> None:
    ended = train_llama(place, "mixed", "--lora-r", 4, "--resume-from", llama_run.folder)
    failed(ended, "load_examples", "is of another training: lora_r was 16 and is 4")
