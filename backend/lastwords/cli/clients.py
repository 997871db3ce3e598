"""The command line's two ways to runs: a home on this machine, or a server by its URL.

Both answer with the same JSON. What is local needs no server: the folders and the kernel tell.
"""

from __future__ import annotations

import builtins
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from lastwords.config import Config, load
from lastwords.folders.runfolder import make_home
from lastwords.logs.logfile import LogFile, open_checked
from lastwords.presentation.ranks import members_json
from lastwords.presentation.runs import Json, diagnosis_json, run_json
from lastwords.records import FINAL, LastwordsError, RunNotFound, Status, WrongStatus
from lastwords.security.audit import shell_user, write_from_shell
from lastwords.store import moments
from lastwords.store.filters import NEWEST, Filters
from lastwords.store.fixes import worked
from lastwords.store.groups import similar
from lastwords.supervision import retention
from lastwords.supervision.changes import changes_from, changes_since_good
from lastwords.supervision.failures import error_of, explain_run
from lastwords.supervision.labelling import label
from lastwords.supervision.proving import Proofs
from lastwords.supervision.ranks import folder_of_rank
from lastwords.supervision.retention import Policy
from lastwords.supervision.standing_in import open_store
from lastwords.supervision.supervisor import Supervisor

if TYPE_CHECKING:
    from lastwords.diagnosis.masking import Masker

FOLLOW_SECONDS = 0.2
_PREFIX = "/api/training"


class Unreachable(LastwordsError):
    """The server did not answer, or refused."""


class NoHome(LastwordsError):
    """Nothing was ever recorded here; reading does not create a home."""


class Client(Protocol):
    """What commands can do with runs, wherever those are."""

    def list(
        self, limit: int, status: str = "", text: str = "", flag: str = "", sort: str = NEWEST
    ) -> list[Json]: ...
    def show(self, run: str) -> Json: ...
    def error(self, run: str) -> bytes: ...
    def log(self, run: str, follow: bool, rank: int | None = None) -> Iterator[bytes]: ...
    def diagnosis(self, run: str) -> Json: ...
    def changes(self, run: str) -> Json | None: ...
    def comparison(self, run: str, earlier: str | None) -> Json: ...
    def failure(self, run: str, budget: int) -> Json: ...
    def report(self, run: str) -> str: ...
    def report_overflow(self, run: str) -> bytes: ...
    def issue_url(self, run: str) -> str | None: ...
    def masker(self, run: str) -> Masker: ...
    def cancel(self, run: str) -> Json: ...
    def give_up(self, run: str) -> Json: ...
    def retry(self, run: str, changes: Json | None = None, fix: int | None = None) -> Json: ...
    def label(self, run: str, change: Json) -> Json: ...
    def remove(self, run: str) -> None: ...
    def doomed(self, policy: Policy) -> builtins.list[str]: ...
    def size(self, run: str) -> int | None: ...


class LocalClient:
    """Runs of a home on this machine; settles first, so that no dead run is shown as running."""

    def __init__(self, config: Config) -> None:
        if not config.home.exists():
            raise NoHome(
                f"{config.home} does not exist, so it has no runs: set --home or LASTWORDS_HOME, "
                "or create it with lastwords run -- COMMAND"
            )
        make_home(config.home)
        self.home = config.home
        self.config = config
        self.store = open_store(config, from_folders=False)
        if self.store.trouble:
            print(f"lastwords: read from a copy: {self.store.trouble}", file=sys.stderr)
        self.supervisor = Supervisor(config, self.store)
        self.supervisor.proofs = Proofs()  # which go on when the command has ended
        self.supervisor.settle()

    def list(
        self, limit: int, status: str = "", text: str = "", flag: str = "", sort: str = NEWEST
    ) -> list[Json]:
        statuses = [name for name in status.split(",") if name]
        if unknown := [name for name in statuses if name not in list(Status)]:
            known = ", ".join(Status)
            raise LastwordsError(f"--status {unknown[0]!r} is not one of {known}")
        zone = moments.zone_of(moments.local_offset())
        filters = Filters(statuses, text=text or None, flag=flag or None, zone=zone, sort=sort)
        page = self.store.page(filters, limit)
        places = self.store.queue_positions()
        return [run_json(self.home, run, places.get(run.id)) for run in page.runs]

    def show(self, run: str) -> Json:
        found = self.store.find(run)
        shown = run_json(self.home, found, self.store.queue_positions().get(found.id))
        return shown | {"members": members_json(self.home, found)}

    def error(self, run: str) -> bytes:
        found = self.store.find(run)
        if (error := error_of(found)) is None:
            raise WrongStatus(f"{found.id} is {found.status} and has no error")
        with LogFile(folder_of_rank(self.home, found)) as log:
            return b"".join(error.chunks(log))

    def log(self, run: str, follow: bool, rank: int | None = None) -> Iterator[bytes]:
        found, at = self.store.find(run), 0
        while True:
            self.supervisor.settle()
            found = self.store.run(found.id)  # the status first, so that no last byte is missed
            with open_checked(folder_of_rank(self.home, found, rank=rank)) as log:
                for chunk in log.chunks(at, log.size):
                    at += len(chunk)
                    yield chunk
            if not follow or found.status in FINAL:
                return
            time.sleep(FOLLOW_SECONDS)

    def diagnosis(self, run: str) -> Json:
        found = self.store.find(run)
        explanation = explain_run(self.home, found)
        alike, known = similar(self.store, found), worked(self.store, explanation.cause)
        return diagnosis_json(self.home, found, explanation, alike, known)

    def changes(self, run: str) -> Json | None:
        """What is different since a run like this one completed; None where none has."""
        from lastwords.presentation.changes import changes_json

        found = self.store.find(run)
        since = changes_since_good(self.store, self.home, found)
        return since and changes_json(self.config, found, since)

    def comparison(self, run: str, earlier: str | None) -> Json:
        """Two runs side by side: with the last one like it that completed, where none is given."""
        from lastwords.presentation.changes import comparison_json

        found = self.store.find(run)
        good = self.store.find(earlier) if earlier is not None else None
        since = changes_from(self.store, self.home, good, found)
        if since is None:
            raise RunNotFound(f"no run like {found.id} has completed before it: give both runs")
        return comparison_json(self.config, found, since)

    def failure(self, run: str, budget: int) -> Json:
        """Why it failed in one answer of at most so many tokens."""
        from lastwords.presentation.failure import failure_json

        found = self.store.find(run)
        explanation = explain_run(self.home, found)
        same, known = similar(self.store, found), worked(self.store, explanation.cause)
        return failure_json(self.config, found, explanation, same, self.changes(run), budget, known)

    def report(self, run: str) -> str:
        from lastwords.presentation.report import write_report

        return write_report(self.config, self.store.find(run), self.changes(run)).text

    def report_overflow(self, run: str) -> bytes:
        from lastwords.presentation.report import write_report

        found = self.store.find(run)
        rest = write_report(self.config, found, self.changes(run)).overflow
        if rest is None:
            raise WrongStatus(f"the report of {found.id} already contains the full error")
        return rest.text.encode("utf-8", errors="replace")

    def issue_url(self, run: str) -> str | None:
        from lastwords.presentation.reproduce import issue_url

        return issue_url(self.config, self.store.find(run))

    def masker(self, run: str) -> Masker:
        """What masks this run's log: it knows what the run's own environment held, too."""
        from lastwords.security.run_secrets import masker_of

        return masker_of(self.config, self.store.find(run))

    def cancel(self, run: str) -> Json:
        found = self.supervisor.cancel(self.store.find(run).id, "the command line")
        write_from_shell(self.config, "cancel", found.id)
        return run_json(self.home, found)

    def give_up(self, run: str) -> Json:
        found = self.supervisor.give_up(self.store.find(run).id, "the command line")
        write_from_shell(self.config, "lost", found.id)
        return run_json(self.home, found)

    def retry(self, run: str, changes: Json | None = None, fix: int | None = None) -> Json:
        found = self.supervisor.retry(self.store.find(run).id, changes, fix, "the command line")
        told = found.changed and json.dumps(found.changed["set"])
        write_from_shell(self.config, "retry", found.id, told or None)
        return run_json(self.home, found)

    def label(self, run: str, change: Json) -> Json:
        found = label(self.supervisor, self.store.find(run).id, change, shell_user())
        write_from_shell(self.config, "label", found.id)
        return run_json(self.home, found)

    def remove(self, run: str) -> None:
        found = self.store.find(run)
        self.supervisor.delete(found.id)
        write_from_shell(self.config, "delete", found.id)

    def doomed(self, policy: Policy) -> builtins.list[str]:
        return [run.id for run in retention.doomed(self.store, policy)]

    def size(self, run: str) -> int | None:
        return retention.size_of(self.home, run)


class RemoteClient:
    """Runs of a server, by its URL and token."""

    def __init__(self, url: str, token: str | None) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise LastwordsError(f"--url {url!r} is not a URL such as http://127.0.0.1:7700")
        in_url = urllib.parse.parse_qs(parts.query).get("token", [None])[0]
        self.base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}{_PREFIX}"
        self.token = token or in_url

    def list(
        self, limit: int, status: str = "", text: str = "", flag: str = "", sort: str = NEWEST
    ) -> list[Json]:
        asked = {
            "limit": min(limit, 200),
            "status": status,
            "q": text,
            "flag": flag,
            "sort": sort,
            "zone": moments.local_offset(),
        }
        found = self.ask("GET", f"/runs?{urllib.parse.urlencode(asked)}")
        runs: list[Json] = found["runs"]
        return runs

    def show(self, run: str) -> Json:
        found = self._find(run)
        return found | {"members": self.ask("GET", f"/runs/{found['id']}")["members"]}

    def error(self, run: str) -> bytes:
        return self._bytes("GET", f"/runs/{self._id(run)}/error")

    def log(self, run: str, follow: bool, rank: int | None = None) -> Iterator[bytes]:
        path, of, at = f"/runs/{self._id(run)}/log", "" if rank is None else f"?rank={rank}", 0
        while True:
            final = bool(self.ask("GET", f"{path}/meta{of}")["final"])
            while data := self._range(path + of, at):
                at += len(data)
                yield data
            if final or not follow:
                return
            time.sleep(FOLLOW_SECONDS * 5)

    def diagnosis(self, run: str) -> Json:
        return self.ask("GET", f"/runs/{self._id(run)}/diagnosis")

    def changes(self, run: str) -> Json | None:
        found: Json | None = self.ask("GET", f"/runs/{self._id(run)}").get("changes")
        return found

    def comparison(self, run: str, earlier: str | None) -> Json:
        chosen = f"?with={self._id(earlier)}" if earlier else ""
        return self.ask("GET", f"/runs/{self._id(run)}/changes{chosen}")

    def failure(self, run: str, budget: int) -> Json:
        return self.ask("GET", f"/runs/{self._id(run)}/failure?budget={budget}")

    def report(self, run: str) -> str:
        return self._bytes("GET", f"/runs/{self._id(run)}/report.md").decode()

    def report_overflow(self, run: str) -> bytes:
        return self._bytes("GET", f"/runs/{self._id(run)}/report.md?part=overflow")

    def issue_url(self, run: str) -> str | None:
        found: str | None = self.ask("GET", f"/runs/{self._id(run)}")["issueUrl"]
        return found

    def masker(self, run: str) -> Masker:
        """What masks a log of elsewhere: by what is known here."""
        from lastwords.diagnosis.masking import Masker
        from lastwords.security.known_secrets import secret_values

        return Masker(secret_values(load(None)))

    def settings(self) -> Json:
        return self.ask("GET", "/config")

    def doctor(self) -> Json:
        return self.ask("GET", "/doctor")

    def cancel(self, run: str) -> Json:
        return self.ask("POST", f"/runs/{self._id(run)}/cancel")

    def give_up(self, run: str) -> Json:
        return self.ask("POST", f"/runs/{self._id(run)}/lost")

    def retry(self, run: str, changes: Json | None = None, fix: int | None = None) -> Json:
        asked = {"set": changes, "fix": fix} if changes or fix else None
        return self.ask("POST", f"/runs/{self._id(run)}/retry", asked)

    def label(self, run: str, change: Json) -> Json:
        plain = {name: change[name] for name in ("name", "note", "starred") if name in change}
        labels = {name: value for name, value in change.items() if name not in plain}
        return self.ask("PATCH", f"/runs/{self._id(run)}", plain | {"labels": labels})

    def remove(self, run: str) -> None:
        self._bytes("DELETE", f"/runs/{self._id(run)}")

    def doomed(self, policy: Policy) -> builtins.list[str]:
        raise LastwordsError("--keep and --older-than do not work with --url: give RUNS instead")

    def size(self, run: str) -> int | None:
        return None  # a server does not say

    @property
    def root(self) -> str:
        """The server's address."""
        return self.base.removesuffix(_PREFIX)

    def _id(self, run: str) -> str:
        return str(self._find(run)["id"])

    def _find(self, text: str) -> Json:
        if text == "latest":
            found = self.list(1)
        else:
            listed = self.list(200, "", '"' + text.replace('"', "") + '"')
            found = [run for run in listed if run["id"].startswith(text)]
            found = [run for run in found if run["id"] == text] or found
        if len(found) != 1:
            why = "matches several runs" if found else "matches no run on that server"
            raise RunNotFound(f"{text!r} {why}")
        return found[0]

    def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        headers = {"Content-Type": "application/json"} if body else None
        data = json.dumps(body).encode() if body else None
        answer: Json = json.loads(self._bytes(method, path, headers, data) or b"null")
        return answer

    def _range(self, path: str, start: int) -> bytes:
        try:
            return self._bytes("GET", path, {"Range": f"bytes={start}-{start + (1 << 20) - 1}"})
        except _PastTheEnd:
            return b""

    def _bytes(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
    ) -> bytes:
        request = urllib.request.Request(self.base + path, data, headers or {}, method=method)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                answer: bytes = response.read()
                return answer
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None
        except (urllib.error.URLError, OSError) as error:
            raise Unreachable(f"cannot reach {self.base}: {error}") from None


class _PastTheEnd(LastwordsError):
    """A range began at or after the end."""


def _refusal(error: urllib.error.HTTPError) -> LastwordsError:
    with error:
        body = error.read()
    if error.code == 416:
        return _PastTheEnd("past the end")
    try:
        problem: dict[str, Any] = json.loads(body)
        words = f"{problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        words = f"HTTP {error.code}"
    return RunNotFound(words) if error.code == 404 else Unreachable(words)
