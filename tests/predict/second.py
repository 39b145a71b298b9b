#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""second.py - a second prediction of every register in every bank, from docs/FORMATS.md and the published rules alone

usage: second.py --uki UKI --vars VARS --disk DISK... --layers LAYERS --firmware-secure-boot yes|no --golden GOLDEN

Shares no code with the hallmark command, and uses the standard library only. Compares with GOLDEN: one line for each
register that differs, and the exit status 1. LAYERS is the layers file that the initrd holds (it may be compressed there).
Registers 0 and 1 belong to the platform: of each profile of the golden file it replays the events that are given.
"""
import argparse
import hashlib
import json
import struct
import sys
import uuid

BANKS = ["sha1", "sha256", "sha384", "sha512"]
# systemd-stub's order. A section that exists with VirtualSize > 0 is measured, .pcrsig never.
SECTIONS = ".linux .osrel .cmdline .initrd .ucode .splash .dtb .uname .sbat .pcrpkey .profile .dtbauto .hwids .efifw".split()
GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
SECURITY = "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
ENABLE = "f0a30bc7-af08-4556-99c4-001009c93a44"  # gEfiSecureBootEnableDisableGuid
SIGNATURE_X509 = "a5c059a1-94e4-4aa7-87b5-ab155c2bf072"
SEPARATOR = bytes(4)


class Bad(Exception):
    pass


class Machine:
    """Sixteen registers in each bank."""

    def __init__(self):
        self.value = {bank: [bytes(hashlib.new(bank).digest_size) for _ in range(16)] for bank in BANKS}

    def extend_digests(self, pcr, digests):
        for bank, digest in digests.items():
            self.value[bank][pcr] = hashlib.new(bank, self.value[bank][pcr] + digest).digest()

    def extend(self, pcr, data):
        self.extend_digests(pcr, {bank: hashlib.new(bank, data).digest() for bank in BANKS})


class Image:
    """A PE32+ file: its sections as they are in memory, and what Authenticode covers."""

    def __init__(self, data):
        self.data = data
        pe, = struct.unpack_from("<I", data, 0x3c)
        if data[:2] != b"MZ" or data[pe:pe + 4] != b"PE\0\0":
            raise Bad("not a PE file")
        count, = struct.unpack_from("<H", data, pe + 6)
        optional, optional_size = pe + 24, struct.unpack_from("<H", data, pe + 20)[0]
        if struct.unpack_from("<H", data, optional)[0] != 0x20b:
            raise Bad("not PE32+")
        self.headers_size, = struct.unpack_from("<I", data, optional + 60)
        self.checksum = optional + 64
        self.directory = optional + 112 + 4 * 8
        self.cert_offset, self.cert_size = struct.unpack_from("<II", data, self.directory)
        self.sections, self.raw = {}, []
        for i in range(count):
            at = optional + optional_size + 40 * i
            name = data[at:at + 8].rstrip(b"\0").decode("ascii")
            virtual, _, size, offset = struct.unpack_from("<IIII", data, at + 8)
            if name in self.sections and name in SECTIONS:
                raise Bad(f"{name} twice")
            self.raw.append((offset, size))
            self.sections[name] = data[offset:offset + min(size, virtual)].ljust(virtual, b"\0")

    def authenticode(self, bank):
        """Without the checksum, the certificate table and its entry; the firmware does not pad the tail."""
        d = self.data
        h = hashlib.new(bank, d[:self.checksum] + d[self.checksum + 4:self.directory] +
                        d[self.directory + 8:self.headers_size])
        total = self.headers_size
        for offset, size in sorted(r for r in self.raw if r[1]):
            h.update(d[offset:offset + size])
            total += size
        h.update(d[total:len(d) - self.cert_size])
        return h.digest()

    def signature(self):
        return self.data[self.cert_offset:self.cert_offset + self.cert_size] if self.cert_size else b""


def read_variables(data):
    """{(guid, name): data} of an OVMF variable store: a firmware volume with authenticated variables."""
    if data[40:44] != b"_FVH":
        raise Bad("not a firmware volume")
    store, = struct.unpack_from("<H", data, 48)
    end = store + struct.unpack_from("<I", data, store + 16)[0]
    at, found = store + 28, {}
    while at + 60 <= end and data[at:at + 2] == b"\xaa\x55":
        state = data[at + 2]
        name_len, data_len = struct.unpack_from("<II", data, at + 36)
        guid = str(uuid.UUID(bytes_le=data[at + 44:at + 60]))
        name = data[at + 60:at + 60 + name_len].decode("utf-16le").rstrip("\0")
        value = data[at + 60 + name_len:at + 60 + name_len + data_len]
        # 0x3f added; 0x3e added and in transition to deleted: counts where no newer one has its name.
        if state == 0x3f or (state == 0x3e and (guid, name) not in found):
            found[guid, name] = value
        at = (at + 60 + name_len + data_len + 3) & ~3
    return found


def variable_data(guid, name, value):
    return uuid.UUID(guid).bytes_le + struct.pack("<QQ", len(name), len(value)) + name.encode("utf-16le") + value


def der(data, at=0):
    """(tag, start of content, end) of the DER element at `at`."""
    tag, length, start = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7f
        length, start = int.from_bytes(data[start:start + count], "big"), start + count
    return tag, start, start + length


def subject_of(certificate):
    """The subject's Name, whole: the sixth field of TBSCertificate, after version, serial, algorithm, issuer, validity."""
    _, at, _ = der(certificate)
    _, at, _ = der(certificate, at)
    for _ in range(5):
        at = der(certificate, at)[2]
    return certificate[at:der(certificate, at)[2]]


def authority(db, signature):
    """The entry of db (owner and certificate) that the signature is by, or that issued the signer's certificate."""
    at = 0
    while at + 28 <= len(db):
        kind = str(uuid.UUID(bytes_le=db[at:at + 16]))
        list_size, header_size, size = struct.unpack_from("<III", db, at + 16)
        for entry in range(at + 28 + header_size, at + list_size, size) if kind == SIGNATURE_X509 else ():
            certificate = db[entry + 16:entry + size]
            if certificate in signature or subject_of(certificate) in signature:
                return db[entry:entry + size]
        at += list_size
    raise Bad("Secure Boot is on, and nothing in db fits the image's signature")


def read_partitions(disk):
    """(event data of the partition table, {label: [(GUID as text, first byte, length)]})."""
    disk.seek(512)
    header = disk.read(92)
    if header[:8] != b"EFI PART":
        raise Bad("no GPT")
    lba, count, size = struct.unpack_from("<QII", header, 72)
    disk.seek(lba * 512)
    table = disk.read(count * size)
    used = [e for e in (table[i:i + size] for i in range(0, len(table), size)) if any(e[:16])]
    labels = {}
    for e in used:
        label = e[56:128].decode("utf-16le").rstrip("\0")
        first, last = struct.unpack_from("<QQ", e, 32)
        labels.setdefault(label, []).append((str(uuid.UUID(bytes_le=e[16:32])), first * 512, (last + 1 - first) * 512))
    return header + struct.pack("<Q", len(used)) + b"".join(used), labels


def layer_record(line, disks):
    """A line of the layers file: its register and record."""
    name, pcr, data_label, hash_label = line.split(" ")[:4]
    data = [(p, disk) for disk, labels in disks for p in labels.get(data_label, [])]
    tree = [(p, disk) for disk, labels in disks for p in labels.get(hash_label, [])]
    if len(data) != 1 or len(tree) != (hash_label != "-"):
        raise Bad(f"layer {name}: not exactly one pair of partitions")
    (data_guid, start, size), disk = data[0]
    if hash_label == "-":
        disk.seek(start)
        return int(pcr), f"hallmark-layer/1 name={name} type=ram size={size} sha256={hashlib.sha256(disk.read(size)).hexdigest()}"
    (guid, start, _), disk = tree[0]
    disk.seek(start)
    sb = disk.read(512)
    version, kind, _, alg, data_block, hash_block, blocks, salt_len = struct.unpack_from("<II16s32sIIQH", sb, 8)
    if sb[:8] != b"verity\0\0" or (version, kind, alg.rstrip(b"\0"), data_block, hash_block) != (1, 1, b"sha256", 4096, 4096):
        raise Bad(f"layer {name}: superblock")
    root = (data_guid + guid).replace("-", "")
    return int(pcr), (f"hallmark-layer/1 name={name} type=dm-verity hash-type=1 hash=sha256 data-block-size=4096 "
                      f"hash-block-size=4096 data-blocks={blocks} hash-offset=4096 "
                      f"salt={sb[88:88 + salt_len].hex() or '-'} root={root}")


def predict(o):
    m = Machine()
    image = Image(open(o.uki, "rb").read())
    variables = read_variables(open(o.vars, "rb").read())
    pk = variables.get((GLOBAL, "PK"), b"")
    supported = o.firmware_secure_boot == "yes"
    enabled = supported and bool(pk) and variables.get((ENABLE, "SecureBootEnable"), b"\1") == b"\1"
    disks = []
    for path in o.disk:
        disk = open(path, "rb")
        event, labels = read_partitions(disk)
        disks.append((disk, labels))
        if len(disks) == 1:
            gpt = event

    db = variables.get((SECURITY, "db"), b"")
    m.extend(7, variable_data(GLOBAL, "SecureBoot", bytes([enabled]) if supported else b""))
    m.extend(7, variable_data(GLOBAL, "PK", pk))
    m.extend(7, variable_data(GLOBAL, "KEK", variables.get((GLOBAL, "KEK"), b"")))
    m.extend(7, variable_data(SECURITY, "db", db))
    m.extend(7, variable_data(SECURITY, "dbx", variables.get((SECURITY, "dbx"), b"")))
    m.extend(4, b"Calling EFI Application from Boot Option")
    for pcr in range(2, 8):
        m.extend(pcr, SEPARATOR)
    if enabled:
        m.extend(7, variable_data(SECURITY, "db", authority(db, image.signature())))
    m.extend(5, gpt)
    m.extend_digests(4, {bank: image.authenticode(bank) for bank in BANKS})
    for name in SECTIONS:
        if image.sections.get(name):
            m.extend(11, name.encode() + b"\0")
            m.extend(11, image.sections[name])
    m.extend(9, image.sections[".cmdline"].decode("ascii").encode("utf-16le") + b"\0\0")
    m.extend(9, image.sections.get(".ucode", b"") + image.sections.get(".initrd", b""))
    m.extend(5, b"Exit Boot Services Invocation")
    m.extend(5, b"Exit Boot Services Returned with Success")

    layers = open(o.layers).read().splitlines()
    for line in layers:
        pcr, record = layer_record(line, disks)
        m.extend(pcr, record.encode())
    for pcr in range(11, 16):
        m.extend(pcr, b"hallmark-lock/1 layers=%d" % len(layers))
    return m


def replay(events, registers):
    m = Machine()
    for event in events:
        if event["pcr"] in registers:
            m.extend_digests(event["pcr"], {bank: bytes.fromhex(d) for bank, d in event["digests"].items()})
    return m


def compare(m, golden):
    """(registers compared, values compared, differences)."""
    registers, values, differences = 0, 0, []
    for row in golden["pcrs"]:
        if "values" not in row:
            continue
        registers += 1
        for bank, value in row["values"].items():
            values += 1
            if m.value[bank][row["pcr"]].hex() != value:
                differences.append(f"PCR {row['pcr']}, {bank}: golden {value}, second {m.value[bank][row['pcr']].hex()}")
    for profile in golden.get("profiles", []):
        rows = [row for row in profile["pcrs"] if "values" in row and
                any(event["pcr"] == row["pcr"] for event in profile["events"])]
        seen = replay(profile["events"], {row["pcr"] for row in rows})
        for row in rows:
            for bank, value in row["values"].items():
                values += 1
                if seen.value[bank][row["pcr"]].hex() != value:
                    differences.append(f"profile {profile['name']}, PCR {row['pcr']}, {bank}: its events do not give it")
    return registers, values, differences


def self_test():
    """Known answers: published constants of edk2 machines."""
    m = Machine()
    m.extend(2, SEPARATOR)
    m.extend(4, b"Calling EFI Application from Boot Option")
    m.extend(4, SEPARATOR)
    for guid, name, value in ((GLOBAL, "SecureBoot", b"\0"), (GLOBAL, "PK", b""), (GLOBAL, "KEK", b""), (SECURITY, "db", b""),
                              (SECURITY, "dbx", b"")):
        m.extend(7, variable_data(guid, name, value))
    m.extend(7, SEPARATOR)
    want = {2: "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969",
            4: "7a94ffe8a7729a566d3d3c577fcb4b6b1e671f31540375f80eae6382ab785e35",
            7: "65caf8dd1e0ea7a6347b635d2b379c93b9a1351edc2afc3ecda700e534eb3068"}
    for pcr, value in want.items():
        if m.value["sha256"][pcr].hex() != value:
            raise Bad(f"self-test: PCR {pcr}")


def main():
    parser = argparse.ArgumentParser(description="second prediction")
    for name in ("uki", "vars", "layers"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--disk", required=True, action="append")
    parser.add_argument("--firmware-secure-boot", required=True, choices=["yes", "no"])
    parser.add_argument("--golden", required=True)
    o = parser.parse_args()
    self_test()
    registers, values, differences = compare(predict(o), json.load(open(o.golden)))
    for difference in differences:
        print(difference)
    print(f"{registers} registers, {values} values, {len(differences)} differ")
    return bool(differences) or registers < 14


try:
    sys.exit(main())
except (Bad, OSError, struct.error, IndexError, KeyError, ValueError) as error:
    print(f"second.py: {error!r}", file=sys.stderr)
    sys.exit(2)
