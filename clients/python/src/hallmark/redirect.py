# SPDX-License-Identifier: BSD-2-Clause
"""A redirect never leaves the verified machine"""
from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from .errors import RedirectRefused


def origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def check(url: str, status: int, location: str | None) -> None:
    """Raises RedirectRefused where an answer to a request for `url` leads to another scheme, host or port."""
    if not 300 <= status < 400 or location is None:
        return
    try:
        same = origin(urljoin(url, location)) == origin(url)
    except ValueError:
        same = False
    if not same:
        raise RedirectRefused(f"{origin(url)[1]} answers with a redirect to {location!a}")
