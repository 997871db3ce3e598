"""Who sends a large body is asked before it is read: the head of the request tells.

Nothing is read meanwhile. Whoever may not send it hears so from the app, which has the head alone,
and what still comes is thrown away. The app is asked by a thread, as it looks into its database.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lastwords.server.answers import Answer

Admits = Callable[[dict[str, Any]], bool]


class Asking:
    """The question, as a task for one of waitress's threads."""

    def __init__(self, channel: Any, request: Any) -> None:
        self._channel, self._request = channel, request

    def service(self) -> None:
        may = False
        try:
            environ = Answer(self._channel, self._request).get_environment()
            may = self._channel.server.admits(environ)
        finally:
            self._channel.go_on_reading(self._request, may)

    def cancel(self) -> None:
        """The server ends."""
