"""Metrics of trainings that know nothing of us, and of scripts that add one line."""

import subprocess
import sys
from pathlib import Path

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.events import Facts
from lastwords.folders.runfolder import AttemptFolder
from lastwords.measurements.metrics import (
    last_told,
    last_values,
    printed_metrics,
    read_metrics,
)
from lastwords.records import Run, now
from lastwords.store.filters import Filters
from lastwords.store.runs import Store

LASTWORDS = Path(sys.executable).parent / "lastwords"


def attempt(home: Path, log: bytes) -> AttemptFolder:
    runfolder.make_home(home)
    folder = runfolder.reserve_run(home, now())
    folder.log.write_bytes(log)
    return folder


def test_the_lines_of_transformers_trainer_are_read_old_style_and_new(home: Path) -> None:
    log = (
        b"{'loss': 2.5, 'grad_norm': 1.5, 'learning_rate': 5e-05, 'epoch': 0.5}\n"
        b"10%|#         | 1/10 {'loss': '1.25', 'grad_norm': '0.5', 'epoch': '1'}\r\n"
        b"{'train_runtime': 3.2, 'train_loss': 1.9, 'epoch': 1.0}\n"
    )
    first, second, last = printed_metrics(attempt(home, log))
    assert first["loss"] == 2.5 and first["learningRate"] == 5e-05 and first["gradNorm"] == 1.5
    assert second["loss"] == 1.25 and second["epoch"] == 1.0
    assert last["trainLoss"] == 1.9 and "loss" not in last


def test_a_loss_that_is_no_number_is_null_and_named(home: Path) -> None:
    (metric,) = printed_metrics(attempt(home, b"{'loss': nan, 'grad_norm': inf, 'epoch': 1.0}\n"))
    assert metric["loss"] is None and metric["nonFinite"] == ["gradNorm", "loss"]


def test_other_dictionaries_are_no_metrics(home: Path) -> None:
    log = b"{'lost': 1}\n{'loss': 'high'}\n{'loss': [1, 2]}\n{'loss'\n"
    metrics = printed_metrics(attempt(home, log))
    assert all("loss" not in metric for metric in metrics)


def test_events_come_before_the_log(home: Path) -> None:
    folder = attempt(home, b"{'loss': 2.5, 'epoch': 0.5}\n")
    folder.events.write_text('{"event": "metric", "step": 1, "loss": 9.0}\n')
    assert [metric["loss"] for metric in read_metrics(folder)] == [9.0]


def test_the_last_loss_is_the_last_that_was_printed(home: Path) -> None:
    folder = attempt(home, b"{'loss': 2.5, 'epoch': 1}\n{'loss': 1.5, 'epoch': 2}\n")
    assert last_told(folder, Facts())[0] == 1.5


def recorded(home: Path, script: str, folder: Path, *before: str) -> AttemptFolder:
    """The folder of a script that was recorded to its end."""
    (folder / "script.py").write_text(script)
    command = [str(LASTWORDS), "run", "--quiet", "--home", str(home), "--", *before]
    subprocess.run([*command, sys.executable, "script.py"], check=True, cwd=folder)
    (run_id,) = runfolder.all_run_ids(home)
    return runfolder.attempt_folder(home, run_id, 1)


def only_run(config: Config) -> Run:
    store = Store(config.database)
    (run,) = store.page(Filters(), 1).runs
    store.close()
    return run


def test_a_recorded_command_has_a_final_loss(config: Config, home: Path, tmp_path: Path) -> None:
    recorded(home, "print({'loss': 0.75, 'epoch': 1.0})", tmp_path)
    assert only_run(config).final_loss == 0.75


SCRIPT = """
import torch
from transformers import Trainer, TrainingArguments
from lastwords.integrations import LastwordsCallback

class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.ones(1))
    def forward(self, x, labels=None):
        return {"loss": ((self.w * x - labels) ** 2).mean()}

rows = [{"x": torch.ones(1), "labels": torch.zeros(1)} for _ in range(8)]
arguments = TrainingArguments(
    "out", max_steps=4, logging_steps=1, save_strategy="no", report_to=[], use_cpu=True,
    eval_strategy="steps", eval_steps=2, label_names=["labels"],
)
trainer = Trainer(Model(), arguments, train_dataset=rows, eval_dataset=rows)
trainer.add_callback(LastwordsCallback())
trainer.train()
"""


def test_one_line_in_a_script_tells_its_steps_its_losses_evaluations_and_all_that_is_logged(
    config: Config, home: Path, tmp_path: Path
) -> None:
    metrics = read_metrics(recorded(home, SCRIPT, tmp_path))
    run = only_run(config)
    assert (run.step, run.total_steps, run.stage) == (4, 4, "train")
    losses = {metric["step"]: metric["loss"] for metric in metrics if "loss" in metric}
    assert list(losses) == [1, 2, 3, 4] and losses[4] < losses[1]

    assert [metric["step"] for metric in metrics if "evalLoss" in metric] == [2, 4]
    assert [metric["step"] for metric in metrics if "learningRate" in metric] == [1, 2, 3, 4]
    assert metrics[-1]["trainLoss"] > 0 and metrics[-1]["trainRuntime"] > 0


def test_of_several_ranks_the_first_reports(home: Path, tmp_path: Path) -> None:
    script = "import lastwords\nlastwords.log(step=7, loss=0.5)\n"
    assert read_metrics(recorded(home, script, tmp_path, "env", "RANK=1")) == []


LOGGING = """
import lastwords, sys
lastwords.log({"rewards/chosen": 0.25}, step=1, epoch=0.5, total_steps=2, train_loss=2.0, note="x")
lastwords.log(step=2, total_steps=2, train_loss=float("nan"), val_loss=1.5, ok=True)
assert not {"torch", "transformers", "flask"} & set(sys.modules)
"""


def test_a_script_reports_any_number_with_one_line_and_no_framework(
    config: Config, home: Path, tmp_path: Path
) -> None:
    first, second = read_metrics(recorded(home, LOGGING, tmp_path))
    assert (first["step"], first["epoch"], first["loss"]) == (1, 0.5, 2.0)
    assert first["rewards/chosen"] == 0.25 and "note" not in first
    assert second["loss"] is None and second["nonFinite"] == ["loss"]
    assert second["evalLoss"] == 1.5 and "ok" not in second
    store = Store(config.database)
    (run,) = store.page(Filters(), 1).runs
    store.close()
    assert (run.step, run.total_steps, run.final_loss) == (2, 2, None)


def test_outside_a_run_a_report_does_nothing(tmp_path: Path) -> None:
    code = "import lastwords; lastwords.log(step=1, loss=2)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env={})
    assert list(tmp_path.iterdir()) == []


def test_any_language_reports_by_appending_lines(home: Path, tmp_path: Path) -> None:
    line = '{"event": "metric", "step": 3, "val_loss": 0.5}'
    script = f"import os\nopen(os.environ['LASTWORDS_EVENTS'], 'a').write('{line}\\n')\n"
    (metric,) = read_metrics(recorded(home, script, tmp_path))
    assert metric == {"step": 3, "evalLoss": 0.5, "nonFinite": []}


def test_the_last_value_of_each_metric_is_told_as_far_as_the_log_may_be_read(
    tmp_path: Path,
) -> None:
    folder = AttemptFolder(tmp_path / "run_20260101_000000" / "1")
    folder.path.mkdir(parents=True)
    assert last_values(folder, Facts(), 10**9) == {}
    folder.log.write_text(
        "{'loss': 2.0, 'epoch': 1.0}\n{'eval_loss': 0.5, 'epoch': 1.0}\n"
        "{'loss': 1.0, 'epoch': 2.0}\n"
    )
    assert last_values(folder, Facts(), 10**9) == {"loss": 1.0, "evalLoss": 0.5}
    assert last_values(folder, Facts(), 50) == {}
