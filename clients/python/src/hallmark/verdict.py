# SPDX-License-Identifier: BSD-2-Clause
"""struct hallmark_result for Python; the fields are explained in hallmark.h"""
from __future__ import annotations

import dataclasses
from typing import Any

from . import _native

STATES = ("not-run", "passed", "failed", "left-out")
REGISTER_STATES = ("not-judged", "equal", "differs", "shown")


@dataclasses.dataclass(frozen=True)
class Check:
    name: str
    state: str  # one of STATES
    code: str
    expected: str
    seen: str
    note: str


@dataclasses.dataclass(frozen=True)
class Register:
    state: str  # one of REGISTER_STATES
    policy: str
    holds: str
    expected: str
    seen: str


@dataclasses.dataclass(frozen=True)
class Epoch:
    """A machine and its boot: of one verdict, for the next connection to the same machine."""

    ak_sha256: bytes
    reset_count: int
    restart_count: int

    def _native(self) -> Any:
        if len(self.ak_sha256) != 32:
            raise ValueError("ak_sha256 is not 32 bytes")
        return _native.ffi.new("struct hallmark_epoch *", (self.ak_sha256, self.reset_count, self.restart_count))


@dataclasses.dataclass(frozen=True)
class Verdict:
    accepted: bool
    code: str
    failed_check: int | None
    checks: tuple[Check, ...]
    pcr: int | None
    layer: str
    registers: tuple[Register, ...]
    image_name: str
    image_version: str
    platform: str
    profile: str
    bank: str
    image_profile: str
    acpi_unmeasured: bool
    stale: bool
    bound: bool  # the quote covers the connection that the proof came over
    clock_skew_s: int  # added to as_of for this verdict
    tls_spki_sha256: bytes
    epoch: Epoch

    def line(self) -> str:
        if self.accepted:
            return f"accepted: {self.image_name} {self.image_version}".rstrip()
        if self.failed_check is None:
            return self.code
        check = self.checks[self.failed_check]
        expected = f"expected {check.expected}; " if check.expected else ""
        return f"{self.code}: check {self.failed_check}, {check.name}: {expected}seen {check.seen}"


def of_result(result: Any) -> Verdict:
    text, ffi = _native.text, _native.ffi

    def code(number: int) -> str:
        return text(_native.core.hallmark_code_name(number))

    return Verdict(
        accepted=bool(result.accepted),
        code=code(result.code),
        failed_check=None if result.failed_check < 0 else int(result.failed_check),
        checks=tuple(Check(text(c.name), STATES[c.state], code(c.code), text(c.expected), text(c.seen), text(c.note))
                     for c in result.check),
        pcr=None if result.pcr < 0 else int(result.pcr),
        layer=text(result.layer),
        registers=tuple(Register(REGISTER_STATES[r.state], text(r.policy), text(r.holds), text(r.expected),
                                 text(r.seen)) for r in result.registers),
        image_name=text(result.image_name),
        image_version=text(result.image_version),
        platform=text(result.platform),
        profile=text(result.profile),
        bank=text(result.bank),
        image_profile=text(result.image_profile),
        acpi_unmeasured=bool(result.acpi_unmeasured),
        stale=bool(result.stale),
        bound=bool(result.bound),
        clock_skew_s=int(result.clock_skew_s),
        tls_spki_sha256=bytes(ffi.buffer(result.tls_spki_sha256)),
        epoch=Epoch(bytes(ffi.buffer(result.epoch.ak_sha256)), int(result.epoch.reset_count),
                    int(result.epoch.restart_count)),
    )
