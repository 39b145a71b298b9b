# SPDX-License-Identifier: BSD-2-Clause
"""Why there is no connection: one exception for each code of libhallmark, docs/ERRORS.md has cause and cure"""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .verdict import Verdict


class HallmarkError(Exception):
    """All of this package's own. None is an OSError: what retries on network trouble must not retry on these."""


class NoProof(HallmarkError):
    """The server was not reached, or what it answers is no proof. Nothing of a request was sent."""


class RedirectRefused(HallmarkError):
    """A verified machine's answer leads to somebody else."""


class Rejected(HallmarkError):
    """A verdict that does not accept. Nothing of a request was sent."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.line())
        self.verdict = verdict


class InternalError(Rejected):
    pass


class BadRequest(Rejected):
    pass


class GoldenInvalid(Rejected):
    pass


class GoldenExpired(Rejected):
    pass


class OldImage(Rejected):
    pass


class RootsInvalid(Rejected):
    pass


class PlatformsInvalid(Rejected):
    pass


class Malformed(Rejected):
    pass


class InvalidAttestationKey(Rejected):
    pass


class InvalidQuote(Rejected):
    pass


class StaleQuote(Rejected):
    pass


class WrongSelection(Rejected):
    pass


class PcrMismatch(Rejected):
    pass


class LogMismatch(Rejected):
    pass


class NotLocked(Rejected):
    pass


class TlsMismatch(Rejected):
    pass


class UnboundChannel(Rejected):
    pass


class DebugMode(Rejected):
    pass


class NonCompliantPlatform(Rejected):
    pass


class NonCompliantUvm(Rejected):
    pass


class InvalidEnclaveCode(Rejected):
    pass


class WrongAttester(Rejected):
    pass


class MachinesInvalid(Rejected):
    pass


class UnknownMachine(Rejected):
    pass


class LogPolicyInvalid(Rejected):
    pass


class NotLogged(Rejected):
    pass


BY_CODE: dict[str, type[Rejected]] = {kind.__name__: kind for kind in Rejected.__subclasses__()}


def rejected(verdict: Verdict) -> Rejected:
    """A code that is newer than this package is a Rejected all the same."""
    return BY_CODE.get(verdict.code, Rejected)(verdict)
