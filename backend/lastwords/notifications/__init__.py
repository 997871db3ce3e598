"""Notifications of a run's end: by webhook, command or email. Off by default.

Whoever settles a run puts a letter into the home's `outbox`, whatever its own settings are; a
thread of the leading server delivers it, and the server's settings decide. So the end of a run
recorded at a shell is notified too, and none is lost while a receiver is down. A letter may arrive
twice (with the same id), and never affects the run.
"""

from __future__ import annotations

from lastwords.notifications.delivery import Delivery
from lastwords.notifications.outbox import post

__all__ = ["Delivery", "post"]
