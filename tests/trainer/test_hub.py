"""Where a base model is looked for, and in what order."""

import json
import struct
from pathlib import Path

import pytest

from lastwords.trainer.hub import ModelNotFound, caches, is_whole, locate

NAME = "google/flan-t5-small"


def cached(cache: Path, commit: str = "abc") -> Path:
    """Put a downloaded model of that name into a cache."""
    home = cache / "models--google--flan-t5-small"
    folder = home / "snapshots" / commit
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(commit)
    return folder


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    location = locate(str(tmp_path), {})
    assert (location.folder, location.origin) == (tmp_path, "a local folder")


@pytest.mark.parametrize("name", ["/no/such/model", "./gone", "~/gone", "models/of/mine"])
def test_a_path_that_is_no_folder_is_not_found(name: str) -> None:
    with pytest.raises(ModelNotFound, match=f"base model {name}: no such folder"):
        locate(name, {})


def test_hf_home_comes_before_the_deprecated_variable(tmp_path: Path) -> None:
    environment = {"HF_HOME": str(tmp_path / "a"), "TRANSFORMERS_CACHE": str(tmp_path / "b")}
    deprecated = cached(tmp_path / "b")
    location = locate(NAME, environment)
    assert location.folder == deprecated
    assert "TRANSFORMERS_CACHE (deprecated: set HF_HOME)" in location.origin
    preferred = cached(tmp_path / "a" / "hub")
    location = locate(NAME, environment)
    assert (location.folder, location.origin) == (preferred, "the local cache, HF_HOME")


def test_the_default_cache_follows_xdg(tmp_path: Path) -> None:
    (cache,) = caches({"XDG_CACHE_HOME": str(tmp_path)})
    assert cache.folder == tmp_path / "huggingface" / "hub"


def test_what_is_in_no_cache_is_to_be_downloaded_to_the_first(tmp_path: Path) -> None:
    location = locate(NAME, {"HF_HOME": str(tmp_path)})
    assert location.folder is None
    assert location.download_to == tmp_path / "hub"


def test_offline_what_is_in_no_cache_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=f"not in the local cache .{tmp_path}/hub. and HF_HUB"):
        locate(NAME, {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"})


def test_an_unfinished_download_is_not_taken_for_a_model(tmp_path: Path) -> None:
    folder = cached(tmp_path / "hub")
    (folder / "config.json").unlink()
    assert locate(NAME, {"HF_HOME": str(tmp_path)}).folder is None


def test_a_model_folder_is_whole_only_with_weights_of_full_length(tmp_path: Path) -> None:
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    weights = tmp_path / "model.safetensors"
    assert not is_whole(tmp_path)
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    whole = struct.pack("<Q", len(header)) + header + bytes(8)
    for content in (b"", whole[:-1], whole[:20], b"\xff" * 40):
        weights.write_bytes(content)
        assert not is_whole(tmp_path)
    weights.write_bytes(whole)
    assert is_whole(tmp_path)
