#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tls.t - hallmark-guest tls: whose exporter is quoted, what is relayed, and what a crowd costs

The attestation service and the web server are this test's: it sees which nonce and exporter the end point asks for, and
every byte that is handed on. The exporter is computed three times by others: from the secrets of a connection and RFC
8446, by openssl s_client, by gnutls-cli (RFC 9266: another TLS stack).
"""
import hashlib
import os
import re
import resource
import select
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "verify"))
from front import exporter_of
from maker import certificate, new_key
from cases import done, ok
from cryptography.hazmat.primitives import serialization

GUEST = os.environ.get("HALLMARK_GUEST") or os.path.join(os.environ.get("B", "build"), "hallmark-guest")
FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
# What this process and the end point can each hold.
CROWD = min(10000, FILES - 2500)
work = tempfile.TemporaryDirectory()
directory = os.path.join(work.name, "run")
os.makedirs(directory + "/tls")
key = new_key("p256")


def put(name, content):
    with open(os.path.join(directory, name + ".new"), "wb") as file:
        file.write(content)
    os.rename(os.path.join(directory, name + ".new"), os.path.join(directory, name))


def pem_of(what):
    if hasattr(what, "private_bytes"):
        return what.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return what.public_bytes(serialization.Encoding.PEM)


put("tls/key.pem", pem_of(key))
put("tls/cert.pem", pem_of(certificate("enclave", key)))


def receive_all(s, count):
    data = b""
    while len(data) < count and (chunk := s.recv(count - len(data))):
        data += chunk
    return data


class Attest:
    """DIR/tls/bound.sock. .answers: what is said next, status and text; without one a proof that names the question."""

    def __init__(self):
        self.questions, self.answers, self.delay = [], [], 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(directory + "/tls/bound.sock")
        self.listener.listen(64)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            s = self.listener.accept()[0]
            question = receive_all(s, 64)
            self.questions.append((question[:32], question[32:]))
            time.sleep(self.delay)
            status, text = self.answers.pop(0) if self.answers else (0, b"proof of " + question.hex().encode() + b"\n")
            try:
                s.sendall(bytes([status]) + len(text).to_bytes(4, "little") + text)
            except OSError:
                pass
            s.close()


class Web:
    """A unix socket behind the end point. .serve is what a connection gets; .received all bytes that have come."""

    def __init__(self, name):
        self.path, self.received, self.connections, self.ends = os.path.join(work.name, name), bytearray(), 0, 0
        self.serve = self.echo
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(1024)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            s = self.listener.accept()[0]
            self.connections += 1
            threading.Thread(target=self.one, args=(s,), daemon=True).start()

    def one(self, s):
        try:
            self.serve(s)
        except OSError:
            pass
        self.ends += 1
        s.close()

    def echo(self, s):
        while data := s.recv(65536):
            self.received += data
            s.sendall(data)


class EndPoint:
    def __init__(self, *options):
        self.process = subprocess.Popen([GUEST, "tls", "--listen", "127.0.0.1:0", "--directory", directory, "--http1", http1.path, "--http2",
                                         http2.path, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.port = int(self.process.stdout.readline().decode().strip().rsplit(":", 1)[1])

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        status = self.process.wait(timeout=30)
        return status, self.process.stderr.read().decode()

    def resident(self):
        with open("/proc/%d/status" % self.process.pid) as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1])

    def tcp(self, source="127.0.0.1"):
        return socket.create_connection(("127.0.0.1", self.port), timeout=60, source_address=(source, 0))

    def tls(self, alpn=("hallmark/2", "http/1.1"), name="x.example", source="127.0.0.1", **versions):
        """A connection; .exporter by RFC 8446 from its secrets."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if alpn:
            context.set_alpn_protocols(list(alpn))
        for field, value in versions.items():
            setattr(context, field, value)
        fd, log = tempfile.mkstemp(dir=work.name)
        os.close(fd)
        context.keylog_filename = log
        s = Tls(context.wrap_socket(self.tcp(source), server_hostname=name))
        with open(log) as file:
            s.exporter = exporter_of(bytes.fromhex([line.split()[2] for line in file if line.startswith("EXPORTER_SECRET ")][0]))
        os.unlink(log)
        return s


class Tls:
    def __init__(self, s):
        self.s = s

    def ask(self, nonce=None, host=b"x.example"):
        self.nonce = nonce or os.urandom(32)
        self.s.sendall(b"GET /.well-known/hallmark/proof?nonce=%s HTTP/1.1\r\nHost: %s\r\n\r\n" % (self.nonce.hex().encode(), host))
        return self.answer()

    def answer(self):
        """Status, head and body of one answer; None: the connection ended before."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self.s.recv(1)
            if not byte:
                return None, head, b""
            head += byte
        length = int(re.search(rb"Content-Length: (\d+)", head)[1])
        return int(head.split(b" ")[1]), head, receive_all(self.s, length)

    def send(self, data):
        self.s.sendall(data)

    def exchange(self, data):
        """Sends all, and receives as much at the same time. In one thread: Python's SSL objects are not for two."""
        self.s.setblocking(False)
        back, sent = bytearray(), 0
        while len(back) < len(data):
            readers, writers = [self.s], [self.s] if sent < len(data) else []
            moved = False
            try:
                if writers:
                    sent += self.s.send(data[sent:sent + 65536])
                    moved = True
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                pass
            try:
                chunk = self.s.recv(65536)
                if not chunk:
                    break
                back += chunk
                moved = True
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                pass
            if not moved:
                select.select(readers, writers, [], 30)
        self.s.settimeout(60)
        return bytes(back)

    def rest(self):
        data = b""
        try:
            while chunk := self.s.recv(65536):
                data += chunk
        except OSError:
            data += b" (cut)"
        return data

    def close(self):
        self.s.close()


def ended(s):
    """Waits for the other side's end, in order or not."""
    s.settimeout(30)
    try:
        return s.recv(1) == b""
    except ConnectionError:
        return True


def eventually(condition, seconds=20):
    until = time.monotonic() + seconds
    while not (good := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return good


http1, http2, attest = Web("http1"), Web("http2"), Attest()
e = EndPoint()

# --- the exporter is this connection's, and nobody else computes it ---
c = e.tls()
status, head, body = c.ask()
ok(status == 200 and b"\r\nHallmark-Proof: bound\r\n" in head and b"\r\nContent-Type: application/json\r\n" in head, "h11_: a proof for a nonce", (status, head))
ok(attest.questions[-1] == (c.nonce, c.exporter), "h11_exporter: nonce and exporter are the connection's (RFC 8446, 7.5; RFC 9266)", attest.questions[-1:])
ok(body == b"proof of %s\n" % (c.nonce + c.exporter).hex().encode(), "h11_: the answer is what the attestation service said")
c.send(b"GET / HTTP/1.1\r\n\r\n")
ok(receive_all(c.s, 18) == b"GET / HTTP/1.1\r\n\r\n" and http1.received == b"GET / HTTP/1.1\r\n\r\n", "then bytes go to the web server, and not one of the request before")
c.send(b"GET /.well-known/hallmark/proof?nonce=%s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"00" * 32))
ok(receive_all(c.s, 10) == b"GET /.well" and len(attest.questions) == 1, "h12_: a second request for a proof is the web server's: nothing is quoted")
c.close()
d = e.tls()
d.ask(c.nonce)
ok(attest.questions[-1][0] == c.nonce and attest.questions[-1][1] != c.exporter, "h11_exporter: the same nonce on another connection has another exporter")
d.close()
for program, arguments in (("openssl", ["s_client", "-connect", "127.0.0.1:%d" % e.port, "-alpn", "hallmark/2", "-keymatexport", "EXPORTER-Channel-Binding", "-keymatexportlen", "32"]),
                           ("gnutls-cli", ["--insecure", "--no-ca-verification", "--alpn", "hallmark/2", "--keymatexport", "EXPORTER-Channel-Binding", "--keymatexportsize", "32", "-p", str(e.port), "127.0.0.1"])):
    run = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    nonce = os.urandom(32)
    before = len(attest.questions)
    time.sleep(0.5)
    run.stdin.write(b"GET /.well-known/hallmark/proof?nonce=%s HTTP/1.1\r\nHost: x\r\n\r\n" % nonce.hex().encode())
    run.stdin.flush()
    asked = eventually(lambda: len(attest.questions) > before)
    run.stdin.close()
    said = run.stdout.read()
    run.wait(timeout=30)
    match = re.search(rb"(?:Keying material|Key material): ([0-9A-Fa-f]{64})", said)
    ok(asked and match and attest.questions[-1] == (nonce, bytes.fromhex(match[1].decode())), "h11_exporter: %s computes the same" % program, said[-600:])

# --- the one form of the request ---
nonce = b"5a" * 32
good = b"GET /.well-known/hallmark/proof?nonce=" + nonce + b" HTTP/1.1\r\nHost: x\r\n\r\n"
bad = {
    "another path": good.replace(b"/proof", b"/prove"), "POST": b"POST" + good[3:], "HTTP/1.0": good.replace(b"1.1", b"1.0"), "upper-case digits": good.replace(nonce, b"5A" * 32),
    "a digit less": good.replace(nonce, nonce[1:]), "a digit more": good.replace(nonce, nonce + b"0"), "another argument": good.replace(b"nonce=", b"x=1&nonce="),
    "a second argument": good.replace(nonce, nonce + b"&x=1"), "an absolute URL": good.replace(b" /", b" https://x/", 1), "two spaces": good.replace(b"GET ", b"GET  "),
    "LF alone": good.replace(b"\r\n", b"\n"), "no Host": good.replace(b"Host: x\r\n", b""), "an empty Host": good.replace(b"Host: x", b"Host: "),
    "host in lower case": good.replace(b"Host", b"host"), "a field more": good[:-2] + b"X: y\r\n\r\n", "a body": good[:-2] + b"Content-Length: 1\r\n\r\na",
    "a byte after it": good + b"G", "a request after it": good + good, "a NUL": good.replace(b"Host: x", b"Host: x\0"), "a folded line": good.replace(b"Host: x", b"Host: x\r\n y"),
    "a long Host": good.replace(b"Host: x", b"Host: " + b"x" * 273), "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "TLS in TLS": b"\x16\x03\x01\x02\x00\x01" + b"\0" * 600,
}
before, reached = len(attest.questions), http1.connections + http2.connections
for name, text in bad.items():
    c = e.tls()
    c.send(text)
    status, head, body = c.answer()
    ok(status == 400 and b"Connection: close" in head and body.count(b"\n") == 1 and c.rest() == b"", "h12_form: %s: 400, and the end" % name, (status, head, body))
    c.close()
ok(len(attest.questions) == before and http1.connections + http2.connections == reached, "h12_form: nothing was quoted and nothing was handed on")
c = e.tls()
for i in range(len(good)):
    c.send(good[i:i + 1])
status, head, body = c.answer()
ok(status == 200 and attest.questions[-1][0] == bytes.fromhex(nonce.decode()), "byte by byte it is the same request")
c.close()

# --- protocols, names, versions ---
for alpn, web, chosen in ((("h2", "http/1.1"), http2, "h2"), (("http/1.1",), http1, "http/1.1"), ((), http1, None), (("http/1.1", "h2"), http2, "h2"), (("http/1.1", "hallmark/2"), None, "hallmark/2")):
    c = e.tls(alpn)
    count = len(attest.questions)
    ok(c.s.selected_alpn_protocol() == chosen, "ALPN %s: %s" % (alpn, chosen), c.s.selected_alpn_protocol())
    if web:
        seen = web.connections
        c.send(good)
        back = receive_all(c.s, len(good))
        ok(back == good and web.connections == seen + 1 and len(attest.questions) == count, "h12_: its bytes go to the web server at once, a request for a proof too: nothing is bound")
    c.close()
try:
    e.tls(("spdy/3",)).close()
    refused = False
except ssl.SSLError as error:
    refused = "ALPN" in str(error) or "NO_APPLICATION_PROTOCOL" in str(error) or "alert" in str(error).lower()
ok(refused, "another protocol alone is refused")
names = ["localhost", "a.b.c.d.compute.amazonaws.com", "ec2-1-2-3-4.eu-central-1.compute.amazonaws.com", None, "127.0.0.1"]
ok(len({e.tls(name=name).s.getpeercert(True) for name in names}) == 1, "any name of a server, and none: the one certificate")
try:
    e.tls(maximum_version=ssl.TLSVersion.TLSv1_2).close()
    old = True
except (ssl.SSLError, OSError):
    old = False
ok(not old, "h02: TLS 1.2 is refused")
c = e.tls(("http/1.1",))
c.send(b"x")
receive_all(c.s, 1)
ok(not (c.s.session and c.s.session.has_ticket), "h08: no ticket")
c.close()

# --- the relay ---
big = os.urandom(1 << 20) * 8
for alpn in (("http/1.1",), ("hallmark/2",)):
    c = e.tls(alpn)
    if alpn == ("hallmark/2",):
        c.ask()
    back = c.exchange(big)
    ok(hashlib.sha256(back).digest() == hashlib.sha256(big).digest(), "%s: 8 MiB there and back" % alpn)
    ends = http1.ends
    c.close()
    ok(eventually(lambda: http1.ends > ends, 2), "%s: a client that goes away is the web server's end, within a second or two" % alpn)


def early(s):
    s.recv(10)
    s.sendall(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n")
    s.shutdown(socket.SHUT_RDWR)


http1.serve = early
c = e.tls(("http/1.1",))
try:
    c.send(b"x" * 10)
    time.sleep(0.3)
    c.send(b"x" * (4 << 20))
except OSError:
    pass
ok(c.rest().startswith(b"HTTP/1.1 413"), "an answer from a web server that reads no more arrives")
c.close()
http1.serve = lambda s: (s.recv(10), s.sendall(b"all"), s.shutdown(socket.SHUT_WR))
c = e.tls(("http/1.1",))
c.send(b"x")
ok(c.rest() == b"all", "the web server's end is an end in order")
c.close()
http1.serve = http1.echo

# --- no proof ---
attest.answers += [(1, b""), (1, b"")]
c = e.tls()
status, _, _ = c.ask()
ok(status == 200, "b18_: where the TPM is busy the end point asks again")
c.close()
for name, answer in (("no proof now", (2, b"")), ("an unknown status", (9, b"")), ("an empty proof", (0, b"")), ("a text with no proof", (2, b"x"))):
    attest.answers.append(answer)
    c = e.tls()
    status, head, body = c.ask()
    ok(status == 503 and b"Connection: close" in head and c.rest() == b"", "j13_: %s: 503, and the end" % name, (status, head))
    c.close()
os.rename(directory + "/tls/bound.sock", directory + "/tls/away")
c = e.tls()
ok(c.ask()[0] == 503, "j13_: nobody there: 503")
c.close()
os.rename(directory + "/tls/away", directory + "/tls/bound.sock")
c = e.tls()
attest.delay = 1
c.send(good)
time.sleep(0.2)
c.close()
attest.delay = 0
d = e.tls()
ok(d.ask()[0] == 200, "a client that went away while its quote was made troubles nobody")
d.close()
# Twenty that ask once, beside one that asks as often as it can: the honest ones are served first.
attest.delay = 0.1
flood = [e.tls() for _ in range(200)]
for c in flood:
    c.send(good)
start, times = time.monotonic(), []


def honest(i):
    c = e.tls(source="127.0.1.%d" % (i + 1))
    times.append((c.ask()[0], time.monotonic() - start))
    c.close()


threads = [threading.Thread(target=honest, args=(i,)) for i in range(20)]
for t in threads:
    t.start()
for t in threads:
    t.join()
waiting = sum(1 for c in flood if not select.select([c.s], [], [], 0)[0])
ok([s for s, _ in times] == [200] * 20 and waiting > 50, "b18_flood: 20 clients are answered while most of one address's 200 questions wait", (times, waiting))
for c in flood:
    c.close()
attest.delay = 0
d = e.tls()
ok(d.ask()[0] == 200, "b18_flood: and after it everything is as before")
d.close()

# --- a renewed certificate ---
renewed = pem_of(certificate("renewed", key))
put("tls/cert.pem", renewed)
ok(eventually(lambda: ssl.DER_cert_to_PEM_cert(e.tls().s.getpeercert(True)).encode() == renewed), "h05_renewed: is used for new connections")
put("tls/cert.pem", pem_of(certificate("foreign", new_key("p256"))))
time.sleep(1.2)
ok([ssl.DER_cert_to_PEM_cert(e.tls().s.getpeercert(True)).encode() for _ in range(2)] == [renewed] * 2, "h07_foreign_certificate: one for another key is not")
put("tls/cert.pem", renewed)
status, said = e.end()
ok(status == 0, "SIGTERM ends it in order", (status, said))
ok(said.count("\n") == 1 and "tls/cert.pem" in said, "h07_foreign_certificate: one line says so", said)

# --- a crowd ---
e = EndPoint()
before = e.resident()
start = time.monotonic()
half = []
for i in range(CROWD):
    s = e.tcp()
    # Nothing, a part of a record, a record's head and a part of the hello.
    s.sendall((b"\x16", b"\x16\x03\x01\x02\x00\x01\x00", b"\x16\x03\x01\x02\x00" + b"\x01" + b"\0" * 200)[i % 3])
    half.append(s)
took = time.monotonic() - start
c = e.tls()
ok(c.ask()[0] == 200, "b18_crowd: beside %d half-open connections a client has its turn" % CROWD)
c.close()
idle = []
for i in range(1000):
    d = e.tls(("http/1.1",))
    idle.append(d)
c = e.tls()
ok(c.ask()[0] == 200, "b18_crowd: and beside 1,000 idle ones")
c.close()
peak = e.resident()
print("#! %d half-open and 1,000 idle connections: %d KiB more, at most %d KiB in all" % (CROWD, peak - before, peak))
ok(peak < 64 * 1024, "b18_crowd: it stays below 64 MiB", peak)
for d in idle[::100]:
    d.send(b"ping")
ok(all(receive_all(d.s, 4) == b"ping" for d in idle[::100]), "b18_crowd: idle ones go on")
ok([ended(s) for s in half[:3]] == [True] * 3, "b18_slow: half-open ones are ended after 10 s")
for s in half:
    s.close()
for d in idle:
    d.close()
# Those who shake hands, and then say nothing or not all, are ended too; the oldest makes room for a new one.
slow = [e.tls() for _ in range(1100)]
c = e.tls()
ok(c.ask()[0] == 200, "b18_slow: 1,100 that shook hands and do not ask take nobody's place")
c.close()
ok(ended(slow[-1].s), "b18_slow: and are ended after 10 s")
for c in slow:
    c.close()
status, said = e.end(signal.SIGINT)
ok((status, said) == (0, ""), "nothing else was said", (status, said))

# Where every place is taken, the oldest that asks nothing of the web server makes room; one that does is not touched.
e = EndPoint("--connections", "20")
busy = e.tls(("http/1.1",))
busy.send(b"ping")
receive_all(busy.s, 4)
idle = [e.tls() if i % 2 else e.tls(("http/1.1",)) for i in range(19)]
for c in idle[1::2]:
    c.ask()
c = e.tls()
ok(c.ask()[0] == 200, "b18_idle: 20 places, all taken by connections that say nothing: a client has its turn")
ok(ended(idle[0].s), "b18_idle: the oldest one made room")
busy.send(b"ping")
ok(receive_all(busy.s, 4) == b"ping", "b18_idle: one that has asked something of the web server goes on")
for _ in range(30):
    c = e.tls()
    status = c.ask()[0]
ok(status == 200 and receive_all((busy.send(b"ping"), busy.s)[1], 4) == b"ping", "b18_idle: thirty times")
ok(e.end() == (0, ""), "b18_idle: nothing was said")

# --- usage ---
for name, options in (("no port", ["--listen", "127.0.0.1"]), ("a name", ["--listen", "localhost:1"]), ("IPv6 without brackets", ["--listen", "::1:1"]), ("an empty address", ["--listen", ":1"])):
    run = subprocess.run([GUEST, "tls", "--http1", "a", "--http2", "b", *options], capture_output=True, timeout=60)
    ok(run.returncode == 3 and run.stderr.count(b"\n") == 1 and b"--listen" in run.stderr, "%s: usage" % name, run.stderr)
for value in ("0", "12289", "x"):
    run = subprocess.run([GUEST, "tls", "--http1", "a", "--http2", "b", "--connections", value], capture_output=True, timeout=60)
    ok(run.returncode == 3 and b"--connections" in run.stderr, "--connections %s: usage" % value, run.stderr)
os.rename(directory + "/tls/key.pem", directory + "/tls/key.away")
for name, content, status in (("no key", None, 4), ("a key that is none", b"x\n", 2), ("another key", pem_of(new_key("p256")), 2)):
    if content:
        put("tls/key.pem", content)
    run = subprocess.run([GUEST, "tls", "--listen", "127.0.0.1:0", "--directory", directory, "--http1", "a", "--http2", "b"], capture_output=True, timeout=60)
    ok(run.returncode == status and run.stderr.count(b"\n") == 1, "%s: status %d, one line" % (name, status), (run.returncode, run.stderr))
work.cleanup()
done()
