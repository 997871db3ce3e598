"""Metrics of trainings that know nothing of us, and of scripts that add one line."""

import subprocess
import sys
from pathlib import Path

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.events import Facts
from lastwords.folders.runfolder import AttemptFolder
from lastwords.measurements.metrics import last_told, printed_metrics, read_metrics
from lastwords.records import now
from lastwords.store.runs import Filters, Store

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


def test_a_recorded_command_has_a_final_loss(config: Config, home: Path) -> None:
    code = "print({'loss': 0.75, 'epoch': 1.0})"
    command: list[str | Path] = [
        LASTWORDS,
        "run",
        "--quiet",
        "--home",
        home,
        "--",
        sys.executable,
        "-c",
        code,
    ]
    subprocess.run(command, check=True)
    store = Store(config.database)
    assert store.page(Filters(), 1).runs[0].final_loss == 0.75
    store.close()


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
    "out", max_steps=4, logging_steps=1, save_strategy="no", report_to=[], use_cpu=True
)
trainer = Trainer(Model(), arguments, train_dataset=rows)
trainer.add_callback(LastwordsCallback())
trainer.train()
"""


def test_one_line_in_a_script_tells_its_steps_and_losses(
    config: Config, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    command: list[str | Path] = [
        LASTWORDS,
        "run",
        "--quiet",
        "--home",
        home,
        "--",
        sys.executable,
        "script.py",
    ]
    subprocess.run(command, check=True, cwd=tmp_path)
    store = Store(config.database)
    (run,) = store.page(Filters(), 1).runs
    store.close()
    assert (run.step, run.total_steps, run.stage) == (4, 4, "train")
    metrics = read_metrics(runfolder.attempt_folder(home, run.id, 1))
    assert [metric["step"] for metric in metrics] == [1, 2, 3, 4]
    assert metrics[-1]["loss"] < metrics[0]["loss"]
