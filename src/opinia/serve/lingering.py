"""A transport whose end takes no answer from its client.

To close a socket with bytes unread, or to which bytes still come, resets the connection, and a reset takes
from the client what it has not read yet. So the end is said first, and what still comes is read and thrown
away until the client ends its side, too, for some time at most (RFC 9112, section 9.6).
"""

from __future__ import annotations

import asyncio
from typing import Any

LINGER_SECONDS = 2.0
"""A client that has been told of the end has so long to end its side."""


class Lingering(asyncio.Transport):
    """A transport that ends in two steps.

    Args:
        inner: what does all the rest.
        loop: has the clock.
    """

    def __init__(self, inner: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._inner = inner
        self._loop = loop
        self._is_ending = False
        self._clock: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Write what is left and say the end, then wait for the client's; what comes until then is lost."""
        if self._is_ending or self._inner.is_closing():
            return
        self._is_ending = True
        self._inner.resume_reading()
        try:
            self._inner.write_eof()
        except OSError:  # the client has reset the connection already
            self._inner.abort()
            return
        self._clock = self._loop.call_later(LINGER_SECONDS, self._inner.close)

    def lost(self) -> None:
        """Hear that the connection is no more."""
        self._is_ending = True
        if self._clock is not None:
            self._clock.cancel()

    def abort(self) -> None:
        """End at once, and lose what is not written yet."""
        self._is_ending = True
        self._inner.abort()

    def is_closing(self) -> bool:
        """Tell whether the end was said."""
        return self._is_ending or self._inner.is_closing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write, unless the end was said."""
        if not self._is_ending:
            self._inner.write(data)

    def pause_reading(self) -> None:
        """Take no more from the client for now; at the end all is taken."""
        if not self._is_ending:
            self._inner.pause_reading()

    def resume_reading(self) -> None:
        """Take from the client again."""
        self._inner.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what is known of the connection."""
        return self._inner.get_extra_info(name, default)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Say from how many unwritten bytes on the writer is to wait."""
        self._inner.set_write_buffer_limits(high, low)
