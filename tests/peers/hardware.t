#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""hardware.t - genuine evidence and mutants of it before Google's verifiers: the same verdict, or a line here that says who is right

Not a part of `make check`: it needs Go (1.25 or later) and fetches the modules that tests/peers/hardware/go.mod names. Each genuine file of the
fixtures, and MUTANTS of each by one change (a bit, a byte, a cut, zeros, bytes that are doubled), made by seeded numbers.
"""
import collections
import os
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
top = os.path.dirname(os.path.dirname(here))
sys.path.insert(0, os.path.join(here, "..", "support"))
import tap
from tap import ok, skip

BUILD = os.path.abspath(os.environ.get("B", "build"))
FIXTURES = os.environ.get("HALLMARK_FIXTURES", os.path.join(top, "..", "shared", "fixtures"))
MUTANTS = int(os.environ.get("MUTANTS", "1000"))
AS_OF = 1780000000  # 2026-05-28
if not os.path.isdir(FIXTURES):
    skip("hardware evidence", "HALLMARK_FIXTURES is not there")
    tap.done()
    sys.exit()
work = tempfile.TemporaryDirectory()
theirs_program, ours_program = os.path.join(work.name, "theirs"), os.path.join(work.name, "ours")
for command, where in ((["go", "build", "-o", theirs_program, "."], os.path.join(here, "hardware")),
                       (["gcc", "-std=c11", "-D_GNU_SOURCE", "-I.", "-O1", "-o", ours_program, "tests/peers/ours.c", os.path.join(BUILD, "obj/parts.a"), "-ljansson", "-lcrypto"], top)):
    made = subprocess.run(command, cwd=where, env={**os.environ, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"}, capture_output=True, text=True)
    if made.returncode:
        print("Bail out! %s: %s" % (command[0], made.stderr[-500:].replace("\n", " ")))
        sys.exit(1)


def read(name):
    with open(os.path.join(FIXTURES, name), "rb") as file:
        return file.read()


def der_of(name):
    data = read(name)
    return subprocess.run(["openssl", "x509", "-outform", "der"], input=data, capture_output=True, check=True).stdout if data.startswith(b"-----") else data


def run(program, arguments, frames):
    data = b"".join(len(f).to_bytes(4, "little") + f for f in frames)
    out = subprocess.run([program, *arguments], input=data, capture_output=True)
    if out.returncode:
        return ["crashed " + out.stderr.decode(errors="replace")[-200:]] * len(frames)
    # go-tdx-guest warns on standard output.
    return [line for line in out.stdout.decode(errors="replace").splitlines() if line.split(" ")[0] in ("good", "bad", "panic")]


def mutants(data, name):
    """The file itself, and what one change makes of it."""
    r = random.Random(name)
    yield "as it is", data
    for i in range(MUTANTS):
        m, at, kind = bytearray(data), r.randrange(len(data)), r.choice(("bit", "byte", "cut", "zeros", "twice"))
        if kind == "bit":
            m[at] ^= 1 << r.randrange(8)
        elif kind == "byte":
            m[at] = r.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif kind == "cut":
            del m[at:]
        elif kind == "zeros":
            m[at:at + 8] = bytes(min(8, len(data) - at))
        else:
            m[at:at] = data[at:at + r.randrange(1, 64)]
        if bytes(m) != data:
            yield "%s at %d" % (kind, at), bytes(m)


# Where the verdicts differ: (kind, whose verdict is "good", pattern of the other's reason) and who is right, and why. None of them is one where
# we accept what they refuse for a reason of security.
KNOWN = [
    ("snp", "theirs", r"SNP_RESERVED|reserved|not zero|version|must be", "we refuse bytes that must be zero and are not, which the signature does not cover: behind r and s, and the rest of the report (ABI 56860)"),
    ("tdx", "theirs", r"debug|TUD", "a TD under debug is refused here; there the caller's validation does it"),
    ("tdx", "theirs", r"lengths|trailing|zeros|cut", "we refuse bytes behind the quote that are not zeros"),
    ("tdx", "ours", r"unsupported|version|QuoteV4|quote format not supported", "version 5 is not read there"),
]


def explained(kind, good, reason):
    for k, whose, pattern, why in KNOWN:
        if k == kind and whose == good and why and re.search(pattern, reason, re.I):
            return why
    return None


def compare(kind, name, arguments, data, first=()):
    cases = list(mutants(data, name))
    ours = run(ours_program, arguments, [*first, *(d for _, d in cases)])
    theirs = run(theirs_program, arguments, [*first, *(d for _, d in cases)])
    differ, known, panics = [], collections.Counter(), 0
    for (what, _), a, b in zip(cases, ours, theirs):
        panics += b.startswith("panic")
        if a.startswith("good") == b.startswith("good"):
            continue
        whose = "ours" if a.startswith("good") else "theirs"
        why = explained(kind, whose, b if whose == "ours" else a)
        if why:
            known[why] += 1
        else:
            differ.append((what, a[:100], b[:160]))
    ok(len(ours) == len(theirs) == len(cases) and not differ, "%s: %d of %d verdicts are the same%s" %
       (name, len(cases) - sum(known.values()) - len(differ), len(cases), "".join("; %d: %s" % (n, w) for w, n in known.items())), differ[:8])
    print("# %s: good here: %d, good there: %d, panics there: %d" % (name, sum(a.startswith("good") for a in ours), sum(b.startswith("good") for b in theirs), panics))
    return ours[0], theirs[0]


for report, certificate in (("ms-genoa-report.bin", "ms-genoa-vcek.pem"), ("ms-turin-report.bin", "ms-turin-vcek.pem"), ("coco-test-vlek-report.bin", "coco-test-vlek.der")):
    compare("snp", report, ["snp"], read("snp/" + report), [der_of("snp/" + certificate)])
for quote in ("gce-cos-113.quote", "live2.quote", "version-5.quote", "debug-attributes.quote"):
    compare("tdx", quote, ["tdx", str(AS_OF)], read("tdx/" + quote))
for log in sorted(os.listdir(os.path.join(FIXTURES, "eventlogs"))):
    cases = list(mutants(read("eventlogs/" + log), log))
    ours = run(ours_program, ["log"], [d for _, d in cases])
    good = [(what, data, bytes.fromhex(line[5:])) for (what, data), line in zip(cases, ours) if line.startswith("good")]
    frames = [f for _, data, registers in good for f in (data, registers)]
    for peer in ("eventlog", "attestation"):
        theirs = run(theirs_program, [peer], frames) if good else []
        # Zeros behind the last event are filling here, also where they were the beginning of an event that is cut off.
        bad = [(what, b[:160]) for (what, data, _), b in zip(good, theirs) if not b.startswith("good") and not ("EOF" in b and data[-1] == 0)]
        ok(len(theirs) == len(good) and not bad, "%s: go-%s finds the same registers in the %d of %d that are read here" % (log, peer, len(good), len(cases)), bad[:6])
tap.done()
