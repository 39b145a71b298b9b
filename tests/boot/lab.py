# SPDX-License-Identifier: BSD-2-Clause
"""lab.py - short boots of the stub: it starts tests/efi/programs/kernel.c, which tells what it was given

Used by tests/boot/stub*.t. Registers are computed here, from the image's sections, with hashlib: no code of ours.
"""
import atexit
import hashlib
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/support")
from tap import done, ok  # noqa: E402,F401

B = pathlib.Path(os.environ.get("B", "build"))
PROGRAMS = B / "efi-programs"
STUB = B / "target/stub.efi"
HALLMARK = os.environ.get("HALLMARK", str(B / "hallmark"))
BUILDROOT = B / "buildroot"
OVMF_12 = pathlib.Path("/usr/share/OVMF")
OVMF_13 = BUILDROOT / "usr/share/OVMF"
CMDLINE = pathlib.Path("image/cmdline").read_text().rstrip("\n")
# RULES: the order of systemd-stub and systemd-measure.
ORDER = [".linux", ".osrel", ".cmdline", ".initrd", ".ucode", ".splash", ".dtb", ".uname", ".sbat", ".pcrpkey"]
CAP = b"hallmark-fail/1 stage=stub"
OWNED = (11, 12, 13, 14, 15)

work = pathlib.Path(tempfile.mkdtemp(prefix="hallmark-lab."))
atexit.register(shutil.rmtree, work, ignore_errors=True)


def same(got, want, name):
    ok(got == want, name, f"got:  {got}\nwant: {want}")


def like(text, regex, name):
    ok(re.search(regex, text, re.M), name, f"no match for {regex} in:\n{text}")


def command(*words):
    result = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        print(f"Bail out! {' '.join(str(w) for w in words)}: {result.stdout[-300:]}")
        raise SystemExit(1)
    return result.stdout


def make_uki(mode, *more):
    """An image of the stub and the kernel that does what its initrd, `mode`, says."""
    initrd, uki = work / f"{mode}.initrd", work / f"{mode}.efi"
    initrd.write_text(f"{mode} of the lab\n")
    command(HALLMARK, "uki", "--no-layers", "--stub", STUB, "--linux", PROGRAMS / "kernel.efi", "--initrd", initrd, "--cmdline",
            "image/cmdline", "--os-release", "image/os/tree/usr/lib/os-release", "--uname", "6.12-lab", "--output", uki, *more)
    return uki


def esp(name, boot, files=(), size="16M"):
    """A disk that is one FAT file system, with `boot` as what the firmware starts; files: (path, file) pairs."""
    disk = work / name
    command("truncate", "-s", size, disk)
    command("mformat", "-i", disk, "-N", "12345678", "::")
    made = set()
    for path, file in [("/EFI/BOOT/BOOTX64.EFI", boot), *files]:
        parts = path.strip("/").split("/")
        for i in range(1, len(parts)):
            directory = "::/" + "/".join(parts[:i])
            if directory.upper() not in made:
                command("mmd", "-i", disk, directory)
                made.add(directory.upper())
        command("mcopy", "-i", disk, file, f"::{path}")
    return disk


def boot(disks, *arguments, code=OVMF_12 / "OVMF_CODE_4M.fd", vars_file=OVMF_12 / "OVMF_VARS_4M.fd", wait="exit", timeout=180):
    """qemu/run until the machine switches itself off; (exit status, console)"""
    serial = work / "serial"
    words = ["qemu/run", "--provision", "no", "--memory", "256", "--cpus", "1", "--code", code, "--vars", vars_file, "--serial", serial,
             "--wait", wait, "--timeout", timeout]
    for disk in disks:
        words += ["--disk", disk]
    for argument in arguments:
        words += ["--qemu", argument]
    result = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    text = serial.read_bytes().replace(b"\0", b"").replace(b"\r", b"").decode("latin-1") if serial.exists() else ""
    if result.returncode:
        for line in (result.stdout + text[-1500:]).splitlines():
            print(f"# {line}", flush=True)
    return result.returncode, text


def set_variables(name, variables, base=OVMF_12 / "OVMF_VARS_4M.fd"):
    """A copy of OVMF's variables with more in it: (name, guid, attributes, data)"""
    import json
    directory = work / name
    directory.mkdir()
    shutil.copy(base, directory / "vars.fd")
    (directory / "set.json").write_text(json.dumps({"version": 2, "variables": [
        {"name": n, "guid": g, "attr": a, "data": d.hex()} for n, g, a, d in variables]}))
    root = [] if os.getuid() == 0 else ["sudo"]
    command(*root, "env", "SOURCE_DATE_EPOCH=1", "image/in-buildroot", BUILDROOT, "-", directory, "--", "virt-fw-vars", "--inplace", "vars.fd",
            "--set-json", "set.json")
    return directory / "vars.fd"


def sections(uki):
    """(name, content in memory) of the measured sections, in order."""
    data = pathlib.Path(uki).read_bytes()
    at = struct.unpack_from("<I", data, 60)[0]
    number, optional = struct.unpack_from("<H", data, at + 6)[0], struct.unpack_from("<H", data, at + 20)[0]
    found = {}
    for i in range(number):
        h = at + 24 + optional + 40 * i
        vlen, _, raw, off = struct.unpack_from("<IIII", data, h + 8)
        found[data[h:h + 8].rstrip(b"\0").decode()] = data[off:off + min(raw, vlen)].ljust(vlen, b"\0")
    return [(name, found[name]) for name in ORDER if found.get(name)]


def events(uki):
    """What goes into PCR 11, one after the other."""
    return [data for name, content in sections(uki) for data in (name.encode() + b"\0", content)]


class Registers(dict):
    def __init__(self):
        super().__init__({pcr: bytes(32) for pcr in OWNED})

    def extend(self, pcr, data):
        self[pcr] = hashlib.sha256(self[pcr] + hashlib.sha256(data).digest()).digest()


def registers(text, prefix):
    return {int(n): value for n, value in re.findall(rf"^{prefix} pcr (\d+) (\w+)$", text, re.M)}
