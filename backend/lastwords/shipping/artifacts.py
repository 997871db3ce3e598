"""The files that a run wrote, sent after its end. Standard library only."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from lastwords.folders.runfolder import AttemptFolder, open_regular
from lastwords.shipping.client import Client
from lastwords.shipping.wire import BATCH_BYTES


def send_artifacts(client: Client, path: str, token: str, folder: AttemptFolder) -> None:
    """Send what is not there yet. Raises: Refused; Unreachable; OSError."""
    files = list(_files(folder))
    if not files:
        return
    wanted = client.ask("POST", path, token, {"artifacts": files})["wanted"]
    for name, offset in wanted.items():
        with open_regular(folder.artifacts.joinpath(*name.split("/"))) as file:
            file.seek(offset)
            at = offset
            while True:
                data = file.read(BATCH_BYTES)
                where = f"{path}/{quote(name)}"
                client.ask("PUT", where, token, [data], {"Upload-Offset": str(at)})
                at += len(data)
                if len(data) < BATCH_BYTES:
                    break


def _files(folder: AttemptFolder) -> Iterator[dict[str, Any]]:
    """Regular files, as the run left them; a link leads somewhere else, and is not followed."""
    for place, _, names in os.walk(folder.artifacts):
        for name in sorted(names):
            path = os.path.join(place, name)  # noqa: PTH118
            if os.path.islink(path) or not os.path.isfile(path):  # noqa: PTH113, PTH114
                continue
            told = os.path.relpath(path, folder.artifacts)
            with open_regular(folder.artifacts / told) as file:
                size = os.fstat(file.fileno()).st_size
                digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
            yield {"path": told, "bytes": size, "sha256": digest}
