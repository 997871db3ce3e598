"""Callbacks of frameworks that are no dependency of ours, where they are installed."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import lastwords.integrations
from lastwords.folders.events import read_facts

KERAS = """
import os
os.environ.setdefault("KERAS_BACKEND", "torch")
import keras, numpy as np
from lastwords.integrations import KerasCallback
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse")
x = np.random.rand(40, 4)
model.fit(x, x[:, :1], epochs=2, batch_size=8, validation_split=0.2, callbacks=[KerasCallback()])
"""
LIGHTNING = """
import torch, lightning
from lastwords.integrations import LightningCallback
class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)
    def step(self, batch, name):
        loss = (self.layer(batch[0]) ** 2).mean()
        self.log(name, loss)
        return loss
    def training_step(self, batch, index):
        return self.step(batch, "train_loss")
    def validation_step(self, batch, index):
        self.step(batch, "val_loss")
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)
rows = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.rand(16, 4)), 4)
options = {"max_epochs": 2, "accelerator": "cpu", "log_every_n_steps": 1, "logger": False}
options |= {"enable_checkpointing": False, "enable_progress_bar": False}
trainer = lightning.Trainer(callbacks=[LightningCallback()], **options)
trainer.fit(Module(), rows, rows)
"""


@pytest.mark.parametrize(
    ("framework", "script", "total", "evaluated"),
    [("keras", KERAS, 8, [4, 8]), ("lightning", LIGHTNING, 8, [4, 8])],
)
def test_a_callback_reports_steps_losses_and_evaluations(
    tmp_path: Path, framework: str, script: str, total: int, evaluated: list[int]
) -> None:
    if find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    events = tmp_path / "events"
    subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        cwd=tmp_path,
        env={"LASTWORDS_EVENTS": str(events), "HOME": str(tmp_path)},
    )
    facts = read_facts(events)
    assert [metric["step"] for metric in facts.metrics if "val_loss" in metric] == evaluated
    assert [stage.name for stage in facts.stages] == ["train"]
    assert facts.progress is not None
    assert (facts.progress.step, facts.progress.total_steps) == (total, total)


def test_a_name_that_no_framework_has_is_an_error() -> None:
    with pytest.raises(AttributeError, match="TensorFlowCallback"):
        lastwords.integrations.TensorFlowCallback  # noqa: B018
