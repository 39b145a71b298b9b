#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""verify-https.t - hallmark verify https:// and hallmark proxy: who is let through, and that nobody else gets a byte"""
import concurrent.futures
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "verify"))
from front import BIG, Front
from maker import Cloud, Machine, certificate, new_key
from cases import HALLMARK, Case, done, ok

SECRET = b"the patient's name is not for everybody"
m = Machine()
case = Case(m)


def serve(machine=m, mode="", make=None, key=None, tls12=False, **more):
    """A server with the machine's proofs and, unless told otherwise, its TLS key."""
    leaf = certificate("enclave", key) if key else machine.tls
    return Front(make or (lambda nonce: machine.proof(nonce)), key or machine.tls_key, leaf, mode, tls12, **more)


def verify(front, *options, trust=None):
    run = subprocess.run([HALLMARK, "verify", "https://127.0.0.1:%d" % front.port, "--json", *(trust or case.trust()), *options],
                         capture_output=True, timeout=90)
    try:
        verdict = json.loads(run.stdout)
    except ValueError:
        verdict = {}
    return run.returncode, verdict, run.stderr.decode(errors="replace")


class Proxy:
    def __init__(self, front, *options, trust=None):
        self.process = subprocess.Popen([HALLMARK, "proxy", "--listen", "127.0.0.1:0", "https://localhost:%d" % front.port,
                                         *(trust or case.trust()), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.url = self.process.stdout.readline().decode().strip()
        self.port = int(self.url.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.end()

    def end(self):
        if self.process.returncode is not None:
            return ""
        self.process.terminate()
        self.process.stdout.close()
        error = self.process.stderr.read().decode()
        self.process.stderr.close()
        self.process.wait(timeout=20)
        return error

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def post(self, body=SECRET):
        c = self.connection()
        c.request("POST", "/ocr", body)
        answer = c.getresponse()
        data = answer.read()
        c.close()
        return answer.status, data, answer.headers.get("Hallmark-Error", "")

    def raw(self, data):
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as s:
            s.sendall(data)
            out = b""
            while chunk := s.recv(65536):
                out += chunk
            return out


class Wire:
    """A relay to a server; .hellos are the numbers of the extensions that each client's hello has (RFC 8446, 4.1.2)."""

    def __init__(self, front):
        self.front, self.hellos = front, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client = self.listener.accept()[0]
            server = socket.create_connection(("127.0.0.1", self.front.port))
            hello = b""
            while len(hello) < 5 or len(hello) < 5 + int.from_bytes(hello[3:5], "big"):
                hello += client.recv(65536)
            self.hellos.append(self.extensions(hello[5:]))
            server.sendall(hello)
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self.copy, args=(a, b), daemon=True).start()

    @staticmethod
    def copy(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    @staticmethod
    def extensions(hello):
        at = 4 + 2 + 32
        at += 1 + hello[at]
        at += 2 + int.from_bytes(hello[at:at + 2], "big")
        at += 1 + hello[at]
        at, ids = at + 2, []
        while at < len(hello):
            ids.append(int.from_bytes(hello[at:at + 2], "big"))
            at += 4 + int.from_bytes(hello[at + 2:at + 4], "big")
        return ids


# --- verify https:// ---
with serve() as front:
    status, verdict, error = verify(front)
    ok(status == 0 and verdict.get("code") == "Ok", "a machine that proves itself is accepted", (status, error, verdict))
    ok(verdict["checks"][13]["state"] == "passed", "with the key of the connection")
    verify(front, "--save", case.path("saved.json"))
    saved = json.load(open(case.path("saved.json")))
    ok(saved["nonce"] == front.nonces[-1].hex(), "--save keeps the proof")
    ok(len(set(front.nonces)) == 2 and all(len(n) == 32 and any(n) for n in front.nonces), "b04, h09: each time another nonce, the client's own")
    status, _, error = verify(front, "--nonce", "00" * 32)
    ok(status == 3 and "nonce" in error, "a URL's nonce is not an option")
    status, verdict, _ = verify(front, "--as-of", "2000-01-01T00:00:00Z")
    ok(status == 1 and verdict["code"] == "InvalidAttestationKey", "the certificates' time is judged")
    tpm = verify(front)[1]["tpm"]
    boot = "%s:%d:%d" % (tpm["ak_sha256"], tpm["reset_count"], tpm["restart_count"])
    ok(verify(front, "--same-boot", boot)[0] == 0, "b12, h10: the boot of an earlier verdict")
    status, verdict, _ = verify(front, "--same-boot", boot[:-1] + "9")
    ok(status == 1 and verdict["code"] == "StaleQuote", "b12, h10: another boot is refused", verdict)
    ok(verify(front, "--same-boot", boot + ":0")[0] == 3, "b12: what is no boot is usage")
    with Proxy(front, "--same-boot", boot) as proxy:
        ok(proxy.post()[0] == 200, "b12, h10: proxy: the boot of an earlier verdict")
    before = front.received
    with Proxy(front, "--same-boot", boot[:-1] + "9") as proxy:
        status, data, header = proxy.post()
        ok(status == 502 and header == "StaleQuote" and front.received == before, "b12, h10: proxy: another boot gets 502, and not a byte", (status, data))

# --- bound to the connection: h11 ---
with serve() as front:
    status, verdict, _ = verify(front)
    ok(status == 0 and verdict["bound"] is True, "h11: the verdict says that the proof is bound to the connection")


class Relay(Front):
    """Owns the TLS key of an accepted machine, and passes on what it asks another connection to a genuine one for."""

    def __init__(self, victim, offer, alpn=("hallmark/2", "http/1.1")):
        self.victim, self.offer = victim, offer
        super().__init__(self.pass_on, m.tls_key, m.tls, alpn=alpn)

    def pass_on(self, nonce):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols([self.offer])
        with context.wrap_socket(socket.create_connection(("127.0.0.1", self.victim.port))) as s:
            c = http.client.HTTPConnection("x")
            c.sock = s
            c.request("GET", "/.well-known/hallmark/proof?nonce=" + nonce.hex())
            return c.getresponse().read()


plain_proofs = {"make": lambda nonce: m.proof(bytes(nonce))}
with serve() as victim, serve(**plain_proofs) as unbound_victim:
    for name, relay in (("bound proofs of its own connection", Relay(victim, "hallmark/2")), ("unbound proofs", Relay(unbound_victim, "http/1.1")),
                        ("unbound proofs, by HTTP/1.1", Relay(unbound_victim, "http/1.1", ("http/1.1",))), ("bound proofs, by HTTP/1.1", Relay(victim, "hallmark/2", ("http/1.1",))),
                        ("bound proofs, without ALPN", Relay(victim, "hallmark/2", ()))):
        with relay, Proxy(relay) as proxy:
            status, verdict, _ = verify(relay)
            ok(status == 1 and verdict["code"] == "UnboundChannel" and verdict["failed_check"] == 6, "h11: a relay with the machine's key and %s: UnboundChannel" % name, verdict.get("code"))
            status, data, header = proxy.post()
            ok(status == 502 and header == "UnboundChannel" and relay.received == b"", "h11: and the proxy sends it not a byte", (status, data))
    with Relay(victim, "hallmark/2") as relay:
        ok(verify(relay, "--allow-unbound")[1]["code"] == "UnboundChannel", "h11: a proof of another connection is none, whatever is allowed")
    with Relay(unbound_victim, "http/1.1") as relay:
        status, verdict, _ = verify(relay, "--allow-unbound")
        ok(status == 0 and verdict["bound"] is False, "h11: control: this is what --allow-unbound allows")
for alpn in (("hallmark/2",), ("http/1.1",), ()):
    with serve(**plain_proofs, alpn=alpn) as front, Proxy(front, "--allow-unbound") as proxy:
        status, verdict, _ = verify(front)
        ok(status == 1 and verdict["code"] == "UnboundChannel", "h11: ALPN %s with unbound proofs: UnboundChannel" % (alpn,))
        ok(verify(front, "--allow-unbound")[0] == 0 and proxy.post()[0] == 200, "h11: and accepted with --allow-unbound")
with serve(make=lambda nonce: m.proof(bytes(nonce), exporter=bytes(32))) as front:
    ok(verify(front)[1]["code"] == "UnboundChannel" and verify(front, "--allow-unbound")[1]["code"] == "UnboundChannel", "h11: a proof bound to zeros")
with serve(alpn=("h2",)) as front:
    # OpenSSL's server without a common protocol goes on without one.
    ok(verify(front)[0] == 0, "h11: a server that has no ALPN of ours and binds all the same is good enough")
stale = []


def again(nonce):
    stale.append(m.proof(nonce))
    return stale[0]


with serve(make=again) as front:
    ok([verify(front)[1]["code"] for _ in range(2)] == ["Ok", "StaleQuote"], "h11: the bound proof of the connection before")
with serve(mode="chunked") as front:
    ok(verify(front)[0] == 0, "a proof in chunks is the same proof")

# Slow ones, meanwhile: their time is up after 20 seconds, however they use it.
patience = concurrent.futures.ThreadPoolExecutor(4)


def wait_for_proof(mode):
    with serve(mode=mode) as front, Proxy(front) as proxy:
        start = time.monotonic()
        asked = patience.submit(proxy.post)
        status, verdict, error = verify(front)
        answered = asked.result()
        return status, verdict, error, answered, front.received, time.monotonic() - start


slow = {mode: patience.submit(wait_for_proof, mode) for mode in ("hang", "drip")}

for mode, text in (("no-proof", "status 404"), ("redirect", "status 307"), ("continue", "status 100"), ("head", "head is too long"),
                   ("lengths", "more than once"), ("close", "does not keep the connection"), ("extra", "more than was asked for"),
                   ("garbage", "not an HTTP/1.1 response"), ("huge", "larger than"), ("cut", "ended the connection|Connection reset")):
    with serve(mode=mode) as front:
        status, verdict, error = verify(front)
        ok(status == 4 and not verdict and re.search(text, error) and error.count("\n") == 1, "%s: no verdict, one line" % mode, (status, error))
with serve(mode="reset") as front:
    codes = {verify(front)[0] for _ in range(4)}
    ok(codes == {4}, "a server that resets the connection: no verdict, and no signal", codes)
with serve(tls12=True) as front:
    status, _, error = verify(front)
    ok(status == 4 and "TLS 1.3" in error, "h02: TLS 1.2 is refused", error)
status, _, error = verify(type("gone", (), {"port": 1}))
ok(status == 4 and "cannot connect" in error, "no server: says so")
for url in ("https://", "https://a b", "https://host:0", "https://host:65536", "https://host/path", "https://u@host", "https://[::1", "https://[x]"):
    run = subprocess.run([HALLMARK, "verify", url, *case.trust()], capture_output=True, timeout=60)
    ok(run.returncode == 3 and b"not https://" in run.stderr, "%s: usage" % url, run.stderr)

# Each of these is a server that no client may talk to: (name, the server, code, options of the client)
relay_key, other, alien = new_key("p256"), Machine(), Machine(cloud=Cloud())
old = m.proof(bytes(32))
demo = Machine(profile="demo")
plain = Machine(secure_boot=False)
strangers = [
    ("h01: another server with a genuine machine's proofs", dict(key=relay_key), "TlsMismatch"),
    ("h03: the proof of its neighbour in the same cloud", dict(make=lambda nonce: m.proof(nonce), key=other.tls_key), "TlsMismatch"),
    ("an old proof", dict(make=lambda nonce: old), "StaleQuote"),
    ("i01: a machine that an unknown cloud vouches for", dict(machine=alien), "InvalidAttestationKey"),
    ("an unsolicited proof", dict(make=lambda nonce: m.proof()), "StaleQuote"),
    ("no proof but JSON", dict(make=lambda nonce: b"{}\n"), "Malformed"),
]
for name, server, code in strangers:
    with serve(**server) as front, Proxy(front) as proxy:
        status, verdict, _ = verify(front)
        ok(status == 1 and verdict.get("code") == code, "%s: verify: %s" % (name, code), (status, verdict.get("code")))
        status, data, header = proxy.post()
        said = json.loads(data) if data[:1] == b"{" else {}
        ok(status == 502 and header == code and said.get("error") == code and said.get("message"), "%s: proxy: 502 with the reason" % name, data)
        ok(front.received == b"", "%s: not a byte of the request arrived" % name, front.received)
for name, machine, code in (("a demo image", demo, "DebugMode"), ("Secure Boot off", plain, "DebugMode")):
    with Case(machine) as its, serve(machine) as front, Proxy(front, trust=its.trust()) as proxy:
        status, data, header = proxy.post()
        ok(status == 502 and header == code and front.received == b"", "%s: proxy: %s, and not a byte" % (name, code), (status, data))
for mode in ("no-proof", "redirect", "continue", "head", "lengths", "close", "extra", "garbage", "huge", "cut"):
    with serve(mode=mode) as front, Proxy(front) as proxy:
        status, data, header = proxy.post()
        ok(status == 502 and header == "NoProof" and front.received == b"", "%s: proxy: 502, and not a byte" % mode, (status, data))

for mode, future in slow.items():
    status, verdict, error, answered, received, seconds = future.result()
    ok(status == 4 and not verdict and "timed out" in error and 15 < seconds < 45, "%s: a server that takes its time: given up" % mode, (status, error, seconds))
    ok(answered[0] == 502 and answered[2] == "NoProof" and received == b"", "%s: proxy: 502, and not a byte" % mode, answered)

# --- the proxy with a good machine ---
with serve() as front, Proxy(front, "--verbose") as proxy:
    status, data, _ = proxy.post()
    ok(status == 200 and data == SECRET, "a request and its answer go through", (status, data))
    head = front.received.split(b"\r\n\r\n")[0].decode()
    ok("Host: localhost:%d" % front.port in head and str(proxy.port) not in head, "the server sees its own name as Host", head)
    c = proxy.connection()
    for i in range(3):
        c.request("POST", "/again", b"%d" % i)
        ok(c.getresponse().read() == b"%d" % i, "request %d on one connection" % i)
    c.close()
    ok(front.connections == 2 and len(front.nonces) == 2, "one upstream connection and one proof for each connection of a client")
    c = proxy.connection()
    c.request("POST", "/chunks", iter([b"one ", b"two"]), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
    ok(c.getresponse().read() == b"one two", "a request in chunks")
    c.request("GET", "/chunked")
    ok(c.getresponse().read() == b"hello world", "an answer in chunks")
    c.request("HEAD", "/")
    answer = c.getresponse()
    ok(answer.status == 200 and answer.read() == b"", "HEAD")
    for code in (204, 304):
        c.request("GET", "/status/%d" % code)
        answer = c.getresponse()
        ok(answer.status == code and answer.read() == b"", "status %d, which has no body" % code)
    c.request("GET", "/slow")
    ok(b"GET /slow" in c.getresponse().read(), "an answer that takes its time")
    c.request("GET", "/big")
    ok(len(c.getresponse().read()) == BIG, "an answer larger than any buffer")
    c.request("POST", "/", b"B" * BIG)
    ok(len(c.getresponse().read()) == BIG, "a request larger than any buffer")
    c.request("GET", "/close")
    ok(c.getresponse().read() == b"to the end", "an answer up to the end of the connection")
    c.close()
    try:
        c = proxy.connection()
        c.request("GET", "/cut")
        cut = c.getresponse().read()
    except OSError as error:
        cut = error
    ok(isinstance(cut, OSError), "an answer whose end TLS does not vouch for is an error for the client", cut)
    two = b"GET /a HTTP/1.1\r\nHost: localhost:%d\r\n\r\nGET /b HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n\r\n" % (proxy.port, proxy.port)
    out = proxy.raw(two)
    ok(out.count(b"HTTP/1.1 200") == 2 and out.index(b"GET /a") < out.index(b"GET /b"), "two requests at once are answered in order")

    own = b"GET / HTTP/1.1\r\nHost: localhost:%d\r\nOrigin: http://localhost:%d\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\r\n"
    ok(proxy.raw(own % (proxy.port, proxy.port)).startswith(b"HTTP/1.1 200"), "the proxy's own page may")
    before, seen = front.received, front.connections
    for name, text, want in (
            ("another site's page", b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
            ("another site's script", b"POST / HTTP/1.1\r\nHost: localhost:%d\r\nOrigin: https://evil.example\r\n\r\n", b"403"),
            ("another site's picture", b"GET / HTTP/1.1\r\nHost: localhost:%d\r\nSec-Fetch-Site: cross-site\r\n\r\n", b"403"),
            ("no origin at all", b"POST / HTTP/1.1\r\nHost: localhost:%d\r\nOrigin: null\r\n\r\n", b"403"),
            ("no Host", b"GET / HTTP/1.1\r\n\r\n", b"400"),
            ("two lengths", b"POST / HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
            ("CONNECT", b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:%d\r\n\r\n", b"400"),
            ("no HTTP", b"\x16\x03\x01\r\n\r\n", b"400"),
            ("an endless head", b"GET / HTTP/1.1\r\nHost: localhost:%d\r\nX: " + b"x" * 66000, b"431")):
        out = proxy.raw(text % proxy.port if b"%d" in text else text)
        ok(out.startswith(b"HTTP/1.1 " + want), "%s: %s" % (name, want.decode()), out[:80])
    ok(front.received == before and front.connections == seen, "and nobody was connected to for them")

    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        results = list(pool.map(lambda i: proxy.post(b"request %d" % i) == (200, b"request %d" % i, ""), range(100)))
    ok(all(results), "100 connections at the same time", results.count(False))
    ok(len(set(front.nonces)) == len(front.nonces), "b04: no nonce was used twice")
    ok(all(n < 64 for n in (len(os.listdir("/proc/%d/fd" % proxy.process.pid)) for _ in [time.sleep(0.5)])), "and their connections are closed again")
    error = proxy.end()
    ok("accepted" in error and "handshake" in error, "--verbose tells of each connection", error[:200])

# This server hands out tickets, and takes them.
with serve() as front:
    wire = Wire(front)
    with Proxy(wire) as proxy:
        ok([proxy.post()[0] for _ in range(3)] == [200, 200, 200], "h08: three connections")
    verify(wire)
    ok(len(wire.hellos) == 4 and all(43 in hello for hello in wire.hellos), "control: each has a hello, with supported_versions", wire.hellos)
    ok(not any({35, 41, 42} & set(hello) for hello in wire.hellos), "h08: no ticket, no pre-shared key, no early data is ever offered", wire.hellos)
with serve(mode="reconnect") as front, Proxy(front) as proxy:
    try:
        status = proxy.post()[0]
    except (http.client.HTTPException, OSError):
        status = 0
    ok(status in (0, 502) and front.received == b"" and front.connections == 1, "h08_: a server that leaves after its proof gets nothing on another connection")
with serve() as front, Proxy(front) as proxy:
    c = proxy.connection()
    c.request("GET", "/")
    c.getresponse().read()
    front.mode = "no-proof"
    c.request("GET", "/still")
    ok(b"GET /still" in c.getresponse().read(), "a connection that was attested goes on")
    ok(proxy.post()[0] == 502, "and the next one is judged anew")

# --- nothing leads around the proxy: h08 ---
# "@" is the server as it was called, "%" the proxy as the client called it. None: refused.
ROWS = [
    (302, b"Location: /next", b"/next"), (307, b"Location: next?a=b", b"next?a=b"), (302, b"Location: ?q", b"?q"),
    (307, b"Location: http://@/ocr/", b"http://%/ocr/"), (308, b"Location: https://@/ocr/?x#y", b"http://%/ocr/?x#y"),
    (301, b"location: HTTPS://@", b"http://%"), (302, b"Location: //@/x", b"http://%/x"), (302, b"Location: http://%/x", b"http://%/x"),
    (302, b"Location: https://elsewhere.example/x", None), (302, b"Location: //elsewhere.example", None),
    (302, b"Location: http://@.elsewhere.example/", None), (302, b"Location: https://user@elsewhere.example/", None),
    (302, b"Location: https://localhost:1/", None), (302, b"Location: https://@:80/", None), (302, b"Location: ftp://@/", None),
    (302, b"Location: javascript:alert(1)", None), (302, b"Location: /\\elsewhere.example/", None), (302, b"Location: \\\\elsewhere.example/", None),
    (302, b"Location: http:elsewhere.example", None), (302, b"Location: http:/elsewhere.example", None), (302, b"Location: ///elsewhere.example", None),
    (302, b"Location: /\t/elsewhere.example", None), (300, b"Location: https://elsewhere.example/", None),
    (201, b"Location: https://@/made/1", b"http://%/made/1"), (201, b"Location: https://elsewhere.example/1", b"https://elsewhere.example/1"),
    (200, b"Content-Location: https://@/a", b"http://%/a"), (200, b"Link: <https://@/a>; rel=next, <b>; title=\"<https://@/>\"", b"<http://%/a>; rel=next, <b>; title=\"<https://@/>\""),
    (200, b"Refresh: 0; url=https://@/a", b"0; url=http://%/a"), (200, b"Refresh: 0; URL='https://elsewhere.example/'", None), (200, b"Refresh: 5", b"5"),
    (200, b"Set-Cookie: a=b; Domain=localhost; Path=/", b"a=b; Path=/"), (200, b"Set-Cookie: a=b; Path=/; domain=.localhost", b"a=b; Path=/"),
    (200, b"Set-Cookie: a=b; Domain=elsewhere.example", b"a=b; Domain=elsewhere.example"),
    (200, b"Alt-Svc: h3=\":443\"", b""), (200, b"Strict-Transport-Security: max-age=1000", b""),
]
with serve() as front, Proxy(front) as proxy:
    for status, field, expected in ROWS:
        us = b"127.0.0.1:%d" % proxy.port
        front.field = (status, field.replace(b"%", us) + b"\r\n")
        before = front.received
        out = proxy.raw(b"POST /field HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (us, len(SECRET), SECRET))
        name = field.split(b":")[0].lower()
        got = [line.split(b":", 1)[1].strip() for line in out.split(b"\r\n\r\n")[0].split(b"\r\n") if line.lower().startswith(name + b":")]
        if expected is None:
            ok(out.startswith(b"HTTP/1.1 502 ") and b"Hallmark-Error: RedirectElsewhere\r\n" in out and not got,
               "h08_redirect: %d %s: refused" % (status, field.decode("latin-1").encode("unicode_escape").decode()), out)
        else:
            server = b"localhost:%d" % front.port
            wanted = [expected.replace(b"%", us).replace(b"@", server)] if expected else []
            ok(out.startswith(b"HTTP/1.1 %d " % status) and got == wanted, "h08_redirect: %d %s" % (status, field.decode("latin-1")), out)
    front.field = (302, b"Location: /a\r\nLocation: https://elsewhere.example/\r\n")
    out = proxy.raw(b"GET /field HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % proxy.port)
    ok(b"RedirectElsewhere" in out, "h08_redirect: the second of two", out)
    front.field = (101, b"")
    out = proxy.raw(b"GET /field HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % proxy.port)
    ok(out.startswith(b"HTTP/1.1 502 ") and b"InvalidAnswer" in out, "an answer that is none: 502 with the reason", out)
    error = proxy.end()
    ok("an answer was not handed on: Location leads away from the attested server: https://elsewhere.example/x" in error, "h08_redirect: the log says it", error)
# --- clients of other ways: HTTP/1.0, wishes for another protocol, websockets ---
with serve() as front, Proxy(front) as proxy:
    out = proxy.raw(b"GET /chunked HTTP/1.0\r\n\r\n")
    head, _, body = out.partition(b"\r\n\r\n")
    ok(body == b"hello world" and b"hunked" not in head and b"Connection: close" in head, "HTTP/1.0: the answer has no chunks, and ends with the connection", out)
    out = proxy.raw(b"POST /ocr HTTP/1.0\r\nHost: 127.0.0.1:%d\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc" % proxy.port)
    ok(out.endswith(b"\r\n\r\nabc"), "HTTP/1.0: a request with a body", out)
    out = proxy.raw(b"GET / HTTP/1.0\r\nHost: evil.example\r\n\r\n")
    ok(out.startswith(b"HTTP/1.1 421"), "HTTP/1.0: another site's name", out)
    run = subprocess.run(["curl", "-s", "-m", "20", "--http2", proxy.url + "/x"], capture_output=True)
    ok(run.stdout.startswith(b"GET /x HTTP/1.1\r\n") and b"h2c" not in run.stdout and b"HTTP2-Settings" not in run.stdout,
       "curl --http2: the wish for h2c has no effect, and goes no further", run.stdout)
    seen = proxy.raw(b"GET /y HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 1\r\nX-Other: 2\r\n\r\n" % proxy.port)
    ok(b"X-Mine" not in seen and b"Keep-Alive" not in seen and b"X-Other: 2" in seen, "fields of the connection stay on it (RFC 9110, 7.6.1)", seen)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=60) as s:
        s.sendall(b"GET /websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n" % proxy.port)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += s.recv(1)
        ok(head.startswith(b"HTTP/1.1 101 ") and b"Upgrade: websocket" in head, "a websocket: 101", head)
        for text in (b"hello", b"\x00\r\n\r\n0\r\n", b"x" * 300000):
            threading.Thread(target=s.sendall, args=(text,)).start()
            back = b""
            while len(back) < len(text):
                back += s.recv(65536)
            ok(back == text.upper(), "a websocket: %d bytes there and back, as they are" % len(text))
        s.shutdown(socket.SHUT_WR)
        ok(s.recv(1) == b"", "a websocket: the client's end is the end")
    before = front.received
    out = proxy.raw(b"POST /t HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\na\r\n0\r\nHost: evil.example\r\n\r\n" % proxy.port)
    ok(b"HTTP/1.1 200" not in out and b"evil.example" not in front.received[len(before):], "a trailer that belongs into a head is not handed on", out)
# --- interim answers, clients that go away, servers that answer early or not at all ---
def eventually(condition, seconds=10):
    until = time.monotonic() + seconds
    while not (good := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return good


with serve() as front, Proxy(front) as proxy:
    us = b"Host: 127.0.0.1:%d\r\n" % proxy.port
    out = proxy.raw(b"GET /hints HTTP/1.0\r\n\r\n")
    ok(out.startswith(b"HTTP/1.1 200") and b"103" not in out.split(b"\r\n\r\n")[0], "103 is not for a client of HTTP/1.0 (RFC 9110, 15.2)", out)
    out = proxy.raw(b"GET /hints HTTP/1.1\r\n" + us + b"Connection: close\r\n\r\n")
    ok(out.startswith(b"HTTP/1.1 103") and b"\r\n\r\nHTTP/1.1 200" in out, "and is for one of HTTP/1.1", out)
    for path, text in (("/upload", b"Content-Length: 1000000\r\n\r\nabc"), ("/think", b"Content-Length: 2\r\n\r\n{}")):
        front.gone = None
        s = socket.create_connection(("127.0.0.1", proxy.port), timeout=60)
        s.sendall(b"POST %s HTTP/1.1\r\n" % path.encode() + us + text)
        time.sleep(0.5)
        ok(front.gone is None, "%s: control: the server has the request, and works" % path)
        left = time.monotonic()
        s.close()
        ok(eventually(lambda: front.gone) and front.gone - left < 5, "%s: a client that goes away is gone for the server, within a second or so" % path, front.gone)
    ok(eventually(lambda: len(os.listdir("/proc/%d/task" % proxy.process.pid)) == 1), "and their threads have ended")
    body = b"x" * (8 << 20)
    for i in range(4):
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=60) as s:
            s.sendall(b"POST /early HTTP/1.1\r\n" + us + b"Content-Length: %d\r\n\r\nx" % len(body))
            # The proxy is held up, as on a busy machine, while answer and end arrive.
            os.kill(proxy.process.pid, signal.SIGSTOP)
            time.sleep(0.3)
            threading.Thread(target=lambda: [s.sendall(body[:1 << 20])], daemon=True).start()
            time.sleep(0.2)
            os.kill(proxy.process.pid, signal.SIGCONT)
            try:
                out = s.recv(65536)
            except OSError as error:
                out = repr(error).encode()
        ok(out.startswith(b"HTTP/1.1 413"), "an answer that comes before the request's end, and the end, arrives", out[:100])
    out = proxy.raw(b"GET /nothing HTTP/1.1\r\n" + us + b"Connection: close\r\n\r\n")
    ok(out.startswith(b"HTTP/1.1 502 ") and b"InvalidAnswer" in out and b"without an answer" in out, "a server that ends without an answer: 502 with the reason", out)
    ok("an answer was not handed on: the server ended the connection without an answer" in proxy.end(), "and a line in the log")

# --- a server that says when to ask again ---
with serve() as front, Proxy(front) as proxy:
    front.busy = 2
    start = time.monotonic()
    ok(verify(front)[0] == 0 and time.monotonic() - start >= 2 and front.busy == 0, "Retry-After: asked again when the server says so")
    ok(len(set(front.nonces)) == 3, "b04: each time with another nonce")
    front.busy = 1
    ok(proxy.post()[0] == 200 and front.busy == 0, "Retry-After: the proxy too")
    for value in ("1000", "soon", "-1"):
        front.busy, front.retry_after, start = 1, value, time.monotonic()
        status, _, error = verify(front)
        ok(status == 4 and "status 429" in error and time.monotonic() - start < 10, "Retry-After: %s: not waited for" % value, (status, error))
    front.busy = 0
# --- an HTTP proxy on the way ---
class Via:
    """Leads to where CONNECT says, or answers with `status`. .asked: the heads."""

    def __init__(self, status=200):
        self.status, self.asked = status, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            threading.Thread(target=self.one, args=(self.listener.accept()[0],), daemon=True).start()

    def one(self, client):
        head = b""
        while not head.endswith(b"\r\n\r\n") and (byte := client.recv(1)):
            head += byte
        self.asked.append(head)
        if self.status is None:
            client.sendall(b"no HTTP\r\n\r\n")
        else:
            client.sendall(b"HTTP/1.1 %d X\r\nX: y\r\n\r\n" % self.status)
        if self.status == 200:
            server = socket.create_connection(("127.0.0.1", int(head.split(b" ")[1].rsplit(b":", 1)[1])))
            threading.Thread(target=Wire.copy, args=(client, server), daemon=True).start()
            Wire.copy(server, client)
        client.close()


with serve() as front:
    via = Via()
    status, verdict, error = verify(front, "--via", via.url)
    ok(status == 0 and verdict["bound"] and via.asked == [b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (front.port, front.port)],
       "--via: through an HTTP proxy, and bound all the same", (status, error, via.asked))
    with Proxy(front, "--via", via.url) as proxy:
        ok(proxy.post()[:2] == (200, SECRET) and len(via.asked) == 2 and SECRET not in b"".join(via.asked), "--via: the proxy too")
    for status_of, text in ((407, "status 407"), (502, "status 502"), (None, "does not answer in HTTP")):
        status, _, error = verify(front, "--via", Via(status_of).url)
        ok(status == 4 and text in error and error.count("\n") == 1, "--via: %s: one line" % text, (status, error))
    for value in ("https://127.0.0.1:1", "127.0.0.1:1", "http://", "http://a b", "http://h/x", "socks5://127.0.0.1:1"):
        status, _, error = verify(front, "--via", value)
        ok(status == 3 and "--via: not http://" in error, "--via %s: usage" % value, (status, error))

    def environment(name, host, **variables):
        before = len(via.asked)
        run = subprocess.run([HALLMARK, "verify", "https://%s:%d" % (host, front.port), *case.trust()], capture_output=True, timeout=60,
                             env={**{k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}, **variables, "LD_PRELOAD": case.path("any.so")})
        return run.returncode, len(via.asked) - before

    # Every name is this machine.
    case.write("any.c", b"""#include <dlfcn.h>
#include <netdb.h>
int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **ret)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
	(void)name;
	return real("127.0.0.1", port, hints, ret);
}
""")
    subprocess.run(["gcc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", case.path("any.so"), case.path("any.c")], check=True)
    for name, host, variables, want in (
            ("HTTPS_PROXY", "enclave.example", {"HTTPS_PROXY": via.url}, 1), ("https_proxy", "enclave.example", {"https_proxy": via.url}, 1),
            ("no variable", "enclave.example", {}, 0), ("an empty one", "enclave.example", {"HTTPS_PROXY": ""}, 0), ("HTTP_PROXY", "enclave.example", {"HTTP_PROXY": via.url}, 0),
            ("NO_PROXY with the host", "enclave.example", {"HTTPS_PROXY": via.url, "NO_PROXY": "a.example, enclave.example"}, 0),
            ("NO_PROXY with its domain", "enclave.example", {"HTTPS_PROXY": via.url, "no_proxy": ".example"}, 0),
            ("NO_PROXY with an end of its name", "enclave.example", {"HTTPS_PROXY": via.url, "NO_PROXY": "clave.example"}, 1),
            ("NO_PROXY with a star", "enclave.example", {"HTTPS_PROXY": via.url, "NO_PROXY": "*"}, 0), ("this machine", "localhost", {"HTTPS_PROXY": via.url}, 0)):
        ok(environment(name, host, **variables) == (0, want), "%s: %s" % (name, "through the proxy" if want else "direct"))
    ok(environment("", "enclave.example", HTTPS_PROXY="socks5://x")[0] == 3, "HTTPS_PROXY of another kind: usage, and no way around it")
# --- other addresses than this machine's own ---
with serve() as front, Proxy(front, "--allow-host", "box.example", "--allow-host", "other.example:8080") as proxy:
    for host, status in ((b"box.example:%d" % proxy.port, b"200"), (b"other.example:8080", b"200"), (b"127.0.0.1:%d" % proxy.port, b"200"),
                         (b"box.example", b"421"), (b"other.example", b"421"), (b"evil.example", b"421")):
        out = proxy.raw(b"GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % host)
        ok(out.startswith(b"HTTP/1.1 " + status), "--allow-host: Host %s is %s" % (host.decode(), status.decode()), out[:60])
    front.field = (302, b"Location: https://@/a\r\n")
    out = proxy.raw(b"GET /field HTTP/1.1\r\nHost: box.example:%d\r\nConnection: close\r\n\r\n" % proxy.port)
    ok(b"Location: http://box.example:%d/a\r\n" % proxy.port in out, "--allow-host: a redirect leads to the name that the client used", out)
    process = subprocess.Popen([HALLMARK, "proxy", "--listen", "0.0.0.0:0", "--allow-host", "box.example", "https://localhost:%d" % front.port, *case.trust()], stdout=subprocess.PIPE)
    url = process.stdout.readline().decode().strip()
    ok(url.startswith("http://0.0.0.0:"), "--allow-host: then --listen takes any address", url)
    process.terminate()
    process.wait()
    process.stdout.close()
for value in ("", "Box.example", "a/b", "a b"):
    run = subprocess.run([HALLMARK, "proxy", "--listen", "127.0.0.1:0", "--allow-host", value, "https://localhost:1", *case.trust()], capture_output=True, timeout=60)
    ok(run.returncode == 3 and b"--allow-host" in run.stderr, "--allow-host '%s': usage" % value, run.stderr)
# --- a time that the caller says ---
with serve() as front:
    with Proxy(front, "--as-of", "2000-01-01T00:00:00Z") as proxy:
        ok(proxy.post()[2] == "InvalidAttestationKey", "proxy --as-of: the certificates' time is judged")
    with Proxy(front, "--as-of", "2026-11-26T12:00:00Z") as proxy:
        ok(proxy.post()[0] == 200, "proxy --as-of: a time at which all is valid")
run = subprocess.run([HALLMARK, "proxy", "--listen", "127.0.0.1:0", "--as-of", "noon", "https://localhost:1", *case.trust()], capture_output=True, timeout=60)
ok(run.returncode == 3 and b"--as-of" in run.stderr, "proxy --as-of: what is no time is usage", run.stderr)
# --- a name with two addresses, the first of which is dead: RFC 8305 ---
TWO = r"""
#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
static struct addrinfo *one(const char *address, const char *port, struct addrinfo *next)
{
	struct addrinfo *a = calloc(1, sizeof(*a));
	struct sockaddr_in *s = calloc(1, sizeof(*s));
	s->sin_family = AF_INET;
	s->sin_port = htons((unsigned short)atoi(port));
	inet_pton(AF_INET, address, &s->sin_addr);
	*a = (struct addrinfo){.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_addr = (void *)s, .ai_addrlen = sizeof(*s), .ai_next = next};
	return a;
}
int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **ret)
{
	(void)name, (void)hints;
	*ret = one("127.0.0.2", port, one("127.0.0.3", port, one("127.0.0.1", port, NULL)));
	return 0;
}
void freeaddrinfo(struct addrinfo *list) { (void)list; }
"""
case.write("two.c", TWO.encode())
subprocess.run(["gcc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", case.path("two.so"), case.path("two.c")], check=True)
with serve() as front:
    # A listener whose queue is full drops what comes; nobody listens at 127.0.0.3.
    dead = socket.socket()
    dead.bind(("127.0.0.2", front.port))
    dead.listen(0)
    full = [socket.socket() for _ in range(4)]
    for s in full:
        s.setblocking(False)
        s.connect_ex(("127.0.0.2", front.port))
    start = time.monotonic()
    run = subprocess.run([HALLMARK, "verify", "https://localhost:%d" % front.port, *case.trust()], capture_output=True, timeout=60,
                         env=dict(os.environ, LD_PRELOAD=case.path("two.so")))
    took = time.monotonic() - start
    ok(run.returncode == 0 and took < 8, "RFC 8305: a name whose first address is dead and whose second refuses is reached at the third", (run.returncode, run.stderr, took))
    for s in (dead, *full):
        s.close()
# --- standard streams that are closed at the start: no file and no socket gets their number ---
with serve(mode="no-proof") as front:
    process = subprocess.Popen([HALLMARK, "proxy", "--listen", "127.0.0.1:0", "https://localhost:%d" % front.port, *case.trust()],
                               stdout=subprocess.PIPE, preexec_fn=lambda: (os.close(0), os.close(2)))
    port = int(process.stdout.readline().decode().strip().rsplit(":", 1)[1])
    for i in range(2):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as s:
            s.sendall(b"GET / HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % port)
            out = b""
            while chunk := s.recv(65536):
                out += chunk
        ok(out.startswith(b"HTTP/1.1 502 ") and b"hallmark: " not in out, "closed streams: no line of the log goes to client %d" % i, out)
    ok([os.readlink("/proc/%d/fd/%d" % (process.pid, fd)) for fd in (0, 2)] == ["/dev/null"] * 2, "closed streams: /dev/null is there instead")
    process.terminate()
    process.wait()
    process.stdout.close()
run = subprocess.run([HALLMARK, "platform", "list"], preexec_fn=lambda: os.close(1), stderr=subprocess.PIPE)
ok(run.returncode == 4 and b"standard output" in run.stderr, "closed streams: an answer that did not arrive is still none", (run.returncode, run.stderr))

with serve() as front, Proxy(front, "--allow-redirects-to", "https://elsewhere.example") as proxy:
    for location, status in ((b"https://elsewhere.example/x", b"302"), (b"http://elsewhere.example/x", b"502"), (b"https://else.example/", b"502")):
        front.field = (302, b"Location: %s\r\n" % location)
        out = proxy.raw(b"GET /field HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % proxy.port)
        ok(out.startswith(b"HTTP/1.1 " + status), "--allow-redirects-to: %s is %s" % (location.decode(), status.decode()), out)

for name, options in (("an address of a network", ["--listen", "0.0.0.0:0"]), ("a name", ["--listen", "localhost:0"]), ("no port", ["--listen", "127.0.0.1"])):
    run = subprocess.run([HALLMARK, "proxy", *options, "https://localhost", *case.trust()], capture_output=True, timeout=60)
    ok(run.returncode == 3 and b"--listen" in run.stderr, "%s: usage" % name, run.stderr)
run = subprocess.run([HALLMARK, "proxy", "--listen", "127.0.0.1:0", "http://localhost", *case.trust()], capture_output=True, timeout=60)
ok(run.returncode == 3 and b"not https" in run.stderr, "no https: usage", run.stderr)
run = subprocess.run([HALLMARK, "proxy", "--listen", "127.0.0.1:0", "https://localhost"], capture_output=True, timeout=60)
ok(run.returncode == 3, "c01: nothing to trust: usage", run.stderr)
done()
