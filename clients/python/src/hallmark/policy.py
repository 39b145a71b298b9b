# SPDX-License-Identifier: BSD-2-Clause
"""What a client trusts, and the verdict on a proof"""
from __future__ import annotations

import os
import time
from typing import Any, Union

from . import _native
from .errors import rejected
from .verdict import Epoch, Verdict, of_result

# The content itself, or the name of the file that has it.
Content = Union[bytes, str, "os.PathLike[str]"]


def _read(content: Content) -> bytes:
    if isinstance(content, bytes):
        return content
    with open(content, "rb") as file:
        return file.read()


class Policy:
    """struct hallmark_policy of hallmark.h, opened. Any number of threads and connections may use one.

    GoldenInvalid, RootsInvalid and the like are raised here. A str or a path is the name of a file, bytes are content.
    golden_signature, machines_signature: that file's name with .sig, where a name was given and nothing else said.
    log_proof: the same of the golden file with .log-proof, where a log_policy is given.
    """

    def __init__(self, *, golden: Content | None = None, golden_key: Content | None = None,
                 golden_signature: Content | None = None, roots: Content | None = None,
                 intermediates: Content | None = None, platform: str | None = None, platforms: Content | None = None,
                 jwks: Content | None = None, vcek: Content | None = None, crls: Content | None = None,
                 machines: Content | None = None, machines_signature: Content | None = None,
                 machines_key: Content | None = None, log_policy: Content | None = None,
                 log_proof: Content | None = None, log_key: Content | None = None, bank: str | None = None,
                 minimum_version: str | None = None, allow_profile: str | None = None,
                 platform_only: bool = False, require_firmware_log: bool = False,
                 require_hardware: bool = False, allow_unsafe_clock: bool = False, allow_unbound: bool = False,
                 clock_skew_s: int = 0, remember: int = 16) -> None:
        ffi = _native.ffi
        self._verifier: Any = None
        if golden is not None and golden_signature is None and not isinstance(golden, bytes):
            golden_signature = os.fspath(golden) + ".sig"
        if machines is not None and machines_signature is None and not isinstance(machines, bytes):
            machines_signature = os.fspath(machines) + ".sig"
        if log_policy is not None and log_proof is None and golden is not None and not isinstance(golden, bytes):
            log_proof = os.fspath(golden) + ".log-proof"
        native, keep = ffi.new("struct hallmark_policy *"), []
        contents = {"golden": golden, "golden_signature": golden_signature, "golden_key": golden_key, "roots": roots,
                    "intermediates": intermediates, "platforms": platforms, "jwks": jwks, "vcek": vcek, "crls": crls,
                    "machines": machines, "machines_signature": machines_signature, "machines_key": machines_key,
                    "log_policy": log_policy, "log_proof": log_proof, "log_key": log_key}
        for name, content in contents.items():
            if content is not None:
                data = _read(content)
                buffer = ffi.from_buffer(data)
                keep.append(buffer)
                field = getattr(native, name)
                field.p, field.len = buffer, len(data)
        words = {"platform": platform, "bank": bank, "minimum_version": minimum_version, "allow_profile": allow_profile}
        for name, word in words.items():
            if word is not None:
                if "\0" in word:
                    raise ValueError(f"{name}: a zero byte")
                keep.append(ffi.new("char[]", word.encode()))
                setattr(native, name, keep[-1])
        native.platform_only = platform_only
        native.require_firmware_log = require_firmware_log
        native.require_hardware = require_hardware
        native.allow_unsafe_clock = allow_unsafe_clock
        native.allow_unbound = allow_unbound
        native.clock_skew_s = clock_skew_s
        native.remember = remember
        result = ffi.new("struct hallmark_result *")
        verifier = _native.core.hallmark_open(native, result)
        if verifier == ffi.NULL:
            raise rejected(of_result(result))
        self._verifier = ffi.gc(verifier, _native.core.hallmark_close)


def verify(proof: bytes, policy: Policy, *, nonce: bytes | None, tls_spki_sha256: bytes | None = None,
           exporter: bytes | None = None, accept_stale: bool = False, as_of: int | None = None, epoch: Epoch | None = None) -> Verdict:
    """The accepting verdict on a proof that the caller fetched; any other is raised, by the name of its code.

    `nonce`: the caller's own 32 bytes, used once; None only with accept_stale. `tls_spki_sha256`: of the key of the
    connection that the proof came over; without it nothing is said about any connection. `exporter`: 32 bytes, RFC 9266,
    of that connection, which the quote must cover. connect() does all of this.
    """
    ffi = _native.ffi
    for name, value in (("nonce", nonce), ("tls_spki_sha256", tls_spki_sha256), ("exporter", exporter)):
        if value is not None and len(value) != 32:
            raise ValueError(f"{name} is not 32 bytes")
    request, result = ffi.new("struct hallmark_request *"), ffi.new("struct hallmark_result *")
    data = ffi.from_buffer(proof)
    request.proof.p, request.proof.len = data, len(proof)
    kept = [ffi.NULL if value is None else ffi.new("uint8_t[32]", value) for value in (nonce, tls_spki_sha256, exporter)]
    request.nonce, request.tls_spki_sha256, request.exporter = kept
    request.accept_stale = accept_stale
    request.as_of = int(time.time()) if as_of is None else as_of
    boot = None if epoch is None else epoch._native()
    if boot is not None:
        request.epoch = boot
    accepted = _native.core.hallmark_verify(policy._verifier, request, result)
    verdict = of_result(result)
    if not accepted or not verdict.accepted:
        raise rejected(verdict)
    return verdict
