#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""second_predict.py - a second prediction of every register in every bank, from docs/FORMATS.md and the published rules alone

usage: second_predict.py --uki UKI --vars VARS --disk DISK... [--layers LAYERS] --firmware-secure-boot yes|no --golden GOLDEN

Shares no code with the hallmark command, and uses the standard library only. Compares with GOLDEN: one line for each
register that differs, and the exit status 1. LAYERS is the layers file that the initrd holds (it may be compressed there);
without it there are no records. The UKI's stub is Hallmark's or systemd's (252 to 257).
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
# systemd-stub: since when it measures a section (the others always); what it puts behind the initrd, as which file, since when.
STUB_MARK = b"#### LoaderInfo: systemd-stub "
SINCE = {".uname": 254, ".sbat": 254, ".ucode": 256, ".profile": 257, ".dtbauto": 257, ".hwids": 257, ".efifw": 258}
BEHIND = ((".pcrsig", b"tpm2-pcr-signature.json", 252), (".pcrpkey", b"tpm2-pcr-public-key.pem", 252),
          (".osrel", b"os-release", 257), (".profile", b"profile", 257))

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
            raise ValueError("not a PE file")
        count, = struct.unpack_from("<H", data, pe + 6)
        optional, optional_size = pe + 24, struct.unpack_from("<H", data, pe + 20)[0]
        if struct.unpack_from("<H", data, optional)[0] != 0x20b:
            raise ValueError("not PE32+")
        self.headers_size, = struct.unpack_from("<I", data, optional + 60)
        self.checksum = optional + 64
        self.directory = optional + 112 + 4 * 8
        cert_offset, self.cert_size = struct.unpack_from("<II", data, self.directory)
        self.signature = data[cert_offset:cert_offset + self.cert_size]
        self.sections, self.raw = {}, []
        for i in range(count):
            at = optional + optional_size + 40 * i
            name = data[at:at + 8].rstrip(b"\0").decode("ascii")
            virtual, _, size, offset = struct.unpack_from("<IIII", data, at + 8)
            if name in self.sections and name in SECTIONS:
                raise ValueError(f"{name} twice")
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

def read_variables(data):
    """{(guid, name): data} of an OVMF variable store: a firmware volume with authenticated variables."""
    if data[40:44] != b"_FVH":
        raise ValueError("not a firmware volume")
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

def extend_variables(m, secure_boot, variables):
    m.extend(7, variable_data(GLOBAL, "SecureBoot", secure_boot))
    for guid, name in ((GLOBAL, "PK"), (GLOBAL, "KEK"), (SECURITY, "db"), (SECURITY, "dbx")):
        m.extend(7, variable_data(guid, name, variables.get((guid, name), b"")))

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
    raise ValueError("Secure Boot is on, and nothing in db fits the image's signature")

def read_partitions(disk):
    """(event data of the partition table, {label: [(GUID as text, first byte, length)]})."""
    disk.seek(512)
    header = disk.read(92)
    if header[:8] != b"EFI PART":
        raise ValueError("no GPT")
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
        raise ValueError(f"layer {name}: not exactly one pair of partitions")
    (data_guid, start, size), disk = data[0]
    if hash_label == "-":
        disk.seek(start)
        return int(pcr), f"hallmark-layer/1 name={name} type=ram size={size} sha256={hashlib.sha256(disk.read(size)).hexdigest()}"
    (guid, start, _), disk = tree[0]
    disk.seek(start)
    sb = disk.read(512)
    version, kind, _, alg, data_block, hash_block, blocks, salt_len = struct.unpack_from("<II16s32sIIQH", sb, 8)
    if sb[:8] != b"verity\0\0" or (version, kind, alg.rstrip(b"\0"), data_block, hash_block) != (1, 1, b"sha256", 4096, 4096):
        raise ValueError(f"layer {name}: superblock")
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

    extend_variables(m, bytes([enabled]) if supported else b"", variables)
    m.extend(4, b"Calling EFI Application from Boot Option")
    for pcr in range(2, 8):
        m.extend(pcr, SEPARATOR)
    if enabled:
        m.extend(7, variable_data(SECURITY, "db", authority(variables.get((SECURITY, "db"), b""), image.signature)))
    m.extend(5, gpt)
    m.extend_digests(4, {bank: image.authenticode(bank) for bank in BANKS})
    boot(m, image)
    m.extend(5, b"Exit Boot Services Invocation")
    m.extend(5, b"Exit Boot Services Returned with Success")

    layers = open(o.layers).read().splitlines() if o.layers else []
    for line in layers:
        pcr, record = layer_record(line, disks)
        m.extend(pcr, record.encode())
    for pcr in range(11, 16) if layers else ():
        m.extend(pcr, b"hallmark-lock/1 layers=%d" % len(layers))
    return m

def aligned(data):
    return data + bytes(-len(data) % 4)

def archive(name, content):
    """The cpio archive (newc) in which systemd-stub hands a file to the initrd, as /.extra/NAME."""
    def entry(inode, mode, path, data, digits=b"%08x"):
        words = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path) + 1, 0)
        return aligned(b"070701" + b"".join(digits % word for word in words) + path + b"\0") + aligned(data)
    return entry(1, 0o40555, b".extra", b"") + entry(2, 0o100444, b".extra/" + name, content) + \
        entry(0, 0, b"TRAILER!!!", b"", b"%08X")

def boot(m, image):
    """What the UKI's stub does: its own measurements, the kernel's start, and what the kernel measures of what it got."""
    at = image.data[:1 << 18].find(STUB_MARK)
    version = int(image.data[at + len(STUB_MARK):at + len(STUB_MARK) + 3]) if at >= 0 else 0
    sections = {n: c for n, c in image.sections.items() if c and not (version and version < SINCE.get(n, 0))}
    for name in (n for n in SECTIONS if n in sections):
        m.extend(11, name.encode() + b"\0")
        m.extend(11, sections[name])
    options = sections[".cmdline"]
    parts = [sections[n] for n in (".ucode", ".initrd") if n in sections]
    if version:  # by LoadImage, and a C string, since 253 without white space at its ends
        kernel = Image(sections[".linux"])
        m.extend_digests(4, {bank: kernel.authenticode(bank) for bank in BANKS})
        options = options.split(b"\0")[0]
        options = options.strip(bytes(range(33)) + b"\x7f") if version >= 253 else options
        parts += [archive(name, sections[n]) for n, name, since in BEHIND if n in sections and version >= since]
        parts = [aligned(part) for part in parts] if len(parts) > 1 else parts
    m.extend(9, options.decode("ascii").encode("utf-16le") + b"\0\0")
    m.extend(9, b"".join(parts))

def replay(events, registers):
    m = Machine()
    for event in events:
        if event["pcr"] in registers:
            m.extend_digests(event["pcr"], {bank: bytes.fromhex(d) for bank, d in event["digests"].items()})
    return m

def compare(m, golden):
    """(registers compared, values compared, differences)."""
    rows = [("", m, row) for row in golden["pcrs"] if "values" in row]
    registers = len(rows)
    for profile in golden.get("profiles", []):
        known = {event["pcr"] for event in profile["events"]}
        rows += [(f"profile {profile['name']}, ", replay(profile["events"], known), row) for row in profile["pcrs"]
                 if "values" in row and row["pcr"] in known]
    pairs = [(where, row["pcr"], bank, value, seen.value[bank][row["pcr"]].hex())
             for where, seen, row in rows for bank, value in row["values"].items()]
    differences = [f"{where}PCR {pcr}, {bank}: golden {value}, second {ours}" for where, pcr, bank, value, ours in pairs if value != ours]
    return registers, len(pairs), differences

def self_test():
    """Known answers: published constants of edk2 machines."""
    m = Machine()
    extend_variables(m, b"\0", {})
    m.extend(4, b"Calling EFI Application from Boot Option")
    for pcr, value in ((2, "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969"),
                       (4, "7a94ffe8a7729a566d3d3c577fcb4b6b1e671f31540375f80eae6382ab785e35"),
                       (7, "65caf8dd1e0ea7a6347b635d2b379c93b9a1351edc2afc3ecda700e534eb3068")):
        m.extend(pcr, SEPARATOR)
        if m.value["sha256"][pcr].hex() != value:
            raise ValueError(f"self-test: PCR {pcr}")

def main():
    parser = argparse.ArgumentParser(description="second prediction")
    for name in ("uki", "vars", "layers"):
        parser.add_argument("--" + name, required=name != "layers")
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
except (OSError, struct.error, IndexError, KeyError, ValueError) as error:
    print(f"second_predict.py: {error!r}", file=sys.stderr)
    sys.exit(2)
