#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""static.t - what can be read off the stub without starting it; run from the top of the tree after make image"""
import collections
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/support")
from tap import done, ok  # noqa: E402

B = pathlib.Path(os.environ.get("B", "build"))
STUB = B / "target/stub.efi"
OBJECTS = sorted((B / "target/efi/efi").glob("*.o"))
CORE_OBJECTS = sorted((B / "target/efi/core").glob("*.o"))


def same(got, want, name):
    ok(got == want, name, f"got:  {got}\nwant: {want}")


def output(*command):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True).stdout


class PE:
    """Microsoft PE Format; written from it, not from core/pe."""

    def __init__(self, path):
        self.data = d = path.read_bytes()
        at = struct.unpack_from("<I", d, 60)[0]
        assert d[:2] == b"MZ" and d[at:at + 4] == b"PE\0\0"
        (self.machine, number, self.time, _, _, optional, _) = struct.unpack_from("<HHIIIHH", d, at + 4)
        o = at + 24
        (self.section_alignment, self.file_alignment) = struct.unpack_from("<II", d, o + 32)
        (self.image_len, self.headers_len, self.checksum, self.subsystem, self.dll) = struct.unpack_from("<IIIHH", d, o + 56)
        self.directories = [struct.unpack_from("<II", d, o + 112 + 8 * i) for i in range(16)]
        self.sections = {}
        for i in range(number):
            h = o + optional + 40 * i
            name = d[h:h + 8].rstrip(b"\0").decode()
            vlen, rva, raw, off = struct.unpack_from("<IIII", d, h + 8)
            assert name not in self.sections
            self.sections[name] = (rva, vlen, off, raw, struct.unpack_from("<I", d, h + 36)[0])


EXECUTE, WRITE = 0x20000000, 0x80000000


def check_image(pe, what):
    same(pe.dll & 0x100, 0x100, f"d27_nx_compat: {what}")
    same([n for n, s in pe.sections.items() if s[4] & EXECUTE and s[4] & WRITE], [], f"d27_no_section_writable_and_executable: {what}")
    same([n for n, s in pe.sections.items() if s[4] & EXECUTE], [".text"], f"d27_only_text_is_executable: {what}")
    same([n for n, s in pe.sections.items() if s[4] & WRITE], [".data"], f"d27_only_data_is_writable: {what}")
    same(pe.section_alignment, 4096, f"d27_section_alignment: {what}")
    same([n for n, s in pe.sections.items() if s[0] % 4096], [], f"d27_sections_at_pages: {what}")
    same((pe.time, pe.checksum, pe.subsystem, pe.machine), (0, 0, 10, 0x8664), f"d27_headers: {what}: no time stamp, no checksum")
    end = max(s[2] + s[3] for s in pe.sections.values())
    same((len(pe.data), len(pe.data) % 8), (end, 0), f"d17_nothing_behind_the_last_section: {what}")
    ok(pe.image_len < 1 << 31 and all(s[1] < 1 << 30 for s in pe.sections.values()), f"d28_sizes_far_below_4_gib: {what}")
    rva, vlen, off, _, _ = pe.sections[".sbat"]
    sbat = pe.data[off:off + vlen].decode("ascii")
    ok(re.fullmatch(r"sbat,1,SBAT Version,sbat,1,[^\n]+\nhallmark,\d+,[^\n]+\n\0?", sbat), f"d30_sbat: {what}", sbat)


# What the firmware may be asked for: the offsets at which each object calls through a table. UEFI 2.10, 4.4 (boot services),
# 8.5.1 (ResetSystem), 12.4 (OutputString); TCG EFI 6.3; UEFI 38.2, 13.2, 37.
ALLOWED = {
    "cc": {0x140: "LocateProtocol", 0x00: "CC GetCapability", 0x10: "CC HashLogExtendEvent", 0x18: "CC MapPcrToMrIndex"},
    "console": {0x08: "OutputString"},
    "event": {},
    "image": {0x98: "HandleProtocol", 0x28: "AllocatePages", 0x140: "LocateProtocol", 0x08: "SetMemoryAttributes",
              0x10: "ClearMemoryAttributes", 0x40: "AllocatePool", 0x148: "InstallMultipleProtocolInterfaces"},
    "initrd": {0xb8: "LocateDevicePath", 0x28: "AllocatePages", 0x148: "InstallMultipleProtocolInterfaces"},
    "libc": {},
    "sink": {},
    "stop": {0x50: "CreateEvent", 0x58: "SetTimer", 0x100: "SetWatchdogTimer", 0x68: "ResetSystem"},
    "stub": {},
    "tcg2": {0x140: "LocateProtocol", 0x00: "TCG2 GetCapability", 0x10: "TCG2 HashLogExtendEvent",
             0x20: "TCG2 GetActivePcrBanks"},
}


def check_calls():
    same(sorted(o.stem for o in OBJECTS), sorted(ALLOWED), "the stub's objects are those that are looked at")
    registers = 0
    for obj in OBJECTS:
        offsets = set()
        for line in output("objdump", "-d", "--no-show-raw-insn", obj).splitlines():
            match = re.search(r"(?:call|jmp)\s+\*(?:(0x[0-9a-f]+))?\(%r\w+\)", line)
            if match:
                offsets.add(int(match.group(1) or "0", 16))
            elif re.search(r"(?:call|jmp)\s+\*%r", line):
                registers += 1
        same(sorted(offsets), sorted(ALLOWED[obj.stem]), f"a14_d14_firmware_calls: {obj.stem}: no GetEventLog, LoadImage or StartImage, nothing unknown")
    same(registers, 1, "d14: one jump goes to an address that is computed: into the kernel")
    guids = {"load file, shim lock, security override": ["605dab50-e046-4300-abb6-3dd810dd8b23", "a46423e3-4617-49f1-b9ff-d1bfa9115839",
                                                         "94ab2f58-1438-4ef1-9152-18941a3a0e68"]}
    for what, names in guids.items():
        same([n for n in names if uuid.UUID(n).bytes_le in STUB.read_bytes()], [], f"d14_no_hooks: no GUID of {what}")


def check_text():
    rva, vlen, off, raw, _ = PE(STUB).sections[".rdata"]
    strings = re.findall(rb"[\x20-\x7e]{4,}", PE(STUB).data[off:off + raw])
    ok(len(strings) > 50, "d23: the stub's texts are found")
    same([s for s in strings if b"%" in s], [], "d23_no_format_strings")
    symbols = output("nm", B / "target/stub.so")
    same(re.findall(r"\b\w*printf\w*|\b(?:AP|AS)?Print\b", symbols), [], "d23_no_printing_function")
    same(re.findall(r"^.* U .*$", symbols, re.M), [], "nothing is left to be resolved")
    guarded = [o.stem for o in OBJECTS if "__stack_chk_fail" in output("nm", "-u", o)]
    for name in ("tcg2", "cc", "console", "sink"):
        ok(name in guarded, f"d27_stack_protector: {name} has arrays and a guard", guarded)
    same(output("nm", B / "target/stub.so").count("__stack_chk_guard"), 1, "d27_stack_protector: the guard")


def check_stack():
    """An upper bound of the stack: the frames of all functions that are linked, as if each called the next."""
    linked = {}
    frames = collections.Counter()
    so = output("objdump", "-d", "--no-show-raw-insn", B / "target/stub.so")
    calls = collections.defaultdict(set)
    where = None
    for line in so.splitlines():
        head = re.match(r"^[0-9a-f]+ <(\S+)>:$", line)
        if head:
            where = head.group(1)
            linked[where] = True
        call = re.search(r"\b(?:call|jmp|j[a-z]+)\s+[0-9a-f]+ <([^+>]+)>", line)
        if call and call.group(1) != where:
            calls[where].add(call.group(1))
        elif call and "call" in line:
            calls[where].add(where)
    for su in [o.with_suffix(".su") for o in OBJECTS + CORE_OBJECTS]:
        for line in su.read_text().splitlines():
            place, size, kind = line.split("\t")
            name = place.rsplit(":", 1)[1]
            if name in linked:
                frames[name] = max(frames[name], int(size))
                if kind not in ("static", "dynamic,bounded"):
                    ok(False, f"j26: {name}: a frame of no known size")
    total = sum(frames.values())
    ok(len(frames) > 40 and 0 < total <= 16 * 1024, f"j26_stack: all frames together are {total} bytes, at most 16 KiB", frames)
    biggest = frames.most_common(1)[0]
    ok(biggest[1] <= 2048, f"j26_stack: the largest frame is {biggest[0]}'s, {biggest[1]} bytes")

    # Recursion would make that sum no bound. The end of a boot is the one place that may be reached from everywhere.
    end = {"hm_stub_stop", "__stack_chk_fail", "at_deadline"}
    state = {}

    def cycle(name):
        if state.get(name) == "on":
            return [name]
        if name in state or name in end:
            return None
        state[name] = "on"
        for other in calls[name]:
            found = cycle(other)
            if found:
                return [name] + found
        state[name] = "done"
        return None

    same([c for c in map(cycle, list(calls)) if c], [], "j26_no_recursion")


def check_deterministic():
    with tempfile.TemporaryDirectory(prefix="hallmark-static.") as work:
        copy = pathlib.Path(work) / "another-directory"
        copy.mkdir()
        for name in ("core", "efi"):
            shutil.copytree(name, copy / name)
        shutil.copy("Makefile", copy / "Makefile")
        (copy / "tests").mkdir()
        shutil.copy("tests/Makefile.inc", copy / "tests/Makefile.inc")
        for tree, to in ((".", f"{work}/one"), (copy, "two")):
            environment = {**os.environ, "SOURCE_DATE_EPOCH": "1" if to == "two" else "2", "CFLAGS": "-O0 -g"}
            subprocess.run(["make", "-s", "-C", str(tree), f"B={to}", f"{to}/stub.efi"], check=True, env=environment,
                           stdout=subprocess.DEVNULL)
        one, two = pathlib.Path(work, "one/stub.efi").read_bytes(), (copy / "two/stub.efi").read_bytes()
        ok(one == two and one, "the stub is the same from another directory, at another time, with other CFLAGS")


def check_size():
    counted = dict(line.split() for line in output("tests/static/count_stub").splitlines())
    lines = int(counted["lines"])
    ok(0 < lines <= 2500, f"the stub with its core is {lines} lines of code, at most 2500", counted)
    print(f"#! stub: {lines} lines of code (core: {counted['core']}), {counted['bytes']} bytes")


check_image(PE(STUB), "stub.efi")
check_image(PE(B / "image/uki.efi"), "uki.efi")
check_calls()
check_text()
check_stack()
check_deterministic()
check_size()
done()
