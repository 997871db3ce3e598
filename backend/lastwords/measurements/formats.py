"""The formats of metrics that programs print: the one table.

Each row has a real line (or the few that belong together) as a program prints it, what it gives,
and who reads it. A new format is a row: most are read by one of the readers that are there.
`tests/measurements/test_formats.py` walks the table. Standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from lastwords.measurements.bars import Bar, read_bar
from lastwords.measurements.boosting import read_boosting
from lastwords.measurements.dicts import read_dict
from lastwords.measurements.line import Line
from lastwords.measurements.pairs import read_pairs
from lastwords.measurements.tables import read_table

Read = Callable[[str], Line | Bar | None]
Gives = Mapping[str, float | None]


class Format(NamedTuple):
    """One way to print metrics: who prints it, a sample, what its last point holds, the reader."""

    name: str
    sample: str
    gives: Gives
    read: Read


FORMATS = (
    # Tables
    Format(
        "spaCy",
        "E    #       LOSS TOK2VEC  LOSS NER  ENTS_F  SCORE \n"
        "---  ------  ------------  --------  ------  ------\n"
        "  1     200         12.50     30.25   61.50    0.62",
        {
            "epoch": 1,
            "step": 200,
            "lossTok2vec": 12.5,
            "lossNer": 30.25,
            "loss": 42.75,
            "score": 0.62,
        },
        read_table,
    ),
    Format(
        "ultralytics",
        "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
        "        1/3         0G      1.204      2.800      1.300         13        640: "
        "100%|██████████| 4/4 [00:02<00:00,  1.50it/s]",
        {"epoch": 1, "step": 4, "boxLoss": 1.204, "loss": 5.304},
        read_table,
    ),
    Format(
        "fastai, skorch",
        "epoch     train_loss  valid_loss  accuracy  time    \n0         0.731900    "
        "0.520000    0.810000  00:03",
        {"epoch": 0, "loss": 0.7319, "evalLoss": 0.52, "accuracy": 0.81},
        read_table,
    ),
    Format(
        "a table with commas",
        "epoch,step,train_loss,val_loss\n1,100,0.5,0.6",
        {"epoch": 1, "step": 100, "loss": 0.5, "evalLoss": 0.6},
        read_table,
    ),
    Format(
        "a table with bars",
        "| Step | Training Loss | Validation Loss "
        "|\n|------|---------------|-----------------|\n| 500 | 0.5 | 0.6 |",
        {"step": 500, "loss": 0.5, "evalLoss": 0.6},
        read_table,
    ),
    Format(
        "scikit-learn, gradient boosting",
        "      Iter       Train Loss   Remaining Time \n         1           1.2500        "
        "    1.52s",
        {"step": 1, "loss": 1.25},
        read_table,
    ),
    Format(
        "Lightning, results",
        "┏━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━┓\n"
        "┃      Validate metric      ┃       DataLoader 0        ┃\n"
        "┡━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━┩\n"
        "│         val_acc           │           0.75            │\n"
        "│         val_loss          │    0.6931471824645996     │\n"
        "└───────────────────────────┴───────────────────────────┘",
        {"evalLoss": 0.6931471824645996, "valAcc": 0.75},
        read_table,
    ),
    Format(
        "Stable-Baselines3",
        "| train/                  |             |\n|    learning_rate        | 0.0003      |\n"
        "|    loss                 | 5.25        |\n| time/                   |             |\n"
        "|    total_timesteps      | 4096        |\n-----------------------------------------",
        {"step": 4096, "loss": 5.25, "learningRate": 0.0003},
        read_table,
    ),
    # Dictionaries
    Format(
        "transformers Trainer",
        "{'loss': 0.5, 'grad_norm': 1.25, 'learning_rate': 5e-05, 'epoch': 0.1}",
        {"loss": 0.5, "gradNorm": 1.25, "learningRate": 5e-05, "epoch": 0.1},
        read_dict,
    ),
    Format(
        "transformers Trainer, numbers quoted, behind a bar",
        " 10%|#         | 1/10 {'loss': '1.25', 'grad_norm': '0.5', 'epoch': '1'}",
        {"loss": 1.25, "gradNorm": 0.5, "epoch": 1},
        read_dict,
    ),
    Format(
        "transformers Trainer, evaluation",
        "{'eval_loss': 0.7, 'eval_accuracy': 0.75, 'eval_runtime': 1.5, 'epoch': 1.0}",
        {"evalLoss": 0.7, "evalAccuracy": 0.75, "epoch": 1.0},
        read_dict,
    ),
    Format(
        "a dictionary in any order of keys",
        "{'eval_accuracy': 0.75, 'epoch': 0.1, 'eval_loss': 0.7, 'lr': 0.001}",
        {"evalAccuracy": 0.75, "epoch": 0.1, "evalLoss": 0.7, "learningRate": 0.001},
        read_dict,
    ),
    Format(
        "a dictionary with losses of training and evaluation, behind a logger's words",
        "2024-05-01 10:00:00,123 INFO __main__: {'step': 10, 'train_loss': 0.5, 'val_loss': 0.6}",
        {"step": 10, "loss": 0.5, "evalLoss": 0.6},
        read_dict,
    ),
    Format(
        "numbers of numpy and PyTorch",
        "{'loss': np.float64(0.5), 'val_loss': tensor(0.25, device='cuda:0'), 'epoch': "
        "np.int64(2)}",
        {"loss": 0.5, "evalLoss": 0.25, "epoch": 2},
        read_dict,
    ),
    Format(
        "trl",
        "{'loss': 0.69, 'rewards/chosen': 0.01, 'rewards/rejected': -0.02, 'logps/chosen': "
        "-88.5, 'epoch': 0.5}",
        {"loss": 0.69, "rewards/chosen": 0.01, "rewards/rejected": -0.02, "logps/chosen": -88.5},
        read_dict,
    ),
    Format(
        "sentence-transformers",
        "{'eval_loss': 0.3, 'eval_all-nli-dev_cosine_accuracy@1': 0.8, 'epoch': 1.0}",
        {"evalLoss": 0.3, "evalAll-nli-devCosineAccuracy@1": 0.8},
        read_dict,
    ),
    Format(
        "JSON lines",
        '{"step": 10, "epoch": 1, "loss": 0.5, "note": "loss is fine"}',
        {"step": 10, "epoch": 1, "loss": 0.5},
        read_dict,
    ),
    # Bars
    Format(
        "tqdm with a postfix",
        " 12%|█▎        | 10/80 [00:01<00:08,  9.50it/s, loss=0.532, lr=0.001]",
        {"step": 10, "loss": 0.532, "learningRate": 0.001},
        read_bar,
    ),
    Format(
        "tqdm without its drawing",
        "10/80 [00:01<00:08, loss=0.532]",
        {"step": 10, "loss": 0.532},
        read_bar,
    ),
    Format(
        "tqdm with a title",
        "Epoch 1/3 loss: 0.5321:  45%|████▌     | 45/100 [00:04<00:05, 10.1it/s]",
        {"step": 45, "epoch": 1, "loss": 0.5321},
        read_bar,
    ),
    Format(
        "Lightning with tqdm",
        "Epoch 1: 100%|██████████| 16/16 [00:00<00:00, 99.50it/s, v_num=0, "
        "train_loss=0.693, val_loss=0.68]",
        {"step": 16, "epoch": 1, "loss": 0.693, "evalLoss": 0.68},
        read_bar,
    ),
    Format(
        "Lightning with rich",
        "Epoch 0/4 ━━━━━━━━━━━━━━━━ 16/16 0:00:00 • 0:00:00 99.5it/s v_num: 0.000 "
        "train_loss: 0.693 val_loss: 0.68",
        {"step": 16, "epoch": 0, "loss": 0.693, "evalLoss": 0.68},
        read_bar,
    ),
    Format(
        "Keras 3",
        "Epoch 2/3\n188/188 ━━━━━━━━━━━━━━━━━━━━ 2s 6ms/step - accuracy: 0.6049 - loss: "
        "0.6564 - val_loss: 0.6488",
        {"step": 188, "epoch": 2, "loss": 0.6564, "accuracy": 0.6049, "evalLoss": 0.6488},
        read_bar,
    ),
    Format(
        "Keras, verbose=2",
        "Epoch 1/3\n188/188 - 2s - 6ms/step - accuracy: 0.6049 - loss: 0.6564",
        {"step": 188, "epoch": 1, "loss": 0.6564, "accuracy": 0.6049},
        read_bar,
    ),
    Format(
        "Keras 2",
        "Epoch 1/3\n188/188 [==============================] - 2s 6ms/step - loss: 0.6564 "
        "- val_loss: 0.6488",
        {"step": 188, "epoch": 1, "loss": 0.6564, "evalLoss": 0.6488},
        read_bar,
    ),
    Format(
        "torchtune's bar",
        "1|10|Loss: 5.760123:  12%|█▏        | 10/80 [00:01<00:08,  9.50it/s]",
        {"step": 10, "epoch": 1, "loss": 5.760123},
        read_bar,
    ),
    # Boosting
    Format(
        "LightGBM",
        "[50]\ttraining's binary_logloss: 0.21\tvalid_1's binary_logloss: 0.27\tvalid_1's "
        "auc: 0.91",
        {"step": 50, "loss": 0.21, "evalLoss": 0.27, "valid1Auc": 0.91},
        read_boosting,
    ),
    Format(
        "XGBoost",
        "[10]\ttrain-logloss:0.07000\tvalid-logloss:0.24000",
        {"step": 10, "loss": 0.07, "evalLoss": 0.24},
        read_boosting,
    ),
    Format(
        "CatBoost",
        "10:\tlearn: 0.5123\ttest: 0.6012\tbest: 0.6012 (10)\ttotal: 1.2s\tremaining: 2.3s",
        {"step": 10, "loss": 0.5123, "evalLoss": 0.6012},
        read_boosting,
    ),
    # Names and numbers
    Format(
        "key=value",
        "step=10 loss=0.5000 lr=1e-4",
        {"step": 10, "loss": 0.5, "learningRate": 1e-4},
        read_pairs,
    ),
    Format(
        "key: value",
        "Epoch: 3, Step: 100, Loss: 0.25, Val_Loss: 0.5",
        {"epoch": 3, "step": 100, "loss": 0.25, "evalLoss": 0.5},
        read_pairs,
    ),
    Format(
        "nanoGPT",
        "iter 10: loss 4.2000, time 512.34ms, mfu 3.20%",
        {"step": 10, "loss": 4.2},
        read_pairs,
    ),
    Format(
        "nanoGPT, evaluation",
        "step 10: train loss 4.1000, val loss 4.2000",
        {"step": 10, "loss": 4.1, "evalLoss": 4.2},
        read_pairs,
    ),
    Format(
        "pytorch/examples mnist",
        "Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.300000",
        {"epoch": 1, "loss": 2.3, "step": None},
        read_pairs,
    ),
    Format(
        "pytorch/examples mnist, evaluation",
        "Test set: Average loss: 0.0567, Accuracy: 9810/10000 (98%)",
        {"evalLoss": 0.0567, "testAccuracy": 0.981},
        read_pairs,
    ),
    Format(
        "pytorch/examples word_language_model",
        "| epoch   1 |   200/ 2983 batches | lr 20.00 | ms/batch 12.34 | loss  7.63 | ppl  2064.71",
        {"epoch": 1, "step": 200, "learningRate": 20, "loss": 7.63, "ppl": 2064.71},
        read_pairs,
    ),
    Format(
        "pytorch/examples word_language_model, evaluation",
        "| end of epoch   1 | time: 22.21s | valid loss  5.79 | valid ppl   326.02",
        {"epoch": 1, "evalLoss": 5.79, "validPpl": 326.02},
        read_pairs,
    ),
    Format(
        "pytorch/examples imagenet",
        "Epoch: [0][  10/5005]\tTime  0.323 ( 0.512)\tLoss 6.9e+00 (7.0e+00)\tAcc@1   0.50 "
        "(  0.10)",
        {"epoch": 0, "step": 10, "loss": 6.9, "acc@1": 0.5},
        read_pairs,
    ),
    Format(
        "pytorch/examples regression",
        "Loss: 0.000123 after 10 batches",
        {"loss": 0.000123, "step": 10},
        read_pairs,
    ),
    Format(
        "timm",
        "Train: 0 [   1/4 ( 25%)]  Loss: 0.75 (0.72)  Time: 0.123s,  260.16/s  (0.123s,  "
        "260.16/s)  LR: 1.000e-05  Data: 0.010 (0.012)",
        {"epoch": 0, "step": 1, "loss": 0.75, "learningRate": 1e-05},
        read_pairs,
    ),
    Format(
        "timm, evaluation",
        "Test: [   0/3]  Time: 0.123 (0.123)  Loss:   0.600 ( 0.600)  Acc@1:  50.000 ( 50.000)",
        {"evalLoss": 0.6, "testAcc@1": 50},
        read_pairs,
    ),
    Format(
        "torchtune",
        "Step 10 | loss:5.76 lr:0.001 tokens_per_second_per_gpu:512.3",
        {"step": 10, "loss": 5.76, "learningRate": 0.001},
        read_pairs,
    ),
    Format(
        "torchvision, detectron2, mmengine",
        "Epoch(train)  [1][ 50/100]  lr: 1.0000e-02  eta: 0:01:00  time: 0.1234  loss: "
        "1.2000  loss_cls: 0.3000",
        {"epoch": 1, "step": 50, "learningRate": 0.01, "loss": 1.2, "lossCls": 0.3},
        read_pairs,
    ),
    Format(
        "Megatron-LM",
        " iteration      100/  500000 | consumed samples:          800 | learning rate: "
        "1.000E-04 | lm loss: 7.100000E+00 | grad norm: 1.234 | number of nan iterations:  "
        " 0 |",
        {"step": 100, "learningRate": 1e-4, "loss": 7.1, "gradNorm": 1.234},
        read_pairs,
    ),
    Format(
        "fairseq",
        "2024-01-02 10:00:00 | INFO | train_inner | epoch 001:    100 / 1000 loss=13.5, "
        "ppl=11585.2, num_updates=100, lr=1e-07, gnorm=3.2",
        {"epoch": 1, "step": 100, "loss": 13.5, "learningRate": 1e-07, "gradNorm": 3.2},
        read_pairs,
    ),
    Format(
        "tutorials: Epoch [1/10], Step [100/600]",
        "Epoch [1/10], Step [100/600], Loss: 0.2345",
        {"epoch": 1, "step": 100, "loss": 0.2345},
        read_pairs,
    ),
    Format(
        "tutorials: [epoch, batch]",
        "[1,  2000] loss: 2.204",
        {"epoch": 1, "step": 2000, "loss": 2.204},
        read_pairs,
    ),
)
READERS = tuple(dict.fromkeys(row.read for row in FORMATS))
