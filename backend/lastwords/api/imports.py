"""Old logs that are dropped on the page: each becomes a run, as with `lastwords import`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from flask import request
from werkzeug.datastructures import FileStorage

from lastwords.api import schema
from lastwords.api.endpoints import endpoint
from lastwords.api.problems import refuse
from lastwords.api.services import home, services
from lastwords.presentation.runs import run_json
from lastwords.records import as_text

if TYPE_CHECKING:
    from lastwords.imports.importing import Named

MOST_FILES = 500


@endpoint("POST", "/imports", refusals=(413, 422))
def import_logs() -> schema.Imported:
    """Import old logs: the files of a multipart form, and as `modified` when each was written."""
    from lastwords.imports.importing import import_files
    from lastwords.supervision.supervisor import Supervisor

    given = [file for name in request.files for file in request.files.getlist(name)]
    if not 0 < len(given) <= MOST_FILES:
        words = f"send 1 to {MOST_FILES} files as multipart/form-data, not {len(given)}"
        raise refuse("invalid-field", 422, words, field="files")
    with tempfile.TemporaryDirectory(prefix=".import-", dir=home()) as place:
        supervisor = Supervisor(services().config, services().store)
        report = import_files(supervisor, list(_kept(given, Path(place))))
    return schema.Imported(
        runs=[schema.Run.model_validate(run_json(home(), run)) for run in report.runs],
        known=report.known,
        failures=report.failures,
        causes=dict(report.causes.most_common()),
    )


def _kept(given: list[FileStorage], place: Path) -> Iterator[Named]:
    """The files in a folder of this request, under names of ours."""
    from lastwords.imports.importing import Named

    moments = request.form.getlist("modified")
    for number, file in enumerate(given):
        path = place / str(number)
        file.save(path)
        name = as_text(file.filename or f"log {number + 1}")
        if number < len(moments) and moments[number].isdecimal():
            seconds = min(int(moments[number][:15]) / 1000, 1e11)
            os.utime(path, (seconds, seconds))
        yield Named(path, name.rpartition("/")[2] or name, name)
