"""What is known to fail before torch is imported."""

import errno
import importlib.metadata
import shutil
from pathlib import Path

import pytest

from lastwords.trainer import checks
from lastwords.trainer.hub import Location


def test_a_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "PACKAGES", ("torch", "not-there"))
    with pytest.raises(ModuleNotFoundError, match="No module named 'not-there': install .*train"):
        checks.packages()


def test_the_versions_of_what_is_there_are_told() -> None:
    assert f"torch {importlib.metadata.version('torch')}" in checks.packages()


def test_a_folder_is_made_and_left_as_empty_as_it_was(tmp_path: Path) -> None:
    assert "MB free in" in checks.writable_folder(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_file_in_the_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(FileExistsError):
        checks.writable_folder(tmp_path / "x")


def test_a_nearly_full_disk_is_an_error_before_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = shutil.disk_usage(tmp_path).free + 2**30
    monkeypatch.setattr(checks, "DISK_BYTES", needed)
    with pytest.raises(OSError, match="No space left for an adapter") as caught:
        checks.writable_folder(tmp_path)
    assert caught.value.errno == errno.ENOSPC


def test_weights_larger_than_memory_are_an_error(tmp_path: Path) -> None:
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.truncate(2**30)
    location = Location("huge", tmp_path, "a local folder")
    with pytest.raises(MemoryError, match="huge needs 1,493 MB of memory .* 500 MB is free"):
        checks.memory(location, lambda: 500 * 10**6)
    assert "available" in checks.memory(location, lambda: 2**31)
    assert checks.memory(location, lambda: None) == "memory unknown"


def test_the_available_memory_of_this_machine_is_known() -> None:
    available = checks.available_memory()
    assert available is not None and available > 2**20


@pytest.mark.parametrize(
    ("method", "transformers", "fits"),
    [
        ("prefix-tuning", "5.24.0", False),
        ("prefix-tuning", "5.23.0", True),
        ("lora", "5.24.0", True),
    ],
)
def test_packages_that_do_not_fit_each_other_are_named(
    method: str, transformers: str, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {name: "1.0" for name in checks.PACKAGES}
    known |= {"transformers": transformers, "peft": "0.21.2"}
    monkeypatch.setattr("importlib.metadata.version", known.__getitem__)
    if fits:
        assert f"transformers {transformers}" in checks.packages(method)
    else:
        with pytest.raises(ImportError, match=r"transformers 5\.24\.0 and peft 0\.21\.2"):
            checks.packages(method)


def test_nodes_train_together_only_where_each_was_told_where_to_meet() -> None:
    told = {"NNODES": "2", "NODE_RANK": "1", "MASTER_ADDR": "10.0.0.1", "MASTER_PORT": "29500"}
    assert checks.nodes(told) == 1
    assert checks.nodes(told | {"RDZV_ID": "run-1"}) == 2
    assert checks.nodes(told | {"RDZV_ID": "run-1", "NNODES": "1:4"}) == 1
    assert checks.processes(None, {"CUDA_VISIBLE_DEVICES": ""}) == 1
