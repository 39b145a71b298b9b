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
    """The file itself, and MUTANTS of it by one change each. A change that changes nothing does not count."""
    r, left = random.Random(name), MUTANTS
    yield "as it is", data
    while left:
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
            left -= 1
            yield "%s at %d" % (kind, at), bytes(m)


# Where the verdicts differ: (kind, whose verdict is "good", the other's reason, who is right and why). None of them is one where we accept what
# they refuse for a reason of security.
KNOWN = [
    ("snp", "theirs", r"has reserved bytes that are not zero$", "we refuse bytes behind r and s that must be zero and are not, which the signature does not cover (ABI 56860)"),
    ("tdx", "theirs", r"the TD may be debugged by its host$", "a TD under debug is refused here; there the caller's validation does it"),
    ("tdx", "theirs", r"the TD quote's lengths contradict each other$", "we refuse bytes behind the quote that are not zeros"),
    ("tdx", "ours", r"quote format not supported$", "version 5 is not read there"),
    ("log", "theirs", r"does not begin with a TCG2 Spec ID event$", "digest, platform class and UINTN size of the first event are not looked at there"),
    ("log", "theirs", r"names a register above 23$", "an event of a register above 23 is skipped there, and a register without events is not compared"),
]


def explained(kind, good, reason):
    # A panic or a crash explains nothing.
    if not reason.startswith("bad "):
        return None
    for k, whose, pattern, why in KNOWN:
        if k == kind and whose == good and re.search(pattern, reason):
            return why
    return None


def compare(kind, name, arguments, data, first=(), genuine=("good", "good")):
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
    ok((ours[0].split()[0], theirs[0].split()[0]) == genuine, "%s: the genuine file is %s here and %s there" % (name, *genuine), [ours[0], theirs[0]])
    ok(len(ours) == len(theirs) == len(cases) and not differ, "%s: %d of %d verdicts are the same%s" %
       (name, len(cases) - sum(known.values()) - len(differ), len(cases), "".join("; %d: %s" % (n, w) for w, n in known.items())), differ[:8])
    print("# %s: good here: %d, good there: %d, panics there: %d" % (name, sum(a.startswith("good") for a in ours), sum(b.startswith("good") for b in theirs), panics))


for report, certificate in (("ms-genoa-report.bin", "ms-genoa-vcek.pem"), ("ms-turin-report.bin", "ms-turin-vcek.pem"), ("coco-test-vlek-report.bin", "coco-test-vlek.der")):
    compare("snp", report, ["snp"], read("snp/" + report), [der_of("snp/" + certificate)])
# What one of the two refuses as a whole says nothing of its mutants but that no change makes it good.
for quote, genuine in (("gce-cos-113.quote", ("good", "good")), ("live2.quote", ("good", "good")), ("version-5.quote", ("good", "bad")), ("debug-attributes.quote", ("bad", "good"))):
    compare("tdx", quote, ["tdx", str(AS_OF)], read("tdx/" + quote), genuine=genuine)
for log in sorted(os.listdir(os.path.join(FIXTURES, "eventlogs"))):
    cases = list(mutants(read("eventlogs/" + log), log))
    ours = run(ours_program, ["log"], [d for _, d in cases])
    ok(len(ours) == len(cases) and ours[0].startswith("good "), "%s: the genuine log is read" % log, ours[0])
    if not ours[0].startswith("good "):
        continue
    # A log that is refused here has no registers: they get the genuine file's, which a change that is refused for its form alone leaves as they are.
    registers = [bytes.fromhex((line if line.startswith("good ") else ours[0])[5:]) for line in ours]
    for peer in ("eventlog", "attestation"):
        theirs = run(theirs_program, [peer], [f for (_, data), r in zip(cases, registers) for f in (data, r)])
        bad, known = [], collections.Counter()
        for (what, data), a, b in zip(cases, ours, theirs):
            if a.startswith("good") == b.startswith("good"):
                continue
            # Zeros behind the last event are filling here, also where they were the beginning of an event that is cut off.
            if a.startswith("good"):
                why = "zeros that end the file are filling here" if b.startswith("bad ") and "EOF" in b and data[-1] == 0 else None
            else:
                why = explained("log", "theirs", a)
            if why:
                known[why] += 1
            else:
                bad.append((what, a[:100], b[:160]))
        ok(len(theirs) == len(cases) and theirs[0].startswith("good") and not bad, "%s: go-%s finds the same registers in the %d of %d that are read here%s" %
           (log, peer, sum(a.startswith("good") for a in ours), len(cases), "".join("; %d: %s" % (n, w) for w, n in known.items())), bad[:6])
tap.done()
