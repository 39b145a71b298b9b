#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""verify-foreign.t - real machines' evidence of other systems: accepted as of its time, and refused with any field changed"""
import base64
import copy
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "verify"))
from cases import FIXTURES, Case, done, ok, skip, summary

if not os.path.isdir(FIXTURES):
    skip("evidence of real machines", "%s is not there (HALLMARK_FIXTURES)" % FIXTURES)
    done()


def fixture(name):
    with open(os.path.join(FIXTURES, name), "rb") as file:
        return file.read()


def pem(name):
    """A certificate of the fixtures, whatever form it has there."""
    content = fixture("roots/" + name)
    form = "PEM" if b"-----BEGIN" in content else "DER"
    return subprocess.run(["openssl", "x509", "-inform", form], input=content, capture_output=True, check=True).stdout


def leaves(value, path=()):
    """Every string in a JSON value, with its path."""
    if isinstance(value, str):
        yield path, value
    else:
        for key, inner in (value.items() if isinstance(value, dict) else enumerate(value)):
            yield from leaves(inner, path + (key,))


def with_leaf(root, path, value):
    root = copy.deepcopy(root)
    at = root
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return json.dumps(root).encode()


def flipped(text, place):
    """The same text with one character changed into another one of its alphabet (hex, or base64 and PEM)."""
    c = text[place]
    return text[:place] + ("1" if c != "1" else "2") + text[place + 1:] if c.isalnum() else None


case = Case()
ROOTS = {"azure": pem("azure_vtpm_root_2023.crt"), "gcp": pem("gcp_ek_ak_ca_root.crt")}
for name, content in ROOTS.items():
    case.write(name + ".pem", content)
EVIDENCE = {
    "blindllama-v2": ("azure-tl/blindllama-v2.json", "azure", "2023-12-01T00:00:00Z", "2025-12-01T00:00:00Z"),
    "gcp": ("gcp/gcp-sev.json", "gcp", "@1770019200", "2025-01-01T00:00:00Z"),
    "aws": ("aws/nitrotpm.json", None, "@1770116400", "2025-01-01T00:00:00Z"),
}
counts = {}
for form, (file, root, time, other_time) in EVIDENCE.items():
    content = fixture(file)
    root_json = json.loads(content)
    nonce = root_json.get("nonce")
    ask = ("--nonce", nonce) if nonce else ("--accept-stale",)
    trust = ["--platform-only", "--format", form] + (["--roots", case.path(root + ".pem")] if root else [])
    run = lambda proof, *more: case.run(proof, *(more or ask), "--as-of", time, trust=trust)
    v = case.accepted("%s: accepted as of its time" % form, content, *ask, "--as-of", time, trust=trust)
    left_out = [c["name"] for c in v["checks"] if c["state"] == "left-out"]
    ok(set(left_out) >= {"golden", "ak-key", "registers", "records", "debug"} and "signature" not in left_out and "selection" not in left_out,
       "%s: what is left out is listed" % form, left_out)
    if root:
        case.rejected("%s: b10_: at another time" % form, content, "InvalidAttestationKey", 2, *ask, "--as-of", other_time, trust=trust)
        wrong = trust[:-1] + [case.path(("gcp" if root == "azure" else "azure") + ".pem")]
        case.rejected("%s: b10_: another cloud's root" % form, content, "InvalidAttestationKey", 2, *ask, "--as-of", time, trust=wrong)
    if nonce:
        case.rejected("%s: b04_: another nonce" % form, content, "StaleQuote", 6, "--nonce", "00" * 32, "--as-of", time, trust=trust)
        case.accepted("%s: without a nonce of ours" % form, content, "--accept-stale", "--as-of", time, trust=trust)
        other = json.dumps({**root_json, "nonce": "00" * 32}).encode()
        case.rejected("%s: b04_: a file that says it has our nonce" % form, other, "StaleQuote", 6, "--nonce", "00" * 32, "--as-of", time, trust=trust)
        case.rejected("%s: b04_: the same, where no nonce is asked for" % form, other, "StaleQuote", 6, "--accept-stale", "--as-of", time, trust=trust)
    else:
        case.rejected("%s: b04_: a nonce is asked for, and the file has none" % form, content, "StaleQuote", 6, "--nonce", "00" * 32,
                      "--as-of", time, trust=trust)
    case.rejected("%s: as our own format" % form, content, "Malformed", 1, *ask, "--as-of", time,
                  trust=[w if w != form else "hallmark" for w in trust] + ["--platform", {"blindllama-v2": "azure-tl"}.get(form, form), "--bank",
                                                                           "sha384" if form == "aws" else "sha256"])
    # Each field, with one character changed at its start, in its middle and at its end: refused.
    survived, codes, tried = [], {}, 0
    for path, text in leaves(root_json):
        for place in sorted({0, len(text) // 2, len(text) - 1, 30, 200} & set(range(len(text)))):
            changed = flipped(text, place)
            if changed is None:
                continue
            status, verdict, error = run(with_leaf(root_json, path, changed))
            tried += 1
            if status != 1 or not verdict or verdict["verdict"] != "rejected" or verdict["code"] in ("InternalError", "Ok"):
                survived.append(("/".join(map(str, path)), place, status, summary(verdict), error))
            else:
                codes.setdefault("/".join(map(str, path)), set()).add((verdict["code"], verdict["failed_check"]))
    ok(not survived and tried > 15, "%s: each of %d changes of one field is refused" % (form, tried), survived)
    print("#! %s: %d changes of one field refused" % (form, tried))
    counts[form] = codes
    # A field that is missing, or one more.
    for key in root_json:
        less = {k: v for k, v in root_json.items() if k != key}
        case.rejected("%s: without %s" % (form, key), json.dumps(less).encode(), "Malformed", 1, *ask, "--as-of", time, trust=trust)
    case.rejected("%s: with one field more" % form, json.dumps({**root_json, "x": 1}).encode(), "Malformed", 1, *ask, "--as-of", time, trust=trust)

# The right code for what was changed.
EXPECTED = {
    "blindllama-v2": {"cert_chain/0": {("InvalidAttestationKey", 2), ("Malformed", 1)}, "cert_chain/1": {("InvalidAttestationKey", 2), ("Malformed", 1)},
                      "quote/message": {("InvalidQuote", 4)}, "quote/signature": {("InvalidQuote", 4), ("Malformed", 4)},
                      "webserver_rootca": {("LogMismatch", 10)}, "application_disk_roothash": {("LogMismatch", 10)}},
    "gcp": {"nonce": {("StaleQuote", 6)}, "pcrs/sha256/4": {("InvalidQuote", 8)}, "pcrs/sha256/16": {("InvalidQuote", 8)},
            "ak_pubkeys/ecc_p256/x": {("InvalidAttestationKey", 3)}, "ak_pubkeys/ecc_p256/y": {("InvalidAttestationKey", 3)},
            "attestation/tpm/ecc_p256/attest_data": {("InvalidQuote", 4)}},
    "aws": {"pcrs/sha384/4": {("InvalidQuote", 8)}, "attestation/tpm/ecc_p256/attest_data": {("InvalidQuote", 4)},
            "ak_pubkeys/ecc_p256/x": {("InvalidAttestationKey", 3)}},
}
for form, wanted in EXPECTED.items():
    for path, codes in wanted.items():
        ok(counts[form].get(path, set()) and counts[form][path] <= codes, "%s: %s changed: %s" % (form, path, sorted(c for c, _ in codes)),
           counts[form].get(path))
# b25: the registers of the file are only believed as far as they are quoted.
gcp = json.loads(fixture("gcp/gcp-sev.json"))
gcp["pcrs"]["sha256"]["4"], gcp["pcrs"]["sha256"]["7"] = gcp["pcrs"]["sha256"]["7"], gcp["pcrs"]["sha256"]["4"]
case.rejected("gcp: b03_b25_: two registers' values exchanged", json.dumps(gcp).encode(), "InvalidQuote", 8, "--nonce", gcp["nonce"], "--as-of",
              "@1770019200", trust=["--platform-only", "--format", "gcp", "--roots", case.path("gcp.pem")])
# A register in BlindLlama's file is 66 bytes behind the selection and two lists' heads.
blind = json.loads(fixture("azure-tl/blindllama-v2.json"))
registers = bytearray(base64.b64decode(blind["quote"]["pcr"]))
registers[132 + 4 + 4 + 2 + 66 * 4] ^= 1
blind["quote"]["pcr"] = base64.b64encode(bytes(registers)).decode()
case.rejected("blindllama-v2: b25_: one bit of PCR 4", json.dumps(blind).encode(), "InvalidQuote", 8, "--accept-stale", "--as-of", "2023-12-01T00:00:00Z",
              trust=["--platform-only", "--format", "blindllama-v2", "--roots", case.path("azure.pem")])

# --- Azure's confidential VMs, as Confidential Containers and az-cvm-vtpm keep them ---

def az_bytes(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def version_0(root, names):
    """The same as the program's structures were stored before there were versions: bytes as lists of numbers."""
    quote = {"signature": list(bytes.fromhex(root["tpm_quote"]["signature"])), "message": list(bytes.fromhex(root["tpm_quote"]["message"])),
             "pcrs": [list(bytes.fromhex(p)) for p in root["tpm_quote"]["pcrs"]]}
    return {names[0]: quote, names[1]: list(az_bytes(root["hcl_report"]))}


def az(form, file, platform, policy, nonce, time, other_time, amd=None):
    content = fixture(file)
    root = json.loads(content)
    policies = {"good": policy, "any": {}, "other": json.loads(json.dumps(policy).replace(json.dumps(policy)[-12:-6], "000000"))}
    for name, value in policies.items():
        case.write(form + "-" + name, json.dumps({"version": "hallmark-platforms/1", "allowed": [platform], **value}).encode())
    trust = lambda name: ["--platform-only", "--format", form, "--roots", case.path("azure.pem"), "--platforms", case.path(form + "-" + name)] + \
        (["--vcek", amd] if amd else [])
    ask = ("--nonce", nonce.hex(), "--as-of", time)
    v = case.accepted(form + ": accepted as of its time, with the nonce as it was given", content, *ask, trust=trust("good"))
    left_out = {c["name"] for c in v["checks"] if c["state"] == "left-out"}
    ok(left_out >= {"ak-chain", "ak-key", "golden"} and not left_out & {"signature", "selection", "freshness", "hardware"},
       form + ": what is left out is listed", left_out)
    case.accepted(form + ": without a nonce of ours", content, "--accept-stale", "--as-of", time, trust=trust("good"))
    for other in (b"challengf", nonce[:-1], nonce + b"\0", bytes(32), bytes(64)):
        case.rejected("%s: b04_: a nonce of %d bytes that is another" % (form, len(other)), content, "StaleQuote", 6, "--nonce", other.hex(),
                      "--as-of", time, trust=trust("good"))
    for bad in ("", "6", "63686", "CC", "00" * 65):
        status, verdict, error = case.run(content, "--nonce", bad, "--as-of", time, trust=trust("good"))
        ok(status == 3 and not verdict, "%s: --nonce '%.8s'" % (form, bad), (status, error))
    # Anybody who has such a machine could have code of their own vouch for a key of their own.
    case.rejected(form + ": b23_: a policy that lists nobody's code", content, "InvalidAttestationKey", 2, *ask, trust=trust("any"))
    case.rejected(form + ": b23_: a policy that lists another code", content, "NonCompliantPlatform", 15, *ask, trust=trust("other"))
    case.rejected(form + ": b10_: at another time", content, "NonCompliantPlatform", 15, "--nonce", nonce.hex(), "--as-of", other_time, trust=trust("good"))
    case.rejected(form + ": as the other one", content, "Malformed", 1, *ask,
                  trust=[{"az-tdx-vtpm": "az-snp-vtpm", "az-snp-vtpm": "az-tdx-vtpm"}.get(w, w) for w in trust("good")] +
                  ["--platform", platform])
    survived, tried = [], 0
    hcl, body = az_bytes(root["hcl_report"]), len(az_bytes(root["hcl_report"]).rstrip(b"\0"))
    for path, text in leaves({k: v for k, v in root.items() if k != "version"}):
        places = {0, len(text) // 2, len(text) - 5, 800}
        if path == ("hcl_report",):
            # Not the request's words (32 bytes before the report), which nobody signs.
            places = {0, 3, (32 + 528) * 4 // 3 if "td_quote" in root else 200, 1300 * 4 // 3, (body - 20) * 4 // 3, len(text) - 9}
        for place in sorted(places & set(range(len(text)))):
            changed = flipped(text, place)
            if changed is None:
                continue
            status, verdict, error = case.run(with_leaf(root, path, changed), *ask, trust=trust("good"))
            tried += 1
            if status != 1 or not verdict or verdict["verdict"] != "rejected" or verdict["code"] in ("InternalError", "Ok"):
                survived.append(("/".join(map(str, path)), place, status, summary(verdict), error))
    ok(not survived and tried > 60, "%s: each of %d changes of one field is refused" % (form, tried), survived)
    for key in root:
        less = {k: v for k, v in root.items() if k != key}
        case.rejected("%s: without %s" % (form, key), json.dumps(less).encode(), "Malformed", 1, *ask, trust=trust("good"))
    for change in ({"x": 1}, {"version": 0}, {"version": 3}, {"version": "1"}, {"tpm_quote": []}, {"hcl_report": 5},
                   {"hcl_report": root["hcl_report"][:-4] + "===="}, {"tpm_quote": {**root["tpm_quote"], "x": 1}},
                   {"tpm_quote": {**root["tpm_quote"], "pcrs": root["tpm_quote"]["pcrs"][:-1]}},
                   {"tpm_quote": {**root["tpm_quote"], "message": [256]}}, {"tpm_quote": {**root["tpm_quote"], "message": []}}):
        case.rejected("%s: %.40s" % (form, json.dumps(change)), json.dumps({**root, **change}).encode(), "Malformed", 1, *ask, trust=trust("good"))
    swapped = json.loads(content)
    p = swapped["tpm_quote"]["pcrs"]
    p[4], p[7] = p[7], p[4]
    case.rejected(form + ": b03_b25_: two registers' values exchanged", json.dumps(swapped).encode(), "InvalidQuote", 8, *ask, trust=trust("good"))
    case.accepted(form + ": its members in another order", json.dumps(dict(reversed(list(root.items())))).encode(), *ask, trust=trust("good"))
    if "td_quote" in root:
        old = {**version_0(root, ("tpm_quote", "hcl_report")), "td_quote": list(az_bytes(root["td_quote"]))}
    else:
        old = {**version_0(root, ("quote", "report")),
               "vcek": "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(az_bytes(root["vcek"])).decode() + "-----END CERTIFICATE-----\n"}
    case.accepted(form + ": as it was stored before version 1", json.dumps(old).encode(), *ask, trust=trust("good"))


# MRTD of a quote of version 4; Intel TDX DCAP Quoting Library API, A.3.
tdx_file = "azure-tdx/coco-tdx-evidence-v1.json"
mrtd = az_bytes(json.loads(fixture(tdx_file))["td_quote"])[184:232].hex()
az("az-tdx-vtpm", tdx_file, "azure-tdx", {"tdx": {"mrtd": [mrtd]}}, b"challenge", "2026-01-01T00:00:00Z", "2023-01-01T00:00:00Z")
# The same machine's files as the programs write them to disk: the HCL report, and the quote as bincode has it (lengths of 8 bytes).
packed, at, runs = fixture("azure-tdx/coco-tdx-quote.bin"), 0, []
for _ in range(2):
    length = int.from_bytes(packed[at:at + 8], "little")
    runs.append(packed[at + 8:at + 8 + length])
    at += 8 + length
registers = [list(packed[i:i + 32]) for i in range(at + 8, len(packed), 32)]
files = {"tpm_quote": {"signature": list(runs[0]), "message": list(runs[1]), "pcrs": registers},
         "hcl_report": list(fixture("azure-tdx/coco-tdx-hcl-report.bin")), "td_quote": list(az_bytes(json.loads(fixture(tdx_file))["td_quote"]))}
case.accepted("az-tdx-vtpm: report and quote from the machine's own files", json.dumps(files).encode(), "--nonce", b"challenge".hex(), "--as-of",
              "2026-01-01T00:00:00Z", trust=["--platform-only", "--format", "az-tdx-vtpm", "--roots", case.path("azure.pem"), "--platforms",
                                             case.path("az-tdx-vtpm-good")])
snp_file = "azure-snp/coco-snp-evidence-v1.json"
if not os.path.isfile(os.path.join(FIXTURES, snp_file)):
    skip("az-snp-vtpm: a real machine's evidence", "%s is not among the fixtures" % snp_file)
else:
    # The measurement is 0x90 behind the report's start (AMD 56860), the report 32 behind the envelope's.
    measurement = az_bytes(json.loads(fixture(snp_file))["hcl_report"])[32 + 0x90:32 + 0x90 + 48].hex()
    case.write("amd.pem", fixture("azure-snp/milan-ask-ark.pem"))
    az("az-snp-vtpm", snp_file, "azure-cvm", {"amd": {"measurements": [measurement]}}, b"challenge", "2026-01-01T00:00:00Z", "2020-01-01T00:00:00Z",
       amd=case.path("amd.pem"))

case.__exit__()
done()
