#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""seeds.py - seed inputs of the fuzzers: real evidence where it is there, what maker.py makes, files of the image build

usage: seeds.py OUT      OUT/TARGET/* and OUT/machine, which fuzz_verify is given
"""
import base64
import glob
import json
import os
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "verify"))
import maker
import transparency

out = sys.argv[1]
build = os.environ.get("B", "build")
fixtures = os.environ.get("HALLMARK_FIXTURES", "../shared/fixtures")
LIMIT = 65536


def seed(target, name, content):
    if content and len(content) <= LIMIT:
        os.makedirs(os.path.join(out, target), exist_ok=True)
        with open(os.path.join(out, target, name), "wb") as file:
            file.write(content)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


machine = os.path.join(out, "machine")
os.makedirs(machine, exist_ok=True)
m = maker.Machine()
nonce = bytes(range(32))
proof = m.proof(nonce)
m.write_golden(machine)
maker.write(machine, "proof.json", proof)
maker.write(machine, "nonce", nonce.hex().encode() + b"\n")
seed("verify", "proof", proof)
# A certificate that its issuer has revoked, and the list that says so.
revoked, issuer = m.leaf_chain[0], m.leaf_chain[1]
maker.write(machine, "revoked.der", maker.der(revoked))
maker.write(machine, "issuer.der", maker.der(issuer))
maker.write(machine, "revoked.crl", maker.revocation_list(issuer, m.cloud.intermediate_key, [revoked]))
seed("crls", "revoked", maker.revocation_list(issuer, m.cloud.intermediate_key, [revoked]))
seed("crls", "none", maker.revocation_list(issuer, m.cloud.intermediate_key))
seed("crls", "two", maker.revocation_list(issuer, m.cloud.intermediate_key) + maker.revocation_list(m.cloud.root, m.cloud.root_key))
for host in (b"x", b"localhost:8443", b"[::1]:8443"):
    seed("bound_request", host.decode().replace(":", "-"), b"GET /.well-known/hallmark/proof?nonce=" + nonce.hex().encode() + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
log = transparency.Log()
for name, content in (("sigsum", log.sigsum(b"golden", log.witness[0])), ("sigsum-1", log.sigsum(b"golden", log.witness[0], size=1, index=0)),
                      ("c2sp", log.c2sp(b"golden")), ("c2sp-extra", log.c2sp(b"golden").replace(b"\nindex", b"\nextra Zm9v\nindex"))):
    seed("tlog", name, b"\1" + content)
seed("tlog", "sigsum-policy", b"\0" + log.sigsum_policy())
seed("tlog", "c2sp-policy", b"\0# comment\n" + log.c2sp_policy())
seed("tlog", "vkey", b"\2" + transparency.vkey("log.example", 1, log.key).encode())
seed("proof", "rsa", proof)
ecc = maker.Machine(ak="p256")
seed("proof", "ecc", ecc.proof(nonce, bank="sha384"))
for name, text in (("rsa", proof), ("ecc", ecc.proof(nonce))):
    parts = json.loads(text)
    decoded = {k: base64.b64decode(parts[k]) for k in ("quote", "ak_public", "signature", "firmware_log", "runtime_log")}
    seed("attest", name, decoded["quote"])
    seed("key", "public-" + name, b"\1" + decoded["ak_public"])
    seed("key", "signature-" + name, b"\0" + decoded["signature"])
    seed("eventlog", name, decoded["firmware_log"])
    seed("runtime_log", name, decoded["runtime_log"])
    seed("evidence", "log-" + name, b"\0" + decoded["firmware_log"])
    seed("evidence", "cel-" + name, b"\0" + decoded["runtime_log"])
    ders = [base64.b64decode(c) for c in parts["ak_certificates"]]
    if name == "rsa":
        seed("certificates", name, b"".join(struct.pack(">H", len(d)) + d for d in ders))
    for line in decoded["runtime_log"].splitlines():
        seed("runtime_log", "record-%d" % json.loads(line)["recnum"], json.loads(line)["content"].encode())
seed("runtime_log", "ram", b"hallmark-layer/1 name=config type=ram size=12 sha256=" + b"0" * 64)
DIGEST = b"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
seed("artefacts", "small", b"hallmark-artefacts/1\nartefact uki.efi 3 " + DIGEST + b"\nblock " + DIGEST + b"\nlink " + DIGEST + b" a\nsource " +
     DIGEST + b" b/c\n")
seed("golden", "made", read(os.path.join(machine, "golden.json")))
seed("golden", "image", read(os.path.join(build, "image/golden/golden.json")))
for path in glob.glob("image/platforms/*.json"):
    seed("profile", os.path.basename(path), read(path))
banks = {"sha256": ["%02x" % i * 32 for i in range(16)]}
report = {"version": "hallmark-report/1", "pcrs": banks, "firmware_log": base64.b64encode(maker.firmware_log(m.events)).decode(),
          "runtime_log": base64.b64encode(maker.runtime_log(m.records)).decode()}
seed("report", "made", (json.dumps(report, indent=2) + "\n").encode())
seed("evidence", "report", b"\0" + (json.dumps(report, indent=2) + "\n").encode())
for path in glob.glob(os.path.join(fixtures, "eventlogs/*.bin")):
    seed("eventlog", os.path.basename(path), read(path))
seed("evidence", "blindllama", b"\2" + read(os.path.join(fixtures, "azure-tl/blindllama-v2.json")))
seed("evidence", "gcp", b"\6" + read(os.path.join(fixtures, "gcp/gcp-sev.json")))
seed("evidence", "aws", b"\x0a" + read(os.path.join(fixtures, "aws/nitrotpm.json")))
# The variable store of a firmware: its head is what a reader walks.
seed("evidence", "vars", b"\1" + read("/usr/share/OVMF/OVMF_VARS_4M.fd")[:LIMIT - 1])

# Evidence of clouds: the good ones of tests/vectors/platforms.json, made anew by its maker.
with tempfile.TemporaryDirectory() as work:
    with open(os.path.join(here, "..", "vectors", "platforms.json")) as file:
        manifest = json.load(file)
    manifest["vectors"] = [v for v in manifest["vectors"] if v["code"] == "Ok"][:40]
    with open(os.path.join(work, "manifest.json"), "w") as file:
        json.dump(manifest, file)
    subprocess.run([os.path.join(here, "..", "vectors", "make-platforms"), os.path.join(work, "manifest.json"), work], check=True)
    numbers = {"maa_token": 0, "nitro_document": 2, "quote": 3, "ccel": 4}
    for path in sorted(glob.glob(os.path.join(work, "*.proof.json"))):
        for part in (json.loads(read(path)).get("hardware") or {"parts": []})["parts"]:
            if part["name"] in numbers:
                seed("cloud", part["name"] + "-" + os.path.basename(path)[:-11], bytes([numbers[part["name"]]]) + base64.b64decode(part["data"]))
            if part["name"] == "ccel":
                seed("cloud", "area-" + os.path.basename(path)[:-11], b"\7" + base64.b64decode(part["data"]) + b"\xff" * 64)
    seed("cloud", "answer", b"\6\xa1\x6bAttestation\xa1\x68document\x43abc" + b"\xff" * 16)
    seed("cloud", "answer-error", b"\6\xa1\x65Error\x6fInvalidArgument")
    for path in sorted(glob.glob(os.path.join(work, "*.policy.json")))[:8]:
        seed("cloud", "policy-" + os.path.basename(path), b"\5" + read(path))
    for path in sorted(glob.glob(os.path.join(work, "*jwks*")))[:4]:
        seed("cloud", "jwks-" + os.path.basename(path), b"\1" + read(path))

# Texts
seed("text", "cmdline", b"!" + read("image/cmdline").rstrip(b"\n"))
for path in glob.glob("image/layers/*"):
    seed("text", "layers-" + os.path.basename(path), b"L" + read(path))
seed("http", "request", b"\0POST /a?b HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: 3\r\nConnection: close\r\n\r\n")
seed("http", "response", b"\1HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
seed("http", "chunks", b"\x024\r\nWiki\r\n5;a=b\r\npedia\r\n0\r\nT: x\r\n\r\n")
seed("http", "length", b"\x07hello, and more")

# A PE file with the sections of a UKI, small; and the stub's own head.
stub = read(os.path.join(build, "target/stub.efi"))
seed("pe", "stub", stub)


def pe(sections):
    head = bytearray(0x400)
    head[0:2] = b"MZ"
    struct.pack_into("<I", head, 0x3c, 0x40)
    head[0x40:0x44] = b"PE\0\0"
    struct.pack_into("<HHIIIHH", head, 0x44, 0x8664, len(sections), 0, 0, 0, 240, 0x22e)
    struct.pack_into("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", head, 0x58, 0x20b, 0, 0, 512, 0, 0, 0x1000, 0x1000, 0x10000000, 4096, 512,
                     0, 0, 0, 0, 0, 0, 0, 0x1000 * (len(sections) + 1), 0x400, 0, 10, 0x100, 0, 0, 0, 0, 0, 16)
    data = b""
    for i, (name, content) in enumerate(sections):
        raw = content + bytes(-len(content) % 512)
        struct.pack_into("<8sIIIIIIHHI", head, 0x58 + 240 + 40 * i, name, len(content), 0x1000 * (i + 1), len(raw), 0x400 + len(data),
                         0, 0, 0, 0, 0x60000020 if name == b".text" else 0x40000040)
        data += raw
    return bytes(head) + data


seed("pe", "uki", pe([(b".text", b"\xc3" * 16), (b".linux", b"HALLO\n"), (b".osrel", b"ID=x\n"), (b".cmdline", b"ro panic=0"),
                      (b".initrd", b"foobar\n")]))


def gpt(labels):
    entries = b""
    for i, label in enumerate(labels):
        entries += bytes(range(16)) + bytes([i] * 16) + struct.pack("<QQQ", 40 + 8 * i, 47 + 8 * i, 0) + label.encode("utf-16-le").ljust(72, b"\0")
    entries = entries.ljust(128 * 128, b"\0")
    header = struct.pack("<8sIIIIQQQQ16sQIIII", b"EFI PART", 0x10000, 92, 0, 0, 1, 2047, 34, 2014, bytes(16), 2, 128, 128, 0, 0)
    return bytes(512) + header.ljust(512, b"\0") + entries + bytes(4096)


seed("gpt", "two", b"\1" + gpt(["hallmark-root", "hallmark-root-verity"]))
superblock = struct.pack("<8sII16s32sIIQH6s256s", b"verity\0\0", 1, 1, bytes(16), b"sha256", 4096, 4096, 100, 32, bytes(6), b"s" * 32)
seed("gpt", "verity", b"\0" + superblock.ljust(512, b"\0"))
seed("snp", "certificate", b"\2" + maker.der(m.cloud.intermediate))
snp = struct.pack("<I", 2) + bytes(1180)
seed("snp", "zero", b"\1" + snp)
text = b'{"keys":[{"kid":"HCLAkPub"}]}'
seed("snp", "hcl", b"\0" + b"HCLA".ljust(32, b"\0") + snp + struct.pack("<IIIII", 20 + len(text), 1, 2, 1, len(text)) + text)
