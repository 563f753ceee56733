"""Become a command whose processes the kernel kills when one opens a socket; Linux alone knows how.

``python no_sockets.py none COMMAND ...`` forbids every socket, ``listen`` those that go out: a server may be
asked, but may ask nobody. The filter holds for whatever the command starts. See seccomp(2).
"""

import ctypes
import os
import platform
import struct
import sys

# The numbers of system calls, include/uapi/asm-generic/unistd.h and arch/x86/entry/syscalls/syscall_64.tbl.
CALLS = {
    "x86_64": {"socket": 41, "connect": 42, "sendto": 44},
    "aarch64": {"socket": 198, "connect": 203, "sendto": 206},
}
KILL, ALLOW = 0x80000000, 0x7FFF0000
LOAD, EQUALS, RETURN = 0x20, 0x15, 0x06
ADDRESS = 16 + 8 * 4  # the fifth argument of sendto, which is 0 where the socket is connected
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2

IS_AVAILABLE = sys.platform == "linux" and platform.machine() in CALLS


def forbid(kind: str) -> None:
    numbers = CALLS[platform.machine()]

    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    steps = [step(LOAD, 0)]
    for name in ("socket",) if kind == "none" else ("connect",):
        steps += [step(EQUALS, numbers[name], 0, 1), step(RETURN, KILL)]
    if kind != "none":
        steps += [step(EQUALS, numbers["sendto"], 0, 3), step(LOAD, ADDRESS), step(EQUALS, 0, 1, 0)]
        steps += [step(RETURN, KILL)]
    steps.append(step(RETURN, ALLOW))
    code = ctypes.create_string_buffer(b"".join(steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(SECCOMP, FILTER, program, 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter")


if __name__ == "__main__":
    if IS_AVAILABLE:
        forbid(sys.argv[1])
    os.execvp(sys.argv[2], sys.argv[2:])
