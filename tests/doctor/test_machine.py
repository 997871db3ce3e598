"""The doctor on packages, models, memory, caches and GPUs."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.doctor.kit import found, header_of, make_model, no_rights_apply, verdicts

from lastwords.config import Config
from lastwords.doctor import packages
from lastwords.doctor.finding import Finding


@pytest.fixture
def seen(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine with a model cache of its own, which is empty."""
    return {"PATH": os.environ["PATH"], "HF_HOME": str(tmp_path / "hf")}


# --- packages ------------------------------------------------------------------------------------


def add_package(site: Path, name: str, version: str, *needs: str) -> None:
    """Metadata of an installed package, as pip writes it."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {need}" for need in needs]
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("\n".join(lines) + "\n")


def test_versions_that_do_not_fit_each_other_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_package(tmp_path, "alpha-lw", "1.0", "beta-lw>=2,<3", "gamma-lw", "delta-lw; extra == 'x'")
    add_package(tmp_path, "beta-lw", "1.9")
    monkeypatch.syspath_prepend(tmp_path)
    assert list(packages.misfits(("alpha-lw",)))[-2:] == ["beta-lw<3,>=2", "gamma-lw"]


def test_a_missing_package_is_installed_where_it_is_missing(
    config: Config, seen: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lastwords.trainer.checks.PACKAGES", ("torch-that-is-not-there",))
    finding = found(config, "packages", seen)
    command = f"{sys.executable} -m pip install torch-that-is-not-there"
    assert (finding.verdict, finding.command) == ("fail", command)


def test_a_trainer_that_is_not_there_fails(config: Config, seen: dict[str, str]) -> None:
    gone = replace(config, trainer_command=("/no/such/python", "-m", "lastwords.trainer"))
    assert found(gone, "packages", seen).verdict == "fail"


def test_another_trainers_packages_are_not_judged(config: Config, seen: dict[str, str]) -> None:
    other = replace(config, trainer_command=("sh", "-c", "true"))
    assert "not checked: trainings run" in found(other, "packages", seen).text


# --- the model -----------------------------------------------------------------------------------


def model_finding(config: Config, seen: dict[str, str], folder: Path) -> Finding:
    return found(config, "model", seen, {"baseModel": str(folder)})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is truncated: 0 bytes"),
        (b"version https://git-lfs.github.com/spec/v1\n", "truncated or not a safetensors file"),
        (
            header_of({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}),
            "bytes of w are missing",
        ),
        (
            header_of({"w": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}),
            "damaged header",
        ),
        (struct.pack("<Q", 4) + b"{]}!", "damaged header"),
    ],
)
def test_a_model_with_a_broken_safetensors_file_fails(
    config: Config, seen: dict[str, str], content: bytes, says: str
) -> None:
    folder = make_model(config.home / "model")
    (folder / "model-2.safetensors").write_bytes(content)
    finding = model_finding(config, seen, folder)
    assert finding.verdict == "fail" and says in finding.text
    assert "model-2.safetensors" in finding.text


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_model_that_lacks_a_file_fails(config: Config, seen: dict[str, str], name: str) -> None:
    folder = make_model(config.home / "model")
    (folder / name).unlink()
    assert model_finding(config, seen, folder).verdict == "fail"


def test_a_split_model_that_lacks_a_part_fails(config: Config, seen: dict[str, str]) -> None:
    folder = make_model(config.home / "model")
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    finding = model_finding(config, seen, folder)
    assert (
        finding.verdict == "fail"
        and "model-00002-of-00002.safetensors is listed in the index but missing" in finding.text
    )


def test_a_model_in_the_cache_is_followed_through_its_links(
    config: Config, seen: dict[str, str], tmp_path: Path
) -> None:
    """The hub's cache holds links to blobs."""
    home = tmp_path / "hf" / "hub" / "models--acme--tiny"
    blobs = make_model(home / "blobs")
    snapshot = home / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    for blob in blobs.iterdir():
        (snapshot / blob.name).symlink_to(f"../../blobs/{blob.name}")
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("abc")
    assert found(config, "model", seen, {"baseModel": "acme/tiny"}).verdict == "ok"
    (blobs / "model.safetensors").write_bytes(b"")
    finding = found(config, "model", seen, {"baseModel": "acme/tiny"})
    assert finding.verdict == "fail" and "--force-download" in str(finding.command)


def test_a_model_to_be_downloaded_is_a_warning_and_offline_a_failure(
    config: Config, seen: dict[str, str]
) -> None:
    finding = found(config, "model", seen)
    assert finding.verdict == "warn" and "hf download google/flan-t5-small" in str(finding.command)
    offline = {**seen, "HF_HUB_OFFLINE": "1"}
    assert found(config, "model", offline).verdict == "fail"


def test_a_model_folder_that_is_not_there_fails(config: Config, seen: dict[str, str]) -> None:
    finding = model_finding(config, seen, config.home / "gone")
    assert finding.verdict == "fail" and "no such folder" in finding.text


# --- memory, disk, cache, GPU --------------------------------------------------------------------


def test_a_batch_that_does_not_fit_is_a_warning_with_one_that_does(
    config: Config, seen: dict[str, str]
) -> None:
    sizes = {"num_hidden_layers": 32, "hidden_size": 4096, "vocab_size": 128_000}
    folder = make_model(config.home / "model", **sizes)
    spec = {"baseModel": str(folder), "sourceMaxTokens": 8, "targetMaxTokens": 8}
    assert found(config, "memory", seen, spec).verdict == "ok"
    finding = found(config, "memory", seen, {**spec, "batchSize": 4096})
    assert finding.verdict == "warn" and "lastwords train " in str(finding.command)
    (batch,) = re.findall(r"--batch-size=(\d+)", str(finding.command))
    assert found(config, "memory", seen, {**spec, "batchSize": int(batch) // 2}).verdict == "ok"


def test_where_no_batch_fits_shorter_texts_do(config: Config, seen: dict[str, str]) -> None:
    sizes = {"num_hidden_layers": 80, "hidden_size": 16_384, "vocab_size": 128_000}
    folder = make_model(config.home / "model", **sizes)
    spec = {"baseModel": str(folder), "sourceMaxTokens": 32_000, "targetMaxTokens": 32_000}
    finding = found(config, "memory", seen, spec)
    (tokens,) = re.findall(r"--source-max-tokens=(\d+)", str(finding.command))
    shorter = {**spec, "batchSize": 1, "sourceMaxTokens": int(tokens) // 2, "targetMaxTokens": 8}
    assert finding.verdict == "warn"
    assert found(config, "memory", seen, shorter).verdict == "ok"


def test_a_gpu_that_is_asked_for_and_not_there_is_a_warning(
    config: Config, seen: dict[str, str]
) -> None:
    if shutil.which("nvidia-smi"):
        pytest.skip("this machine has a GPU")
    finding = found(config, "GPU", {**seen, "CUDA_VISIBLE_DEVICES": "0"})
    assert (finding.verdict, finding.command) == ("warn", "unset CUDA_VISIBLE_DEVICES")
    assert found(config, "GPU", {**seen, "CUDA_VISIBLE_DEVICES": "-1"}).verdict == "ok"


def test_weights_that_do_not_fit_fail(config: Config, seen: dict[str, str]) -> None:
    folder = make_model(config.home / "model")
    with (folder / "huge.safetensors").open("wb") as file:
        file.truncate(2**42)  # a sparse file: 4 TB by its size, nothing on disk
    assert found(config, "memory", seen, {"baseModel": str(folder)}).verdict == "fail"


def test_the_deprecated_cache_variable_is_a_warning(
    config: Config, seen: dict[str, str], tmp_path: Path
) -> None:
    old = {**seen, "TRANSFORMERS_CACHE": str(tmp_path / "old")}
    assert found(config, "TRANSFORMERS_CACHE", old).command == "unset TRANSFORMERS_CACHE"
    del old["HF_HOME"]
    assert "HF_HUB_CACHE" in str(found(config, "TRANSFORMERS_CACHE", old).command)
    assert "TRANSFORMERS_CACHE" not in verdicts(config, seen)


def test_a_cache_that_can_be_no_folder_fails(
    config: Config, seen: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "hf").write_text("")
    finding = found(config, "model cache", seen)
    assert (finding.verdict, finding.command) == ("fail", "unset HF_HOME")


@no_rights_apply
def test_a_cache_without_rights_fails(config: Config, seen: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "hf").mkdir(mode=0o500)
    assert found(config, "model cache", seen).verdict == "fail"


def test_a_machine_without_a_gpu_is_in_order(config: Config, seen: dict[str, str]) -> None:
    if shutil.which("nvidia-smi") or any(Path("/dev").glob("nvidia[0-9]*")):
        pytest.skip("this machine has a GPU")
    finding = found(config, "GPU", seen)
    assert finding.verdict == "ok" and "runs on the CPU" in finding.text


def test_a_gpu_whose_driver_does_not_answer_is_a_warning(
    config: Config, seen: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "NVIDIA-SMI has failed"\nexit 9\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    finding = found(config, "GPU", seen)
    assert finding.verdict == "warn" and "NVIDIA-SMI has failed" in finding.text
