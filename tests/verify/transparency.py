# SPDX-License-Identifier: BSD-2-Clause
"""transparency.py - a transparency log and witnesses, written by the specifications of sigsum and C2SP; no code of ours

usage: transparency.py FILE KEY OUT    a log of which FILE is an entry, submitted by KEY (private, PEM): OUT/sigsum.proof, sigsum.policy,
c2sp.proof, c2sp.policy, and few.proof, before one witness where two are asked for
"""
import base64
import hashlib
import os
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519


def sha256(data):
    return hashlib.sha256(data).digest()


def b64(data):
    return base64.b64encode(data).decode()


def new_key():
    return ed25519.Ed25519PrivateKey.generate()


def raw(key):
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


# RFC 6962, 2.1 and 2.1.1.
def split(leaves):
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return leaves[:k], leaves[k:]


def tree(leaves):
    if len(leaves) == 1:
        return leaves[0]
    left, right = split(leaves)
    return sha256(b"\1" + tree(left) + tree(right))


def path(leaves, index):
    if len(leaves) == 1:
        return []
    left, right = split(leaves)
    if index < len(left):
        return path(left, index) + [tree(right)]
    return path(right, index - len(left)) + [tree(left)]


def vkey(name, kind, key):
    material = bytes([kind]) + raw(key)
    return "%s+%s+%s" % (name, sha256(name.encode() + b"\n" + material)[:4].hex(), b64(material))


class Log:
    """A log of five entries with three witnesses, of whom two must have signed."""

    ORIGIN = "log.example/golden"

    def __init__(self, quorum="two"):
        self.key, self.witness, self.quorum = new_key(), [new_key() for _ in range(3)], quorum

    def groups(self):
        return "group two 2 w0 w1 w2\nquorum %s\n" % self.quorum

    def sigsum_policy(self):
        return ("log %s\n" % raw(self.key).hex() + "".join("witness w%d %s\n" % (i, raw(w).hex()) for i, w in enumerate(self.witness)) +
                self.groups()).encode()

    def c2sp_policy(self):
        return ("log %s\n" % vkey(self.ORIGIN, 1, self.key) + "".join("witness w%d %s\n" % (i, vkey("w%d.example" % i, 4, w)) for i, w in enumerate(self.witness)) +
                self.groups()).encode()

    def cosign(self, text, witness, time=1700000000):
        return witness.sign(b"cosignature/v1\ntime %d\n" % time + text)

    def sigsum(self, file, submitter, size=5, index=3, witnesses=3):
        """A proof of version 2."""
        checksum = sha256(sha256(file))
        signature, keyhash = submitter.sign(b"sigsum.org/v1/tree-leaf\0" + checksum), sha256(raw(submitter))
        leaves = [sha256(b"\0" + bytes([i]) * 128) for i in range(size)]
        leaves[index] = sha256(b"\0" + checksum + signature + keyhash)
        root, loghash = tree(leaves), sha256(raw(self.key)).hex()
        text = ("sigsum.org/v1/tree/%s\n%d\n%s\n" % (loghash, size, b64(root))).encode()
        lines = ["version=2", "log=" + loghash, "leaf=%s %s" % (keyhash.hex(), signature.hex()), "", "size=%d" % size, "root_hash=" + root.hex(),
                 "signature=" + self.key.sign(text).hex()]
        lines += ["cosignature=%s 1700000000 %s" % (sha256(raw(w)).hex(), self.cosign(text, w).hex()) for w in self.witness[:witnesses]]
        if size > 1:
            lines += ["", "leaf_index=%d" % index] + ["node_hash=" + node.hex() for node in path(leaves, index)]
        return "".join(line + "\n" for line in lines).encode()

    def c2sp(self, file, size=5, index=3, witnesses=3, origin=ORIGIN, time=1700000000):
        """A tlog-proof@v1. origin: of the tree, where it is not the log's own."""
        leaves = [sha256(b"\0" + bytes([i])) for i in range(size)]
        leaves[index] = sha256(b"\0" + file)
        text = ("%s\n%d\n%s\n" % (origin, size, b64(tree(leaves)))).encode()
        key_id = lambda name, kind, key: bytes.fromhex(vkey(name, kind, key).split("+")[1])
        lines = ["c2sp.org/tlog-proof@v1", "index %d" % index] + [b64(node) for node in path(leaves, index)] + [""]
        signatures = ["\u2014 %s %s" % (self.ORIGIN, b64(key_id(self.ORIGIN, 1, self.key) + self.key.sign(text)))]
        for i, witness in enumerate(self.witness[:witnesses]):
            name = "w%d.example" % i
            signatures.append("\u2014 %s %s" % (name, b64(key_id(name, 4, witness) + time.to_bytes(8, "big") + self.cosign(text, witness, time))))
        return "".join(line + "\n" for line in lines).encode() + text + b"\n" + "".join(line + "\n" for line in signatures).encode()


def main(file, key, out):
    with open(file, "rb") as opened:
        content = opened.read()
    with open(key, "rb") as opened:
        submitter = serialization.load_pem_private_key(opened.read(), None)
    log = Log()
    for name, made in (("sigsum.proof", log.sigsum(content, submitter)), ("sigsum.policy", log.sigsum_policy()), ("c2sp.proof", log.c2sp(content)),
                       ("c2sp.policy", log.c2sp_policy()), ("few.proof", log.c2sp(content, witnesses=1))):
        with open(os.path.join(out, name), "wb") as opened:
            opened.write(made)


if __name__ == "__main__":
    main(*sys.argv[1:])
