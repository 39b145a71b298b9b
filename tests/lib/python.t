#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""python.t - the Python package of clients/python: who is let through, by which exception, and that nobody else gets a byte"""
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
top = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path[:0] = [os.path.join(top, "tests", "verify"), os.path.join(top, "clients", "python", "src")]
BUILD = os.path.join(top, os.environ.get("B", "build"))
if "HALLMARK_PYTHON_TEST" not in os.environ:
    # The loader reads LD_LIBRARY_PATH once, when a program starts.
    made = subprocess.run(["flock", os.path.join(BUILD, "lib.lock"), "make", "-s", "lib", "lib-client"], cwd=top, capture_output=True, text=True)
    if made.returncode:
        print("Bail out! make lib-client: " + made.stderr[-500:].replace("\n", " "))
        sys.exit(1)
    work = tempfile.mkdtemp(prefix="hallmark-python.")
    for name in ("libhallmark", "libhallmark-client"):
        shutil.copy(os.path.join(BUILD, name + ".so"), os.path.join(work, name + ".so.0"))
    # A proxy that is not there: whoever used it would fail.
    environment = {**os.environ, "HALLMARK_PYTHON_TEST": work, "LD_LIBRARY_PATH": work, "HTTPS_PROXY": "http://127.0.0.1:1",
                   "https_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}
    environment.pop("NO_PROXY", None)
    environment.pop("no_proxy", None)
    status = subprocess.run([sys.executable, os.path.abspath(__file__)], env=environment).returncode
    shutil.rmtree(work)
    sys.exit(status)

import platform_vectors as vectors  # noqa: E402
from cases import Case, done, ok  # noqa: E402
from front import BIG, Front, answer  # noqa: E402
from maker import Cloud, Machine, certificate, new_key, spki_sha256  # noqa: E402
from transparency import Log, pem  # noqa: E402

import hallmark  # noqa: E402
import hallmark.errors  # noqa: E402
import hallmark.httpx  # noqa: E402
import hallmark.requests  # noqa: E402

SECRET = b"the patient's name is not for everybody"
m = Machine()
case = Case(m)


def policy_of(its, **options):
    return hallmark.Policy(golden=its.path("golden.json"), golden_key=its.path("golden.pub"), roots=its.path("roots.pem"), **options)


def serve(machine=m, mode="", make=None, key=None):
    leaf = certificate("enclave", key) if key else machine.tls
    return Front(make or (lambda nonce: machine.proof(nonce)), key or machine.tls_key, leaf, mode)


def raised(call, *arguments, **options):
    try:
        return call(*arguments, **options)
    except Exception as error:
        return error


def raw(policy, front):
    with hallmark.connect("127.0.0.1", front.port, policy) as connection:
        connection.sendall(SECRET)


def by_requests(policy, front):
    with hallmark.requests.Session(policy) as session:
        return session.post("https://127.0.0.1:%d/ocr" % front.port, data=SECRET, timeout=60)


def by_httpx(policy, front):
    with hallmark.httpx.Client(policy, timeout=60) as client:
        return client.post("https://127.0.0.1:%d/ocr" % front.port, content=SECRET)


WAYS = (raw, by_requests, by_httpx)

# --- what stands in the package is what stands in the library ---
headers = [os.path.join(top, "lib", "hallmark.h"), os.path.join(top, "host", "client", "hallmark_client.h")]
made = subprocess.run([os.path.join(top, "clients", "python", "make-cdef"), *headers], capture_output=True, text=True)
with open(os.path.join(top, "clients", "python", "src", "hallmark", "_cdef.py")) as file:
    ok(made.stdout == file.read(), "_cdef.py is what make-cdef makes of the headers of today", made.stderr)
with open(headers[0]) as file:
    text = file.read()
codes = set(re.findall(r'X\([A-Z_]+, "(\w+)"', text)) - {"Ok"}
ok(len(codes) > 20 and set(hallmark.errors.BY_CODE) == codes, "an exception for each code, and no other", codes ^ set(hallmark.errors.BY_CODE))
ok(not any(issubclass(kind, OSError) for kind in hallmark.errors.BY_CODE.values()), "none is an OSError, which clients try again on")

# --- trust ---
policy = policy_of(case)
for name, options, kind in (("another golden key", dict(golden_key=m.cloud.roots_pem()), hallmark.errors.GoldenInvalid),
                            ("no root", dict(roots=b"x"), hallmark.errors.RootsInvalid),
                            ("half a golden file", dict(golden=b"{", golden_signature=b"x"), hallmark.errors.GoldenInvalid),
                            ("a platform that is none", dict(platform="x"), hallmark.errors.BadRequest)):
    trust = dict(golden=case.path("golden.json"), golden_key=case.path("golden.pub"), roots=case.path("roots.pem"))
    error = raised(hallmark.Policy, **{**trust, **options})
    ok(type(error) is kind and not error.verdict.accepted, "Policy: %s: %s" % (name, kind.__name__), repr(error))
ok(isinstance(raised(hallmark.Policy, golden=case.path("gone")), FileNotFoundError), "Policy: a file that is not there")

# --- verify ---
nonce = os.urandom(32)
proof, spki = m.proof(nonce), spki_sha256(m.tls_key.public_key())
verdict = hallmark.verify(proof, policy, nonce=nonce, tls_spki_sha256=spki)
ok(verdict.accepted and verdict.code == "Ok" and verdict.tls_spki_sha256 == spki and len(verdict.checks) == 16 and len(verdict.registers) == 16,
   "verify: accepted", verdict)
ok(verdict.epoch.reset_count == 3 and verdict.epoch.restart_count == 1, "verify: the boot", verdict.epoch)
for name, changes, kind in (("another nonce", dict(nonce=os.urandom(32)), "StaleQuote"), ("another key", dict(tls_spki_sha256=bytes(32)), "TlsMismatch"),
                            ("another time", dict(as_of=0), "InvalidAttestationKey"), ("no nonce", dict(nonce=None), "BadRequest"),
                            ("another boot", dict(epoch=hallmark.Epoch(verdict.epoch.ak_sha256, 3, 2)), "StaleQuote")):
    error = raised(hallmark.verify, proof, policy, **{"nonce": nonce, "tls_spki_sha256": spki, **changes})
    ok(type(error).__name__ == kind and error.verdict.code == kind, "verify: %s: %s" % (name, kind), repr(error))
for changes in (dict(nonce=b""), dict(nonce=bytes(31)), dict(tls_spki_sha256=b"")):
    ok(isinstance(raised(hallmark.verify, proof, policy, **{"nonce": nonce, **changes}), ValueError), "verify: %s is not of 32 bytes" % list(changes))

# --- good machines ---
with serve() as front:
    for way in WAYS[1:]:
        got = way(policy, front)
        ok(got.status_code == 200 and got.content == SECRET, "%s: a request and its answer" % way.__name__, got)
    with hallmark.connect("127.0.0.1", front.port, policy) as connection:
        boot = connection.verdict.epoch
        connection.sendall(b"GET /close HTTP/1.1\r\nHost: x\r\n\r\n")
        with connection.makefile("rb") as file:
            ok(file.read().endswith(b"to the end"), "connect: read to an end in order")
    ok(isinstance(raised(connection.recv, 1), OSError) and connection.fileno() == -1, "connect: closed is closed")
    with hallmark.connect("127.0.0.1", front.port, policy, epoch=boot) as connection:
        connection.sendall(b"GET /cut HTTP/1.1\r\nHost: x\r\n\r\n")
        with connection.makefile("rb") as file:
            ok(isinstance(raised(file.read), OSError), "connect: an end that TLS does not vouch for is an error")
    with hallmark.connect("127.0.0.1", front.port, policy) as connection:
        connection.settimeout(0.2)
        ok(isinstance(raised(connection.recv, 1), TimeoutError), "connect: settimeout")
    before = front.received
    error = raised(hallmark.connect, "127.0.0.1", front.port, policy, epoch=hallmark.Epoch(boot.ak_sha256, boot.reset_count + 1, 0))
    ok(type(error) is hallmark.errors.StaleQuote and front.received == before, "connect: another boot: StaleQuote", repr(error))
    ok(isinstance(raised(hallmark.connect, "a b", 1, policy), ValueError) and isinstance(raised(hallmark.connect, "x", 0, policy), ValueError),
       "connect: no host, no port")
for library in ("requests", "httpx"):
    with serve() as front:
        url = "https://127.0.0.1:%d" % front.port
        client = hallmark.requests.Session(policy) if library == "requests" else hallmark.httpx.Client(policy, timeout=60)
        body = {"data" if library == "requests" else "content": b"B" * BIG}
        with client:
            answers = [client.get(url + "/chunked").content for _ in range(3)]
            ok(answers == [b"hello world"] * 3 and front.connections == 1 and len(front.nonces) == 1, "%s: a connection that was accepted is kept" % library,
               (answers, front.connections))
            ok(client.post(url, **body).content == b"B" * BIG and client.get(url + "/big").content == b"b" * BIG, "%s: 3 MiB each way" % library)
            client.get(url + "/close")
            # The pool's connection is gone: the next one is judged anew, and refused.
            front.mode, before = "no-proof", front.received
            error = raised(client.get, url + "/secret")
            ok(type(error) is hallmark.NoProof and front.received == before, "%s: each new connection is a new verdict" % library, (repr(error), front.connections, front.received[len(before):]))
            ok(isinstance(raised(client.get, "http://127.0.0.1:%d/" % front.port), Exception) and front.received == before, "%s: http:// is refused" % library)

# --- redirects ---
class Leading(Front):
    target = ""

    def application(self, method, path, head, body):
        if path.startswith("/go"):
            return answer(307, b"", "Location: %s\r\n" % self.target)
        return super().application(method, path, head, body)


with serve() as other:
    front = Leading(lambda nonce: m.proof(nonce), m.tls_key, m.tls)
    with front, hallmark.requests.Session(policy) as session, hallmark.httpx.Client(policy, follow_redirects=True, timeout=60) as client:
        url = "https://127.0.0.1:%d" % front.port
        for target in ("http://127.0.0.1:%d/x" % front.port, "https://127.0.0.1:%d/x" % other.port, "https://localhost:%d/x" % front.port,
                       "//127.0.0.1:%d/x" % other.port, "https://127.0.0.1:x/"):
            front.target = target
            errors = [raised(session.post, url + "/go", data=SECRET), raised(client.post, url + "/go", content=SECRET)]
            ok([type(e) for e in errors] == [hallmark.RedirectRefused] * 2 and other.received == b"", "a redirect to %s is refused" % re.sub(r"\d{4,}", "N", target),
               errors)
        front.target = "/there"
        answers = [session.post(url + "/go", data=SECRET).content, client.post(url + "/go", content=SECRET).content]
        ok(answers == [SECRET] * 2, "a redirect to the same machine is followed", answers)
for name in ("transport", "mounts", "proxies", "verify"):
    ok(isinstance(raised(hallmark.httpx.Client, policy, **{name: None}), TypeError), "httpx: %s= would lead around it" % name)

# --- nobody else gets a byte ---
demo, plain, alien, relay_key = Machine(profile="demo"), Machine(secure_boot=False), Machine(cloud=Cloud()), new_key("p256")
strangers = [
    ("a demo image", demo, {}, "DebugMode"),
    ("a machine in debug mode: Secure Boot off", plain, {}, "DebugMode"),
    ("h01_: another server with a genuine machine's proofs", m, dict(key=relay_key), "TlsMismatch"),
    ("b04_: an old proof", m, dict(make=lambda nonce: m.proof(bytes(32))), "StaleQuote"),
    ("an unsolicited proof", m, dict(make=lambda nonce: m.proof()), "StaleQuote"),
    ("registers that its log does not lead to", m, dict(make=lambda nonce: m.proof(nonce, pcrs={11: "aa" * 32})), "LogMismatch"),
    ("no proof but JSON", m, dict(make=lambda nonce: b"{}\n"), "Malformed"),
]
for name, machine, server, code in strangers:
    with Case(machine) as its, serve(machine, **server) as front:
        trust = policy_of(its)
        for way in WAYS:
            error = raised(way, trust, front)
            ok(type(error) is hallmark.errors.BY_CODE[code] and error.verdict.code == code and front.received == b"", "%s: %s: %s" % (way.__name__, name, code),
               repr(error))
with serve(Machine(cloud=m.cloud, profile="demo")) as front:
    ok([type(raised(way, policy, front)).__name__ for way in WAYS] == ["PcrMismatch"] * 3 and front.received == b"", "another image: PcrMismatch")
with serve(alien) as front:
    ok([type(raised(way, policy, front)).__name__ for way in WAYS] == ["InvalidAttestationKey"] * 3 and front.received == b"", "i01_: another cloud's machine")
for mode in ("no-proof", "redirect", "close", "garbage", "reset"):
    with serve(mode=mode) as front:
        errors = [raised(way, policy, front) for way in WAYS]
        ok([type(e) for e in errors] == [hallmark.NoProof] * 3 and front.received == b"", "%s: NoProof, and not a byte" % mode, errors)

# The machine of somebody else, of the same image and the same cloud.
mine = json.dumps({"version": "hallmark-machines/1", "machines": [{"name": "mine", "ak_sha256": boot.ak_sha256.hex()}]}).encode()
listed = policy_of(case, machines=case.write("machines.json", mine), machines_signature=m.golden_key.sign(mine))
with serve() as front:
    ok(by_httpx(listed, front).content == SECRET, "a machine of the list")
with serve(Machine(cloud=m.cloud)) as front:
    errors = [raised(way, listed, front) for way in WAYS]
    ok([type(e).__name__ for e in errors] == ["UnknownMachine"] * 3 and front.received == b"", "UnknownMachine, and not a byte", errors)
    ok(by_httpx(policy, front).content == SECRET, "control: without a list it is as good as any")

# A golden file that must be logged.
log = Log()
with open(case.path("golden.json"), "rb") as file:
    golden = file.read()
logged = {"log_policy": case.write("log.policy", log.sigsum_policy()), "log_key": pem(log.witness[0])}
case.write("golden.json.log-proof", log.sigsum(golden, log.witness[0]))
with serve() as front:
    ok(by_httpx(policy_of(case, **logged), front).content == SECRET, "logged: the proof is found beside the golden file")
for name, wrong, code in (("before too few witnesses", {"log_proof": log.sigsum(golden, log.witness[0], witnesses=1)}, "NotLogged"),
                          ("no proof, but bytes", {"log_proof": b"x"}, "NotLogged"), ("an empty proof", {"log_proof": b""}, "NotLogged"),
                          ("an empty policy", {"log_policy": b""}, "LogPolicyInvalid"), ("no policy", {"log_policy": None}, "BadRequest")):
    error = None
    try:
        policy_of(case, **{**logged, **wrong})
    except hallmark.Rejected as its:
        error = its
    ok(type(error).__name__ == code, "not logged: %s: %s" % (name, code), repr(error))

# A virtual machine whose own attestation service does not call it compliant with what the policy demands.
azure = Machine()
azure.ak = vectors.RSA_AK
PARTS = [(n, d) for n, d in vectors.azure(vectors.Change({}))[4] if n != "maa_token"]
hcl = dict(PARTS)["hcl_report"]
length = int.from_bytes(hcl[32 + 1184 + 16:32 + 1184 + 20], "little")
runtime = json.loads(hcl[32 + 1184 + 20:32 + 1184 + 20 + length])
snp = hcl[32:32 + 1184]


def token(nonce):
    now = int(time.time())
    claims = {"exp": now + 3600, "iat": now - 60, "nbf": now - 60, "iss": "https://attest.test", "nonce": base64.b64encode(nonce).decode(),
              "x-ms-runtime": runtime, "x-ms-attestation-type": "sevsnpvm", "x-ms-compliance-status": "azure-compliant-cvm",
              "x-ms-sevsnpvm-is-debuggable": bool(int.from_bytes(snp[8:16], "little") >> 19 & 1), "x-ms-sevsnpvm-hostdata": snp[0xc0:0xe0].hex()}
    header = {"alg": "RS256", "jku": "https://attest.test/certs", "kid": "service-1", "typ": "JWT"}
    signed = vectors.b64url(json.dumps(header).encode()) + "." + vectors.b64url(json.dumps(claims).encode())
    return (signed + "." + vectors.b64url(vectors.sign_token(vectors.Change({}), signed.encode()))).encode()


def azure_proof(nonce):
    chain = [azure.cloud.leaf(azure.ak, subject="5efaacb0f4d9.ConfidentialVM.Azure.Microsoft"), azure.cloud.intermediate]
    hardware = {"type": "azure-snp", "parts": [{"name": n, "data": vectors.b64(d)} for n, d in [*PARTS, ("maa_token", token(nonce))]]}
    return azure.proof(nonce, chain=chain, fields={"platform": "azure-cvm", "hardware": hardware})


with Case(azure) as its, serve(azure, make=azure_proof) as front:
    def platforms(profile):
        return json.dumps({"version": "hallmark-platforms/1", "allowed": ["azure-cvm"],
                           "amd": {"vendor_roots": False, "roots": [vectors.pin(vectors.AMD.root)]},
                           "maa": {"profile": profile, "issuer": "https://attest.test", "jku": "https://attest.test/certs",
                                   "jwks": vectors.jwks(vectors.Change({}))}}).encode()

    errors = [raised(way, policy_of(its, platforms=platforms("cvm")), front) for way in WAYS]
    ok([type(e) for e in errors] == [hallmark.errors.NonCompliantUvm] * 3 and front.received == b"", "NonCompliantUvm, and not a byte", errors)
    got = by_requests(policy_of(its, platforms=platforms("snp")), front)
    ok(got.content == SECRET, "control: the same machine under another policy is accepted")

# --- threads ---
with serve() as front, hallmark.httpx.Client(policy, timeout=60) as client:
    results = []
    threads = [threading.Thread(target=lambda i=i: results.append(
        client.post("https://127.0.0.1:%d/" % front.port, content=b"%d" % i).content == b"%d" % i)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ok(results == [True] * 20 and len(front.nonces) == front.connections, "20 threads, one client", results)
done()
