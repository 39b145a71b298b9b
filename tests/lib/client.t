#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""client.t - libhallmark-client: what it shows, and docs/examples/connect.c with it, before good and bad servers"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(top, "tests", "verify"))
from front import BIG, Front
from maker import Cloud, Machine, new_key, certificate
from cases import Case, done, ok

BUILD = os.path.join(top, os.environ.get("B", "build"))
made = subprocess.run(["flock", os.path.join(BUILD, "lib.lock"), "make", "-s", "lib", "lib-client"], cwd=top, capture_output=True, text=True)
if made.returncode:
    print("Bail out! make lib-client: " + made.stderr[-500:].replace("\n", " "))
    sys.exit(1)


def lines(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=top).stdout.splitlines()


library = os.path.join(BUILD, "libhallmark-client.so")
shown = [line.split()[2] for line in lines("nm", "-D", "--defined-only", library) if line.split()[1] != "A"]
ok(len(shown) == 7 and all(re.fullmatch(r"hallmark_connect(ion_[a-z]+)?@@HALLMARK_CLIENT_0", name) for name in shown),
   "it shows hallmark_connect and hallmark_connection_* alone", shown)
needed = sorted(re.findall(r"NEEDED.*\[(.*)\]", "\n".join(lines("readelf", "-d", library))))
ok(needed == ["libc.so.6", "libcrypto.so.3", "libhallmark.so.0"], "the verifier in it is libhallmark's, not a copy", needed)
taken = {line.split()[-1].split("@")[0] for line in lines("nm", "-D", "--undefined-only", library)}
ok(not taken & {"getenv", "secure_getenv", "fork", "execve", "printf", "puts", "stdout", "pthread_create", "exit", "sigaction", "signal"},
   "no environment, process, output, thread or handler of signals", taken)
ok("socket" not in {line.split()[-1].split("@")[0] for line in lines("nm", "-D", "--undefined-only", os.path.join(BUILD, "libhallmark.so"))},
   "libhallmark stays without network")

work = tempfile.mkdtemp(prefix="hallmark-client.")
os.mkdir(os.path.join(work, "include"))
shutil.copy(os.path.join(top, "lib", "hallmark.h"), os.path.join(work, "include"))
shutil.copy(os.path.join(top, "host", "client", "hallmark_client.h"), os.path.join(work, "include"))
for name in ("hallmark", "hallmark-client"):
    shutil.copy(os.path.join(BUILD, "lib%s.so" % name), os.path.join(work, "lib%s.so.0" % name))
    os.symlink("lib%s.so.0" % name, os.path.join(work, "lib%s.so" % name))
program = os.path.join(work, "connect")
built = subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I", os.path.join(work, "include"), "-o", program,
                        os.path.join(top, "docs", "examples", "connect.c"), "-L", work, "-lhallmark-client", "-lhallmark"],
                       capture_output=True, text=True)
ok(built.returncode == 0, "the example compiles", built.stderr)
with open(os.path.join(work, "cpp.cc"), "w") as file:
    file.write("#include <hallmark_client.h>\n")
built = subprocess.run(["gcc", "-x", "c++", "-Wall", "-Wextra", "-fsyntax-only", "-I", os.path.join(work, "include"), os.path.join(work, "cpp.cc")],
                       capture_output=True, text=True)
ok(built.returncode == 0, "the header is C++ too, and needs no other", built.stderr)

m = Machine()
case = Case(m)
GET = b"GET /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def serve(machine=m, mode="", make=None, key=None):
    leaf = certificate("enclave", key) if key else machine.tls
    return Front(make or (lambda nonce: machine.proof(nonce)), key or machine.tls_key, leaf, mode)


def run(front, data, host="127.0.0.1", port=None):
    # SIGPIPE as a C program has it: Python's own children would ignore it.
    return subprocess.run([program, host, port or str(front.port), case.path("golden.json"), case.path("golden.json.sig"), case.path("golden.pub"),
                           case.path("roots.pem")], input=data, capture_output=True, timeout=90, restore_signals=True,
                          env={"LD_LIBRARY_PATH": work, "PATH": "/usr/bin:/bin"})


with serve() as front:
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % BIG
    there = run(front, post + b"B" * BIG)
    ok(there.returncode == 0 and there.stdout.endswith(b"\r\n\r\n" + b"B" * BIG), "3 MiB there and back, and the end in order",
       (there.returncode, len(there.stdout), there.stderr))
    there = run(front, GET % b"close")
    ok(there.returncode == 0 and there.stdout.endswith(b"to the end"), "an answer up to the end of the connection", there)
    there = run(front, GET % b"cut")
    ok(there.returncode == 2 and b"broke" in there.stderr, "an end that TLS does not vouch for is told from one in order", there)
    ok(len(set(front.nonces)) == len(front.nonces) == 3, "b04_: a nonce for each connection", front.nonces)
    before = front.received
    for host, port in (("", "443"), ("a b", "443"), ("[::1]", "443"), ("x/y", "443"), ("x:1", "443"), ("x", "0"), ("x", "65536"), ("x", "1/"), ("x", ""),
                       ("x", "01")):
        there = run(front, b"secret", host, port or "\n")
        ok(there.returncode == 1 and b"host is no name" in there.stderr, "host '%s', port '%s': refused" % (host, port), there)
    ok(front.received == before, "and nothing was sent for them")

relay_key, alien = new_key("p256"), Machine(cloud=Cloud())
for name, server, code in (("h01_: another server with a genuine machine's proofs", dict(key=relay_key), b"TlsMismatch"),
                           ("b04_: an old proof", dict(make=lambda nonce: m.proof(bytes(32))), b"StaleQuote"),
                           ("an unsolicited proof", dict(make=lambda nonce: m.proof()), b"StaleQuote"),
                           ("i01_: a machine that an unknown cloud vouches for", dict(machine=alien), b"InvalidAttestationKey"),
                           ("no proof but JSON", dict(make=lambda nonce: b"{}\n"), b"Malformed")):
    with serve(**server) as front:
        there = run(front, b"secret")
        ok(there.returncode == 1 and there.stderr.startswith(code + b": ") and front.received == b"" and there.stdout == b"",
           "%s: %s, and not a byte" % (name, code.decode()), (there, front.received))
for mode in ("no-proof", "redirect", "close", "garbage", "cut", "reset"):
    with serve(mode=mode) as front:
        there = run(front, b"secret")
        ok(there.returncode == 1 and there.stderr.startswith(b"no proof: ") and front.received == b"", "%s: no proof, and not a byte" % mode, there)
# The server leaves after its proof; whatever is written then must not end the program by a signal.
with serve(mode="reconnect") as front:
    there = run(front, b"x" * BIG)
    ok(there.returncode in (0, 2) and front.received == b"" and front.connections == 1, "a server that leaves: no signal, and no second connection", there)
shutil.rmtree(work)
done()
