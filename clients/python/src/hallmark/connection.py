# SPDX-License-Identifier: BSD-2-Clause
"""A connection that is there only once its machine was accepted, with what http.client and urllib3 use of a socket"""
from __future__ import annotations

import errno
import io
import os
import select
import threading
import time
from typing import Any

from . import _native
from .errors import NoProof, rejected
from .policy import Policy
from .verdict import Epoch, Verdict, of_result


class Connection:
    """Made by connect(). For one thread at a time; close() is for any, once no call is under way."""

    def __init__(self, handle: Any, verdict: Verdict) -> None:
        self._handle: Any = handle
        self._events: Any = _native.ffi.new("short *")
        self._timeout: float | None = None
        self._files = 0
        self._closing = False
        self._ended = False
        self._lock = threading.Lock()
        self.verdict = verdict

    def _open(self) -> Any:
        if self._handle is None:
            raise OSError(errno.EBADF, "the connection is closed")
        return self._handle

    def _wait(self, deadline: float | None) -> None:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        poll = select.poll()
        poll.register(self.fileno(), self._events[0])
        if not poll.poll(None if left is None else left * 1000):
            raise TimeoutError("timed out")

    def _call(self, function: Any, *arguments: Any) -> int:
        deadline = None if self._timeout is None else time.monotonic() + self._timeout
        while True:
            n = int(function(self._open(), *arguments, self._events))
            if n >= 0:
                return n
            if n != -errno.EAGAIN:
                raise OSError(-n, os.strerror(-n))
            self._wait(deadline)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        view = memoryview(buffer).cast("B")
        length = nbytes or len(view)
        if flags or length > len(view):
            raise ValueError("no flags, and no more than the buffer holds")
        if not length:
            return 0
        space = _native.ffi.from_buffer(view, require_writable=True)
        n = self._call(_native.client.hallmark_connection_read, space, length)
        self._ended = n == 0
        return n

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        buffer = bytearray(bufsize)
        return bytes(buffer[:self.recv_into(buffer, flags=flags)])

    def send(self, data: Any, flags: int = 0) -> int:
        if flags:
            raise ValueError("no flags")
        view = memoryview(data).cast("B")
        if not len(view):
            return 0
        return self._call(_native.client.hallmark_connection_write, _native.ffi.from_buffer(view), len(view))

    def sendall(self, data: Any, flags: int = 0) -> None:
        view = memoryview(data).cast("B")
        while len(view):
            view = view[self.send(view, flags):]

    def shutdown(self, how: int = 1) -> None:
        """No more is written, whatever `how` says; reads go on."""
        self._call(_native.client.hallmark_connection_shutdown)

    def fileno(self) -> int:
        """To poll. What passes it is TLS: do not read or write it."""
        return -1 if self._handle is None else int(_native.client.hallmark_connection_fd(self._handle))

    def _idle(self) -> bool:
        """Nothing has come: neither bytes nor an end. TLS may have ended where TCP has not."""
        fd = self.fileno()
        if fd < 0 or self._ended:
            return False
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        return not poll.poll(0)

    def settimeout(self, seconds: float | None) -> None:
        """For each later call; None: no limit."""
        self._timeout = seconds

    def gettimeout(self) -> float | None:
        return self._timeout

    def setsockopt(self, *unused: Any) -> None:
        """Small requests are sent at once as it is."""

    def makefile(self, mode: str = "rb", buffering: int | None = None) -> io.BufferedReader:
        if mode not in ("r", "rb"):
            raise ValueError("only for reading bytes")
        with self._lock:
            self._files += 1
        return io.BufferedReader(_Raw(self), buffering if buffering and buffering > 0 else io.DEFAULT_BUFFER_SIZE)

    def _done(self) -> None:
        with self._lock:
            self._files -= 1
        if self._closing:
            self.close()

    def close(self) -> None:
        """As with sockets, files of makefile() keep it open until they are closed."""
        with self._lock:
            self._closing = True
            if self._files or self._handle is None:
                return
            handle, self._handle = self._handle, None
        _native.client.hallmark_connection_close(handle)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            self._files = 0
            self.close()


class _Raw(io.RawIOBase):
    def __init__(self, connection: Connection) -> None:
        self._connection: Connection | None = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._connection is None:
            raise ValueError("I/O operation on closed file")
        return self._connection.recv_into(buffer)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        super().close()
        if connection is not None:
            connection._done()


def connect(host: str, port: int, policy: Policy, *, epoch: Epoch | None = None) -> Connection:
    """Connect, fetch a proof over that connection, judge it. The exception says why not; nothing was sent then.

    `epoch`: of an earlier verdict, where another machine or another boot must be refused.
    """
    ffi = _native.ffi
    if "\0" in host:
        raise ValueError("host: a zero byte")
    request, result = ffi.new("struct hallmark_connect_request *"), ffi.new("struct hallmark_result *")
    handle, error = ffi.new("struct hallmark_connection **"), ffi.new("char[]", 512)
    host_text, port_text = ffi.new("char[]", host.encode()), ffi.new("char[]", b"%d" % port)
    request.host, request.port, request.as_of = host_text, port_text, int(time.time())
    boot = None if epoch is None else epoch._native()
    if boot is not None:
        request.epoch = boot
    state = _native.client.hallmark_connect(policy._verifier, request, handle, result, error)
    if state == _native.client.HALLMARK_CONNECTED:
        connection = Connection(handle[0], of_result(result))
        if connection.verdict.accepted:
            return connection
        connection.close()
        raise rejected(connection.verdict)
    if state == _native.client.HALLMARK_CONNECT_REJECTED:
        raise rejected(of_result(result))
    if state == _native.client.HALLMARK_CONNECT_NO_PROOF:
        raise NoProof(_native.text(error))
    raise ValueError(_native.text(error))


__all__ = ["Connection", "connect"]
