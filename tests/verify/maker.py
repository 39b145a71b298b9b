#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""maker.py - proofs, golden files and certificates for tests, by hashlib and python3-cryptography; no TPM and no code of ours

usage: tests/verify/maker.py DIR [--release] [--ecc] [--rsa-cloud] [--unsolicited] | DIR --boot | DIR --bad
       writes golden.json, golden.json.sig, golden.pub, roots.pem, nonce, spki, tls.crt, proof.json; with --boot what
       cloud_boot of tests/support/cloud.sh puts into a TPM: golden.tcglog, golden.cel beside the signed golden file (release);
       with --bad bad-NAME.json too, each wrong in one thing and signed, of a release image, and revocation lists: crls.pem, and
       revoked.pem with the intermediate in it

In a program: Machine() is a machine that boots as its golden file says. Whatever is to be wrong is an attribute that is
changed, or an argument of proof(), which builds everything anew, with valid signatures, from what it is given:

    m = Machine(); m.records.insert(3, (13, "..."))      another record in log and registers, not in the golden file
    m.proof(nonce, attest={"magic": 0xff544346})          a field of TPMS_ATTEST; the signature is good
    m.proof(nonce, public={"attributes": 0x50072})        a field of TPMT_PUBLIC
    m.proof(nonce, sign={"scheme": 0x0016})               a field of TPMT_SIGNATURE
    m.proof(nonce, pcrs={13: "00.."}, chain=[...], bank="sha384", fields={"platform": "x"})
    m.golden(**changes), m.write_golden(dir, key=...)     Cloud(...).leaf(...) makes certificates with one thing wrong
"""
import base64
import datetime
import hashlib
import json
import os
import struct
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

BANKS = ["sha1", "sha256", "sha384", "sha512"]
ALG = {"sha1": 0x0004, "sha256": 0x000B, "sha384": 0x000C, "sha512": 0x000D}
SIZE = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}
AS_OF = datetime.datetime(2026, 11, 26, 12, 0, 0)
AK_EKU = x509.ObjectIdentifier("2.23.133.8.3")
# fixedTPM fixedParent sensitiveDataOrigin userWithAuth restricted sign
AK_ATTRIBUTES = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 16 | 1 << 18
HASHES = {0x0004: hashes.SHA1, 0x000B: hashes.SHA256, 0x000C: hashes.SHA384, 0x000D: hashes.SHA512}
GLOBAL_VARIABLE = bytes.fromhex("61dfe48bca93d211aa0d00e098032b8c")
CMDLINE = ("ro panic=0 lockdown=confidentiality initcall_blacklist=init_ima efi=noruntime systemd.import_credentials=no "
           "systemd.show_status=no systemd.getty_auto=no systemd.gpt_auto=no systemd.crash_shell=no systemd.dump_core=no "
           "random.trust_bootloader=off rng_core.default_quality=0 hallmark.profile=%s")


def h(bank, data):
    return hashlib.new(bank, data).digest()


def tpm2b(data):
    return struct.pack(">H", len(data)) + data


def der(certificate):
    return certificate if isinstance(certificate, bytes) else certificate.public_bytes(serialization.Encoding.DER)


def spki_sha256(key):
    public = key.public_key() if hasattr(key, "public_key") else key
    return hashlib.sha256(public.public_bytes(serialization.Encoding.DER,
                                              serialization.PublicFormat.SubjectPublicKeyInfo)).digest()


def new_key(kind):
    if kind.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=int(kind[3:]))
    return ec.generate_private_key({"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}[kind]())


# --- certificates ---

def certificate(subject, key, issuer=None, issuer_key=None, ca=False, path_length=None, usage="default", eku=(),
                days=(-100, 1000), hash=hashes.SHA256, extra=(), basic=True, san=None, ids=True, named_key=None):
    """One certificate. issuer None: self-signed. usage: a set of KeyUsage words, None for no extension. named_key: whose key is named as the
    issuer's, where it is not issuer_key."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)] if subject else [])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(issuer.subject if issuer else name)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(AS_OF + datetime.timedelta(days=days[0]))
    builder = builder.not_valid_after(AS_OF + datetime.timedelta(days=days[1]))
    if basic:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
    if usage == "default":
        usage = {"key_cert_sign", "crl_sign"} if ca else {"digital_signature"}
    if usage is not None:
        words = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                 "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
        builder = builder.add_extension(x509.KeyUsage(**{w: w in usage for w in words}), critical=True)
    if eku:
        builder = builder.add_extension(x509.ExtendedKeyUsage(list(eku)), critical=False)
    if ids:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        if issuer:
            builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                (named_key or issuer_key or key).public_key()), critical=False)
    if san:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(san[0])]), critical=san[1])
    for oid, value, critical in extra:
        builder = builder.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value), critical=critical)
    return builder.sign(issuer_key or key, hash())


def tlv(tag, content):
    """DER."""
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (length if len(content) < 128 else bytes([0x80 | len(length)]) + length) + content


def tlvs(content):
    """The elements of a DER SEQUENCE's content: (tag, content of it)."""
    at = 0
    while at < len(content):
        tag, length, head = content[at], content[at + 1], 2
        if length & 0x80:
            head += length & 0x7F
            length = int.from_bytes(content[at + 2:at + head], "big")
        yield tag, content[at + head:at + head + length]
        at += head + length


def extension_twice(made, oid, issuer_key):
    """The same certificate with that extension once more, signed anew by an RSA key: DER."""
    fields = list(tlvs(next(tlvs(made.tbs_certificate_bytes))[1]))
    extensions = next(tlvs(fields[-1][1]))[1]
    once = tlv(6, encoded_oid(oid))
    extensions += b"".join(tlv(tag, content) for tag, content in tlvs(extensions) if content.startswith(once))
    fields[-1] = (0xA3, tlv(0x30, extensions))
    tbs = tlv(0x30, b"".join(tlv(tag, content) for tag, content in fields))
    algorithm = list(tlvs(next(tlvs(der(made)))[1]))[1]
    value = issuer_key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
    return tlv(0x30, tbs + tlv(*algorithm) + tlv(3, b"\0" + value))


def encoded_oid(oid):
    """X.690, 8.19; arcs below 128 after the second."""
    arcs = [int(arc) for arc in oid.split(".")]
    return bytes([arcs[0] * 40 + arcs[1], *arcs[2:]])


def revocation_list(issuer, key, revoked=()):
    """PEM, current for a day before and after AS_OF."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
    builder = builder.last_update(AS_OF - datetime.timedelta(days=1)).next_update(AS_OF + datetime.timedelta(days=1))
    for cert in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(cert.serial_number).revocation_date(AS_OF).build())
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class Cloud:
    """A provider's CA: root (P-384), intermediate (RSA-2048), and leaves for attestation keys."""

    def __init__(self, name="test cloud", root_key="p384", intermediate_key="rsa2048", root={}, intermediate={}):
        self.root_key = new_key(root_key)
        self.intermediate_key = new_key(intermediate_key)
        self.root = certificate(name + " root", self.root_key, **{"ca": True, "hash": hashes.SHA384, **root})
        self.intermediate = certificate(name + " intermediate", self.intermediate_key, self.root, self.root_key,
                                        **{"ca": True, "path_length": 0, "hash": hashes.SHA384, **intermediate})

    def leaf(self, ak, **changes):
        issuer = changes.pop("issuer", self.intermediate)
        issuer_key = changes.pop("issuer_key", self.intermediate_key)
        subject = changes.pop("subject", "attestation key")
        return certificate(subject, ak, issuer, issuer_key, **{"eku": (AK_EKU,), **changes})

    def chain(self, ak, **changes):
        return [self.leaf(ak, **changes), self.intermediate]

    def roots_pem(self):
        return self.root.public_bytes(serialization.Encoding.PEM)


# --- TPM structures ---

def public_area(key, attributes=AK_ATTRIBUTES, name_alg=0x000B, symmetric=b"\x00\x10", scheme=None, scheme_hash=0x000B,
                tail=b"", **numbers):
    """TPMT_PUBLIC of a key."""
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        bits = numbers.get("bits", public.key_size)
        modulus = numbers.get("modulus", public.public_numbers().n.to_bytes(public.key_size // 8, "big"))
        scheme = 0x0014 if scheme is None else scheme
        body = struct.pack(">HH", scheme, scheme_hash) + struct.pack(">HI", bits, numbers.get("exponent", 0)) + tpm2b(modulus)
        kind = 0x0001
    else:
        point = public.public_numbers()
        length = (public.curve.key_size + 7) // 8
        curve = {256: 3, 384: 4, 521: 5}[public.curve.key_size]
        scheme = 0x0018 if scheme is None else scheme
        body = struct.pack(">HH", scheme, scheme_hash) + struct.pack(">HH", curve, 0x0010)
        body += tpm2b(numbers.get("x", point.x.to_bytes(length, "big"))) + tpm2b(numbers.get("y", point.y.to_bytes(length, "big")))
        kind = 0x0023
    return struct.pack(">HHI", kind, name_alg, attributes) + tpm2b(b"") + symmetric + body + tail


def attest(magic=0xFF544347, type=0x8018, name=None, extra=b"", clock=123456, reset=3, restart=1, safe=1,
           firmware=0x2019102300163636, selections=None, digest=b"", body=None, tail=b""):
    """TPMS_ATTEST. selections: [(algorithm, sizeofSelect, bytes)]. body: the union of another type."""
    name = struct.pack(">H", 0x000B) + bytes(32) if name is None else name
    out = struct.pack(">IH", magic, type) + tpm2b(name) + tpm2b(extra)
    out += struct.pack(">QIIBQ", clock, reset, restart, safe, firmware)
    if body is not None:
        return out + body + tail
    out += struct.pack(">I", len(selections))
    for algorithm, size, bits in selections:
        out += struct.pack(">HB", algorithm, size) + bits
    return out + tpm2b(digest) + tail


def signature(key, message, scheme=None, hash=0x000B, tag_scheme=None, tag_hash=None, r=None, s=None, value=None, tail=b""):
    """TPMT_SIGNATURE. tag_*: what the structure says, where it is to say something else than what was done."""
    if isinstance(key, rsa.RSAPrivateKey):
        scheme = 0x0014 if scheme is None else scheme
        algorithm = HASHES[hash]()
        pad = padding.PKCS1v15() if scheme == 0x0014 else padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
        value = key.sign(message, pad, algorithm) if value is None else value
        body = tpm2b(value)
    else:
        scheme = 0x0018 if scheme is None else scheme
        length = (key.curve.key_size + 7) // 8
        numbers = utils.decode_dss_signature(key.sign(message, ec.ECDSA(HASHES[hash]())))
        body = tpm2b(numbers[0].to_bytes(length, "big") if r is None else r)
        body += tpm2b(numbers[1].to_bytes(length, "big") if s is None else s)
    return struct.pack(">HH", scheme if tag_scheme is None else tag_scheme, hash if tag_hash is None else tag_hash) + body + tail


# --- logs ---

class Event:
    """A firmware event. `hashed` is what the digest is of, where it is not `data`."""

    def __init__(self, pcr, type, data, what, hashed=None, content=None, digests=None):
        self.pcr, self.type, self.data, self.what, self.content = pcr, type, data, what, content
        self.hashed = data if hashed is None else hashed
        self.digests = digests or {bank: h(bank, self.hashed) for bank in BANKS}


TYPES = {"EV_NO_ACTION": 3, "EV_SEPARATOR": 4, "EV_EVENT_TAG": 6, "EV_S_CRTM_VERSION": 8, "EV_IPL": 0xD,
         "EV_EFI_VARIABLE_DRIVER_CONFIG": 0x80000001, "EV_EFI_BOOT_SERVICES_APPLICATION": 0x80000003,
         "EV_EFI_GPT_EVENT": 0x80000006, "EV_EFI_ACTION": 0x80000007, "EV_EFI_VARIABLE_AUTHORITY": 0x800000E0}


def variable(name, data):
    text = name.encode("utf-16-le")
    return GLOBAL_VARIABLE + struct.pack("<QQ", len(name), len(data)) + text + data


def firmware_events(secure_boot=True, profile="release", kernel=b"kernel", initrd=b"initrd"):
    cmdline = CMDLINE % profile
    events = [Event(0, "EV_S_CRTM_VERSION", b"\0\0", "CRTM version"),
              Event(7, "EV_EFI_VARIABLE_DRIVER_CONFIG", variable("SecureBoot", b"\1" if secure_boot else b"\0"), "SecureBoot")]
    events += [Event(7, "EV_EFI_VARIABLE_DRIVER_CONFIG", variable(n, b"keys"), n) for n in ("PK", "KEK", "db", "dbx")]
    events += [Event(4, "EV_EFI_ACTION", b"Calling EFI Application from Boot Option", "Calling")]
    events += [Event(pcr, "EV_SEPARATOR", bytes(4), "separator") for pcr in range(8)]
    events += [Event(7, "EV_EFI_VARIABLE_AUTHORITY", variable("db", b"certificate"), "authority"),
               Event(5, "EV_EFI_GPT_EVENT", b"EFI PART" + bytes(92), "GPT"),
               Event(4, "EV_EFI_BOOT_SERVICES_APPLICATION", bytes(32), "UKI", hashed=b"image " + kernel)]
    for name, content in ((".linux", kernel), (".cmdline", cmdline.encode()), (".initrd", initrd)):
        label = name.encode("utf-16-le") + b"\0\0"
        events.append(Event(11, "EV_IPL", label, name + " name", hashed=name.encode() + b"\0"))
        events.append(Event(11, "EV_IPL", label, name, hashed=content, content=cmdline if name == ".cmdline" else None))
    events += [Event(9, "EV_EVENT_TAG", b"LOADED_IMAGE::LoadOptions\0", "load options", hashed=cmdline.encode("utf-16-le") + b"\0\0",
                     content=cmdline),
               Event(9, "EV_EVENT_TAG", b"Linux initrd\0", "initrd", hashed=initrd)]
    events += [Event(5, "EV_EFI_ACTION", text, text.decode()) for text in
               (b"Exit Boot Services Invocation", b"Exit Boot Services Returned with Success")]
    return events


def layer(name, root=None):
    root = root or hashlib.sha256(name.encode()).hexdigest()
    return ("hallmark-layer/1 name=%s type=dm-verity hash-type=1 hash=sha256 data-block-size=4096 hash-block-size=4096 "
            "data-blocks=1000 hash-offset=4096 salt=0011 root=%s" % (name, root))


def boot_records():
    records = [(11, layer("root")), (13, layer("app")), (14, layer("weights"))]
    return records + [(pcr, "hallmark-lock/1 layers=3") for pcr in range(11, 16)]


def tls_record(spki):
    return (15, "hallmark-tls/1 spki-sha256=" + spki.hex())


def firmware_log(events, banks=BANKS):
    """TCG2 crypto-agile."""
    spec = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(banks))
    spec += b"".join(struct.pack("<HH", ALG[b], SIZE[b]) for b in banks) + b"\0"
    out = struct.pack("<II20sI", 0, 3, b"", len(spec)) + spec
    for e in events:
        out += struct.pack("<III", e.pcr, e.type if isinstance(e.type, int) else TYPES[e.type], len(banks))
        out += b"".join(struct.pack("<H", ALG[b]) + e.digests[b] for b in banks)
        out += struct.pack("<I", len(e.data)) + e.data
    return out


def runtime_log(records, banks=BANKS):
    """CEL-JSON, docs/FORMATS.md 2."""
    out = ""
    for number, (pcr, line) in enumerate(records):
        digests = ",".join('{"hashAlg":"%s","digest":"%s"}' % (b, h(b, line.encode()).hex()) for b in banks)
        out += '{"recnum":%d,"pcr":%d,"digests":[%s],"content_type":"hallmark","content":"%s"}\n' % (number, pcr, digests, line)
    return out.encode()


def replay(events, records, banks=BANKS):
    """{bank: [16 registers]}"""
    out = {}
    for bank in banks:
        registers = [bytes(SIZE[bank])] * 24
        for e in events:
            if TYPES.get(e.type, e.type) != 3:
                registers[e.pcr] = h(bank, registers[e.pcr] + e.digests[bank])
        for pcr, line in records:
            registers[pcr] = h(bank, registers[pcr] + h(bank, line.encode()))
        out[bank] = registers
    return out


# --- golden file ---

HOLDS = "text for people"
POLICY = ["one-of", "one-of", "pinned", "pinned", "pinned", "shown", "shown", "pinned", "zero", "pinned", "zero", "pinned", "pinned",
          "pinned", "pinned", "replayed"]


def what_of(line):
    """A record's name in a golden file, as `hallmark predict` has it."""
    words = line.split(" ")
    return "layer " + words[1][len("name="):] if words[0] == "hallmark-layer/1" else "lock"


def golden_json(events, records, policy=POLICY, banks=BANKS, name="test", version="1.2.3", valid=None, profiles=None, changes={}):
    registers = replay(events, records, banks)
    digests = lambda content: {b: h(b, content.encode()).hex() for b in banks}
    values = lambda pcr: {b: registers[b][pcr].hex() for b in banks}
    event = lambda e: {"pcr": e.pcr, "type": e.type, "what": e.what, **({"content": e.content} if e.content else {}),
                       "digests": {b: e.digests[b].hex() for b in banks}}
    one_of = [pcr for pcr in range(16) if policy[pcr] == "one-of"]
    if profiles is None and one_of:
        profiles = [{"name": "machine", "machine": "a test machine",
                     "pcrs": [{"pcr": pcr, "policy": "pinned", "values": values(pcr)} for pcr in one_of],
                     "events": [event(e) for e in events if e.pcr in one_of]}]
    root = {"version": "hallmark-golden/1", "image": {"name": name, "version": version}}
    if valid:
        root["valid"] = valid
    root["banks"] = list(banks)
    root["inputs"] = [{"name": "uki", "size": 6, "sha256": h("sha256", b"kernel").hex()}]
    root["parts"] = []
    root["layers"] = [line for _, line in records if line.startswith("hallmark-layer/1")]
    root["profiles"] = profiles or []
    root["pcrs"] = [{"pcr": pcr, "policy": policy[pcr], "holds": HOLDS, **({} if policy[pcr] == "one-of" else {"values": values(pcr)})}
                    for pcr in range(16)]
    root["events"] = [event(e) for e in events if e.pcr not in one_of]
    root["events"] += [{"pcr": pcr, "type": "hallmark", "what": what_of(line), "content": line, "digests": digests(line)}
                       for pcr, line in records]
    root.update(changes)
    return (json.dumps(root, indent=2) + "\n").encode()


# --- a machine ---

def qualifying(nonce, spki, tag="hallmark-quote/2", exporter=b"", devices=bytes(32)):
    """What a quote covers (FORMATS.md, 15); with an exporter the tag is that of a bound quote."""
    tag = "hallmark-quote-bound/2" if exporter else tag
    return hashlib.sha256(tag.encode() + b"\0" + nonce + spki + exporter + devices).digest()


class Machine:
    _cloud = None

    def __init__(self, ak="rsa2048", cloud=None, profile="release", secure_boot=True, tls=None):
        if cloud is None:
            Machine._cloud = Machine._cloud or Cloud()
            cloud = Machine._cloud
        self.cloud, self.ak, self.platform = cloud, new_key(ak), "qemu"
        self.ak_hash = 0x000C if ak == "p384" else 0x000B
        self.tls_key = tls or new_key("p256")
        self.tls = certificate("enclave", self.tls_key)
        self.events = firmware_events(secure_boot, profile)
        self.records = boot_records()
        self.golden_events, self.golden_records = list(self.events), list(self.records)
        self.golden_key = ed25519.Ed25519PrivateKey.generate()
        self.records.append(tls_record(spki_sha256(self.tls_key)))
        self.leaf_chain = cloud.chain(self.ak)

    def golden(self, **changes):
        return golden_json(self.golden_events, self.golden_records, **changes)

    def write_golden(self, directory, content=None, key=None):
        content = self.golden() if content is None else content
        key = key or self.golden_key
        pem = self.golden_key.public_key().public_bytes(serialization.Encoding.PEM,
                                                        serialization.PublicFormat.SubjectPublicKeyInfo)
        write(directory, "golden.json", content)
        write(directory, "golden.json.sig", key.sign(content) if isinstance(key, ed25519.Ed25519PrivateKey) else
              key.sign(content, ec.ECDSA(hashes.SHA384())))
        write(directory, "golden.pub", pem)
        write(directory, "roots.pem", self.cloud.roots_pem())

    def proof(self, nonce=None, bank="sha256", attest={}, public={}, sign={}, pcrs={}, chain=None, fields={}, extra=None,
              firmware=None, runtime=None, signer=None, quote=None, tls=None, select=b"\xff\xff\x00", exporter=b""):
        """proof.json. nonce None: unsolicited, with random bytes. Everything is signed anew."""
        make_attest, make_public, make_signature = globals()["attest"], public_area, signature
        exporter = exporter or getattr(nonce, "exporter", b"")
        tag = "hallmark-quote/2" if nonce else "hallmark-quote-unsolicited/2"
        nonce = nonce or os.urandom(32)
        registers = replay(self.events, self.records)[bank]
        for pcr, value in pcrs.items():
            registers[pcr] = bytes.fromhex(value) if isinstance(value, str) else value
        certificates = tls or [self.tls]
        if extra is None:
            extra = qualifying(nonce, spki_sha256(x509.load_der_x509_certificate(der(certificates[0])).public_key()), tag, exporter)
        selected = b"".join(registers[i] for i in range(24) if select[i // 8] & 1 << i % 8)
        digest = HASHES[self.ak_hash].name
        body = make_attest(**{"extra": extra, "selections": [(ALG[bank], 3, select)], "digest": h(digest, selected), **attest})
        quote = body if quote is None else quote
        b64 = lambda data: base64.b64encode(data).decode()
        root = {"version": "hallmark-proof/2", "platform": self.platform, "nonce": nonce.hex(),
                "ak_public": b64(make_public(self.ak, **{"scheme_hash": self.ak_hash, **public})),
                "ak_certificates": [b64(der(c)) for c in (self.leaf_chain if chain is None else chain)],
                "quote": b64(quote),
                "signature": b64(make_signature(signer or self.ak, quote, **{"hash": self.ak_hash, **sign})),
                "bank": bank, "pcrs": [r.hex() for r in registers[:16]],
                "firmware_log": b64(firmware_log(self.events) if firmware is None else firmware),
                "runtime_log": b64(runtime_log(self.records) if runtime is None else runtime),
                "tls_certificates": [b64(der(c)) for c in certificates], "hardware": None}
        root.update(fields)
        return (json.dumps(root, indent=2) + "\n").encode()


def bad_proofs(m, nonce):
    """One for each check that a proof alone can fail."""
    other = Machine()
    yield "chain", m.proof(nonce, chain=Cloud().chain(m.ak))
    yield "key", m.proof(nonce, public={"attributes": AK_ATTRIBUTES & ~(1 << 16)})
    yield "signature", m.proof(nonce, signer=other.ak)
    yield "attest", m.proof(nonce, attest={"magic": 0})
    yield "freshness", m.proof(bytes(32), fields={"nonce": nonce.hex()})
    yield "clock", m.proof(nonce, attest={"safe": 0})
    yield "selection", m.proof(nonce, attest={"selections": [(ALG["sha256"], 3, b"\xff\xff\1")]})
    yield "firmware", m.proof(nonce, firmware=firmware_log(m.events[:-1]))
    yield "runtime", m.proof(nonce, runtime=runtime_log(m.records[:-1]))
    m.events.append(Event(4, "EV_IPL", b"other", "other"))
    yield "registers", m.proof(nonce)
    m.events.pop()
    m.records.append(tls_record(bytes(32)))
    yield "records", m.proof(nonce)
    m.records[-2:] = [tls_record(bytes(32))]
    yield "tls", m.proof(nonce)
    m.records[-1] = tls_record(spki_sha256(m.tls_key))


def write(directory, name, content):
    with open(os.path.join(directory, name), "wb") as file:
        file.write(content)


def main():
    directory = sys.argv[1] if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else sys.exit(__doc__)
    os.makedirs(directory, exist_ok=True)
    # Azure's vTPM certificates are by RSA-4096 throughout.
    cloud = Cloud(root_key="rsa4096", intermediate_key="rsa4096") if "--rsa-cloud" in sys.argv else None
    m = Machine(ak="p256" if "--ecc" in sys.argv else "rsa2048", cloud=cloud, profile="release" if "--release" in sys.argv else "demo")
    nonce = os.urandom(32)
    if "--boot" in sys.argv:
        m = Machine()
        # Every event in the list, none in a profile: cloud_boot extends that list.
        m.write_golden(directory, m.golden(policy=["shown", "shown"] + POLICY[2:]))
        write(directory, "golden.tcglog", firmware_log(m.events))
        write(directory, "golden.cel", runtime_log(m.golden_records))
        return
    if "--bad" in sys.argv:
        m = Machine()
        for name, proof in bad_proofs(m, nonce):
            write(directory, "bad-%s.json" % name, proof)
        by_intermediate = revocation_list(m.cloud.intermediate, m.cloud.intermediate_key)
        write(directory, "crls.pem", revocation_list(m.cloud.root, m.cloud.root_key) + by_intermediate)
        write(directory, "revoked.pem", revocation_list(m.cloud.root, m.cloud.root_key, [m.cloud.intermediate]) + by_intermediate)
    m.write_golden(directory)
    write(directory, "proof.json", m.proof(None if "--unsolicited" in sys.argv else nonce))
    write(directory, "nonce", nonce.hex().encode() + b"\n")
    write(directory, "spki", spki_sha256(m.tls_key).hex().encode() + b"\n")
    write(directory, "tls.crt", der(m.tls))


if __name__ == "__main__":
    main()
