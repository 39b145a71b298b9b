# SPDX-License-Identifier: BSD-2-Clause
"""For requests: a session, or an adapter to mount, each of whose connections was accepted before it is used"""
from __future__ import annotations

from typing import Any

import requests
import requests.adapters
import urllib3
import urllib3.connection

from . import redirect
from .connection import connect
from .errors import HallmarkError
from .policy import Policy


class _Connection(urllib3.connection.HTTPSConnection):  # type: ignore[misc]
    policy: Policy

    def connect(self) -> None:
        self.sock = connect(self.host.strip("[]"), int(self.port or 443), self.policy)
        self.sock.settimeout(self.timeout if isinstance(self.timeout, (int, float)) else None)
        # By evidence, and not by names and web CAs.
        self.is_verified = True


def _pool_class(policy: Policy) -> Any:
    connection = type("AttestedConnection", (_Connection,), {"policy": policy})
    return type("AttestedPool", (urllib3.HTTPSConnectionPool,), {"ConnectionCls": connection})


class Adapter(requests.adapters.HTTPAdapter):  # type: ignore[misc]
    """To mount at "https://HOST". Proxies of the environment are not used; verify= and cert= have no meaning."""

    def __init__(self, policy: Policy, **options: Any) -> None:
        self._policy = policy
        super().__init__(**options)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"https": _pool_class(self._policy)}

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        raise HallmarkError("an attested connection does not go through a proxy")

    def cert_verify(self, *unused: Any) -> None:
        pass

    def send(self, request: Any, *arguments: Any, **options: Any) -> Any:
        if not request.url.lower().startswith("https://"):
            raise HallmarkError("only https:// is attested")
        if len(arguments) > 4:
            raise TypeError("proxies by name only")
        options["proxies"] = {}
        response = super().send(request, *arguments, **options)
        try:
            redirect.check(request.url, response.status_code, response.headers.get("location"))
        except HallmarkError:
            response.close()
            raise
        return response


class Session(requests.Session):  # type: ignore[misc]
    """A session that reaches accepted machines and nobody else."""

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        # No proxies, and no passwords of ~/.netrc.
        self.trust_env = False
        self.adapters.clear()
        self.mount("https://", Adapter(policy))
