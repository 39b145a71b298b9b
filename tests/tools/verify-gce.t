#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""verify-gce.t - Google: the instance that a key's certificate names, and machines with TDX, where partition table and image are in PCR 2"""
import copy
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "verify"))
import maker
from maker import Cloud, Machine, h, replay
from cases import FIXTURES, Case, done, ok, skip

NONCE = bytes(range(32))
ASK = ("--nonce", NONCE.hex(), "--platform", "gcp")
OID = "1.3.6.1.4.1.11129.2.1.21"


# --- the instance ---

def tlv(tag, content):
    length = bytes([len(content)]) if len(content) < 128 else bytes([0x81, len(content)]) if len(content) < 256 else b"\x82" + len(content).to_bytes(2, "big")
    return bytes([tag]) + length + content


def integer(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def instance(zone=b"europe-west4-b", number=42, project=b"my-project", id=1 << 62, name=b"enclave", production=b"\xff", extra=b""):
    parts = [tlv(0x0c, zone), integer(number), tlv(0x0c, project), integer(id), tlv(0x0c, name)]
    if production is not None:
        parts.append(tlv(0xa0, tlv(0x30, tlv(0xa0, integer(0)) + tlv(0xa1, tlv(1, production)))))
    return tlv(0x30, b"".join(parts) + extra)


m = Machine()
m.platform = "gcp"
case = Case(m)


def note(verdict):
    return verdict["checks"][2]["note"] if verdict else None


def shown(name, value, want, twice=False):
    extra = [(OID, value, False)]
    chain = [m.cloud.leaf(m.ak, extra=extra, eku=()), m.cloud.intermediate]
    verdict = case.accepted(name, m.proof(NONCE, chain=chain), *ASK)
    ok(note(verdict) == want, name + ": as it is shown", note(verdict))


shown("an instance", instance(), "project my-project (42), zone europe-west4-b, instance enclave (4611686018427387904)")
shown("without security properties", instance(production=None), "project my-project (42), zone europe-west4-b, instance enclave (4611686018427387904)")
shown("a key that is not of production", instance(production=b"\0"),
      "project my-project (42), zone europe-west4-b, instance enclave (4611686018427387904), not a production key")
shown("an instance id with its top bit set", instance(id=-2), "project my-project (42), zone europe-west4-b, instance enclave (18446744073709551614)")
shown("characters that are no text", instance(name=b"a\nb\x1b[0m"),
      "project my-project (42), zone europe-west4-b, instance a\\x0ab\\x1b[0m (4611686018427387904)")
for name, value in (("cut", instance()[:-1]), ("longer than it says", instance() + b"\0"), ("no sequence", b"\4\0"), ("empty", tlv(0x30, b"")),
                    ("another member", instance(extra=integer(1))), ("a text that is empty", instance(zone=b"")),
                    ("a text that is too long", instance(name=b"x" * 129)), ("a number that is too long", instance(number=1 << 70)),
                    ("another order", tlv(0x30, integer(1) + tlv(0x0c, b"zone")))):
    shown("malformed: " + name, value, "the certificate's instance cannot be read")
verdict = case.accepted("no such extension", m.proof(NONCE, chain=[m.cloud.leaf(m.ak, eku=()), m.cloud.intermediate]), *ASK)
ok(note(verdict) is None, "no such extension: nothing is shown", note(verdict))
real = os.path.join(FIXTURES, "gcp/gcp-sev.json")
if os.path.exists(real):
    with open(real, "rb") as file:
        evidence = file.read()
    data = json.loads(evidence)
    roots = case.write("google.pem", data["attestation"]["gcp"]["ak_cert_chain"].split("-----END CERTIFICATE-----\n")[-2].encode()
                       + b"-----END CERTIFICATE-----\n")
    verdict = case.accepted("a real machine", evidence, "--format", "gcp", "--platform", "gcp", "--platform-only", "--nonce", data["nonce"], "--as-of",
                            "@1770019200", trust=["--roots", roots])
    # by openssl asn1parse
    ok(note(verdict) == "project lockboot (232923608972), zone us-central1-f, instance instance-20260202-065609 (3414240648225485836)",
       "a real machine: its instance", note(verdict))
else:
    skip("a real machine", "HALLMARK_FIXTURES is absent")

# --- where TDX firmware measures ---


def placed(events):
    """As Google's TDX firmware: partition table and image in PCR 2, after its separator."""
    moved = copy.deepcopy(events)
    for event in moved:
        if event.type in ("EV_EFI_GPT_EVENT", "EV_EFI_BOOT_SERVICES_APPLICATION"):
            event.pcr = 2
    return moved


DECIDED = [0, 1, 2, 4, 5]
policy = ["one-of" if pcr in DECIDED else word for pcr, word in enumerate(maker.POLICY)]


def profile(name, events):
    registers = replay(events, m.golden_records)
    one = lambda pcr: {"pcr": pcr, "policy": "shown" if pcr == 5 else "pinned", "values": {b: registers[b][pcr].hex() for b in maker.BANKS}}
    return {"name": name, "machine": name, "pcrs": [one(pcr) for pcr in DECIDED],
            "events": [{"pcr": e.pcr, "type": e.type, "what": e.what, "digests": {b: e.digests[b].hex() for b in maker.BANKS}}
                       for e in events if e.pcr in DECIDED]}


plain_events, tdx_events = list(m.events), placed(m.events)
both = [profile("gce", plain_events), profile("gce-tdx", tdx_events)]
other = [maker.firmware_events(kernel=b"another kernel"), placed(maker.firmware_events(kernel=b"another kernel"))]
prefix = h("sha256", h("sha256", bytes(32) + h("sha256", b"Calling EFI Application from Boot Option")) + h("sha256", bytes(4)))


def run(name, profiles, events, want, pcr=None, seen="", **changes):
    m.write_golden(case.directory, m.golden(policy=policy, profiles=profiles))
    m.events = events
    proof = m.proof(NONCE, chain=[m.cloud.leaf(m.ak, eku=()), m.cloud.intermediate], **changes)
    if want:
        verdict = case.accepted(name, proof, *ASK)
        ok(verdict and verdict["profile"] == want, name + ": of that profile", verdict and verdict["profile"])
        return
    verdict = case.rejected(name, proof, "PcrMismatch", 11, *ASK, seen=seen)
    ok(verdict and verdict["pcr"] == pcr, name + ": register %s" % pcr, verdict and verdict["pcr"])


# 11 and 9 would tell another kernel too: here the firmware's registers have to do it.
def image_only(events):
    changed = copy.deepcopy(events)
    for event, model in zip(changed, plain_events):
        if event.type == "EV_EFI_BOOT_SERVICES_APPLICATION":
            event.digests = {b: h(b, b"another image") for b in maker.BANKS}
    return changed


run("a machine without TDX", both, plain_events, "gce")
run("a machine with TDX", both, tdx_events, "gce-tdx")
ok(replay(tdx_events, m.records)["sha256"][4] == prefix, "with TDX PCR 4 is the constant that it is for every image")
run("gce_tdx_another_image: PCR 4 is right, PCR 2 is not", both[1:], image_only(tdx_events), None, 2)
run("another image with TDX, both profiles", both, image_only(tdx_events), None, 2)
run("another image without TDX", both[:1], image_only(plain_events), None, 4)
run("a machine with TDX against a machine without", both[:1], tdx_events, None, 2)
run("a machine without TDX against one with", both[1:], plain_events, None, 2)
separators = replay(plain_events, m.records)["sha256"][2]
run("a05_mixed_profiles: PCR 4 of the one, PCR 2 of the other", both, plain_events, None, 4, firmware=b"", pcrs={2: separators, 4: prefix})
table = copy.deepcopy(tdx_events)
for event in table:
    if event.type == "EV_EFI_GPT_EVENT":
        event.digests = {b: h(b, b"another table") for b in maker.BANKS}
run("another partition table with TDX", both, table, None, 2)
case.__exit__()
done()
