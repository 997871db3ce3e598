"""The models of the API's JSON by name, read with the first that is asked for.

pydantic and the models were a quarter of a server's start, whose first answer needs none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lastwords.api.models.base import *  # noqa: F403
    from lastwords.api.models.changes import *  # noqa: F403
    from lastwords.api.models.comparing import *  # noqa: F403
    from lastwords.api.models.diagnoses import *  # noqa: F403
    from lastwords.api.models.failures import *  # noqa: F403
    from lastwords.api.models.groups import *  # noqa: F403
    from lastwords.api.models.imports import *  # noqa: F403
    from lastwords.api.models.logs import *  # noqa: F403
    from lastwords.api.models.measurements import *  # noqa: F403
    from lastwords.api.models.people import *  # noqa: F403
    from lastwords.api.models.runs import *  # noqa: F403
    from lastwords.api.models.search import *  # noqa: F403
    from lastwords.api.models.shipments import *  # noqa: F403
    from lastwords.api.models.system import *  # noqa: F403

_MODULES = (
    "base",
    "changes",
    "comparing",
    "diagnoses",
    "failures",
    "groups",
    "imports",
    "logs",
    "measurements",
    "people",
    "runs",
    "search",
    "shipments",
    "system",
)


def __getattr__(name: str) -> Any:
    for module in _MODULES:
        models = import_module(f"lastwords.api.models.{module}")
        if hasattr(models, name):
            globals()[name] = getattr(models, name)  # so that it is looked for once
            return globals()[name]
    raise AttributeError(name)
