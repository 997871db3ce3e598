"""Every row of the table of formats is read as it says, and prose that looks like one is not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastwords.measurements.formats import FORMATS, Format
from lastwords.measurements.line import Line
from lastwords.measurements.points import Metric
from lastwords.measurements.printed import Printed

# Lines with numbers and words of a training, none of which measures anything.
PROSE = r"""
The loss went down to 0.5 after the third epoch.
Loss is computed over 1000 samples
Found 3 checkpoints with loss: 0.5 in outputs/run1
loss=0.5 is too high, stopping at step 3
loss: 0.5 -> 0.4
Set lr: 0.001 and batch_size: 32
Namespace(batch_size=64, epochs=14, lr=1.0, gamma=0.7, seed=1, loss='mse')
Learning rate: 0.001
learning_rate = 5e-05
batch_size=32 lr=0.001 epochs=10
epochs: 10, lr: 0.01, momentum: 0.9
{'lr': 0.1, 'epochs': 10, 'batch_size': 32}
{"model_type": "llama", "hidden_size": 64, "vocab_size": 32000, "attention_dropout": 0.0}
{"level": "info", "step": "download", "pid": 1234, "message": "loss: 0.5 reached"}
{"level": "info", "step": 3, "duration": 12.5, "message": "'loss': 0.5, said the user"}
Epoch 00003: val_loss improved from 0.50000 to 0.40000, saving model to best.h5
EarlyStopping counter: 3 out of 5
Epoch 3 of 10
Step 1: install loss-lib 2.0
step 3: download the data, 45 MB
Packet loss: 3% on eth0
Packet loss: 3%
weight loss: 2.5 kg
loss of precision: 3 digits
Using loss weights: 0.3, 0.7
class weights for the loss: [0.1, 0.2, 0.7]
Best val_loss so far: 0.31 (epoch 7)
Early stopping at epoch 12, best loss 0.31
Total loss of 500 dollars
accuracy should be above 0.9 by epoch 5
Accuracy of the network on the 10000 test images: 54 %
Accuracy of plane : 57 %
Loaded checkpoint 'model_step_1000.pt' (epoch 3)
Resuming from step 1000, loss was 0.45
/home/u/loss.py:12: UserWarning: loss is nan at step 5
  File "/home/u/train.py", line 31, in step
ValueError: loss is nan: 0.5 at step 3
Warning: lr_scheduler.step() called before optimizer.step() 2 times
[2024-05-01 10:00:00] Downloading loss.py: 45%
GET /metrics?step=10&loss=0.5 HTTP/1.1 200 12
2024-05-01 10:00:00 Saving model checkpoint to out/checkpoint-500
num_train_epochs=3, max_steps=-1, logging_steps=10
Num Epochs = 3
  Total optimization steps = 375
number of parameters: 10.65M
tokens per iteration will be: 16,384
version 0.5, step 3
iteration 5: converged with score threshold 0.5 reached
Trained for 3 epochs in 12.5 s
mean loss over 5 runs: 0.5 +- 0.1
the learning rate was lr=0.1, see step 3
Loss function: CrossEntropyLoss(reduction=0.5)
100 steps, 3 epochs, 0.5 hours
test_loss.py::test_step PASSED [ 45%]
I lost 3 steps: loss 0.4, or so they say
Epoch 3 took 12.5 s
Map: 100%|██████████| 1000/1000 [00:00<00:00, 5000.00 examples/s]
""".strip("\n").splitlines()


def metrics_of(log: str) -> list[Metric]:
    printed = Printed()
    printed.feed(log.encode())
    printed.finish()
    return printed.points.metrics


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_a_row_of_the_table_gives_what_it_says(row: Format) -> None:
    (metric,) = metrics_of(row.sample)
    assert {name: metric.get(name) for name in row.gives} == dict(row.gives)
    assert metric["nonFinite"] == []


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_a_row_is_read_after_any_other_and_with_carriage_returns(row: Format) -> None:
    for other in FORMATS:
        metrics = metrics_of(f"{other.sample}\r\nfine\r\n{row.sample}\r\n")
        values = {name: metrics[-1].get(name) for name in row.gives if name not in ("step",)}
        assert values == {name: row.gives[name] for name in values}, other.name


@pytest.mark.parametrize("line", PROSE)
def test_a_number_in_prose_is_no_metric(line: str) -> None:
    assert metrics_of(line) == []


def test_prose_is_no_metric_in_one_log_either() -> None:
    assert metrics_of("\n".join(PROSE)) == []


@pytest.mark.parametrize(
    "prefix",
    [
        "2024-05-01 10:00:00,123 - __main__ - INFO - ",
        "2024-05-01T10:00:00.123Z ",
        "[2024-05-01 10:00:00,123][train][INFO] - ",
        "2024-05-01 10:00:00.123 | INFO     | __main__:train:42 - ",
        "05/01/2024 10:00:00 - INFO - __main__ - ",
        "INFO:root:",
        "INFO:train.loop:",
        "[INFO] ",
        "[rank0]: ",
        "0: ",
        "[1,0]<stdout>:",
        "I0501 10:00:00.123456 12345 train.py:128] ",
        "\x1b[32m10:00:00\x1b[0m ",
        "(RayTrainWorker pid=1234) ",
        "[trainer] ",
    ],
)
def test_what_loggers_and_launchers_write_before_a_line_is_passed_over(prefix: str) -> None:
    (metric,) = metrics_of(f"{prefix}step=10 loss=0.5 lr=1e-3")
    assert (metric["step"], metric["loss"], metric["learningRate"]) == (10, 0.5, 0.001)


@pytest.mark.parametrize("value", ["nan", "NaN", "inf", "-inf", "np.float32(nan)"])
@pytest.mark.parametrize("line", ["{{'loss': {}, 'epoch': 1.0}}", "step=3 loss={}", "loss: {}"])
def test_a_loss_that_is_no_number_is_told_as_such(line: str, value: str) -> None:
    (metric,) = metrics_of(line.format(value))
    assert metric["loss"] is None and metric["nonFinite"] == ["loss"]


@pytest.mark.parametrize(
    ("line", "gives"),
    [
        ("Train loss: 0.5, Val loss: 0.6", {"loss": 0.5, "evalLoss": 0.6}),
        ("train Loss: 0.5 Acc: 0.8", {"loss": 0.5, "acc": 0.8}),
        ("val Loss: 0.5 Acc: 0.8", {"evalLoss": 0.5, "valAcc": 0.8}),
        ("eval epoch: 1, loss: 0.1, accuracy: 97.0", {"epoch": 1, "evalLoss": 0.1}),
        ("Validation loss: 0.25", {"evalLoss": 0.25}),
        ("[10] train_loss=0.5, train_accuracy=0.8", {"step": 10, "loss": 0.5}),
        ("Iteration 1, loss = 0.69314718", {"step": 1, "loss": 0.69314718}),
        ("epoch 5, train loss 0.3, test acc 0.9", {"epoch": 5, "loss": 0.3, "testAcc": 0.9}),
        ("global_step=100, episodic_return=23.0", {"step": 100, "episodicReturn": 23.0}),
        ("[0/25][1/1583] Loss_D: 1.5 D(G(z)): 0.4 / 0.01", {"epoch": 0, "step": 1, "lossD": 1.5}),
        ("step 1/74 | loss 7.5 (+nanz)| lr 1.60e-05 | 500.00 ms | 30.1% bf16 MFU", {"step": 1}),
        ("{'train/loss': 0.5, 'trainer/global_step': 9}", {"loss": 0.5, "step": 9}),
        ("{'eval_runtime': 2.5, 'eval_loss': 0.5}", {"evalLoss": 0.5, "evalRuntime": 2.5}),
        ('{"train": {"loss": 0.5}, "step": 3}', {"loss": 0.5, "step": 3}),
        ('{"train": {"loss": 0.5}, "val": {"loss": 0.6}}', {"loss": 0.5, "evalLoss": 0.6}),
        ("step:250/1000 val_loss:3.25 train_time:12345ms", {"step": 250, "evalLoss": 3.25}),
        ("Iter 9: Train loss 2.5, Learning Rate 1e-05, Peak mem 4.5 GB", {"step": 9, "loss": 2.5}),
        ("====> Epoch 1 Complete: Avg. Loss: 0.5", {"epoch": 1, "loss": 0.5}),
        ("[Epoch 3] loss=0.5", {"epoch": 3, "loss": 0.5}),
        ("[eval] step 10 loss 0.5", {"step": 10, "evalLoss": 0.5}),
        ("(epoch: 1, iters: 100, time: 0.5) G_GAN: 0.25", {"epoch": 1, "step": 100, "gGan": 0.25}),
        ("epoch 1 | loss 0.5 | 100 batches", {"epoch": 1, "loss": 0.5}),
        ("| epoch 1 | valid on 'valid' subset | loss 5.2 | num_updates 7", {"evalLoss": 5.2}),
        ("Steps 10/100 Loss 0.5", {"step": 10, "loss": 0.5}),
        ("step 5 of 100: loss 1.5, learning rate 0.001", {"step": 5, "learningRate": 0.001}),
    ],
)
def test_names_and_numbers_are_read_however_they_are_put(
    line: str, gives: dict[str, float]
) -> None:
    (metric,) = metrics_of(line)
    assert {name: metric.get(name) for name in gives} == gives


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="abloss:=|,. 0123456789[](){}'\"%/<-_\t", max_size=300))
def test_no_line_breaks_a_reader(text: str) -> None:
    for metric in metrics_of(text):
        assert set(metric) > {"step", "nonFinite"}


def test_a_line_of_names_alone_measures_nothing() -> None:
    assert not Line([("step", 1.0), ("batch_size", 0.5)]).is_record
