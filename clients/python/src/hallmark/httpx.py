# SPDX-License-Identifier: BSD-2-Clause
"""For httpx, and what stands on it: a client, or a transport, each of whose connections was accepted first"""
from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from . import redirect
from .connection import Connection, connect
from .errors import HallmarkError
from .policy import Policy

if TYPE_CHECKING or hasattr(httpcore, "NetworkStream"):
    from httpcore import NetworkBackend, NetworkStream
else:
    # httpcore before 0.18
    from httpcore.backends.base import NetworkBackend, NetworkStream


class _Stream(NetworkStream):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._connection.settimeout(timeout)
        try:
            return self._connection.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._connection.settimeout(timeout)
        try:
            self._connection.sendall(buffer)
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._connection.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None,
                  timeout: float | None = None) -> NetworkStream:
        """It is TLS already, to a machine that was accepted."""
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "hallmark_verdict":
            return self._connection.verdict
        if info == "is_readable":
            return not self._connection._idle()
        return None


class _Backend(NetworkBackend):
    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
                    socket_options: Iterable[Any] | None = None) -> NetworkStream:
        return _Stream(connect(host.strip("[]"), port, self._policy))


class Transport(httpx.BaseTransport):
    """Each new connection of the pool is a new verdict; what is not accepted raises, and nothing was sent."""

    def __init__(self, policy: Policy, max_connections: int = 100, max_keepalive_connections: int = 20,
                 keepalive_expiry: float = 5.0) -> None:
        self._transport = httpx.HTTPTransport(verify=False, trust_env=False)
        self._transport._pool = httpcore.ConnectionPool(
            max_connections=max_connections, max_keepalive_connections=max_keepalive_connections,
            keepalive_expiry=keepalive_expiry, http1=True, http2=False, network_backend=_Backend(policy))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme != "https":
            raise HallmarkError("only https:// is attested")
        response = self._transport.handle_request(request)
        try:
            redirect.check(str(request.url), response.status_code, response.headers.get("location"))
        except HallmarkError:
            response.close()
            raise
        return response

    def close(self) -> None:
        self._transport.close()


class Client(httpx.Client):
    """httpx.Client whose every request goes to an accepted machine. Proxies of the environment are not used."""

    def __init__(self, policy: Policy, **options: Any) -> None:
        for name in ("transport", "mounts", "proxy", "proxies", "app", "verify", "cert", "http2"):
            if name in options:
                raise TypeError(f"{name}= would lead around the verification")
        super().__init__(transport=Transport(policy), trust_env=False, **options)
