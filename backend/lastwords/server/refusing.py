"""Refusals of requests that never reach the app, in the form of its own."""

from __future__ import annotations

import json

from waitress.task import ErrorTask

_SLUGS = {400: "bad-request", 408: "too-slow", 413: "too-large", 431: "too-large"}
_SLUGS[505] = "bad-request"


class ProblemTask(ErrorTask):  # type: ignore[misc]
    """A refusal before the app: problem+json, as every other one."""

    def execute(self) -> None:
        self.channel.refused = True
        error = self.request.error
        slug = _SLUGS.get(error.code, "bad-request" if error.code < 500 else "internal-error")
        problem = {
            "type": f"/problems/{slug}",
            "title": error.reason,
            "status": error.code,
            "detail": str(error.body),
            "instance": "",
        }
        body = json.dumps(problem).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [
            ("Content-Type", "application/problem+json"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store, private"),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)
