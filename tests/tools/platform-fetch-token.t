#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""platform-fetch-token.t - hallmark platform fetch-token: evidence to a local attestation service, its token into the proof, and the verdict about it"""
import base64
import http.server
import json
import os
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "verify"))
from cryptography import x509
from maker import Machine, certificate, der
import platform_vectors as vectors
from cases import HALLMARK, Case, done, ok

m = Machine()
m.ak = vectors.RSA_AK
case = Case(m)
NONCE = bytes(range(1, 33))
parts = [(n, d) for n, d in vectors.azure(vectors.Change({}))[4] if n != "maa_token"]
chain = [m.cloud.leaf(m.ak, subject="5efaacb0f4d9.ConfidentialVM.Azure.Microsoft"), m.cloud.intermediate]


def proof_with(kept):
    hardware = {"type": "azure-snp", "parts": [{"name": n, "data": vectors.b64(d)} for n, d in parts if n in kept]}
    return m.proof(NONCE, chain=chain, fields={"platform": "azure-cvm", "hardware": hardware})


FULL = case.write("full.json", proof_with(["hcl_report", "vcek", "ask", "ark"]))
BARE = case.write("bare.json", proof_with(["hcl_report"]))
hcl = dict(parts)["hcl_report"]
runtime_length = int.from_bytes(hcl[32 + 1184 + 16:32 + 1184 + 20], "little")
runtime = hcl[32 + 1184 + 20:32 + 1184 + 20 + runtime_length]
pem = case.write("vcek.pem", b"".join(x509.load_der_x509_certificate(dict(parts)[n]).public_bytes(vectors.serialization.Encoding.PEM)
                                      for n in ("vcek", "ask", "ark")))
requests, mode = [], {"say": "token"}


def unpad(text):
    assert "=" not in text and "+" not in text and "/" not in text, text
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def token(request):
    """What the service saw: of the request alone."""
    report = json.loads(unpad(request["report"]))
    claims = {"exp": int(time.time()) + 3600, "iat": int(time.time()) - 60, "nbf": int(time.time()) - 60, "iss": "https://attest.test",
              "nonce": request["nonce"], "x-ms-runtime": json.loads(unpad(request["runtimeData"]["data"]))}
    snp = unpad(report["SnpReport"])
    claims.update({"x-ms-attestation-type": "sevsnpvm", "x-ms-compliance-status": "azure-compliant-cvm",
                   "x-ms-sevsnpvm-is-debuggable": bool(int.from_bytes(snp[8:16], "little") >> 19 & 1), "x-ms-sevsnpvm-hostdata": snp[0xc0:0xe0].hex()})
    header = {"alg": "RS256", "jku": "https://attest.test/certs", "kid": "service-1", "typ": "JWT"}
    signed = vectors.b64url(json.dumps(header).encode()) + "." + vectors.b64url(json.dumps(claims).encode())
    return signed + "." + vectors.b64url(vectors.sign_token(vectors.Change({}), signed.encode()))


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        requests.append((self.path, self.headers["Content-Type"], body))
        if mode["say"] == "refuse":
            return self.send_error(400)
        answer = {"token": json.dumps({"token": token(json.loads(body))}).encode(), "nothing": b"{}", "number": b'{"token": 1}', "text": b"no JSON",
                  "unsigned": b'{"token": "eyJhbGciOiJub25lIn0.e30."}', "long": b"x" * (1 << 20), "twice": b'{"token": "a", "token": "b"}'}[mode["say"]]
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        try:
            self.wfile.write(answer)
        except OSError:
            pass

    def log_message(self, *words):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
URL = "http://127.0.0.1:%d" % server.server_port
OUT = case.path("out.json")


def fetch(proof, *options, url=URL):
    if os.path.exists(OUT):
        os.remove(OUT)
    run = subprocess.run([HALLMARK, "platform", "fetch-token", proof, "--url", url, "--output", OUT, *options], capture_output=True, text=True)
    return run.returncode, run.stderr


def policy(*without, **changes):
    document = {"version": "hallmark-platforms/1", "allowed": ["azure-cvm"], "amd": {"vendor_roots": False, "roots": [vectors.pin(vectors.AMD.root)]},
                "maa": {"profile": "snp", "issuer": "https://attest.test", "jku": "https://attest.test/certs", "jwks": vectors.jwks(vectors.Change({})),
                        **changes}}
    for name in without:
        del document["maa"][name]
    return case.write("policy.json", json.dumps(document).encode())


NOW = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
ASK = ("--nonce", NONCE.hex(), "--as-of", NOW)
case.rejected("without a token, where one is demanded", open(FULL, "rb").read(), "WrongAttester", 15, *ASK, "--platforms", policy(),
              seen="the policy demands one, and the proof has none")
got = fetch(FULL)
ok(got == (0, ""), "fetch-token", got)
path, kind, body = requests[-1]
sent = json.loads(body)
ok((path, kind) == ("/attest/SevSnpVm?api-version=2022-08-01", "application/json"), "the request: to whom", (path, kind))
ok(set(sent) == {"report", "runtimeData", "nonce"} and sent["runtimeData"]["dataType"] == "JSON", "the request: its members", sent.keys())
inner = json.loads(unpad(sent["report"]))
ok(unpad(inner["SnpReport"]) == hcl[32:32 + 1184], "the request: the report, byte for byte")
ok(unpad(sent["runtimeData"]["data"]) == runtime, "the request: the runtime data, byte for byte")
certificates = [c.public_bytes(vectors.serialization.Encoding.DER) for c in
                map(x509.load_pem_x509_certificate, unpad(inner["VcekCertChain"]).replace(b"-----\n-----BEGIN", b"-----\n|-----BEGIN").split(b"|"))]
ok(certificates == [dict(parts)[n] for n in ("vcek", "ask", "ark")], "the request: VCEK, ASK, ARK")
ok(base64.b64decode(sent["nonce"]) == NONCE, "the request: the nonce")
fetched = open(OUT, "rb").read()
ok([p["name"] for p in json.loads(fetched)["hardware"]["parts"]] == ["hcl_report", "vcek", "ask", "ark", "maa_token"], "the proof has a token more")
case.accepted("and is accepted", fetched, *ASK, "--platforms", policy())
keys = case.write("jwks.json", json.dumps(vectors.jwks(vectors.Change({}))).encode())
case.accepted("and with the service's keys beside the policy (--jwks)", fetched, *ASK, "--platforms", policy("jwks"), "--jwks", keys)
others = case.write("others.json", json.dumps(vectors.jwks(vectors.Change({"jwks.other_kid": True}))).encode())
case.rejected("whose keys go before the policy's: others", fetched, "WrongAttester", 15, *ASK, "--platforms", policy(), "--jwks", others)
case.rejected("not without any keys", fetched, "WrongAttester", 15, *ASK, "--platforms", policy("jwks"), seen="no key set of the service was given")
case.rejected("not with another service's keys", fetched, "WrongAttester", 15, *ASK, "--platforms", policy(issuer="https://other.test"))
case.rejected("nor as a token of the other kind", fetched, "NonCompliantUvm", 15, *ASK, "--platforms", policy(profile="cvm"))
older = case.write("older.json", fetched)
got = fetch(older)
ok(got == (0, "") and [p["name"] for p in json.loads(open(OUT).read())["hardware"]["parts"]].count("maa_token") == 1, "a token that was there is replaced", got)
case.accepted("and is accepted too", open(OUT, "rb").read(), *ASK, "--platforms", policy())

# The token of one proof in another: the nonce is the other's.
other = json.loads(m.proof(bytes(32), chain=chain, fields={"platform": "azure-cvm", "hardware": json.loads(fetched)["hardware"]}))
case.rejected("b09_token_of_another_proof", (json.dumps(other, indent=2) + "\n").encode(), "StaleQuote", 15, "--nonce", bytes(32).hex(), "--as-of", NOW,
              "--platforms", policy(), seen="nonce is not the proof's nonce")

got = fetch(BARE, "--vcek", pem)
ok(got == (0, ""), "with the chip's certificates beside the proof", got)
case.accepted("and accepted", open(OUT, "rb").read(), *ASK, "--platforms", policy(), "--vcek", pem)

# Certificates whose base64 fills its last line: the PEM is another library's, byte for byte.
full = []
while len(full) < 3:
    full.append(certificate("full", vectors.EC_AK, extra=[("1.3.6.1.4.1.55555.1", os.urandom(os.urandom(1)[0] + 1), False)]))
    if len(base64.b64encode(der(full[-1]))) % 64:
        full.pop()
full = b"".join(c.public_bytes(vectors.serialization.Encoding.PEM) for c in full)
got = fetch(BARE, "--vcek", case.write("full.pem", full))
ok(got == (0, "") and unpad(json.loads(unpad(json.loads(requests[-1][2])["report"]))["VcekCertChain"]) == full, "lines of 64 that the text just fills", got)

# A path as long as Linux has them, less what is put behind it for the request and the answer.
deep = case.directory
while len(deep) < 3700:
    deep = os.path.join(deep, "d" * 200)
os.makedirs(deep)
run = subprocess.run([HALLMARK, "platform", "fetch-token", FULL, "--url", URL, "--output", os.path.join(deep, "out.json")], capture_output=True, text=True)
ok(run.returncode == 0 and os.listdir(deep) == ["out.json"], "a long path", run.stderr)
run = subprocess.run([HALLMARK, "platform", "fetch-token", FULL, "--url", URL, "--output", os.path.join(deep, "d" * 200, "d" * 200)], capture_output=True, text=True)
ok(run.returncode == 4 and "File name too long" in run.stderr and run.stderr.count("\n") == 1, "one that is too long", run.stderr)



def stops(name, status, text, *arguments, **changes):
    got = fetch(*arguments, **changes)
    left = [n for n in os.listdir(case.directory) if n.startswith("out.json")]
    ok(got[0] == status and text in got[1] and got[1].count("\n") == 1 and not left, name, "%s %s" % (got, left))


stops("no certificates", 3, "--vcek is needed", BARE)
stops("others than three", 2, "not the three certificates", BARE, "--vcek", case.write("one.pem", open(pem, "rb").read().partition(b"-----END CERTIFICATE-----\n")[0] + b"-----END CERTIFICATE-----\n"))
stops("no proof", 1, "Malformed: proof: ", pem)
stops("another platform's proof", 1, "there is no SEV-SNP report in it", case.write("qemu.json", m.proof(NONCE, chain=chain)))
stops("nobody answers", 4, "could not be fetched", FULL, url="http://127.0.0.1:1")
stops("no address", 4, "could not be fetched", FULL, url="file:///etc/passwd?")
for say, text in (("refuse", "could not be fetched (curl's status 22)"), ("nothing", "answers without a token"), ("number", "answers without a token"),
                  ("text", "line 1"), ("twice", "line 1"), ("unsigned", "alg"), ("long", "answers with more than ")):
    mode["say"] = say
    stops("the service answers: " + say, 4, text, FULL)
case.__exit__()
done()
