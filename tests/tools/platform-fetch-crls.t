#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""platform-fetch-crls.t - revocation lists: a revoked certificate is refused by name wherever it stands, a missing or stale list is said; fetching them"""
import base64
import datetime
import hashlib
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "verify"))
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from maker import AK_EKU, Cloud, Machine, certificate, der
import platform_vectors as vectors
from cases import HALLMARK, Case, done, ok

NONCE = bytes(range(32))
ASK = ("--nonce", NONCE.hex())
NOW = datetime.datetime(2026, 11, 26, 12, 0, 0)
DAY = datetime.timedelta(days=1)


def crl(issuer, key, revoked=(), last=NOW - DAY, next=NOW + DAY, name=None, extensions=(), hash=hashes.SHA256()):
    builder = x509.CertificateRevocationListBuilder().issuer_name(name or issuer.subject).last_update(last).next_update(next)
    for cert in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(cert.serial_number).revocation_date(last).build())
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, hash).public_bytes(serialization.Encoding.PEM)


def point(url):
    """A CRLDistributionPoints extension, RFC 5280, 4.2.1.13."""
    names = [x509.UniformResourceIdentifier(url)]
    value = x509.CRLDistributionPoints([x509.DistributionPoint(names, None, None, None)])
    return ("2.5.29.31", value.public_bytes(), False)


# --- the attestation key's chain ---

cloud = Cloud(intermediate={"extra": [point("http://pki.test/root.crl")]})
m = Machine(cloud=cloud)
case = Case(m)
leaf = cloud.leaf(m.ak, extra=[point("http://pki.test/intermediate.crl")])
proof = m.proof(NONCE, chain=[leaf, cloud.intermediate])
by_root = crl(cloud.root, cloud.root_key)
by_intermediate = crl(cloud.intermediate, cloud.intermediate_key)
number = 0


def lists(*blocks):
    global number
    number += 1
    return ("--crls", case.write("crls-%d.pem" % number, b"".join(blocks)))


def good(name, *blocks, proof=proof):
    case.accepted(name, proof, *ASK, *lists(*blocks))


def bad(name, seen, *blocks, proof=proof):
    case.rejected(name, proof, "InvalidAttestationKey", 2, *ASK, *lists(*blocks), seen=seen)


case.accepted("without --crls revocation is not looked at", proof, *ASK)
good("a list of each issuer", by_root, by_intermediate)
good("in the other order, with white space", by_intermediate, b"\n\r\n", by_root)
other = certificate("other", ec.generate_private_key(ec.SECP256R1()), cloud.root, cloud.root_key)
good("lists with other certificates on them", crl(cloud.root, cloud.root_key, [other]), by_intermediate)
good("an old list beside a current one", crl(cloud.root, cloud.root_key, last=NOW - 9 * DAY, next=NOW - DAY), by_root, by_intermediate)
bad("b10_revoked_leaf: by name", "the certificate of attestation key is revoked by test cloud intermediate", by_root,
    crl(cloud.intermediate, cloud.intermediate_key, [leaf]))
bad("b10_revoked_intermediate: by name", "the certificate of test cloud intermediate is revoked by test cloud root",
    crl(cloud.root, cloud.root_key, [cloud.intermediate]), by_intermediate)
bad("revoked on the second of two current lists", "is revoked by test cloud root", by_root,
    crl(cloud.root, cloud.root_key, [cloud.intermediate]), by_intermediate)
bad("no list of the root", "no revocation list of test cloud root was given, for test cloud intermediate", by_intermediate)
bad("no list of the intermediate", "no revocation list of test cloud intermediate was given, for attestation key", by_root)
bad("a list that is over", "the revocation list of test cloud root is not current", crl(cloud.root, cloud.root_key, last=NOW - 9 * DAY, next=NOW - DAY),
    by_intermediate)
bad("a list that is not yet", "the revocation list of test cloud root is not current", crl(cloud.root, cloud.root_key, last=NOW + DAY, next=NOW + 2 * DAY),
    by_intermediate)
impostor = ec.generate_private_key(ec.SECP384R1())
bad("a list by another key under that name", "the revocation list of test cloud root is not signed by it", crl(cloud.root, impostor), by_intermediate)
good("an impostor's list counts for nothing", by_root, by_intermediate, crl(cloud.root, impostor, [cloud.intermediate]))
unnamed = Cloud()
m.cloud = unnamed
plain_chain = [unnamed.leaf(m.ak), unnamed.intermediate]
plain = m.proof(NONCE, chain=plain_chain)
trust = ["--golden", case.path("golden.json"), "--golden-key", case.path("golden.pub"), "--roots",
         case.write("unnamed.pem", unnamed.roots_pem())]
other_cloud = Cloud(name="another cloud")
foreign = crl(other_cloud.root, other_cloud.root_key)
case.rejected("another root's list under this one's name is none of it", plain, "InvalidAttestationKey", 2, *ASK, *lists(by_root), trust=trust,
              seen="the revocation list of test cloud root is not signed by it")
case.accepted("certificates that name no list need none", plain, *ASK, *lists(foreign), trust=trust)
case.rejected("but a list that is there counts", plain, "InvalidAttestationKey", 2, *ASK,
              *lists(crl(unnamed.intermediate, unnamed.intermediate_key, [plain_chain[0]])), trust=trust, seen="attestation key is revoked")
m.cloud = cloud
alone = m.proof(NONCE, chain=[leaf])
between = case.write("between.pem", cloud.intermediate.public_bytes(serialization.Encoding.PEM))
case.rejected("an intermediate that the verifier brings is looked at too", alone, "InvalidAttestationKey", 2, *ASK, "--intermediates", between,
              *lists(crl(cloud.root, cloud.root_key, [cloud.intermediate]), by_intermediate), seen="test cloud intermediate is revoked")
case.accepted("and accepted", alone, *ASK, "--intermediates", between, *lists(by_root, by_intermediate))


def refused(name, content, text):
    path = case.write("bad.pem", content)
    run = subprocess.run([HALLMARK, "verify", case.write("p.json", proof), *case.trust(), *ASK, "--crls", path], capture_output=True, text=True)
    ok(run.returncode == 2 and run.stderr.count("\n") == 1 and "bad.pem: PlatformsInvalid: " in run.stderr and text in run.stderr, name,
       "exit %d %s" % (run.returncode, run.stderr))


refused("no list at all", b"hello\n", "not 1 to 32 revocation lists in PEM")
refused("a certificate instead", cloud.roots_pem(), "not 1 to 32 revocation lists in PEM")
refused("text between the lists", by_root + b"text\n" + by_intermediate, "not 1 to 32 revocation lists in PEM")
refused("a list that is cut", by_root[:-40], "not 1 to 32 revocation lists in PEM")
refused("a damaged list", by_root + by_root.replace(b"\nM", b"\n!", 1), "not 1 to 32 revocation lists in PEM")
refused("b10_whole: a block without an end, which takes the list behind it along", by_intermediate + b"\n".join(by_root.split(b"\n")[:3]) + b"\n" + by_root,
        "not 1 to 32 revocation lists in PEM")
refused("an end without a beginning", by_root + b"-----END X509 CRL-----\n" + by_intermediate, "not 1 to 32 revocation lists in PEM")
refused("too many", by_root * 33, "more than 32")
refused("a delta list", crl(cloud.root, cloud.root_key, extensions=[(x509.DeltaCRLIndicator(1), True)]), "list 1 is not a whole one")
refused("a list of some certificates only", by_root + crl(cloud.root, cloud.root_key, extensions=[
    (x509.IssuingDistributionPoint(None, None, True, False, None, False, False), True)]), "list 2 is not a whole one")

# RFC 5280, 5.2.4 and 5.2.5 have these extensions critical; a CA that forgets it makes no whole list of it.
def part(**fields):
    return x509.IssuingDistributionPoint(**{**dict(full_name=None, relative_name=None, only_contains_user_certs=False, only_contains_ca_certs=False,
                                                   only_some_reasons=None, indirect_crl=False, only_contains_attribute_certs=False), **fields})


for name, extension in (("a delta list", x509.DeltaCRLIndicator(1)), ("a list of CA certificates alone", part(only_contains_ca_certs=True)),
                        ("a list of users' certificates alone", part(only_contains_user_certs=True)),
                        ("a list of some reasons", part(only_some_reasons=frozenset([x509.ReasonFlags.key_compromise]))),
                        ("an indirect list", part(indirect_crl=True)), ("another distribution point's list", part(full_name=[x509.UniformResourceIdentifier("http://pki.test/x")]))):
    refused("b10_whole: %s that does not say so critically" % name, by_root + crl(cloud.root, cloud.root_key, extensions=[(extension, False)]), "list 2 is not a whole one")
good("b10_whole: a list with a number", crl(cloud.root, cloud.root_key, extensions=[(x509.CRLNumber(7), False)]), by_intermediate)
bad("b10_weak: a list that is signed with SHA-1", "the revocation list of test cloud root is not signed by it", crl(cloud.root, cloud.root_key, hash=hashes.SHA1()), by_intermediate)
good("b10_weak: a list that is signed with SHA-512", crl(cloud.root, cloud.root_key, hash=hashes.SHA512()), by_intermediate)
silent = Cloud(intermediate={"usage": {"key_cert_sign"}, "extra": [point("http://pki.test/root.crl")]})
speaks = Cloud(intermediate={"usage": {"key_cert_sign", "crl_sign"}, "extra": [point("http://pki.test/root.crl")]})
for which, code in ((speaks, "Ok"), (silent, "InvalidAttestationKey")):
    m.cloud = which
    theirs = m.proof(NONCE, chain=[which.leaf(m.ak, extra=[point("http://pki.test/intermediate.crl")]), which.intermediate])
    trust = ["--golden", case.path("golden.json"), "--golden-key", case.path("golden.pub"), "--roots", case.write("theirs.pem", which.roots_pem())]
    options = (*ASK, *lists(crl(which.root, which.root_key), crl(which.intermediate, which.intermediate_key)))
    if code == "Ok":
        case.accepted("b10_crl_sign: a list by a CA that may sign lists", theirs, *options, trust=trust)
    else:
        case.rejected("b10_crl_sign: a list by a CA that may not (keyUsage)", theirs, code, 2, *options, trust=trust, seen="as a CA that may sign lists")
m.cloud = cloud

# --- hardware reports ---

THEN = datetime.datetime(2026, 6, 1)
AS_OF = "2026-06-01T00:00:00Z"


def when(issuer, key, revoked=()):
    return crl(issuer, key, revoked, last=THEN - DAY, next=THEN + DAY)


def check(name, evidence, want, text, *blocks, change={}):
    vector = {"id": "v", "evidence": evidence, "change": change}
    vectors.write(vector, pathlib.Path(case.directory))
    options = lists(*blocks) if blocks else ()
    run = subprocess.run([HALLMARK, "platform", "check", case.path("v.proof.json"), "--platforms", case.path("v.policy.json"), "--as-of", AS_OF,
                          "--json", *options], capture_output=True, text=True)
    verdict = json.loads(run.stdout) if run.stdout else {"verdict": run.stderr}
    ok(verdict["verdict"] == want and text in "%s: %s" % (verdict.get("check"), verdict.get("seen")), name, verdict)


for kind, authority, code in (("azure", vectors.AMD, "NonCompliantPlatform"), ("aws", vectors.AWS, "InvalidAttestationKey"),
                              ("tdx", vectors.INTEL, "NonCompliantPlatform")):
    check(kind + ": its CA is not on the root's list", kind, "Ok", "", when(authority.root, authority.root_key))
    check(kind + ": b10_revoked_vendor_ca", kind, code, "revocation: the certificate of %s is revoked by %s" % (
        authority.ca.subject.rfc4514_string()[3:], authority.root.subject.rfc4514_string()[3:]),
        when(authority.root, authority.root_key, [authority.ca]))
    check(kind + ": the root's list is over", kind, code, "is not current at that time", crl(authority.root, authority.root_key))
    check(kind + ": another root's list counts for nothing", kind, code, "is not signed by it",
          when(authority.root, authority.other_key, [authority.ca]))



# --- amd.crl: the one list that a policy file brings, under the same rules ---
def amd_crl(name, want, text, pem):
    der = x509.load_pem_x509_crl(pem).public_bytes(serialization.Encoding.DER)
    vectors.write({"id": "v", "evidence": "azure", "change": {}}, pathlib.Path(case.directory))
    policy = json.load(open(case.path("v.policy.json")))
    policy["amd"]["crl"] = base64.b64encode(der).decode()
    path = case.write("crl.policy.json", json.dumps(policy).encode())
    run = subprocess.run([HALLMARK, "platform", "check", case.path("v.proof.json"), "--platforms", path, "--as-of", AS_OF, "--json"], capture_output=True, text=True)
    verdict = json.loads(run.stdout) if run.stdout else {"verdict": run.stderr}
    ok(verdict["verdict"] == want and text in "%s: %s" % (verdict.get("check"), verdict.get("seen")), "amd.crl: " + name, verdict)


amd = vectors.AMD
during = dict(last=THEN - DAY, next=THEN + DAY)
amd_crl("a list that its CA is not on", "Ok", "", crl(amd.root, amd.root_key, **during))
amd_crl("b10_revoked_vendor_ca", "NonCompliantPlatform", "is revoked", crl(amd.root, amd.root_key, [amd.ca], **during))
amd_crl("a list that is over", "NonCompliantPlatform", "not current", crl(amd.root, amd.root_key))
amd_crl("another key's list", "NonCompliantPlatform", "not signed by", crl(amd.root, amd.other_key, **during))
amd_crl("b10_weak: signed with SHA-1", "NonCompliantPlatform", "not signed by", crl(amd.root, amd.root_key, hash=hashes.SHA1(), **during))
for name, extension in (("a delta list", x509.DeltaCRLIndicator(1)), ("a list of users' certificates alone", part(only_contains_user_certs=True))):
    for critical in (True, False):
        amd_crl("b10_whole: %s, %scritical" % (name, "" if critical else "not "), "NonCompliantPlatform", "not a whole one",
                crl(amd.root, amd.root_key, extensions=[(extension, critical)], **during))

# --- fetching ---

served, asked, elsewhere, endless = {}, [], {}, set()


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        asked.append(self.path)
        if self.path in elsewhere:
            self.send_response(302)
            self.send_header("Location", elsewhere[self.path])
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if self.path in endless:
            return self.go_on()
        if self.path not in served:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(served[self.path])))
        self.end_headers()
        try:
            self.wfile.write(served[self.path])
        except OSError:
            pass

    def go_on(self):
        """8 MiB of an answer whose length nobody has announced."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(128):
                self.wfile.write(b"10000\r\n" + bytes(65536) + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            pass

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = "http://127.0.0.1:%d" % server.server_port
today = datetime.datetime.utcnow()


def fresh(issuer, key, revoked=(), last=today - DAY, next=today + 3650 * DAY):
    return crl(issuer, key, revoked, last=last, next=next)


named = Cloud(intermediate={"extra": [point(base + "/root.crl")]})
chain = [named.leaf(m.ak, extra=[point(base + "/intermediate.crl")]), named.intermediate]
target = case.write("target.json", m.proof(NONCE, chain=chain))
cache, bundle = case.path("cache"), case.path("bundle.pem")
case.write("named.pem", named.roots_pem())
HOST = "127.0.0.1:%d" % server.server_port
served["/root.crl"] = fresh(named.root, named.root_key)
served["/intermediate.crl"] = x509.load_pem_x509_crl(fresh(named.intermediate, named.intermediate_key)).public_bytes(serialization.Encoding.DER)


def fetch(*options, proof=target, host=HOST, **environment):
    command = [HALLMARK, "platform", "fetch-crls", proof, "--cache", cache, "--output", bundle, "--certificates", case.path("named.pem")]
    run = subprocess.run(command + (["--allow-host", host] if host else []) + list(options), capture_output=True, text=True,
                         env={**os.environ, **environment})
    return run.returncode, run.stdout, run.stderr


def stops(name, status, text, *options, **changes):
    if os.path.exists(bundle):
        os.remove(bundle)
    got = fetch(*options, **changes)
    ok(got[0] == status and text in got[2] and not os.path.exists(bundle), name, got)


stops("fetch-crls: addresses of nobody's are not asked", 1, base + "/intermediate.crl: is no address of a vendor's", host=None)
stops("fetch-crls: another host", 1, "is no address of a vendor's", host="localhost:%d" % server.server_port)
stops("fetch-crls: a host, and a port that was not named", 1, "is no address of a vendor's", host="127.0.0.1")
stops("fetch-crls: another port", 1, "is no address of a vendor's", host="127.0.0.1:80")
ok(asked == [], "fetch-crls: and nobody was", asked)
stops("fetch-crls --offline: what is missing", 1, base + "/root.crl: is missing in the cache", "--offline")
ok(fetch("--offline")[2].count("\n") == 2 and asked == [], "fetch-crls --offline: every address, and nobody is asked")
got = fetch()
ok(got[:2] == (0, "2 revocation lists in %s\n" % bundle), "fetch-crls", got)
ok(sorted(asked) == ["/intermediate.crl", "/root.crl"], "fetch-crls: two questions", asked)
for url in ("/root.crl", "/intermediate.crl"):
    ok(os.path.exists(os.path.join(cache, hashlib.sha256((base + url).encode()).hexdigest() + ".crl")), "fetch-crls: the cache has " + url)
got = fetch()
ok(got[0] == 0 and len(asked) == 2, "fetch-crls: the second time nobody is asked", got)
got = fetch("--offline")
ok(got[0] == 0, "fetch-crls --offline: from the cache", got)
trust = ["--golden", case.path("golden.json"), "--golden-key", case.path("golden.pub"), "--roots", case.path("named.pem")]
time = ("--as-of", (today + DAY / 2).strftime("%Y-%m-%dT%H:%M:%SZ"))
fetched = open(target, "rb").read()
case.accepted("fetch-crls: and they are enough for the verifier", fetched, *ASK, "--crls", bundle, *time, trust=trust)
served["/root.crl"] = fresh(named.root, named.root_key, [named.intermediate])
for name in os.listdir(cache):
    os.remove(os.path.join(cache, name))
ok(fetch()[0] == 0, "fetch-crls: a list with the intermediate on it")
case.rejected("fetch-crls: is refused then", fetched, "InvalidAttestationKey", 2, *ASK, "--crls", bundle, *time, trust=trust,
              seen="test cloud intermediate is revoked by test cloud root")
for name in os.listdir(cache):
    os.remove(os.path.join(cache, name))
served["/root.crl"] = fresh(named.root, named.root_key, next=today - DAY / 2)
stops("fetch-crls: a list that is over", 4, "answers with a revocation list that is not current")
served["/root.crl"] = b"<html>"
stops("fetch-crls: something else", 4, "answers with no revocation list")
del served["/root.crl"]
stops("fetch-crls: the server has none", 4, "could not be fetched (curl's status 22)")
endless.add("/root.crl")
stops("fetch-crls: an answer without end", 4, "/root.crl: answers with more than 4194304 bytes\n")
endless.clear()
served["/root.crl"] = bytes(4194305)
stops("fetch-crls: an answer that is announced as too long", 4, "/root.crl: answers with more than 4194304 bytes\n")
case.write(".curlrc", b"location\n")
elsewhere["/root.crl"], served["/moved.crl"] = "/moved.crl", fresh(named.root, named.root_key)
stops("fetch-crls: no redirect, whatever a ~/.curlrc says", 4, "/root.crl: answers with nothing\n", HOME=case.directory)
ok("/moved.crl" not in asked, "fetch-crls: and nobody was asked there", asked[-1])
elsewhere.clear()
served["/root.crl"] = fresh(named.root, named.root_key)
ok(sorted(n for n in os.listdir(cache) if not n.endswith(".crl")) == [], "fetch-crls: nothing half-done is left", os.listdir(cache))
alone = case.write("alone.json", m.proof(NONCE, chain=[chain[0]]))
file = case.write("intermediate.pem", named.intermediate.public_bytes(serialization.Encoding.PEM))
got = fetch("--certificates", file, proof=alone)
ok(got[1].startswith("2 "), "fetch-crls: of certificates that the proof does not carry", got)
stops("fetch-crls: no certificate says where", 1, "no certificate in it says where", proof=case.write("plain.json", plain))
stops("fetch-crls: no certificates", 2, "not 1 to 8 certificates in PEM", "--certificates", target)
stops("fetch-crls: no proof", 1, "Malformed: proof: ", proof=file)
for text in ("http://kdsintf.amd.com@127.0.0.1:%d/x", "http://127.0.0.1:%d\\@kdsintf.amd.com/x", "http://127.0.0.1:%d/kdsintf.amd.com",
             "http://127.0.0.1:%d#.microsoft.com", "file:///etc/passwd", "http://notpki.goog:%d/x"):
    url = text % server.server_port if "%d" in text else text
    tricked = [cloud.leaf(m.ak, extra=[point(url)]), cloud.intermediate]
    before = len(asked)
    got = fetch(proof=case.write("tricked.json", m.proof(NONCE, chain=[tricked[0]])), host=None)
    ok(got[0] == 1 and len(asked) == before, "fetch-crls: %s is not asked" % text, got)

# --- what may be kept ---

def file_of(url):
    return os.path.join(cache, hashlib.sha256((base + url).encode()).hexdigest() + ".crl")


def empty():
    for name in os.listdir(cache):
        os.remove(os.path.join(cache, name))


def age(url, seconds):
    at = os.stat(file_of(url)).st_mtime - seconds
    os.utime(file_of(url), (at, at))


def warned(name, text, *options):
    """Two lines, what went wrong and what was used, and the list as it was."""
    before, (status, out, error) = open(file_of("/root.crl"), "rb").read(), fetch(*options)
    ok(status == 0 and error.count("\n") == 2 and text in error and "/root.crl: warning: the list in the cache, which is still current, is used instead\n" in error
       and open(file_of("/root.crl"), "rb").read() == before and before in open(bundle, "rb").read(), name, (status, error))


def count(url):
    return asked.count(url)


empty()
served["/root.crl"] = fresh(named.root, named.root_key)
fetch()
before = count("/root.crl")
age("/root.crl", 23 * 3600)
ok(fetch()[0] == 0 and count("/root.crl") == before, "fetch-crls: a list of this day is not asked for again")
age("/root.crl", 2 * 3600)
served["/root.crl"] = fresh(named.root, named.root_key, [named.intermediate], last=today - DAY / 2)
got = fetch()
ok(got[0] == 0 and got[2] == "" and count("/root.crl") == before + 1, "fetch-crls: one of yesterday is, though it runs for ten years", got)
case.rejected("fetch-crls: and who was revoked since is refused", fetched, "InvalidAttestationKey", 2, *ASK, "--crls", bundle, *time, trust=trust,
              seen="test cloud intermediate is revoked by test cloud root")
age("/root.crl", 25 * 3600)
before = count("/root.crl")
ok(fetch("--offline")[0] == 0 and count("/root.crl") == before, "fetch-crls --offline: an old one that is current will do, and nobody is asked")
age("/root.crl", -50 * 3600)
fetch()
ok(count("/root.crl") == before + 1, "fetch-crls: a file from the future is asked for again")
impostor_key = ec.generate_private_key(ec.SECP384R1())
forever = fresh(named.root, impostor_key, last=today - DAY / 4, next=datetime.datetime(2099, 1, 1))
for text, answer, want in (
        ("an older list than the one at hand", fresh(named.root, named.root_key), "answers with an older revocation list than the one in the cache"),
        ("an impostor's, until 2099", forever, "answers with a revocation list that no certificate at hand has signed"),
        ("another issuer's", fresh(other_cloud.root, other_cloud.root_key), "answers with a revocation list that no certificate at hand has signed"),
        ("one that is over", fresh(named.root, named.root_key, next=today - DAY / 8, last=today - DAY / 4), "answers with a revocation list that is not current"),
        ("no list", b"<html>", "answers with no revocation list"),
        ("a partial one", crl(named.root, named.root_key, last=today - DAY / 4, next=today + DAY, extensions=[
            (x509.IssuingDistributionPoint(None, None, True, False, None, False, False), True)]), "answers with a revocation list that is no whole one"),
        ("one with a critical extension of nobody's", crl(named.root, named.root_key, last=today - DAY / 4, next=today + DAY, extensions=[
            (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.2"), b"\x05\x00"), True)]),
         "answers with a revocation list that is no whole one")):
    age("/root.crl", 25 * 3600)
    served["/root.crl"] = answer
    warned("fetch-crls: the server now has %s" % text, base + "/root.crl: " + want)
age("/root.crl", 25 * 3600)
del served["/root.crl"]
warned("fetch-crls: the server has none today", "/root.crl: could not be fetched (curl's status 22)")
served["/root.crl"] = forever
empty()
stops("fetch-crls: b10_impostors_list_is_not_kept", 4, "/root.crl: answers with a revocation list that no certificate at hand has signed (--certificates)\n")
ok(not os.path.exists(file_of("/root.crl")), "fetch-crls: not in the cache")
with open(file_of("/root.crl"), "wb") as out:
    out.write(forever)
stops("fetch-crls --offline: one that was put there counts for nothing", 1, "/root.crl: has in the cache a revocation list that no certificate at hand", "--offline")
served["/root.crl"] = fresh(named.root, named.root_key)
got = fetch()
ok(got[0] == 0 and got[2] == "" and open(file_of("/root.crl"), "rb").read() == served["/root.crl"], "fetch-crls: and is replaced", got)

# --- whom to ask: hosts of real certificates, and what looks like them; a curl of the test's own says what it was asked ---

tools = case.path("tools")
os.mkdir(tools)
with open(os.path.join(tools, "curl"), "w") as out:
    out.write("#!/bin/sh\nfor word in \"$@\"; do :; done\necho \"$word\" >>%s\nexit 7\n" % case.path("curl.log"))
os.chmod(os.path.join(tools, "curl"), 0o755)


def would_ask(url):
    if os.path.exists(case.path("curl.log")):
        os.remove(case.path("curl.log"))
    leaf = cloud.leaf(m.ak, extra=[point(url)])
    fetch(proof=case.write("whom.json", m.proof(NONCE, chain=[leaf])), host=None, PATH=tools + ":" + os.environ["PATH"])
    return os.path.exists(case.path("curl.log")) and url + "\n" in open(case.path("curl.log"))


GOOGLE = "privateca-content-62d71773-0000-21da-852e-f4f5e80d7778.storage.googleapis.com"
for url in ("http://aws-nitro-enclaves-crl.s3.amazonaws.com/crl/ab4960cc-7d63-42bd-9e9f-59338cb67f84.crl",
            "http://crl-us-east-1-aws-nitro-enclaves.s3.us-east-1.amazonaws.com/crl/2a531136-8223-4f3c-9c5c-35382d5df64c.crl",
            "http://crl-eu-central-1-aws-nitro-enclaves.s3.eu-central-1.amazonaws.com/x", "http://%s/032bf9d39db4fa06aade/crl.crl" % GOOGLE,
            "http://pki.goog/cloud_integrity/tpm_ek_root_1.crl", "https://kdsintf.amd.com/vcek/v1/Milan/crl", "https://KDSINTF.amd.com:443/x",
            "http://www.microsoft.com:80/pkiops/crl/Azure%20Virtual%20TPM%20Root%20Certificate%20Authority%202023.crl",
            "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der",
            "https://api.trustedservices.intel.com/sgx/certification/v4/pckcrl?ca=platform&encoding=der"):
    ok(would_ask(url), "fetch-crls: asks " + url)
for url in ("http://mine.s3.amazonaws.com/x", "http://mine.storage.googleapis.com/x", "http://privateca-content-mine.storage.googleapis.com/x",
            "http://crl-us-east-1-aws-nitro-enclaves.s3.us-west-2.amazonaws.com/x", "http://crl-mine-aws-nitro-enclaves.s3.us-east-1.amazonaws.com/x",
            "http://crl-a.b-aws-nitro-enclaves.s3.a.b.amazonaws.com/x", "http://crl--aws-nitro-enclaves.s3..amazonaws.com.mine.test/x",
            "http://mine.aws-nitro-enclaves-crl.s3.amazonaws.com/x", "http://mine.azure.net/x", "http://mine.microsoft.com/x", "http://mine.pki.goog/x",
            "https://kdsintf.amd.com:8443/x", "https://kdsintf.amd.com:22/x", "http://kdsintf.amd.com%2f.mine.test/x", "http://kdsintf.amd.com.mine.test/x"):
    ok(not would_ask(url), "fetch-crls: does not ask " + url)
case.__exit__()
done()
