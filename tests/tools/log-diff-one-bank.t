#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""log-diff-one-bank.t - a machine of which one bank alone shows the golden log, and whose other banks show what it is

A bank that nobody extends is free for whoever has the TPM after the boot: all golden events go into it, and it is the golden machine's. Here
SHA-384 is such a bank. SHA-256 has what was really started: another application. The server knows both, has the TPM's key and says what it likes.
"""
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "verify"))
from front import Front
from maker import ALG, Machine, h, layer, replay, runtime_log
from cases import HALLMARK, Case, done, ok

m = Machine()
case = Case(m)
good = list(m.records)
real = [(pcr, layer("app", "ee" * 32)) if " name=app " in line else (pcr, line) for pcr, line in good]
assert real != good and len(real) == len(good)
REAL = {"sha256": replay(m.events, real)["sha256"], "sha384": replay(m.events, good)["sha384"]}
GOLDEN = replay(m.events, good)["sha256"]
PCRS = b"\xff\xff\x00"


def selected(*banks):
    """What this TPM quotes over these banks: its registers as they are."""
    return {"selections": [(ALG[bank], 3, PCRS) for bank in banks],
            "digest": h("sha256", b"".join(b"".join(REAL[bank][:16]) for bank in banks))}


def proof(nonce, bank, shown, quoted, records):
    m.records = records
    return m.proof(nonce, bank=bank, pcrs=dict(enumerate(shown[:16])), attest=selected(*quoted))


def client(make, *options):
    """(status, code, check) of hallmark verify, (HTTP status, code) of a request through hallmark proxy, and what of it arrived."""
    with Front(make, m.tls_key, m.tls) as front:
        url = "https://127.0.0.1:%d" % front.port
        run = subprocess.run([HALLMARK, "verify", url, "--json", *case.trust(), *options], capture_output=True, timeout=60)
        verdict = json.loads(run.stdout or b"{}")
        proxy = subprocess.Popen([HALLMARK, "proxy", "--listen", "127.0.0.1:0", url, *case.trust(), *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        local = proxy.stdout.readline().decode().strip()
        curl = subprocess.run(["curl", "-s", "-o", case.path("answer"), "-w", "%{http_code} %header{hallmark-error}", "--data-binary", "a secret", local + "/ocr"],
                              capture_output=True, timeout=60)
        proxy.terminate()
        proxy.wait()
        proxy.stdout.close()
        return (run.returncode, verdict.get("code"), verdict.get("failed_check")), curl.stdout.decode().strip(), front.received


def refused(name, code, check, make):
    verdict, answer, received = client(make)
    ok(verdict == (1, code, check), "a05_c03_%s: %s at check %d" % (name, code, check), verdict)
    ok(answer.split()[0] == "502" and received == b"", "a05_c03_%s: proxy: 502, and not a byte" % name, (answer, received))


verdict, answer, received = client(m.proof)
ok(verdict == (0, "Ok", None) and b"a secret" in received, "control: the genuine machine is accepted, and gets the request", (verdict, answer))
verdict, answer, received = client(lambda nonce: proof(nonce, "sha384", REAL["sha384"], ["sha384"], good), "--bank", "sha384")
ok(verdict == (0, "Ok", None), "control: who asks for the bank that was replayed sees the golden machine", verdict)

refused("the_replayed_bank", "WrongSelection", 8, lambda nonce: proof(nonce, "sha384", REAL["sha384"], ["sha384"], good))
refused("the_replayed_bank_by_the_name_of_the_other", "WrongSelection", 8, lambda nonce: proof(nonce, "sha256", GOLDEN, ["sha384"], good))
refused("both_banks", "WrongSelection", 8, lambda nonce: proof(nonce, "sha256", REAL["sha256"], ["sha256", "sha384"], real))
refused("both_banks_the_replayed_one_first", "WrongSelection", 8, lambda nonce: proof(nonce, "sha256", GOLDEN, ["sha384", "sha256"], good))
refused("golden_values_beside_the_real_quote", "InvalidQuote", 8, lambda nonce: proof(nonce, "sha256", GOLDEN, ["sha256"], good))
refused("golden_log_beside_the_real_values", "LogMismatch", 10, lambda nonce: proof(nonce, "sha256", REAL["sha256"], ["sha256"], good))
refused("real_values_and_real_log", "PcrMismatch", 11, lambda nonce: proof(nonce, "sha256", REAL["sha256"], ["sha256"], real))


def mixed_log(records):
    """Each line's SHA-256 digest of what was started, the other digests and the text of what the client expects."""
    lines = []
    for expected, seen in zip(runtime_log(good).splitlines(), runtime_log(records).splitlines()):
        a, b = json.loads(expected), json.loads(seen)
        line = expected
        for x, y in zip(a["digests"], b["digests"]):
            if x["hashAlg"] == "sha256":
                line = line.replace(x["digest"].encode(), y["digest"].encode())
        lines.append(line)
    return b"".join(line + b"\n" for line in lines)


def with_mixed_log(nonce):
    m.records = real
    return m.proof(nonce, pcrs=dict(enumerate(REAL["sha256"][:16])), attest=selected("sha256"), runtime=mixed_log(real))


refused("golden_text_with_real_digests", "LogMismatch", 10, with_mixed_log)
done()
