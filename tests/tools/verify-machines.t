#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""verify-machines.t - hallmark verify --machines: the signed list, who is on it, and every form of it that is refused"""
import hashlib
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "verify"))
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from maker import Machine, der, spki_sha256
from cases import HALLMARK, Case, done, ok

NONCE = bytes(range(1, 33))
ASK = ("--nonce", NONCE.hex())
m = Machine()
neighbour = Machine(cloud=m.cloud)
case = Case(m)
proof = m.proof(NONCE)
AK = spki_sha256(m.ak.public_key()).hex()
CERTIFICATE = hashlib.sha256(der(m.leaf_chain[0])).hexdigest()
OTHER = spki_sha256(neighbour.ak.public_key()).hex()


def listed(*entries, name="machines.json", key=None, content=None):
    text = json.dumps({"version": "hallmark-machines/1", "machines": list(entries)}).encode() if content is None else content
    path = case.write(name, text)
    case.write(name + ".sig", (key or m.golden_key).sign(text))
    return "--machines", path


def entry(name="rack 3", **identities):
    return {"name": name, **identities}


case.accepted("control: without a list", proof, *ASK)
case.accepted("control: and the neighbour, of the same image and the same cloud", neighbour.proof(NONCE), *ASK)
case.accepted("by its key", proof, *ASK, *listed(entry(ak_sha256=AK)))
case.accepted("by its certificate", proof, *ASK, *listed(entry(ak_certificate_sha256=CERTIFICATE)))
case.accepted("by both", proof, *ASK, *listed(entry(ak_sha256=AK, ak_certificate_sha256=CERTIFICATE)))
case.accepted("not the first of the list", proof, *ASK, *listed(entry(ak_sha256=OTHER), entry(ak_sha256="00" * 32), entry(ak_sha256=AK)))
for name, entries in (("the neighbour's key alone is listed", [entry(ak_sha256=OTHER)]),
                      ("another certificate of its key", [entry(ak_certificate_sha256="11" * 32)]),
                      ("its key, and another certificate", [entry(ak_sha256=AK, ak_certificate_sha256="11" * 32)]),
                      ("its certificate, and another key", [entry(ak_sha256=OTHER, ak_certificate_sha256=CERTIFICATE)]),
                      ("half of it in each of two entries", [entry(ak_sha256=AK, ak_certificate_sha256="11" * 32),
                                                             entry(ak_sha256=OTHER, ak_certificate_sha256=CERTIFICATE)]),
                      ("its key where a certificate's digest stands", [entry(ak_certificate_sha256=AK)])):
    case.rejected(name, proof, "UnknownMachine", 3, *ASK, *listed(*entries), seen=AK)
mine = listed(entry(ak_sha256=AK))
case.rejected("the neighbour, genuine as it is", neighbour.proof(NONCE), "UnknownMachine", 3, *ASK, *mine, seen=OTHER)
case.rejected("a proof signed by another key than that of the list, which it shows", m.proof(NONCE, signer=neighbour.ak), "InvalidQuote", 4, *ASK, *mine)
case.rejected("being listed is no excuse", m.proof(bytes(32)), "StaleQuote", 6, *ASK, *mine)

# The key of the list.
owner = ed25519.Ed25519PrivateKey.generate()
pem = owner.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
key = ("--machines-key", case.write("owner.pub", pem))
theirs = listed(entry(ak_sha256=AK), name="theirs.json", key=owner)
case.accepted("a key of its own", proof, *ASK, *theirs, *key)


def refused(name, status, text, *options, trust=None):
    run = subprocess.run([HALLMARK, "verify", case.write("proof.json", proof), *(case.trust() if trust is None else trust), *ASK, *options],
                         capture_output=True, text=True, timeout=60)
    ok(run.returncode == status and text in run.stderr and run.stderr.count("\n") == 1 and not run.stdout, name, (run.returncode, run.stderr, run.stdout))


refused("signed by another key than the golden file", 2, "theirs.json: MachinesInvalid: ", *theirs)
refused("signed by the golden file's key, where another is asked for", 2, "machines.json: MachinesInvalid: ", *listed(entry(ak_sha256=AK)), *key)
changed = listed(entry(ak_sha256=OTHER), name="changed.json")
case.write("changed.json", json.dumps({"version": "hallmark-machines/1", "machines": [entry(ak_sha256=AK)]}).encode())
refused("changed after it was signed", 2, "changed.json: MachinesInvalid: ", *changed)
unsigned = listed(entry(ak_sha256=AK), name="unsigned.json")
os.remove(case.path("unsigned.json.sig"))
refused("not signed", 4, "unsigned.json.sig: ", *unsigned)
refused("a key without a list", 3, "--machines-key needs --machines", *key)
refused("no key at all", 3, "--machines needs --machines-key", *mine, trust=["--platform-only", "--roots", case.path("roots.pem")])
case.accepted("without a golden file", proof, *ASK, *theirs, *key, trust=["--platform-only", "--roots", case.path("roots.pem")])
case.rejected("without a golden file: the neighbour", neighbour.proof(NONCE), "UnknownMachine", 3, *ASK, *theirs, *key,
              trust=["--platform-only", "--roots", case.path("roots.pem")])

# The form: an empty list, or an entry that names nothing, must not mean everybody.
good = {"version": "hallmark-machines/1", "machines": [entry(ak_sha256=AK)]}
for name, document, text in (("an empty file", b"", "the file is empty"),
                             ("no JSON", b"machines", "MachinesInvalid"),
                             ("no list", {"version": "hallmark-machines/1"}, "machines"),
                             ("an empty list", {**good, "machines": []}, "1 to 4096"),
                             ("4097 entries", {**good, "machines": [entry(ak_sha256=AK)] * 4097}, "1 to 4096"),
                             ("an entry without an identity", {**good, "machines": [entry(ak_sha256=AK), entry()]}, "machines[1] names no identity"),
                             ("an entry without a name", {**good, "machines": [{"ak_sha256": AK}]}, "name"),
                             ("an empty name", {**good, "machines": [entry("", ak_sha256=AK)]}, "name"),
                             ("an identity of another kind", {**good, "machines": [entry(ak_sha256=AK, serial="1")]}, "serial"),
                             ("an entry that is no object", {**good, "machines": [AK]}, "machines[0]"),
                             ("a digest of 31 bytes", {**good, "machines": [entry(ak_sha256=AK[2:])]}, "ak_sha256"),
                             ("a digest in upper case", {**good, "machines": [entry(ak_sha256="AB" * 32)]}, "ak_sha256"),
                             ("a digest that is null", {**good, "machines": [entry(ak_sha256=None)]}, "ak_sha256"),
                             ("an empty digest", {**good, "machines": [entry(ak_certificate_sha256="")]}, "ak_certificate_sha256"),
                             ("another version", {**good, "version": "hallmark-machines/2"}, "version"),
                             ("a field more", {**good, "any": True}, "any"),
                             ("a field twice", json.dumps(good).encode()[:-1] + b', "machines": []}', "MachinesInvalid"),
                             ("text after the end", json.dumps(good).encode() + b"x", "MachinesInvalid")):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    refused("%s: refused" % name, 2, text, *listed(name="form.json", content=content))
done()
