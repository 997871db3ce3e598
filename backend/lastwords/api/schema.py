"""The models of the API's JSON, read with the first that is asked for.

pydantic and the models were a quarter of a server's start, whose first answer needs none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lastwords.api.models import *  # noqa: F403


def __getattr__(name: str) -> Any:
    from lastwords.api import models

    return getattr(models, name)
