# SPDX-License-Identifier: BSD-2-Clause
"""front.py - a TLS server that proves itself with what maker.py makes, and an application behind it, for tests of clients

Every byte of every request that is not one for a proof is kept in Front.received. POST gets its body back; GET /chunked, /status/NNN,
/close, /slow and /big something of theirs; any other GET its own head. How it misbehaves on a request for a proof, by `mode`:
no-proof, redirect, continue (a status 100 first), close, extra, head (without end), garbage, huge, hang, drip (a byte now
and then), reset, reconnect (the genuine proof, and then the connection is ended), cut, lengths, chunked (no fault).

The proofs are bound to the connection they go over (FORMATS.md, "The TLS end point"): the nonce that `make` gets has the
connection's exporter as .exporter. It is computed here from the secrets that OpenSSL logs and RFC 8446, 7.1 and 7.5, not
by OpenSSL's own function for it. `alpn`: what the server knows.
"""
import hashlib
import hmac
import os
import socket
import socketserver
import ssl
import struct
import tempfile
import threading
import time

from cryptography.hazmat.primitives import serialization

BIG = 3 << 20


def read_head(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline(65536)
        if not line:
            return None
        head += line
    return head


def read_body(stream, fields):
    """Raw bytes, and the content in them."""
    if fields.get("transfer-encoding") == "chunked":
        raw, body = b"", b""
        while True:
            line = stream.readline()
            size = int(line.split(b";")[0], 16)
            data = stream.read(size) + stream.readline()
            raw, body = raw + line + data, body + data[:size]
            if size == 0:
                return raw, body
    body = stream.read(int(fields.get("content-length", 0)))
    return body, body


def answer(status, body, extra=""):
    return ("HTTP/1.1 %d X\r\nContent-Length: %d\r\n%s\r\n" % (status, len(body), extra)).encode() + body


class Nonce(bytes):
    """A client's nonce, and the exporter of the connection that it came over."""
    exporter = b""


def expand_label(secret, label, context, length, name="sha256"):
    """HKDF-Expand-Label of RFC 8446, 7.1, for at most one block of output."""
    label = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes([len(label)]) + label + bytes([len(context)]) + context
    return hmac.new(secret, info + b"\1", name).digest()[:length]


def exporter_of(secret, label=b"EXPORTER-Channel-Binding"):
    """RFC 8446, 7.5, without a context; RFC 9266. The hash is that of the cipher suite: as long as the secret is."""
    name = {32: "sha256", 48: "sha384"}[len(secret)]
    empty = hashlib.new(name, b"").digest()
    return expand_label(expand_label(secret, label, empty, len(empty), name), b"exporter", empty, 32, name)


class Front:
    """`make` turns a nonce into a proof; `key` and `certificate` are the TLS server's."""

    def __init__(self, make, key, certificate, mode="", tls12=False, alpn=("hallmark/2", "http/1.1")):
        self.make, self.mode = make, mode
        self.received, self.nonces, self.connections = b"", [], 0
        # So many requests for proofs are put off.
        self.busy, self.retry_after = 0, "1"
        # When the client of /think was seen to go away, and what it had sent by then.
        self.gone = None
        self.lock = threading.Lock()
        self.directory = tempfile.TemporaryDirectory()
        name = os.path.join(self.directory.name, "pem")
        with open(name, "wb") as file:
            file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                         serialization.NoEncryption()))
            file.write(certificate.public_bytes(serialization.Encoding.PEM))

        def context_of():
            # One a connection: the log of secrets is the context's.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(name)
            if alpn:
                context.set_alpn_protocols(list(alpn))
            if tls12:
                context.maximum_version = ssl.TLSVersion.TLSv1_2
            return context

        front = self

        class Handler(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self):
                log = None
                try:
                    fd, log = tempfile.mkstemp(dir=front.directory.name)
                    os.close(fd)
                    context = context_of()
                    context.keylog_filename = log
                    self.request = context.wrap_socket(self.request, server_side=True)
                    self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)
                    with open(log) as file:
                        secrets = [line.split()[2] for line in file if line.startswith("EXPORTER_SECRET ")]
                    exporter = exporter_of(bytes.fromhex(secrets[0])) if secrets else b""
                    with front.lock:
                        front.connections += 1
                    if front.mode == "reset":
                        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        self.request.close()
                        return
                    while front.serve(self.rfile, self.wfile, exporter):
                        pass
                    self.request.unwrap()
                except (OSError, ValueError):
                    pass
                finally:
                    if log:
                        os.unlink(log)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 256

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.server.shutdown()
        self.server.server_close()

    def proof(self, path, exporter):
        """The bytes to send, and whether the connection stays."""
        nonce = Nonce.fromhex(path.split("nonce=")[1])
        nonce.exporter = exporter
        with self.lock:
            self.nonces.append(nonce)
        if self.mode == "hang":
            time.sleep(60)
        if self.busy > 0:
            self.busy -= 1
            return answer(429, b"later\n", "Retry-After: %s\r\nConnection: close\r\n" % self.retry_after), False
        if self.mode == "no-proof":
            return answer(404, b"no such page"), True
        if self.mode == "redirect":
            return b"HTTP/1.1 307 X\r\nLocation: https://127.0.0.1:%d%s\r\nContent-Length: 0\r\n\r\n" % (self.port, path.encode()), True
        if self.mode == "head":
            return b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 40000, True
        if self.mode == "garbage":
            return b"\x00\x01\x02 this is no HTTP\r\n\r\n", True
        if self.mode == "huge":
            return answer(200, b"x" * (5 << 20)), True
        body = self.make(nonce)
        if self.mode == "close":
            return answer(200, body, "Connection: close\r\n"), True
        if self.mode == "extra":
            return answer(200, body) + answer(200, b"and more"), True
        if self.mode == "continue":
            return b"HTTP/1.1 100 Continue\r\n\r\n" + answer(200, body), True
        if self.mode == "lengths":
            return answer(200, body, "Content-Length: 3\r\n"), True
        if self.mode == "cut":
            return answer(200, body)[:-1], False
        if self.mode == "chunked":
            half = len(body) // 2
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (body[:half], body[half:], b""))
            return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, True
        return answer(200, body), self.mode != "reconnect"

    def application(self, method, path, head, body):
        if path == "/chunked":
            return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nA: b\r\n\r\n"
        if path in ("/close", "/cut"):
            return b"HTTP/1.1 200 OK\r\n\r\nto the end"
        if path == "/big":
            return answer(200, b"b" * BIG)
        if path == "/slow":
            time.sleep(1)
        if path == "/field":
            # What the test put there: status, fields; "@" is the name that the request was sent to.
            host = [line.split(b":", 1)[1].strip() for line in head.split(b"\r\n") if line.lower().startswith(b"host:")][0]
            status, fields = self.field
            return b"HTTP/1.1 %d X\r\n%sContent-Length: 0\r\n\r\n" % (status, fields.replace(b"@", host))
        if path.startswith("/status/"):
            return b"HTTP/1.1 %s X\r\n\r\n" % path[8:].encode()
        if method == "HEAD":
            return b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
        return answer(200, body if method == "POST" else head)

    def serve(self, reader, writer, exporter):
        head = read_head(reader)
        if head is None:
            return False
        lines = head.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ")
        fields = {k.strip().lower(): v.strip() for k, v in (x.split(":", 1) for x in lines[1:] if ":" in x)}
        stay = path != "/close"
        if path.startswith("/.well-known/hallmark/"):
            data, stay = self.proof(path, exporter)
        else:
            with self.lock:
                self.received += head
            if path == "/upload":
                while reader.read1(65536):
                    pass
                self.gone = time.monotonic()
                return False
            if path == "/hints":
                writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n")
            raw, body = read_body(reader, fields) if path != "/early" else (b"", b"")
            with self.lock:
                self.received += raw
            if path == "/websocket":
                writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
                writer.flush()
                while echo := reader.read1(65536):
                    writer.write(echo.upper())
                    writer.flush()
                return False
            if path == "/early":
                # Answers a request that it has not read, and closes.
                writer.write(answer(413, b"too large", "Connection: close\r\n"))
                writer.flush()
                raise OSError
            if path == "/nothing":
                raise OSError
            if path == "/think":
                self.thinking = True
                reader.peek(1)
                self.gone = time.monotonic()
                return False
            data = self.application(method, path, head, body)
        if self.mode == "drip":
            for i in range(len(data)):
                writer.write(data[i:i + 1])
                writer.flush()
                time.sleep(0.5)
        writer.write(data)
        writer.flush()
        if path == "/cut":
            # No good-bye of TLS: as somebody on the way would end it.
            raise OSError
        return stay
