"""Other people's programs under `lastwords run`: the table of what is expected of each.

curve, progress: whether the run's page has them today, without a change to the program. A format
that is learned turns a False into a True here. `fault`: what the diagnosis still gets wrong; the
row says what would be right, and its test is expected to fail until then.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """How a program is made to fail as its users do, and how that is explained.

    before: a command that spoils something first. frame: the file and the function of the user's
    own code that failed, None where no such code runs. advice: a pattern that one step matches.
    """

    command: str
    cause: str
    headline: str
    frame: tuple[str, str] | None
    advice: str
    exit_code: int = 1
    before: str | None = None
    fault: str | None = None


@dataclass(frozen=True)
class Program:
    """One program: how it is run, and what its run shows.

    needs: packages of requirements.txt, or programs in PATH. before: makes its data, not recorded.
    last_loss: a pattern whose last match in the log is the loss that the program ended with.
    points: how many the curve has at least; rich draws its bar once, at the end, where there is no
    terminal.
    """

    name: str
    needs: tuple[str, ...]
    command: str
    curve: bool
    progress: bool
    last_loss: str
    failure: Failure
    before: str | None = None
    points: int = 4


_SPACY = "python -m spacy train config.cfg --paths.dev dev.spacy --paths.train"
_ACCELERATE = "accelerate launch --cpu --num_processes 1 accelerate_loop.py"
_TORCHRUN = "torchrun --nproc_per_node 2 ddp_train.py"
_PAPERMILL = "papermill --log-output loop.ipynb out.ipynb"

PROGRAMS = (
    Program(
        name="lightning",
        needs=("pytorch-lightning", "torch", "rich"),
        command="python lightning_regression.py",
        curve=True,
        progress=True,
        last_loss=r"train_loss: ([\d.]+)",
        points=1,
        failure=Failure(
            command="python lightning_regression.py --features 9",
            cause="model.shape_mismatch",
            headline="RuntimeError: mat1 and mat2 shapes cannot be multiplied (16x8 and 9x16)",
            frame=("lightning_regression.py", "_loss"),
            advice=r"in_features",
        ),
    ),
    Program(
        name="keras",
        needs=("keras", "torch"),
        command="python keras_classifier.py",
        curve=True,
        progress=True,
        last_loss=r" loss: ([\d.]+)",
        failure=Failure(
            command="python keras_classifier.py --loss sparse_crossentropy",
            cause="config.invalid",
            headline="ValueError: Could not interpret loss identifier: sparse_crossentropy",
            frame=("keras_classifier.py", "main"),
            advice=r"sparse_crossentropy",
        ),
    ),
    Program(
        name="spacy",
        needs=("spacy",),
        before="python spacy_data.py",
        command=f"{_SPACY} train.spacy",
        curve=True,
        progress=True,
        last_loss=r"(?m)^ +\d+ +\d+ +([\d.]+) +[\d.]+ +[\d.]+",
        failure=Failure(
            command=f"{_SPACY} trian.spacy",
            cause="data.empty",
            headline="FileNotFoundError: [Errno 2] No such file or directory: 'trian.spacy'",
            frame=None,
            advice=r"trian\.spacy",
        ),
    ),
    Program(
        name="sentence-transformers",
        needs=("sentence-transformers", "datasets", "accelerate"),
        command="python sentences.py",
        curve=True,
        progress=True,
        last_loss=r"'loss': '([\d.]+)'",
        failure=Failure(
            command="python sentences.py --label similarity_text",
            cause="data.malformed",
            headline="ValueError: Unsupported input type: float.",
            frame=("sentences.py", "main"),
            advice=r"column",
        ),
    ),
    Program(
        name="lightgbm",
        needs=("lightgbm",),
        command="python lightgbm_train.py",
        curve=True,
        progress=True,
        last_loss=r"training's binary_logloss: ([\d.]+)",
        failure=Failure(
            command="python lightgbm_train.py --labels 360",
            cause="data.malformed",
            headline="LightGBMError: Length of labels differs from the length of #data",
            frame=("lightgbm_train.py", "main"),
            advice=r"(?i)length|rows",
        ),
    ),
    Program(
        name="xgboost",
        needs=("xgboost-cpu",),
        command="python xgboost_train.py",
        curve=True,
        progress=True,
        last_loss=r"train-mlogloss:([\d.]+)",
        failure=Failure(
            command="python xgboost_train.py --classes 2",
            cause="data.malformed",
            headline="label must be discrete values in the range of [0, num_class).",
            frame=("xgboost_train.py", "main"),
            advice=r"num_class",
        ),
    ),
    Program(
        name="accelerate",
        needs=("accelerate", "torch", "tqdm"),
        before="python numbers_csv.py",
        command=_ACCELERATE,
        curve=True,
        progress=True,
        last_loss=r"epoch 2: loss ([\d.]+)",
        failure=Failure(
            command=f"{_ACCELERATE} --data number.csv",
            cause="data.empty",
            headline="FileNotFoundError: [Errno 2] No such file or directory: 'number.csv'",
            frame=("accelerate_loop.py", "read"),
            advice=r"number\.csv",
        ),
    ),
    Program(
        name="torchrun",
        needs=("torch",),
        before="python shards.py",
        command=_TORCHRUN,
        curve=True,
        progress=True,
        last_loss=r"step 40/40 \| loss ([\d.]+)",
        failure=Failure(
            before="rm shards/shard-1.pt",
            command=_TORCHRUN,
            cause="data.empty",
            headline="FileNotFoundError: [Errno 2] No such file or directory: 'shards/shard-1.pt'",
            frame=("ddp_train.py", "shard"),
            advice=r"shards/shard-1\.pt",
        ),
    ),
    Program(
        name="papermill",
        needs=("papermill", "ipykernel"),
        before="python notebook_cells.py",
        command=_PAPERMILL,
        curve=True,
        progress=False,
        last_loss=r"'loss': ([\d.]+)",
        failure=Failure(
            command=f"{_PAPERMILL} -p column watt",
            cause="code.error",
            headline="KeyError: 'watt'",
            frame=("Cell In[4]", "<listcomp>"),
            advice=r"keys",
        ),
    ),
    Program(
        name="hydra",
        needs=("hydra-core", "torch"),
        command="python hydra_app.py",
        curve=True,
        progress=True,
        last_loss=r"step=50 loss=([\d.]+)",
        failure=Failure(
            command="python hydra_app.py optimizer.learning_rate=1",
            cause="config.invalid",
            headline="Could not override 'optimizer.learning_rate'.",
            frame=None,
            advice=r"\+optimizer\.learning_rate=1",
        ),
    ),
    Program(
        name="make",
        needs=("make",),
        command="make",
        curve=True,
        progress=False,
        last_loss=r"Epoch 10/10 - loss: ([\d.]+)",
        failure=Failure(
            before="touch make_train.py",
            command="make COLUMN=watt",
            cause="code.error",
            headline="KeyError: 'watt'",
            frame=("make_train.py", "<listcomp>"),
            advice=r"keys",
            exit_code=2,
        ),
    ),
)
