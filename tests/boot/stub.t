#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""stub.t - the stub on real firmware that fails, lies, stalls and offers what is not ours, case by case"""
import re
import sys

sys.path.insert(0, "tests/boot")
import lab  # noqa: E402
import lab_cases  # noqa: E402

lab.command("make", "efi-programs")
lab_cases.run("Debian 12's OVMF", lab.OVMF_12 / "OVMF_CODE_4M.fd", lab.OVMF_12 / "OVMF_VARS_4M.fd", lab_cases.CASES + [lab_cases.KERNEL_HANGS])
lab_cases.run("Debian 13's OVMF", lab.OVMF_13 / "OVMF_CODE_4M.fd", lab.OVMF_13 / "OVMF_VARS_4M.fd", lab_cases.CASES + [lab_cases.LOG_FULL])

# With the memory-attribute protocol: each page of the kernel is what its section says, none both writable and executable.
text = lab_cases.run("Debian 13's OVMF, strictnx", lab.OVMF_13 / "OVMF_CODE_4M.secboot.strictnx.fd", lab.OVMF_13 / "OVMF_VARS_4M.fd",
                     lab_cases.CASES[:4] + [lab_cases.TPM_HANGS], arguments=["-machine", "smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on"])
XP, RO = 0x4000, 0x20000
data = (lab.PROGRAMS / "kernel.efi").read_bytes()
at = int.from_bytes(data[60:64], "little")
want = {0: RO | XP}
for i in range(int.from_bytes(data[at + 6:at + 8], "little")):
    h = at + 24 + 240 + 40 * i
    rva, flags = int.from_bytes(data[h + 12:h + 16], "little"), int.from_bytes(data[h + 36:h + 40], "little")
    want[rva] = RO if flags & 0x20000000 else XP if flags & 0x80000000 else RO | XP
changes, before = {}, None
for rva in sorted(want):
    if want[rva] != before:
        changes[rva] = want[rva]
    before = want[rva]
seen = re.search(r"^kernel: started\n(.*?)^kernel: done$", text, re.M | re.S)
seen = {int(a, 16): int(b, 16) & (XP | RO) for a, b in re.findall(r"^kernel: attributes from (\w+) (\w+)$", seen.group(1) if seen else "", re.M)}
lab.same(seen, changes, "d27_memory_attributes: the kernel's pages are W^X as its sections say")
lab.done()
