"""Word of a run's end to where the configuration says: a webhook, a command, mail. Off by default.

Whoever settles a run puts a letter into the home's `outbox`; a thread of the leading server
takes it out. So the end of a run that a shell recorded is told too, and none is told in vain while
a receiver is away. A letter may come twice (its id is the same), and never touches the run.
"""

from __future__ import annotations

from lastwords.notifications.delivery import Delivery
from lastwords.notifications.outbox import post

__all__ = ["Delivery", "post"]
