#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""verify.t - hallmark verify: one machine that is as it should be, and each thing about it that can be wrong"""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "verify"))
import maker
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from maker import ALG, AK_ATTRIBUTES, Cloud, Machine, certificate, der, h, spki_sha256, tls_record
from cases import AS_OF, HALLMARK, Case, done, keep, ok

NONCE = bytes(range(32))
ASK = ("--nonce", NONCE.hex())
m = Machine()
case = Case(m)
spki = spki_sha256(m.tls_key).hex()


def good(name, *options, **changes):
    return case.accepted(name, m.proof(NONCE, **changes), *ASK, *options)


def bad(name, code, check, *options, seen="", **changes):
    return case.rejected(name, m.proof(NONCE, **changes), code, check, *ASK, *options, seen=seen)


def edited(name, code, check, edit, *options, seen=""):
    """A machine changed by `edit`, which is put back afterwards."""
    events, records = list(m.events), list(m.records)
    edit(m)
    verdict = bad(name, code, check, *options, seen=seen)
    m.events, m.records = events, records
    return verdict


# --- what is accepted ---
v = good("accepted, for a connection", "--tls-spki", spki)
ok([c["state"] for c in v["checks"]] == ["passed"] * 15 + ["left-out"], "every check is made, and the one that is left out is listed")
ok(v["image"] == {"name": "test", "version": "1.2.3", "profile": "release"} and v["profile"] == "machine", "image and profile are named")
v = good("accepted, without a connection")
ok(v["checks"][13]["state"] == "left-out" and "no connection" in v["checks"][13]["note"], "h01_: the connection's check is listed as left out")
v = case.accepted("an unsolicited proof, where it is asked for", m.proof(), "--accept-stale")
ok(v["stale"] is True, "and the verdict says so")
for value, shown in ((0, 0), (2**63 - 1, 2**63 - 1), (2**63, str(2**63)), (2**64 - 1, str(2**64 - 1))):
    v = good("b13_: firmware version %d" % value, attest={"firmware": value, "clock": value})
    ok(v["tpm"]["firmware_version"] == shown and v["tpm"]["clock_ms"] == shown, "b13_: and it is shown as it is", v["tpm"])
good("the root in the chain", chain=m.leaf_chain + [m.cloud.root])
good("b23_: a SHA-384 quote where it is asked for", "--bank", "sha384", bank="sha384")
for kind in ("p256", "p384"):
    other = Machine(ak=kind)
    with Case(other) as c:
        c.accepted("an AK on %s" % kind, other.proof(NONCE), *ASK)
demo = Machine(profile="demo")
with Case(demo) as c:
    c.rejected("b24_: a demo image", demo.proof(NONCE), "DebugMode", 14, *ASK, seen="hallmark.profile=demo")
    c.rejected("b24_: a demo image, where test is allowed", demo.proof(NONCE), "DebugMode", 14, *ASK, "--allow-profile", "test")
    c.accepted("a demo image, where it is allowed", demo.proof(NONCE), *ASK, "--allow-profile", "demo")

# --- 0: the golden file ---


golden_twin = None


def golden(name, content, *options, status=2, code="GoldenInvalid", text="", key=None):
    global golden_twin
    with Case() as c:
        m.write_golden(c.directory, content, key)
        proof = m.proof(NONCE)
        c.twin = golden_twin
        keep(c, name, proof, ASK + options, None, code, 0 if status else None)
        golden_twin = c.twin
        got, verdict, error = c.run(proof, *ASK, *options)
        seen = error if status == 2 else (verdict or {}).get("code", "")
        ok(got == status and code in seen and text in error, name, "exit %d: %s" % (got, error or verdict))


golden("the twin of the golden files below", m.golden(), status=0, code="Ok")
content = m.golden()
with Case() as c:
    m.write_golden(c.directory)
    c.write("golden.json", content.replace(b'"1.2.3"', b'"1.2.4"'))
    c.twin, proof = golden_twin, m.proof(NONCE)
    keep(c, "c10_: one byte changed after it was signed", proof, ASK, None, "GoldenInvalid", 0)
    status, _, error = c.run(proof, *ASK)
    ok(status == 2 and "GoldenInvalid: the signature is not one of this file" in error, "c10_: one byte changed after it was signed", error)
    os.unlink(c.path("golden.json.sig"))
    status, _, error = c.run(m.proof(NONCE), *ASK)
    ok(status == 4 and "golden.json.sig: No such file" in error, "c10_: no signature", error)
golden("c10_: another signer", content, key=Machine().golden_key)
golden("c10_: another kind of signature", content, key=ec.generate_private_key(ec.SECP384R1()))
golden("c01_: a golden file without anything", b"{}\n", text="version is missing")
fields = json.loads(content)
for field in fields:
    # Values that leave nothing behind. A golden file without parts or inputs says no less about the machine.
    for value in (None, []):
        if not (value == [] and field in ("inputs", "parts")):
            golden("c01_: %s is %s" % (field, json.dumps(value)), (json.dumps({**fields, field: value}, indent=2) + "\n").encode(), text=field)
for field in ("policy", "values"):
    row = {**fields["pcrs"][11], field: None}
    golden("c01_: a register's %s is null" % field, (json.dumps({**fields, "pcrs": fields["pcrs"][:11] + [row] + fields["pcrs"][12:]}, indent=2) + "\n").encode())
for pcr in (2, 3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15):
    policy = list(maker.POLICY)
    policy[pcr] = "shown"
    golden("c02_: register %d left to anybody" % pcr, m.golden(policy=policy), text="register %d " % pcr if pcr != 15 else "")
for pcr in (2, 3, 4, 7, 9):
    policy = list(maker.POLICY)
    policy[pcr] = "one-of"
    golden("c11_: register %d as a profile has it" % pcr, m.golden(policy=policy), status=0, code="Ok")
    lax = json.loads(m.golden(policy=policy))
    for row in lax["profiles"][0]["pcrs"]:
        if row["pcr"] == pcr:
            row["policy"] = "shown"
    golden("c02_: register %d left to anybody by a profile" % pcr, (json.dumps(lax, indent=2) + "\n").encode(), text="register %d is not pinned in a profile" % pcr)
golden("c10_: not valid any more", m.golden(valid={"not_after": "2026-11-26T11:59:59Z"}), status=1, code="GoldenExpired")
golden("c10_: not valid yet", m.golden(valid={"not_before": "2026-11-26T12:00:01Z"}), status=1, code="GoldenExpired")
golden("valid to the second", m.golden(valid={"not_before": "2026-11-26T12:00:00Z", "not_after": "2026-11-26T12:00:00Z"}), status=0, code="Ok")
for minimum, version, status in (("1.2.3", "1.2.3", 0), ("1.2", "1.2.3", 0), ("1.2.4", "1.2.3", 1), ("1.10", "1.9.9", 1), ("2", "1.2.3", 1),
                                 ("1.2.3", "1.2.3-beta", 1), ("1.2.3.1", "1.2.3", 1), ("1.2.3.0", "1.2.3", 0)):
    golden("c09_: %s where at least %s is asked for" % (version, minimum), m.golden(version=version), "--minimum-version", minimum,
           status=status, code="OldImage" if status else "Ok")
golden("a golden file without the bank that is asked for", m.golden(banks=["sha1", "sha256"]), "--bank", "sha384", text="no values of the bank")

# --- 1: the form ---
proof = m.proof(NONCE)
for name, content in (("empty", b""), ("cut off", proof[:-1]), ("a byte more", proof + b"\n"), ("other white space", proof.replace(b"  ", b" ", 1)),
                      ("another version", proof.replace(b"hallmark-proof/2", b"hallmark-proof/1")), ("an array", b"[]\n"),
                      ("c12_: upper-case hex", proof.replace(NONCE.hex().encode(), NONCE.hex().upper().encode())),
                      ("a field twice", proof.replace(b'  "bank"', b'  "bank": "sha256",\n  "bank"')),
                      ("an unknown field", proof.replace(b'  "bank"', b'  "x": 1,\n  "bank"')),
                      ("as deep as it is long", b"[" * 1000000), ("a string that is not UTF-8", proof.replace(b'"qemu"', b'"qem\xff"')),
                      ("a NUL in a string", proof.replace(b'"qemu"', b'"qem\0u"')), ("a NUL as an escape", proof.replace(b'"qemu"', b'"qem\\u0000u"')),
                      ("c12_: an odd number of hex digits", proof.replace(NONCE.hex().encode(), NONCE.hex()[:-1].encode()))):
    case.rejected(("%s, in a proof" if name.startswith("c12_") else "a proof that is %s") % name, content, "Malformed", 1, *ASK)

# --- 2: the chain ---
KEY = "InvalidAttestationKey"
cloud = m.cloud
other_cloud = Cloud()
same_name = Cloud()


def chain(name, certificates, seen="", *options):
    bad("b10_: " + name, KEY, 2, *options, seen=seen, chain=certificates)


# --- 2: roots that were renewed or rolled over: whichever makes a good path ---
def pem(*certificates):
    return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates)


def with_roots(name, roots, certificates=None, code=None):
    trust = case.trust()
    trust[trust.index("--roots") + 1] = case.write("some-roots.pem", pem(*roots))
    proof = m.proof(NONCE, chain=certificates) if certificates else m.proof(NONCE)
    if code:
        case.rejected(name, proof, code, 2, *ASK, trust=trust)
    else:
        case.accepted(name, proof, *ASK, trust=trust)


root_key, root = m.cloud.root_key, m.cloud.root
expired = certificate("test cloud root", root_key, ca=True, hash=hashes.SHA384, days=(-3000, -10))
double = certificate("test cloud root", root_key, ca=True, hash=hashes.SHA384)
stranger_root = certificate("test cloud root", maker.new_key("p384"), ca=True, hash=hashes.SHA384)
new_key_of_root = maker.new_key("p384")
rolled = certificate("test cloud root", new_key_of_root, root, root_key, ca=True, hash=hashes.SHA384)
by_rolled = certificate("test cloud intermediate", m.cloud.intermediate_key, rolled, new_key_of_root, ca=True, path_length=0, hash=hashes.SHA384)
new_root = certificate("test cloud root", new_key_of_root, ca=True, hash=hashes.SHA384)
rolled_chain = [m.cloud.leaf(m.ak), by_rolled, rolled]
with_roots("i01_renewed: the root that is current, before the expired one", [root, expired])
with_roots("i01_renewed: and behind it", [expired, root])
with_roots("i01_renewed: behind a root of the same name and another key", [stranger_root, expired, root])
with_roots("i01_renewed: the expired one alone", [expired], code=KEY)
with_roots("i01_renewed: the expired one in the proof, both among the roots", [expired, root], m.leaf_chain + [expired])
with_roots("i01_renewed: the expired one in the proof, the current one alone trusted", [root], m.leaf_chain + [expired])
with_roots("i01_renewed: the current one in the proof, its double trusted", [double], m.leaf_chain + [root])
with_roots("i01_renewed: another key's root of that name in the proof", [root], m.leaf_chain + [stranger_root], code=KEY)
with_roots("i01_rollover: a new key that the old one has signed", [root], rolled_chain)
with_roots("i01_rollover: with the old root in the proof", [root], rolled_chain + [root])
with_roots("i01_rollover: both roots are trusted", [new_root, root], rolled_chain)
with_roots("i01_rollover: the new root alone is trusted", [new_root], rolled_chain[:2])
with_roots("i01_rollover: signed by nobody who is trusted", [stranger_root], rolled_chain, code=KEY)
for name, oid, value in (("policyConstraints", "2.5.29.36", "3003800100"), ("inhibitAnyPolicy", "2.5.29.54", "020100"),
                         ("policyMappings", "2.5.29.33", "300e300c06042a03040506042a030406")):
    for critical in (True, False):
        extra = [(oid, bytes.fromhex(value), critical)]
        strict = certificate("test cloud intermediate", m.cloud.intermediate_key, root, root_key, ca=True, path_length=0, hash=hashes.SHA384, extra=extra)
        for where, certificates in (("leaf", [m.cloud.leaf(m.ak, extra=extra), m.cloud.intermediate]), ("intermediate", [m.cloud.leaf(m.ak), strict])):
            if where == "leaf" and name == "policyMappings":
                continue
            if critical:
                case.rejected("b10_policies: critical %s in the %s" % (name, where), m.proof(NONCE, chain=certificates), KEY, 2, *ASK, seen="demands policies")
            else:
                case.accepted("b10_policies: %s in the %s that is not critical" % (name, where), m.proof(NONCE, chain=certificates), *ASK)


leaf = lambda **changes: cloud.chain(m.ak, **changes)
good("the twin of the chains below", chain=leaf())
chain("self-signed", [certificate("attestation key", m.ak, eku=(maker.AK_EKU,))], "none of the roots")
chain("no certificates", [], "none")
chain("another root", other_cloud.chain(m.ak), "none of the roots")
chain("another root, of the same name, with it", same_name.chain(m.ak) + [same_name.root], "none of the roots")
chain("expired", leaf(days=(-10, -1)), "certificate 0: certificate has expired")
chain("not yet valid", leaf(days=(1, 10)), "certificate 0: certificate is not yet valid")
chain("the leaf is a CA", leaf(ca=True, usage={"digital_signature", "key_cert_sign"}), "certificate 0")
chain("no keyUsage", leaf(usage=None), "no keyUsage")
chain("keyUsage of a CA", leaf(usage={"digital_signature", "key_cert_sign"}), "certificate 0")
chain("keyUsage for keys", leaf(usage={"key_encipherment"}), "keyUsage")
chain("no extended key usage", leaf(eku=()), "extended key usage")
chain("that of a TLS server", leaf(eku=(x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1"),)), "extended key usage")
chain("that of everything", leaf(eku=(x509.ObjectIdentifier("2.5.29.37.0"),)), "extended key usage")
chain("an unknown critical extension", leaf(extra=[("1.2.3.4", b"\x05\x00", True)]), "unhandled critical extension")
good("an unknown extension that is not critical", chain=leaf(extra=[("1.2.3.4", b"\x05\x00", False)]))
chain("a critical subjectAltName on this platform", leaf(san=("x", True)), "critical subjectAltName")
chain("an RSA-1024 key", cloud.chain(maker.new_key("rsa1024")), "an RSA key of 1024 bits")
chain("signed with SHA-1", leaf(hash=hashes.SHA1), "another hash")
chain("the TLS certificate", [m.tls, cloud.intermediate])
chain("in another order", list(reversed(leaf())))
chain("with one more", leaf() + [other_cloud.intermediate])
chain("with the leaf twice", [leaf()[0]] + leaf(), "")
chain("without the intermediate", leaf()[:1], "none of the roots")
chain("with bytes after the certificate", [der(leaf()[0]) + b"\0", cloud.intermediate], "not an X.509 certificate in DER")
ber = der(leaf()[0])
chain("in BER", [b"\x30\x80" + ber[4:] + b"\0\0", cloud.intermediate], "not an X.509 certificate in DER")
chain("an intermediate that is no CA", Cloud.chain(cloud, m.ak, issuer=certificate("x", cloud.intermediate_key, cloud.root, cloud.root_key),
      issuer_key=cloud.intermediate_key)[:1] + [certificate("x", cloud.intermediate_key, cloud.root, cloud.root_key)], "certificate 1")
deeper_key = maker.new_key("p256")
deeper = certificate("deeper", deeper_key, cloud.intermediate, cloud.intermediate_key, ca=True)
chain("a path that is too long for its CA", [certificate("ak", m.ak, deeper, deeper_key, eku=(maker.AK_EKU,)), deeper, cloud.intermediate],
      "path length")
loop_key = maker.new_key("p256")
loop = certificate("loop", loop_key, ca=True)
chain("a loop", [certificate("ak", m.ak, loop, loop_key, eku=(maker.AK_EKU,))] + [loop] * 7)
# Two readers of such a certificate may each see another one of the two.
for what, oid in (("keyUsage", "2.5.29.15"), ("basicConstraints", "2.5.29.19"), ("an unknown extension", "1.2.3.4")):
    once = leaf(extra=[("1.2.3.4", b"\x05\x00", False)])
    case.accepted("b10_: the twin with %s once" % what, m.proof(NONCE, chain=once), *ASK)
    chain(what + " twice", [maker.extension_twice(once[0], oid, cloud.intermediate_key), cloud.intermediate], "an extension twice")
for what, changes, seen in (("expired", {"days": (-10, -1)}, "certificate 1: certificate has expired"), ("not yet valid", {"days": (1, 10)}, "certificate 1: certificate is not yet valid"),
                            ("signed with SHA-1", {"hash": hashes.SHA1}, "certificate 1 is signed with another hash"),
                            ("without keyCertSign", {"usage": {"crl_sign"}}, "certificate 1"), ("without basicConstraints", {"basic": False}, "certificate 1")):
    middle = certificate("middle", cloud.intermediate_key, cloud.root, cloud.root_key, **{"ca": True, "path_length": 0, "hash": hashes.SHA384, **changes})
    chain("an intermediate that is " + what, [cloud.leaf(m.ak, issuer=middle), middle], seen)
# Name and key identifier of the issuer are only words.
forger = maker.new_key("p384")
forged = certificate("forged", cloud.intermediate_key, cloud.root, forger, ca=True, path_length=0, hash=hashes.SHA384, named_key=cloud.root_key)
chain("an intermediate that another key signed in the root's name", [cloud.leaf(m.ak, issuer=forged), forged], "signature failure")
chain("a leaf that another key signed in the intermediate's name", [certificate("ak", m.ak, cloud.intermediate, maker.new_key("rsa2048"), eku=(maker.AK_EKU,),
      named_key=cloud.intermediate_key), cloud.intermediate], "signature failure")
chain("a leaf that names no key of its issuer", leaf(ids=False), "Missing Authority Key Identifier")
chain("a leaf without a name", leaf(subject=""), "certificate 0")
chain("a leaf whose issuer has another name", [certificate("ak", m.ak, deeper, cloud.intermediate_key, eku=(maker.AK_EKU,)), cloud.intermediate], "certificate 0")
bad("b10_: a chain of 20", "Malformed", 1, chain=leaf() + [cloud.intermediate] * 18)
limited = Cloud(intermediate={"eku": (x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1"),)})
with Case(m) as c:
    c.write("roots.pem", limited.roots_pem())
    c.rejected("b10_: an intermediate that certifies TLS servers", m.proof(NONCE, chain=limited.chain(m.ak)), KEY, 2, *ASK, seen="may not certify")
    for what, days in (("expired", (-10, -1)), ("not yet valid", (1, 10))):
        aged = Cloud(root={"days": days})
        c.write("roots.pem", aged.roots_pem())
        c.rejected("b10_: a root that is " + what, m.proof(NONCE, chain=aged.chain(m.ak)), KEY, 2, *ASK, seen="certificate 2: certificate " + ("has expired" if days[1] < 0 else "is not yet"))
    long = Cloud(intermediate={"path_length": None})
    c.write("roots.pem", long.roots_pem())
    keys = [long.intermediate_key] + [maker.new_key("p256") for _ in range(2)]
    path = [long.intermediate]
    for number in (1, 2):
        path.insert(0, certificate("issuer %d" % number, keys[number], path[0], keys[number - 1], ca=True))
    c.accepted("two intermediates", m.proof(NONCE, chain=[long.leaf(m.ak, issuer=path[1], issuer_key=keys[1])] + path[1:]), *ASK)
    c.rejected("b10_: three intermediates", m.proof(NONCE, chain=[long.leaf(m.ak, issuer=path[0], issuer_key=keys[2])] + path), KEY, 2, *ASK,
               seen="a chain of 5 certificates")
    c.write("roots.pem", cloud.roots_pem() * 64)
    c.accepted("64 roots", m.proof(NONCE), *ASK)
    c.write("roots.pem", cloud.roots_pem() * 65)
    status, _, error = c.run(m.proof(NONCE), *ASK)
    ok(status == 2 and "RootsInvalid: more than 64" in error, "i01_: 65 roots", error)
    weak = Cloud(root_key="rsa1024")
    c.write("roots.pem", weak.roots_pem())
    c.rejected("b10_: a root of RSA-1024", m.proof(NONCE, chain=weak.chain(m.ak)), KEY, 2, *ASK, seen="1024 bits")
    c.write("roots.pem", cloud.intermediate.public_bytes(serialization.Encoding.PEM))
    status, _, error = c.run(m.proof(NONCE), *ASK)
    ok(status == 2 and "RootsInvalid" in error, "i01_: an intermediate is no root", error)
    c.write("roots.pem", b"nothing\n")
    status, _, error = c.run(m.proof(NONCE), *ASK)
    ok(status == 2 and "RootsInvalid" in error, "i01_: roots without a certificate", error)
    c.write("roots.pem", other_cloud.roots_pem())
    c.rejected("i01_i05_: a software TPM of somebody else's cloud", m.proof(NONCE), KEY, 2, *ASK, seen="none of the roots")
    c.write("roots.pem", other_cloud.roots_pem() + b"text between\n" + cloud.roots_pem())
    c.accepted("one of two roots", m.proof(NONCE), *ASK)
bad("b23_: another platform than the policy's", "NonCompliantPlatform", 2, fields={"platform": "azure"})

case.rejected("b23_: certificates on a platform whose report vouches for the key", m.proof(NONCE, bank="sha384", fields={"platform": "aws"}), KEY, 2, *ASK,
              trust=["--platform-only", "--platform", "aws", "--bank", "sha384"], seen="2")

# --- 3: the key ---
good("the twin of the keys below")
for bit, name in ((16, "restricted"), (18, "sign"), (1, "fixedTPM"), (4, "fixedParent"), (5, "sensitiveDataOrigin")):
    bad("b08_: without " + name, KEY, 3, public={"attributes": AK_ATTRIBUTES & ~(1 << bit)})
for bit, name in ((17, "decrypt"), (11, "encryptedDuplication"), (19, "x509sign")):
    bad("b08_: with " + name, KEY, 3, public={"attributes": AK_ATTRIBUTES | 1 << bit})
bad("b08_: a reserved attribute", "Malformed", 3, public={"attributes": AK_ATTRIBUTES | 1 << 31})
good("b08_: noDA and adminWithPolicy say nothing about it", public={"attributes": AK_ATTRIBUTES | 1 << 10 | 1 << 7})
good("the twin of those with another scheme, of the signatures and of the quotes below")
bad("b05_: an AK for RSAPSS", KEY, 3, public={"scheme": 0x0016})
bad("b05_: an AK for SHA-1", KEY, 3, public={"scheme_hash": 0x0004})
bad("b05_: an AK for SHA-512", KEY, 3, public={"scheme_hash": 0x000D})
bad("b05_: an AK for ECDSA that is RSA", KEY, 3, public={"scheme": 0x0018})
bad("b08_: a storage key's symmetric algorithm", KEY, 3, public={"symmetric": struct.pack(">HHH", 6, 128, 0x43)})
bad("b08_: a key whose name is by SHA-1", KEY, 3, public={"name_alg": 0x0004})
bad("b14_: a byte after TPMT_PUBLIC", "Malformed", 3, public={"tail": b"\0"})
another = Machine()
bad("b09_: the certificate of one key, the public area of another", KEY, 3, fields={"ak_public": maker.base64.b64encode(
    maker.public_area(another.ak)).decode()})
bad("b09_: another exponent", KEY, 3, public={"exponent": 3})

# --- 4: the signature ---
bad("b26_: signed by a software key", "InvalidQuote", 4, signer=another.ak)
bad("b05_: RSAPSS", "InvalidQuote", 4, sign={"scheme": 0x0016})
bad("b05_: RSAPSS that says RSASSA", "InvalidQuote", 4, sign={"scheme": 0x0016, "tag_scheme": 0x0014})
bad("b05_: SHA-1", "InvalidQuote", 4, sign={"hash": 0x0004})
bad("b05_: SHA-384", "InvalidQuote", 4, sign={"hash": 0x000C})
bad("b05_: SHA-512", "InvalidQuote", 4, sign={"hash": 0x000D})
bad("b05_: HMAC", "InvalidQuote", 4, sign={"tag_scheme": 0x0005})
bad("b05_: NULL", "InvalidQuote", 4, sign={"tag_scheme": 0x0010})
signed = m.ak.sign(b"x", maker.padding.PKCS1v15(), hashes.SHA256())
for length in (255, 257):
    bad("b06_: an RSA signature of %d bytes" % length, "InvalidQuote", 4, sign={"value": (signed + b"\0")[:length]})
bad("b14_: a byte after TPMT_SIGNATURE", "Malformed", 4, sign={"tail": b"\0"})
ecc = Machine(ak="p256")
order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
AWS = ["--platform-only", "--platform", "aws", "--bank", "sha384"]
for name, machine, public, code, check in (("its twin, as far as its report", ecc, {}, "Malformed", 15),
                                           ("a point that is not on its curve", ecc, {"y": bytes(31) + b"\1"}, KEY, 3),
                                           ("an RSA key with exponent 3", m, {"exponent": 3}, KEY, 3),
                                           ("an RSA key of 1024 bits", Machine(ak="rsa1024"), {}, KEY, 3)):
    v = case.run(machine.proof(NONCE, bank="sha384", chain=[], fields={"platform": "aws"}, public=public), *ASK, trust=AWS)[1]
    ok(v["failed_check"] == check and (check == 15 or v["code"] == code), "b06_: without certificates: " + name, v["code"])
with Case(ecc) as c:
    c.accepted("the twin of those by ECDSA", ecc.proof(NONCE), *ASK)
    for name, change in (("r = 0", {"r": bytes(32)}), ("s = 0", {"s": bytes(32)}), ("r = n", {"r": order.to_bytes(32, "big")}),
                         ("s = n", {"s": order.to_bytes(32, "big")}), ("no r", {"r": b""}), ("a long s", {"s": bytes(33)})):
        c.rejected("b06_: ECDSA with " + name, ecc.proof(NONCE, sign=change), "InvalidQuote", 4, *ASK)
    for name, algorithm in (("SHA-1", 0x0004), ("SHA-384", 0x000C), ("SHA-512", 0x000D)):
        c.rejected("b05_: ECDSA with " + name, ecc.proof(NONCE, sign={"hash": algorithm}), "InvalidQuote", 4, *ASK)
    for name, tag in (("ECDAA", 0x001A), ("SM2", 0x001B), ("Schnorr", 0x001C)):
        c.rejected("b05_: ECDSA that says " + name, ecc.proof(NONCE, sign={"tag_scheme": tag}), "InvalidQuote", 4, *ASK)
    for name, tag in (("RSASSA", 0x0014), ("RSAPSS", 0x0016)):
        c.rejected("b05_: ECDSA that says " + name, ecc.proof(NONCE, sign={"tag_scheme": tag}), "Malformed", 4, *ASK)
    c.rejected("b05_: RSASSA by an RSA key in place of the AK on P-256", ecc.proof(NONCE, signer=another.ak), "InvalidQuote", 4, *ASK)
    c.rejected("b06_: P-256 and SHA-384", ecc.proof(NONCE, public={"scheme_hash": 0x000C}), KEY, 3, *ASK)

# --- 5: TPMS_ATTEST ---
bad("b01_: no TPM_GENERATED", "InvalidQuote", 5, attest={"magic": 0xFF544346})
name34 = struct.pack(">H", 34) + b"\0\x0b" + bytes(32)
for kind, text, body in ((0x8017, "certification", name34 + name34), (0x8014, "NV certification", name34 + b"\0\0\0\x01x"),
                         (0x8019, "time", bytes(8) + bytes(16) + b"\1" + bytes(8)), (0x801A, "creation", name34 + struct.pack(">H", 32) + bytes(32)),
                         (0x8016, "session audit", b"\1" + struct.pack(">H", 32) + bytes(32))):
    bad("b02_: a " + text, "InvalidQuote", 5, attest={"type": kind, "body": body}, seen=text)
bad("b14_: a byte after TPMS_ATTEST", "Malformed", 5, attest={"tail": b"\0"})

# --- 6: freshness ---
digest = maker.qualifying(NONCE, bytes.fromhex(spki))
for name, extra in (("no", b""), ("the bare nonce as", NONCE), ("a prefix of the right", digest[:31]), ("the right and one more byte as", digest + b"\0"),
                    ("the hex text of the right", digest.hex().encode()),
                    ("a suffix of the right", digest[1:]), ("the base64 text of the right", maker.base64.b64encode(digest)), ("zero", bytes(32))):
    bad("b04_b18_: %s qualifying data" % name, "StaleQuote", 6, extra=extra[:64])
case.rejected("b04_: another nonce", m.proof(bytes(32)), "StaleQuote", 6, *ASK)
case.rejected("b04_: another nonce that says it is ours", m.proof(bytes(32), fields={"nonce": NONCE.hex()}), "StaleQuote", 6, *ASK)
case.rejected("h09_: an unsolicited proof where one was asked for", m.proof(), "StaleQuote", 6, *ASK)
bad("h09_: an unsolicited proof with our nonce in it", "StaleQuote", 6, extra=maker.qualifying(NONCE, bytes.fromhex(spki), "hallmark-quote-unsolicited/2"),
    seen="an unsolicited one")
case.rejected("h03_: an answer to somebody's nonce, as unsolicited", m.proof(NONCE), "StaleQuote", 6, "--accept-stale")
stranger = certificate("stranger", maker.new_key("p256"))
bad("h01_: another TLS certificate in the proof", "StaleQuote", 6, tls=[stranger], extra=digest)
bad("a TLS certificate that is none", "Malformed", 6, tls=[b"\x30\x00"], extra=digest)

# --- a clock that is wrong ---
for seconds, skew, accepted in ((60, 0, False), (60, 59, False), (60, 60, True), (60, 300, True), (301, 300, False), (-1, 0, False), (-1, 2, True), (-300, 299, False)):
    # A certificate that becomes valid in so many seconds, or was valid until so many ago.
    days = (seconds / 86400, 10) if seconds > 0 else (-10, seconds / 86400)
    proof = m.proof(NONCE, chain=[m.cloud.leaf(m.ak, days=days), m.cloud.intermediate])
    name = "i01_clock: a certificate %s %d s, --clock-skew %d" % ("valid in" if seconds > 0 else "over for", abs(seconds), skew)
    if accepted:
        v = case.accepted(name, proof, *ASK, "--clock-skew", str(skew))
        ok(v["clock_skew"] == (skew if seconds > 0 else -skew), "i01_clock: and the verdict says so", v["clock_skew"])
    else:
        case.rejected(name, proof, "InvalidAttestationKey", 2, *ASK, "--clock-skew", str(skew))
v = good("i01_clock: a clock that is right, --clock-skew 300", "--clock-skew", "300")
ok(v["clock_skew"] == 0, "i01_clock: and nothing was added")
for value in ("301", "-1", "1s", ""):
    status, v, error = case.run(m.proof(NONCE), *ASK, "--clock-skew", value)
    ok(status == 3 and v is None and "--clock-skew" in error, "usage: --clock-skew '%s'" % value, (status, error))
case.rejected("i01_clock: nothing but time is forgiven", m.proof(NONCE, attest={"safe": 0}), "StaleQuote", 7, *ASK, "--clock-skew", "300")
# A leaf that is over and an issuer that is not yet: no one moment is good for both.
late = certificate("test cloud intermediate", m.cloud.intermediate_key, m.cloud.root, m.cloud.root_key, ca=True, path_length=0, hash=hashes.SHA384, days=(30 / 86400, 10))
case.rejected("i01_clock: one moment for all", m.proof(NONCE, chain=[m.cloud.leaf(m.ak, days=(-10, -30 / 86400)), late]), "InvalidAttestationKey", 2, *ASK, "--clock-skew", "60")

# --- 6: on a connection ---
EXPORTER, OTHER = bytes(range(100, 132)), bytes(range(32, 64))
ON = ("--tls-spki", spki, "--tls-exporter", EXPORTER.hex())
v = good("h11_: a proof that is bound to the connection", *ON, exporter=EXPORTER)
ok(v["bound"] is True, "h11_: and the verdict says so")
UNBOUND = "UnboundChannel"
bad("h11_: a proof of another connection", UNBOUND, 6, *ON, exporter=OTHER)
bad("h11_: a proof of another connection, where an unbound one would do", UNBOUND, 6, *ON, "--allow-unbound", exporter=OTHER)
bad("h11_: an unbound proof on a connection", UNBOUND, 6, *ON, seen="nonce and TLS key alone")
v = good("h11_: an unbound proof on a connection, where the policy says so", *ON, "--allow-unbound")
ok(v["bound"] is False and "not bound" in v["checks"][6]["note"], "h11_: and the verdict says so", v["checks"][6])
v = good("h11_: --allow-unbound takes a bound one for what it is", *ON, "--allow-unbound", exporter=EXPORTER)
ok(v["bound"] is True, "h11_: and the verdict says so")
case.rejected("h11_: an unsolicited proof on a connection", m.proof(), "StaleQuote", 6, *ASK, *ON)
bad("h11_: an unsolicited proof with our nonce on a connection", "StaleQuote", 6, *ON, "--allow-unbound",
    extra=maker.qualifying(NONCE, bytes.fromhex(spki), "hallmark-quote-unsolicited/2"), seen="an unsolicited one")
bad("h11_: a bound proof, without a connection", "StaleQuote", 6, exporter=EXPORTER, seen="needs its exporter")
case.rejected("h11_: a bound proof, as unsolicited", m.proof(NONCE, exporter=EXPORTER), "StaleQuote", 6, "--accept-stale")
bad("h11_: another nonce in a bound proof", UNBOUND, 6, *ON, extra=maker.qualifying(OTHER, bytes.fromhex(spki), exporter=EXPORTER))
bad("h11_: another key in a bound proof", UNBOUND, 6, *ON, extra=maker.qualifying(NONCE, OTHER, exporter=EXPORTER))
bad("h11_: devices that nobody shows", UNBOUND, 6, *ON, extra=maker.qualifying(NONCE, bytes.fromhex(spki), exporter=EXPORTER, devices=OTHER))
bad("h11_: devices that nobody shows, without a connection", "StaleQuote", 6, extra=maker.qualifying(NONCE, bytes.fromhex(spki), devices=OTHER))
for name, extra in (("an exporter of zeros", maker.qualifying(NONCE, bytes.fromhex(spki), exporter=bytes(32))),
                    ("no exporter", maker.qualifying(NONCE, bytes.fromhex(spki), "hallmark-quote-bound/2")),
                    ("the exporter in the nonce's place", maker.qualifying(EXPORTER, bytes.fromhex(spki), exporter=NONCE)),
                    ("the tag of version 1", h("sha256", b"hallmark-quote/1\0" + NONCE + bytes.fromhex(spki)))):
    bad("h11_: %s in the quote" % name, UNBOUND, 6, *ON, extra=extra)
bad("h11_: the tag of version 1 in the quote, without a connection", "StaleQuote", 6, extra=h("sha256", b"hallmark-quote/1\0" + NONCE + bytes.fromhex(spki)))
for name, options in (("zeros", (*ASK, "--tls-spki", spki, "--tls-exporter", "00" * 32)), ("nothing", (*ASK, "--tls-spki", spki, "--tls-exporter", "")),
                      ("31 bytes", (*ASK, "--tls-spki", spki, "--tls-exporter", "11" * 31)), ("upper case", (*ASK, "--tls-spki", spki, "--tls-exporter", "AA" * 32)),
                      ("no key beside it", (*ASK, "--tls-exporter", EXPORTER.hex())), ("no nonce beside it", ("--accept-stale", *ON))):
    status, v, error = case.run(m.proof(NONCE, exporter=bytes(32)), *options)
    ok(status == 3 and v is None and "exporter" in error, "h11_: usage: an exporter of %s" % name, (status, error))

# --- 7: the clock ---
bad("b12_: a clock that is not safe", "StaleQuote", 7, attest={"safe": 0})
ak = spki_sha256(m.ak).hex()
good("b12_: the boot of an earlier verdict", "--same-boot", ak + ":3:1")
for name, boot in (("another key", ak[:-1] + ("0" if ak[-1] != "0" else "1") + ":3:1"), ("an earlier reset", ak + ":2:1"), ("a later reset", ak + ":4:1"),
                   ("another restart", ak + ":3:0"), ("counts that are swapped", ak + ":1:3")):
    case.rejected("b12_: %s than that of an earlier verdict" % name, m.proof(NONCE), "StaleQuote", 7, *ASK, "--same-boot", boot)
for name, boot in (("no counts", ak), ("one count", ak + ":3"), ("three counts", ak + ":3:1:0"), ("a short key", ak[1:] + ":3:1"), ("upper case", ak.upper() + ":3:1"),
                   ("a count of 33 bits", ak + ":4294967299:1"), ("a sign", ak + ":+3:1"), ("a zero before", ak + ":03:1"), ("a space", ak + ":3:1 "), ("nothing", "")):
    status, v, error = case.run(m.proof(NONCE), *ASK, "--same-boot", boot)
    ok(status == 3 and v is None and "--same-boot" in error, "usage: --same-boot with " + name, (status, error))
good("b12_: where it is allowed", "--allow-unsafe-clock", attest={"safe": 0})

# --- 8: the selection ---
S256, S384, S1 = ALG["sha256"], ALG["sha384"], ALG["sha1"]
for name, selections in (("none", []), ("registers 0 to 14", [(S256, 3, b"\xff\x7f\0")]), ("c14_: registers 0 to 16", [(S256, 3, b"\xff\xff\1")]),
                         ("i08_: 16 in place of 15", [(S256, 3, b"\xff\x7f\1")]), ("two entries", [(S256, 3, b"\xff\0\0"), (S256, 3, b"\0\xff\0")]),
                         ("the same twice", [(S256, 3, b"\xff\xff\0")] * 2), ("two banks", [(S256, 3, b"\xff\xff\0"), (S384, 3, b"\xff\xff\0")]),
                         ("sizeofSelect 2", [(S256, 2, b"\xff\xff")]), ("sizeofSelect 4", [(S256, 4, b"\xff\xff\0\0")]), ("sizeofSelect 0", [(S256, 0, b"")]),
                         ("the SHA-1 bank", [(S1, 3, b"\xff\xff\0")]), ("the SHA-384 bank", [(S384, 3, b"\xff\xff\0")]),
                         ("three entries with 16 between", [(S256, 3, b"\x0f\0\0"), (S256, 3, b"\0\0\1"), (S256, 3, b"\xe0\xff\xfe")])):
    bad("b03_b17_: " + name, "WrongSelection", 8, attest={"selections": selections})
bad("b23_: the bank that was not asked for", "WrongSelection", 8, bank="sha384")
for length in (20, 31, 33):
    bad("b03_: a digest of %d bytes" % length, "InvalidQuote", 8, attest={"digest": bytes(length)})
values = b"".join(maker.replay(m.events, m.records)["sha256"][:16])
for name in ("sha1", "sha384", "sha512"):
    bad("b03_: a digest by %s" % name, "InvalidQuote", 8, attest={"digest": h(name, values)})
strong = Machine(ak="p384")
with Case(strong) as c:
    c.accepted("the twin, by SHA-384 as the AK signs", strong.proof(NONCE, attest={"digest": h("sha384", b"".join(maker.replay(strong.events, strong.records)["sha256"][:16]))}), *ASK)
    c.rejected("b03_: a digest by sha256, and the AK signs SHA-384",
               strong.proof(NONCE, attest={"digest": h("sha256", b"".join(maker.replay(strong.events, strong.records)["sha256"][:16]))}), "InvalidQuote", 8, *ASK)
bad("b25_: other values than those quoted", "InvalidQuote", 8, attest={"digest": h("sha256", b"other")})

# --- 9, 10: the logs ---
LOG = "LogMismatch"


def relabelled(events):
    """Every event's type and data rewritten, digests as they were."""
    return [maker.Event(e.pcr, 0x0D if e.type != "EV_NO_ACTION" else e.type, b"\x1b[31m" * 10, "x", digests=e.digests) for e in events]


bad("a09_: an event of register 24", "Malformed", 9, firmware=maker.firmware_log(m.events + [maker.Event(24, "EV_IPL", b"", "x")]))
bad("a12_: a byte after the log", "Malformed", 9, firmware=maker.firmware_log(m.events) + b"\1")
bad("a12_: filling of two kinds after the log", "Malformed", 9, firmware=maker.firmware_log(m.events) + b"\0" * 64 + b"\xff")
bad("a12_: ff filling that ends in 00", "Malformed", 9, firmware=maker.firmware_log(m.events) + b"\xff" * 64 + b"\0")
good("a12_: an area filled with 00 after the log", firmware=maker.firmware_log(m.events) + b"\0" * 64)
good("a12_: an area filled with ff after the log", firmware=maker.firmware_log(m.events) + b"\xff" * 64)
v = bad("a08_: an event missing", LOG, 9, firmware=maker.firmware_log(m.events[:-1]))
ok(v["pcr"] == m.events[-1].pcr, "and its register is named", v["pcr"])
bad("a08_: an event more", LOG, 9, firmware=maker.firmware_log(m.events + [maker.Event(6, 5, b"x", "x")]))
bad("a08_: an event twice", LOG, 9, firmware=maker.firmware_log(m.events[:-1] + m.events[-2:]))
firmware = maker.firmware_log(m.events)
for what, length in (("in its last event", len(firmware) - 1), ("before its last event's data", len(firmware) - len(m.events[-1].data)), ("in its header", 40), ("after its header's first byte", 1)):
    bad("a12_: a log that is cut " + what, "Malformed", 9, firmware=firmware[:length])
bad("a12_: a whole event after the log", LOG, 9, firmware=firmware + maker.firmware_log([maker.Event(4, "EV_IPL", b"x", "x")])[len(maker.firmware_log([])):])
bad("a05_: a log without the bank", LOG, 9, firmware=maker.firmware_log(m.events, ["sha1"]), seen="without that bank")
bad("a01_: an event that the log calls EV_NO_ACTION", LOG, 9,
    firmware=maker.firmware_log(m.events[:-1] + [maker.Event(5, "EV_NO_ACTION", m.events[-1].data, "x")]))
edited("a07_: two separators in register 6", LOG, 9, lambda m: m.events.append(maker.Event(6, "EV_SEPARATOR", bytes(4), "x")), seen="two separators")
edited("a07_: no separator in register 6", LOG, 9, lambda m: m.events.__setitem__(slice(None), [e for e in m.events if e.pcr != 6] +
       [maker.Event(6, "EV_SEPARATOR", b"none", "x")]), seen="no separator")
edited("a07_: a separator of an error", LOG, 9, lambda m: m.events.append(maker.Event(6, "EV_SEPARATOR", b"\xff" * 4, "x")), seen="error")
good("no firmware log", firmware=b"")
bad("no firmware log where one is required", LOG, 9, "--require-firmware-log", firmware=b"")
good("a01_a03_: every event's type and data rewritten: the same verdict", firmware=maker.firmware_log(relabelled(m.events)))
long_text = list(m.events)
long_text[-1] = maker.Event(5, "EV_EFI_ACTION", b"\x1b]0;x\7" * 9363, "x", digests=m.events[-1].digests)
good("a03_: a description of 64 KiB of escapes: the same verdict", firmware=maker.firmware_log(long_text))
shuffled = [e for pcr in (11, 9, 5, 7, 4, 3, 2, 1, 0, 6) for e in m.events if e.pcr == pcr]
good("a20_: registers in another order in the log: the same verdict", firmware=maker.firmware_log(shuffled))
runtime = maker.runtime_log(m.records)
good("a20_: the same of the runtime log", runtime=maker.runtime_log([r for p in (15, 14, 13, 12, 11) for r in m.records if r[0] == p]))
good("the twin of the runtime logs below")
bad("no runtime log", LOG, 10, runtime=b"")
bad("a06_: every record of a register missing", LOG, 10, runtime=maker.runtime_log([r for r in m.records if r[0] != 14]))
v = bad("a15_: the last record missing", LOG, 10, runtime=maker.runtime_log(m.records[:-1]))
ok(v["pcr"] == 15, "and its register is named", v["pcr"])
bad("a15_: a record twice", LOG, 10, runtime=maker.runtime_log(m.records[:2] + m.records[1:]))
bad("a22_: a runtime log that is cut in its last record", "Malformed", 10, runtime=runtime[:-20])
bad("a15_: a record more", LOG, 10, runtime=maker.runtime_log(m.records + [(12, "hallmark-lock/1 layers=3")]))
bad("a04_: a content that is not what was hashed", LOG, 10, runtime=runtime.replace(b"data-blocks=1000", b"data-blocks=1001", 1))
bad("a05_: a wrong digest in another bank", LOG, 10, runtime=runtime.replace(h("sha1", m.records[0][1].encode()).hex().encode(), b"0" * 40, 1))
bad("a22_: a record number left out", "Malformed", 10, runtime=runtime.replace(b'{"recnum":1,', b'{"recnum":2,', 1))
bad("a22_: a runtime log without its newline", "Malformed", 10, runtime=runtime[:-1])

# --- 11: the registers ---
PCR = "PcrMismatch"
for pcr in (0, 1, 2, 3, 4, 7, 9):
    v = edited("c02_a21_: another event in register %d, log and quote agree" % pcr, PCR, 11,
               lambda m: m.events.append(maker.Event(pcr, "EV_IPL", b"other", "other")))
    ok(v["pcr"] == pcr and v["registers"][pcr]["state"] == "differs", "and register %d is named" % pcr)
for pcr in (8, 10):
    v = edited("c02_: register %d extended" % pcr, PCR, 11, lambda m: m.events.append(maker.Event(pcr, "EV_IPL", b"other", "other")))
for pcr in (5, 6):
    m.events.append(maker.Event(pcr, "EV_IPL", b"another machine", "other"))
    good("register %d is shown and does not reject" % pcr)
    m.events.pop()
good("the twin of the machines below")
for number, pcr, name in ((0, 11, "root"), (1, 13, "app"), (2, 14, "weights")):
    v = edited("c11_: another %s layer" % name, PCR, 11, lambda m: m.records.__setitem__(number, (pcr, maker.layer(name, "ab" * 32))))
    ok(v["pcr"] == pcr and v["layer"] == "layer " + name, "and the register and the layer are named", v["layer"])

other_kernel = lambda m: m.events.__setitem__(slice(None), maker.firmware_events(kernel=b"other"))
for what, change, pcr, layer in (("another kernel", other_kernel, 4, "UKI"),
                                 ("another app layer", lambda m: m.records.__setitem__(1, (13, maker.layer("app", "ab" * 32))), 13, "layer app")):
    events, records = list(m.events), list(m.records)
    change(m)
    for log, firmware in (("", None), (", types and data in the log rewritten", maker.firmware_log(relabelled(m.events)))):
        v = bad("a01_a03_: %s%s" % (what, log), PCR, 11, firmware=firmware)
        ok((v["pcr"], v["layer"]) == (pcr, layer), "a01_a03_: and register %d and '%s' are named" % (pcr, layer), (v["pcr"], v["layer"]))
    m.events, m.records = events, records
v = edited("another kernel", PCR, 11, other_kernel)
ok([r["pcr"] for r in v["registers"] if r["state"] == "differs"][-1:] == [11], "and PCR 11 differs", v["registers"])
for pcr in (12, 13, 14, 15):
    edited("a21_: an event of the firmware's in register %d, log and quote agree" % pcr, LOG, 9, lambda m: m.events.append(maker.Event(pcr, "EV_IPL", b"other", "other")))
v = bad("another kernel, without a firmware log", LOG, 10, firmware=b"", pcrs={11: "00" * 32})
unprofiled = Machine()
with Case() as c:
    policy = ["shown", "shown"] + maker.POLICY[2:]
    unprofiled.write_golden(c.directory, unprofiled.golden(policy=policy))
    v = c.accepted("a golden file without profiles", unprofiled.proof(NONCE), *ASK)
    ok(v["acpi_unmeasured"] is True and "acpi=unmeasured" in v["checks"][11]["note"], "and the verdict says that the firmware is not judged")

# Two machines in one golden file. A third has register 0 of the one and register 1 of the other.
firmware_of = lambda pcr, what: [maker.Event(pcr, "EV_IPL", what, what.decode())] if what else []
alternatives = json.loads(m.golden())["profiles"]
machines = {}
for name, parts in (("one", (b"", b"")), ("two", (b"0", b"1")), ("mixed", (b"0", b"")), ("mixed the other way", (b"", b"1"))):
    machines[name] = Machine()
    machines[name].events += firmware_of(0, parts[0]) + firmware_of(1, parts[1])
two = json.loads(maker.golden_json(machines["two"].events, m.golden_records))["profiles"][0]
with Case() as c:
    m.write_golden(c.directory, m.golden(profiles=alternatives + [{**two, "name": "two"}]))
    for name in ("one", "two"):
        v = c.accepted("c11_: a golden file of two machines: the machine " + name, machines[name].proof(NONCE), *ASK)
        ok(v["profile"] == {"one": "machine", "two": "two"}[name], "and its profile is named", v["profile"])
    for name in ("mixed", "mixed the other way"):
        v = c.rejected("c11_: a golden file of two machines: " + name, machines[name].proof(NONCE), PCR, 11, *ASK)
        ok(v["pcr"] in (0, 1), "and a register of the firmware is named", v["pcr"])
bad("c03_: a bank that nobody extended", LOG, 9, pcrs={pcr: bytes(32) for pcr in range(16)})
bad("c03_: a bank that nobody extended, without logs to contradict it", LOG, 10, firmware=b"", pcrs={pcr: bytes(32) for pcr in range(16)})
status, v, _ = case.run(m.proof(NONCE, firmware=b"", pcrs={pcr: bytes(32) for pcr in range(16)}), *ASK, "--all")
ok([r["pcr"] for r in v["registers"] if r["state"] == "differs"] == [0, 1, 2, 3, 4, 7, 9, 11, 12, 13, 14], "c03_: and each pinned register of it differs")
edited("c06_: a record with its fields cut in another place", PCR, 11,
           lambda m: m.records.__setitem__(1, (13, m.records[1][1].replace("salt=0011 root=", "salt=001 1root="))))
edited("c07_: a record with an empty salt", PCR, 11,
           lambda m: m.records.__setitem__(1, (13, m.records[1][1].replace("salt=0011", "salt="))))
edited("c07_: a record without a salt in place of one", PCR, 11,
           lambda m: m.records.__setitem__(1, (13, m.records[1][1].replace("salt=0011", "salt=-"))))
edited("c13_: a layer whose name begins as the right one's", PCR, 11,
           lambda m: m.records.__setitem__(1, (13, m.records[1][1].replace("name=app", "name=app2"))))

# --- 12, 13: records and the TLS key ---
LOCK = "hallmark-lock/1 layers=3"


def without_lock(m):
    """In golden file and machine: what locks is what the golden file must have."""
    m.records = [r for r in m.records if r != (15, LOCK)]


edited("c05_: no lock in PCR 15", "NotLocked", 12, without_lock)
# Where the lock is the last of a register, the register's value says it first.
open_machine = Machine()
open_machine.records = [r for r in open_machine.records if r != (13, LOCK)]
with Case(open_machine) as c:
    c.rejected("c05_: no lock in PCR 13", open_machine.proof(NONCE), PCR, 11, *ASK)
    _, v, _ = c.run(open_machine.proof(NONCE), *ASK, "--all")
    failed = [(check["check"], check["code"]) for check in v["checks"] if check["state"] == "failed"]
    ok(failed == [(11, PCR), (12, "NotLocked")] and v["pcr"] == 13, "c05_: and --all says that it is not locked", failed)
    _, v, _ = c.run(open_machine.proof(NONCE, attest={"safe": 0}), *ASK, "--all")
    ok(v["code"] == "StaleQuote" and v["pcr"] is None, "the register of a later failure is not the verdict's", (v["code"], v["pcr"]))
    for name, changes in (("firmware", {"firmware": maker.firmware_log(open_machine.events[:-1])}), ("runtime", {"runtime": maker.runtime_log(open_machine.records[:-1])})):
        _, v, _ = c.run(open_machine.proof(NONCE, attest={"safe": 0}, **changes), *ASK, "--all")
        ok(v["code"] == "StaleQuote" and v["pcr"] is None, "nor that of the %s log" % name, (v["code"], v["pcr"]))
edited("c05_: the TLS key before the lock", "NotLocked", 12, lambda m: m.records.__setitem__(slice(-2, None), [m.records[-1], m.records[-2]]))
edited("c05_: a boot that was given up", "NotLocked", 12, lambda m: m.records.append((15, "hallmark-fail/1 stage=verity")))
edited("h05_: two TLS keys", "TlsMismatch", 12, lambda m: m.records.append(tls_record(bytes(32))))
edited("h05_: the same TLS key twice", "TlsMismatch", 12, lambda m: m.records.append(m.records[-1]))
edited("no TLS key", "TlsMismatch", 12, lambda m: m.records.pop())
edited("h04_: a lock after the TLS key", PCR, 12, lambda m: m.records.append((15, LOCK)))
unlocked = Machine()
unlocked.golden_records = [r for r in unlocked.golden_records if r != (13, LOCK)]
unlocked.records = [r for r in unlocked.records if r != (13, LOCK)]
with Case(unlocked) as c:
    c.rejected("c05_: a golden file without a lock in PCR 13", unlocked.proof(NONCE), "NotLocked", 12, *ASK)
edited("h06_: the TLS record of another key", "TlsMismatch", 13, lambda m: m.records.__setitem__(-1, tls_record(spki_sha256(stranger.public_key()))))
bad("h01_: relayed: the connection has another key", "TlsMismatch", 13, "--tls-spki", spki_sha256(stranger.public_key()).hex())
tls_file = case.write("tls.der", der(m.tls))
good("the connection's certificate from a file", "--tls-cert", tls_file)
bad("h01_: relayed: the connection has another certificate", "TlsMismatch", 13, "--tls-cert", case.write("other.der", der(stranger)))

# --- 14: debug ---
off = Machine(secure_boot=False)
with Case(off) as c:
    c.rejected("Secure Boot off, and the golden file says so", off.proof(NONCE), "DebugMode", 14, *ASK, seen="off")

# --- 15: hardware ---
bad("a hardware report where it is required", "NonCompliantPlatform", 15, "--require-hardware")
bad("a hardware report on a platform that has none", "NonCompliantPlatform", 15,
    fields={"hardware": {"type": "azure-snp", "parts": [{"name": "x", "data": "AAAA"}]}})

# --- all failures, and the command itself ---
m.events.append(maker.Event(4, "EV_IPL", b"other", "other"))
status, v, _ = case.run(m.proof(NONCE, attest={"safe": 0}), *ASK, "--all")
m.events.pop()
failed = [c["check"] for c in v["checks"] if c["state"] == "failed"]
ok(status == 1 and v["code"] == "StaleQuote" and failed == [7, 11], "--all: the first failure is the verdict, the others are listed", failed)
ok(v["checks"][14]["state"] == "not-made", "what rests on a failed check is not made")
status, v, _ = case.run(m.proof(NONCE, chain=[]), *ASK, "--all")
ok(status == 1 and not v["registers"][4]["seen"] and all(c["state"] in ("failed", "not-made", "passed") for c in v["checks"][1:]),
   "b22_: no register of an unsigned quote is shown")
# For people: one line, and the tables.
def printed(*options, **changes):
    path = case.write("proof.json", m.proof(NONCE, **changes))
    run = subprocess.run([HALLMARK, "verify", path, *case.trust(), *ASK, "--as-of", AS_OF, *options], capture_output=True, text=True, timeout=60)
    return run.returncode, run.stdout


status, text = printed()
ok(status == 0 and re.match(r"accepted: test 1\.2\.3 on qemu\n\n", text), "in print: accepted", text[:200])
ok(re.search(r"^    3  ak-key        passed  $", text, re.M) and re.search(r"^   13  tls-key       left out  no connection: ", text, re.M), "in print: the checks", text)
value = maker.replay(m.events, m.records)["sha256"][13].hex()[:16]
ok(re.search(r"^   13  pinned    %s\.\.  %s\.\.  equal       \S" % (value, value), text, re.M), "in print: the registers", text)
ok(len(re.findall(r"^ +[0-9]+  ", text, re.M)) == 32, "in print: 16 checks and 16 registers", text)
status, text = printed(attest={"safe": 0})
ok(status == 1 and re.match(r"rejected: StaleQuote: check 7, clock: expected .*, seen .*\n\n", text), "in print: rejected", text[:200])
ok(re.search(r"^    7  clock         FAILED    StaleQuote: expected .*, seen ", text, re.M) and re.search(r"^    8  selection     not made$", text, re.M), "in print: what failed", text)
m.events.append(maker.Event(4, "EV_IPL", b"other", "other"))
status, text = printed()
m.events.pop()
ok(status == 1 and re.match(r"rejected: PcrMismatch: check 11, registers: ", text) and re.search(r"^    4  pinned    [0-9a-f]{16}\.\.  [0-9a-f]{16}\.\.  DIFFERS     ", text, re.M),
   "in print: the register that differs", text)
for name, options, text in (("neither nonce nor --accept-stale", (), "--nonce or --accept-stale"), ("both", ASK + ("--accept-stale",), "--nonce or"),
                            ("b04_: a short nonce", ("--nonce", "00" * 31), "64 lower-case"), ("b04_: upper case", ("--nonce", "AB" * 32), "64 lower-case"),
                            ("a time that is none", ASK + ("--as-of", "2026-11-26"), "--as-of"), ("sha1", ASK + ("--bank", "sha1"), "BadRequest"),
                            ("no such platform", ASK + ("--platform", "x"), "BadRequest"), ("no such profile", ASK + ("--allow-profile", "x"), "BadRequest"),
                            ("a version that is none", ASK + ("--minimum-version", "1..2"), "BadRequest"),
                            ("golden file and --platform-only", ASK + ("--platform-only",), "excludes"),
                            ("another format with a golden file", ASK + ("--format", "gcp"), "--platform-only")):
    status, v, error = case.run(m.proof(NONCE), *options)
    ok(status == 3 and v is None and text in error, "usage: " + name, error)
for name, path, text in (("that is not there", "missing", "No such file"), ("that is a directory", ".", "Is a directory")):
    done_run = subprocess.run([HALLMARK, "verify", case.path(path), *case.trust(), *ASK], capture_output=True, text=True, timeout=60)
    ok(done_run.returncode == 4 and not done_run.stdout and done_run.stderr.count("\n") == 1 and text in done_run.stderr, "a proof " + name,
       done_run.stderr)
os.mkfifo(case.path("fifo"))
command = [HALLMARK, "verify", case.write("proof.json", proof), *case.trust(), *ASK]
command[command.index("--golden") + 1] = case.path("fifo")
done_run = subprocess.run(command, capture_output=True, text=True, timeout=60)
ok(done_run.returncode == 2 and not done_run.stdout and "fifo: the file is empty" in done_run.stderr, "c01_: a golden file that is a FIFO that nobody writes to", done_run.stderr)
for name, path, size, seen in (("that is a FIFO that nobody writes to", "fifo", 0, "empty"), ("b20_: of a byte too many", "large", 4 * 1024 * 1024 + 1, "larger than 4194304 bytes"),
                               ("b20_: of 100 MiB", "large", 100 * 1024 * 1024, "larger than 4194304 bytes")):
    if size:
        case.write(path, b"")
        os.truncate(case.path(path), size)
    done_run = subprocess.run([HALLMARK, "verify", case.path(path), "--json", *case.trust(), *ASK, "--as-of", AS_OF], capture_output=True, text=True, timeout=60)
    v = json.loads(done_run.stdout or "{}")
    ok(done_run.returncode == 1 and (v.get("code"), v.get("failed_check")) == ("Malformed", 1) and seen in v["checks"][1]["seen"] and not done_run.stderr,
       "a proof %s: a verdict" % name, done_run.stdout[:200] + done_run.stderr)
for option in ("--golden", "--golden-key", "--roots"):
    command = [HALLMARK, "verify", case.write("proof.json", m.proof(NONCE)), *case.trust(), *ASK]
    command[command.index(option) + 1] = case.path("missing")
    done_run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    ok(done_run.returncode == 4 and not done_run.stdout and "missing" in done_run.stderr, "%s of a file that is not there" % option, done_run.stderr)
os.environ["HALLMARK_SKIP"] = os.environ["SSL_CERT_FILE"] = os.environ["OPENSSL_CONF"] = "/dev/null"
with Case(m) as c:
    c.write("roots.pem", other_cloud.roots_pem())
    c.rejected("b24_: the environment has no say", m.proof(NONCE), KEY, 2, *ASK)
text = subprocess.run([HALLMARK, "verify", "--help"], capture_output=True, text=True).stdout
with tempfile.TemporaryDirectory() as pages:
    subprocess.run([HALLMARK, "--man-pages", pages], check=True)
    with open(os.path.join(pages, "hallmark-verify.1")) as file:
        page = set(re.findall(r"^fB--([a-z-]+)fR", file.read().replace("\\", ""), re.M))
ok(page and page == set(re.findall(r"^  --([a-z-]+)", text, re.M)), "the manual page has exactly the options of --help", page)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/ERRORS.md")) as file:
    named = set(re.findall(r"[A-Z][A-Za-z]+", " ".join(re.findall(r"^## (.*)", file.read(), re.M))))
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib/hallmark.h")) as file:
    codes = set(re.findall(r"^\tX\([A-Z_]+, \"(\w+)\"", file.read(), re.M))
ok(codes and codes <= named, "docs/ERRORS.md has every code", codes - named)
case.__exit__()
done()
