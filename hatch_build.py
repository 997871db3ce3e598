"""Refuses to build a distribution without the page: it would install, and serve nothing."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = Path("backend", "lastwords", "static", "index.html")


class PageIsBuilt(BuildHookInterface):  # type: ignore[type-arg]
    """Looks for the built page; an editable install may come before it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable" and not (Path(self.root) / PAGE).is_file():
            raise FileNotFoundError(
                f"{PAGE} is missing: the page is not built. Run `npm ci && npm run build` first, "
                "or `npm run package`, which makes page, wheel and sdist."
            )
