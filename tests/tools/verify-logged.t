#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""verify-logged.t - hallmark verify --log-policy, and sign --log-proof: a golden file that is not in the log is refused, however it is not"""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "verify"))
from maker import Machine
from cases import HALLMARK, Case, done, ok
from transparency import Log, b64, new_key, pem, private_pem, sha256

NONCE = bytes(range(1, 33))
ASK = ("--nonce", NONCE.hex())
m = Machine()
case = Case(m)
proof = m.proof(NONCE)
with open(case.path("golden.json"), "rb") as file:
    golden = file.read()
log, other = Log(), Log()
other.witness = log.witness
vendor = new_key()


def logged(content, policy, *options):
    return ("--log-proof", case.write("log-proof", content), "--log-policy", case.write("log.policy", policy), *options)


def sigsum(content=None, policy=None, *options):
    return logged(log.sigsum(golden, m.golden_key) if content is None else content, log.sigsum_policy() if policy is None else policy, *options)


def c2sp(content=None, policy=None, *options):
    return logged(log.c2sp(golden) if content is None else content, log.c2sp_policy() if policy is None else policy, *options)


key = ("--log-key", case.write("vendor.pub", pem(vendor)))

# --- accepted ---
case.accepted("control: without a log", proof, *ASK)
verdict = case.accepted("sigsum, by the golden key", proof, *ASK, *sigsum())
ok(verdict["checks"][0]["note"] == "logged as entry 3, before 3 witnesses", "the verdict says so", verdict["checks"][0])
case.accepted("sigsum, by a key of its own", proof, *ASK, *sigsum(log.sigsum(golden, vendor)), *key)
case.accepted("sigsum, before the quorum alone", proof, *ASK, *sigsum(log.sigsum(golden, m.golden_key, witnesses=2)))
case.accepted("sigsum, the only entry", proof, *ASK, *sigsum(log.sigsum(golden, m.golden_key, size=1, index=0)))
case.accepted("C2SP", proof, *ASK, *c2sp())
case.accepted("C2SP, the only entry", proof, *ASK, *c2sp(log.c2sp(golden, size=1, index=0)))
alone = Log("none")
verdict = case.accepted("no witness is asked for", proof, *ASK, *c2sp(alone.c2sp(golden, witnesses=0), alone.c2sp_policy()))
ok(verdict["checks"][0]["note"] == "logged as entry 3, and the policy asks for no witness", "the verdict says so", verdict["checks"][0])
case.write("golden.json.log-proof", log.c2sp(golden))
case.accepted("the proof beside the golden file", proof, *ASK, "--log-policy", case.write("log.policy", log.c2sp_policy()))
case.rejected("being logged is no excuse", m.proof(bytes(32)), "StaleQuote", 6, *ASK, *c2sp())


# ML-DSA-44: a cosignature of a key that the policy does not name is no more than any other; a policy that names one is refused.
quantum = log.c2sp(golden) + "\u2014 pq.example {}\n".format(b64(bytes(4 + 8 + 2420))).encode()
case.accepted("C2SP: a witness more, by ML-DSA-44", proof, *ASK, *c2sp(quantum))
material = bytes([6]) + bytes(1312)
pq = "witness pq pq.example+%s+%s\n" % (sha256(b"pq.example\n" + material)[:4].hex(), b64(material))


# --- refused ---
def refused(name, status, text, *options, trust=None):
    run = subprocess.run([HALLMARK, "verify", case.write("proof.json", proof), *(case.trust() if trust is None else trust), *ASK, *options],
                         capture_output=True, text=True, timeout=60)
    ok(run.returncode == status and text in run.stderr and run.stderr.count("\n") == 1 and not run.stdout, name, (run.returncode, run.stderr, run.stdout))


NOT_LOGGED = "golden.json: NotLogged: "
# The golden file that a client was given is a second one, signed by the vendor as the first, for this client alone. Only the first is logged.
first = b'{"version": "hallmark-golden/1"}\n'
for name, form in (("sigsum", sigsum), ("C2SP", c2sp)):
    make = (lambda its, file, **how: its.sigsum(file, m.golden_key, **how)) if form is sigsum else (lambda its, file, **how: its.c2sp(file, **how))
    refused("%s: a second golden file with the first one's proof" % name, 1, NOT_LOGGED, *form(make(log, first)))
    refused("%s: in a log of the vendor's own" % name, 1, NOT_LOGGED, *form(make(other, golden)))
    refused("%s: in a view of the log that no witness has seen" % name, 1, NOT_LOGGED + "0 of the policy's witnesses have signed", *form(make(log, golden, witnesses=0)))
    refused("%s: before one witness where two are asked for" % name, 1, NOT_LOGGED + "1 of the policy's witnesses have signed", *form(make(log, golden, witnesses=1)))
    refused("%s: a proof that is cut off" % name, 1, NOT_LOGGED, *form(make(log, golden)[:-10]))
refused("sigsum: logged by somebody else", 1, NOT_LOGGED + "the entry is of another submitter's key", *sigsum(log.sigsum(golden, vendor)))
refused("sigsum: logged by the golden key, where another is asked for", 1, NOT_LOGGED + "the entry is of another submitter's key", *sigsum(), *key)
refused("C2SP: the log has signed another log's tree", 1, NOT_LOGGED + "no log of the policy has signed the tree as its own", *c2sp(log.c2sp(golden, origin="log.example/silver")))
refused("C2SP: a time of 2^63", 1, NOT_LOGGED + "the cosignature of the witness w0 is not valid", *c2sp(log.c2sp(golden, time=1 << 63)))
case.accepted("C2SP: a time of 2^63 - 1", proof, *ASK, *c2sp(log.c2sp(golden, time=(1 << 63) - 1)))
refused("sigsum's proof, C2SP's policy", 1, NOT_LOGGED + "a proof of sigsum's form, and a policy of vkeys", *sigsum(None, log.c2sp_policy()))
refused("C2SP's proof, sigsum's policy", 1, NOT_LOGGED + "a proof of C2SP's form, and a policy of keys in hex", *c2sp(None, log.sigsum_policy()))
refused("something else", 1, NOT_LOGGED + "neither a proof of sigsum", *sigsum(b"signature\n"))
refused("a policy that is none", 2, "log.policy: LogPolicyInvalid: no quorum", *sigsum(None, b"# nothing\n"))
refused("a policy with a witness by ML-DSA-44", 2, "log.policy: LogPolicyInvalid: line 1: pq.example is a key of ML-DSA-44, which is not supported",
        *c2sp(None, pq.encode() + log.c2sp_policy()))
refused("an empty policy", 2, "log.policy: the file is empty", *sigsum(None, b""))
refused("an empty proof", 2, "log-proof: the file is empty", *sigsum(b""))
refused("a log key of another kind", 2, "log.policy: LogPolicyInvalid: the key is not one PEM public key", *sigsum(None, None, "--log-key", case.path("log.policy")))
refused("a log key and C2SP's form", 3, "names no key", *c2sp(), *key)
refused("a proof without a policy", 3, "need --log-policy", "--log-proof", case.path("log-proof"))
refused("a key without a policy", 3, "need --log-policy", *key)
refused("no golden file", 3, "--log-policy needs --golden", *sigsum(), trust=["--platform-only", "--roots", case.path("roots.pem")])
os.remove(case.path("golden.json.log-proof"))
refused("no proof beside the golden file", 4, "golden.json.log-proof: No such file", "--log-policy", case.path("log.policy"))

# A golden key that cannot log.
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
big = Machine()
big.golden_key = ec.generate_private_key(ec.SECP384R1())
with Case(big) as its:
    with open(its.path("golden.json"), "rb") as file:
        content = file.read()
    arguments = [HALLMARK, "verify", its.write("proof.json", big.proof(NONCE)), *its.trust(), *ASK, "--as-of", "2026-11-26T12:00:00Z",
                 "--log-policy", its.write("p", log.sigsum_policy()), "--log-proof", its.write("l", log.sigsum(content, vendor))]
    run = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    ok(run.returncode == 3 and "the golden key is not Ed25519, and no log key is given" in run.stderr, "P-384 golden key without a log key: refused", run.stderr)
    run = subprocess.run([*arguments, *key], capture_output=True, text=True, timeout=60)
    ok(run.returncode == 0, "P-384 golden key with a log key: accepted", run.stderr)

# --- the proxy does not start ---
with Case(m) as its:
    common = [HALLMARK, "proxy", "--listen", "127.0.0.1:0", "https://localhost:1", *its.trust(), "--log-policy", its.write("p", log.c2sp_policy()),
              "--log-proof", its.write("l", log.c2sp(golden, witnesses=1))]
    run = subprocess.run(common, capture_output=True, text=True, timeout=60)
    ok(run.returncode == 1 and NOT_LOGGED in run.stderr and not run.stdout, "proxy: not logged: it does not start", (run.returncode, run.stderr))
    its.write("l", log.c2sp(golden))
    with subprocess.Popen(common, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        ok(process.stdout.readline().startswith("http://127.0.0.1:"), "proxy: logged: it starts")
        process.terminate()

# --- sign ---
case.write("golden.key", private_pem(m.golden_key))


def sign(*options):
    for suffix in (".sig", ".log-proof"):
        if os.path.exists(case.path("golden.json") + suffix):
            os.remove(case.path("golden.json") + suffix)
    run = subprocess.run([HALLMARK, "sign", case.path("golden.json"), "--key", case.path("golden.key"), *options], capture_output=True, text=True, timeout=60)
    kept = [os.path.exists(case.path("golden.json") + suffix) for suffix in (".sig", ".log-proof")]
    return run.returncode, run.stderr, kept


def signed(name, content, *options):
    got = sign("--log-proof", case.write("to-keep", content), *options)
    with open(case.path("golden.json.log-proof"), "rb") as file:
        ok(got == (0, "", [True, True]) and file.read() == content, "sign: %s" % name, got)


def not_signed(name, status, text, *options):
    got = sign(*options)
    ok(got[0] == status and text in got[1] and got[1].count("\n") == 1 and got[2] == [False, False], "sign: %s: refused, and nothing is written" % name, got)


by = lambda policy: ("--log-policy", case.write("log.policy", policy))
signed("sigsum", log.sigsum(golden, m.golden_key))
signed("sigsum, with a policy", log.sigsum(golden, m.golden_key), *by(log.sigsum_policy()))
signed("sigsum, by another key", log.sigsum(golden, vendor), *key)
signed("C2SP", log.c2sp(golden))
signed("C2SP, with a policy", log.c2sp(golden), *by(log.c2sp_policy()))
case.accepted("what sign has kept, verify finds", proof, *ASK, *by(log.c2sp_policy()))
keep = lambda content: ("--log-proof", case.write("to-keep", content))
not_signed("a proof of another file", 1, "to-keep: the entry's signature is not one of this file", *keep(log.sigsum(first, m.golden_key)))
not_signed("a proof of another file, C2SP", 1, "to-keep: the path does not lead from this entry", *keep(log.c2sp(first)))
not_signed("a proof by another key", 1, "to-keep: the entry is of another submitter's key", *keep(log.sigsum(golden, vendor)))
not_signed("too few witnesses", 1, "to-keep: 1 of the policy's witnesses", *keep(log.c2sp(golden, witnesses=1)), *by(log.c2sp_policy()))
not_signed("no proof at all", 1, "to-keep: neither a proof of sigsum", *keep(b"x\n"))
not_signed("a policy that is none", 2, "log.policy: no quorum", *keep(log.c2sp(golden)), *by(b"#\n"))
not_signed("a key that is none", 2, "roots.pem: the key is not one PEM public key", *keep(log.sigsum(golden, vendor)), "--log-key", case.path("roots.pem"))
not_signed("a policy without a proof", 3, "need --log-proof", *by(log.c2sp_policy()))
not_signed("no such proof", 4, "nowhere: No such file", "--log-proof", case.path("nowhere"))
done()
