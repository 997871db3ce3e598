"""Callbacks that report other people's training loops to the run's page, in one line each:

    trainer.add_callback(LastwordsCallback())                      # transformers
    Trainer(callbacks=[LightningCallback()])                       # Lightning
    model.fit(..., callbacks=[KerasCallback()])                    # Keras

Outside `lastwords run` they do nothing, so that the line can stay. Each loads its own framework and
no other.
"""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = {
    "LastwordsCallback": "lastwords.integrations.transformers",
    "LightningCallback": "lastwords.integrations.lightning",
    "KerasCallback": "lastwords.integrations.keras",
}
__all__ = ["KerasCallback", "LastwordsCallback", "LightningCallback"]  # noqa: F822


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)
