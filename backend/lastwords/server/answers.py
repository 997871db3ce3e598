"""An answer that holds no thread while its reader does not keep up.

waitress gives a request one of its threads until all of the answer is in its buffers, and waits
there for room: as many readers that do not read as there are threads stop every other answer. Here
the thread goes back as soon as BUFFERED bytes wait to be taken, and the answer goes on when most of
them are gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.task import WSGITask

BUFFERED = 1 << 20  # bytes of one answer that are made before somebody takes them
GOES_ON = BUFFERED // 4


class Waiting(BaseException):
    """The reader is behind; no Exception, since waitress would answer 500 to one."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class Answer(WSGITask):  # type: ignore[misc]
    """One answer of the app; `service` may be called again where it stopped by `Waiting`."""

    content_length: int | None
    _body: Any = None
    _parts: Iterator[bytes] | None = None

    def execute(self) -> None:
        """Ask the app, and write what it answers, as far as it is taken.

        Raises: Waiting.
        """
        try:
            if self._parts is None and not self._begin():
                return
            self._write_parts()
        except Waiting:
            raise
        except BaseException:
            self.close()
            raise
        self.close()

    def close(self) -> None:
        """Let the app's answer go, with the file that it may read from."""
        body, self._body = self._body, None
        if hasattr(body, "close"):
            body.close()

    def _begin(self) -> bool:
        """Ask the app; False where waitress itself sends the rest, which is a file."""
        environ = self.get_environment()
        self._body = self.channel.server.application(environ, self._start_response)
        if isinstance(self._body, ReadOnlyFileBasedBuffer) and self._hand_over(self._body):
            return False
        if self.content_length is None and isinstance(self._body, list) and len(self._body) == 1:
            self.content_length = len(self._body[0])
        self._parts = iter(self._body)
        return True

    def _start_response(
        self, status: str, headers: Sequence[tuple[str, str]], _error: object = None
    ) -> Any:
        if any("\n" in text or "\r" in text for text in (status, *sum(headers, ()))):
            raise ValueError("a line break in a header")
        self.complete = True
        self.status = status
        self.response_headers = list(headers)
        lengths = [value for name, value in headers if name.lower() == "content-length"]
        self.content_length = int(lengths[0]) if lengths else None
        return self.write

    def _hand_over(self, file: Any) -> bool:
        """Give an open file to the channel, which sends and closes it; False for an empty one."""
        if not (size := file.prepare(self.content_length)):
            return False
        self.content_length = size
        self.write(b"")  # the head
        self.channel.write_soon(file)
        self._body = None
        return True

    def _write_parts(self) -> None:
        assert self._parts is not None
        for part in self._parts:
            if part:
                self.write(part)
            if self.channel.total_outbufs_len > BUFFERED:
                raise Waiting(self)
        promised = self.content_length not in (None, self.content_bytes_written)
        if promised and self.request.command != "HEAD" and self.has_body:
            self.set_close_on_finish()  # nobody is to wait for bytes that a cut log has not
