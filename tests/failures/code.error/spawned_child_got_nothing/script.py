"""Is a spawned worker whose parent ended before it had sent what to work on."""

import os
from multiprocessing import spawn

reads, writes = os.pipe()
os.close(writes)
spawn._main(reads, None)
