"""The lock that a fork waits for.

A child has only the thread that forked. What another thread was importing or opening stays half done
there, and its locks are never given back: who asks for it waits for ever. So that is done under this lock,
which is taken before each fork and given back on both sides.
"""

from __future__ import annotations

# These two have such locks as well. They are imported first: a fork that waited here while they were
# imported would give their locks back without having taken them.
import concurrent.futures.thread  # noqa: F401
import logging  # noqa: F401
import os
import threading

fork_lock = threading.RLock()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=fork_lock.acquire, after_in_parent=fork_lock.release, after_in_child=fork_lock.release
    )
