"""Where the base model is: a folder, the local cache, or still to be downloaded.

The caches are looked through as files, so that this needs neither torch nor the network.
Source of the layout: huggingface_hub, models--ORG--NAME/{refs,snapshots}.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MODEL_FILES = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]  # never a pickle


class ModelNotFound(Exception):
    """No base model has this name or folder."""


@dataclass(frozen=True)
class Cache:
    """A folder of downloaded models, and the setting that names it."""

    folder: Path
    setting: str


@dataclass(frozen=True)
class Location:
    """Where a base model is; `folder` is None while it is not on this machine."""

    name: str
    folder: Path | None
    origin: str
    download_to: Path | None = None


def caches(environment: Mapping[str, str]) -> list[Cache]:
    """The caches to look in, the one to download to first."""
    found = []
    if value := environment.get("HF_HUB_CACHE"):
        found.append(Cache(_path(value), "HF_HUB_CACHE"))
    if value := environment.get("HF_HOME"):
        found.append(Cache(_path(value) / "hub", "HF_HOME"))
    if value := environment.get("TRANSFORMERS_CACHE"):
        found.append(Cache(_path(value), "TRANSFORMERS_CACHE (deprecated: set HF_HOME)"))
    if not found:
        home = _path(environment.get("XDG_CACHE_HOME") or "~/.cache")
        found.append(Cache(home / "huggingface" / "hub", "the default cache"))
    return found


def locate(base_model: str, environment: Mapping[str, str]) -> Location:
    """Find the base model without the network.

    Raises: ModelNotFound, if a folder is named that is none, or nothing may be downloaded;
    PermissionError, if a cache may not be read.
    """
    folder = _path(base_model)
    if folder.is_dir():
        return Location(base_model, folder.resolve(), "a local folder")
    if _looks_like_path(base_model):
        raise ModelNotFound(f"base model {base_model}: no such folder")
    places = caches(environment)
    for cache in places:
        if snapshot := _snapshot(cache.folder, base_model):
            return Location(base_model, snapshot, f"the local cache, {cache.setting}")
    if environment.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on"):
        looked = ", ".join(str(cache.folder) for cache in places)
        raise ModelNotFound(
            f"base model {base_model} is not in the local cache ({looked})"
            " and HF_HUB_OFFLINE prevents downloading it"
        )
    return Location(base_model, None, "not in the local cache", download_to=places[0].folder)


def download(location: Location) -> Path:
    """Fetch a model that is not on this machine into the cache; returns its folder."""
    from huggingface_hub import snapshot_download

    folder = snapshot_download(
        location.name, cache_dir=location.download_to, allow_patterns=MODEL_FILES
    )
    return Path(folder)


def weight_bytes(folder: Path) -> int:
    """The size of the model's weights on disk."""
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _looks_like_path(name: str) -> bool:
    return name.startswith(("/", "./", "../", "~")) or name.count("/") > 1


def _snapshot(cache: Path, name: str) -> Path | None:
    """The downloaded snapshot that `main` points to, if it holds a configuration."""
    home = cache / f"models--{name.replace('/', '--')}"
    if not home.is_dir():
        return None
    reference = home / "refs" / "main"
    folder = home / "snapshots" / (reference.read_text().strip() if reference.is_file() else "")
    return folder if (folder / "config.json").is_file() else None


def is_whole(folder: Path) -> bool:
    """Whether a model folder is complete: configuration, tokenizer, and weights of full length."""
    needed = [folder / name for name in ("config.json", "tokenizer.json")]
    weights = list(folder.glob("*.safetensors"))
    return bool(weights) and all(p.is_file() for p in needed) and all(map(_full_length, weights))


def _full_length(weights: Path) -> bool:
    """Whether a safetensors file is as long as its header says."""
    try:
        with weights.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(size))
        ends = [
            entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"
        ]
        return weights.stat().st_size == 8 + size + max(ends, default=0)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError):
        return False
