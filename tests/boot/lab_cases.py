# SPDX-License-Identifier: BSD-2-Clause
"""lab_cases.py - one boot, many starts of the stub on a real firmware whose tables are bent in one way each

tests/efi/programs/lab.c is what boots; it starts the image once a case. PCR 11 to 15 go on from case to case, as a TPM does, and
are compared after each: what was to be measured was, what was to be capped was, and nothing else.
"""
import re

from lab import CAP, CMDLINE, OWNED, PROGRAMS, Registers, boot, esp, events, like, make_uki, ok, registers, same, work

DEVICE_ERROR, OUT_OF_RESOURCES, VOLUME_FULL, NOT_FOUND, ABORTED = (f"{(1 << 63) + n:x}" for n in (7, 9, 11, 14, 21))
ALL = 12     # events of the lab's image: six sections
BOOTS = None

# (name, image, words, what the machine says or BOOTS, events measured, whether PCR 11 to 15 are capped)
CASES = [
    ("a14_plain", "report", "", BOOTS, ALL, False),
    ("d09_load_options", "report", "options", BOOTS, ALL, False),
    ("d08_foreign_initrd_halts", "report", "initrd", r"initrd: the firmware offers an initrd that is not ours", ALL, True),
    ("d08_foreign_path", "report", "path", r"initrd: the initrd cannot be offered to the kernel \(EFI status 0x8000000000000014\)", ALL, True),
    ("d08_foreign_initrd_preferred", "report", "late-initrd", r"initrd: the firmware offers an initrd that is not ours", ALL, True),
    ("d03_tpm_and_cc", "report", "cc", BOOTS, ALL, False),
    ("d03_cc_fails", "report", f"cc fail=cc-extend:5:{DEVICE_ERROR}",
     r"measure \.cmdline name: the runtime measurement register could not be extended \(EFI status 0x8000000000000007\)", 5, True),
    ("d03_cc_has_no_such_register", "report", "cc fail=cc-map:1:8000000000000002",
     r"measure \.linux name: the firmware's runtime measurement registers cannot be used \(EFI status 0x8000000000000002\)", 1, True),
    ("j04_first_extend_fails", "report", f"fail=extend:1:{DEVICE_ERROR}",
     r"measure \.linux name: the register could not be extended \(EFI status 0x8000000000000007\)", 0, True),
    ("j04_extend_7_fails", "report", f"fail=extend:7:{OUT_OF_RESOURCES}",
     r"measure \.initrd name: the register could not be extended \(EFI status 0x8000000000000009\)", 6, True),
    ("j04_last_extend_fails", "report", f"fail=extend:12:{DEVICE_ERROR}",
     r"measure \.sbat: the register could not be extended", 11, True),
    ("j04_every_extend_fails", "report", f"fail=extend:0:{DEVICE_ERROR}", r"measure \.linux name: the register could not be extended", 0, False),
    ("j03_extended_but_not_logged", "report", f"after=extend:5:{VOLUME_FULL}",
     r"measure \.cmdline name: the firmware's event log is full: extended but not logged \(EFI status 0x800000000000000b\)", 5, True),
    ("j02_tpm_does_not_work", "report", "absent", r"tpm: the firmware reports that the TPM does not work", 0, True),
    ("j01_no_protocol", "report", f"fail=locate:1:{NOT_FOUND}", r"tpm: the firmware offers no TPM", 0, False),
    ("d01_capability_fails", "report", f"fail=capability:1:{DEVICE_ERROR}", r"tpm: the firmware's TPM capability cannot be read", 0, True),
    ("d01_banks_fail", "report", f"fail=banks:1:{DEVICE_ERROR}", r"tpm: the firmware's statements on the active PCR banks", 0, True),
    ("d01_no_event", "report", f"fail=event:1:{OUT_OF_RESOURCES}", r"start: the firmware has not enough memory", 0, True),
    ("d01_no_timer", "report", "fail=timer:1:8000000000000002", r"start: the firmware has not enough memory", 0, True),
    ("d01_own_image_unknown", "report", "fail=image:1:8000000000000003", r"image: the firmware does not say where this image is loaded", 0, True),
    ("d15_initrd_not_offered", "report", f"fail=install:1:{OUT_OF_RESOURCES}", r"initrd: the initrd cannot be offered", ALL, True),
    ("d15_no_pool", "report", f"fail=pool:1:{OUT_OF_RESOURCES}", r"kernel: the firmware has not enough memory", ALL, True),
    ("d07_section_twice", "twice", "", r"image: a PE section that is measured exists twice", 0, True),
    ("j24_kernel_returns", "return", "", r"kernel: the kernel gave up \(EFI status 0x8000000000000015\)", ALL, True),
]

# Each can only be the last of a boot: the firmware's timer interrupt is left on the way, or nothing is logged any more.
KERNEL_HANGS = ("d25_kernel_hangs", "hang", "hurry", r"kernel: the kernel did not take over in time", ALL, True)
TPM_HANGS = ("d25_tpm_hangs", "report", "hurry stall=4", r"measure \.osrel: the kernel did not take over in time", 3, False)
LOG_FULL = ("a13_log_full", "report", "fill", r"measure \.linux name: the firmware's event log is full: extended but not logged", 1, True)


def images():
    ukis = {mode: make_uki(mode) for mode in ("report", "return", "hang")}
    # .osrel becomes a second .uname: the firmware loads that, the stub must not.
    data = ukis["report"].read_bytes()
    assert data[:4096].count(b".osrel\0\0") == 1
    ukis["twice"] = work / "twice.efi"
    ukis["twice"].write_bytes(data.replace(b".osrel\0\0", b".uname\0\0", 1))
    return ukis


def disk(ukis, cases):
    lines = work / "cases"
    lines.write_text("".join(f"{name} \\lab\\{image}.efi {words}".rstrip() + "\n" for name, image, words, *_ in cases))
    return esp("lab.raw", PROGRAMS / "lab.efi", [(f"/lab/{n}.efi", u) for n, u in ukis.items()] + [("/lab/cases", lines)])


def check_kernel(block, name, ukis):
    options = re.search(r"^kernel: options (\d+) (.*)$", block, re.M)
    same(options and options.groups(), (str(2 * len(CMDLINE) + 2), CMDLINE), f"{name}: the kernel gets .cmdline and nothing else")
    like(block, r"^kernel: initrd 18 report of the lab$", f"{name}: and our initrd")


def check_extends(block, name, cc, measured, capped, image):
    """The calls that arrived, as the bent tables saw them: none repeated, none missing, both kinds alike."""
    wanted = [(11, e) for e in events(image)[:measured]] + ([(pcr, CAP) for pcr in OWNED] if capped else [])
    seen = re.findall(r"^lab: extend (\d+) (\d+) (\w+) 0000000000000000$", block, re.M)
    same([(int(p), int(n), h) for p, n, h in seen], [(p, len(e), e[:26].hex()) for p, e in wanted], f"{name}: the calls that succeeded")
    if cc:
        seen = re.findall(r"^lab: cc-extend (\d+) (\d+) (\w+) 0000000000000000$", block, re.M)
        same([(int(p), int(n), h) for p, n, h in seen], [(3, len(e), e[:26].hex()) for _, e in wanted], f"{name}: RTMR 2 gets the same")


def check(name, image, words, says, measured, capped, text, state, ukis):
    block = re.search(rf"^lab: begin {name}\n(.*?)^lab: end$", text, re.M | re.S)
    if not block:
        ok(False, f"{name}: the case came to its end", text[-1500:])
        return
    block = block.group(1)
    said = re.findall(r"^lab: says (.*)$", block, re.M)
    started = "kernel: started" in block
    if says is BOOTS:
        same(said, [], f"{name}: nothing is said")
        check_kernel(block, name, ukis)
    else:
        like("\n".join(said), rf"^\|hallmark: stopped: {says}[^|]*\|$", f"{name}: one line says why")
        same(len(said), 1, f"{name}: one line")
        same(started, image in ("return", "hang"), f"{name}: whether the kernel was started")
    same(re.findall(r"^lab: (off|another reset)$", block, re.M), ["off"], f"{name}: the machine is switched off, once")
    ok("GetEventLog" not in block, f"{name}: GetEventLog is not called")
    if image != "twice" and not re.search("fail=cc|after=|fill", words):
        check_extends(block, name, "cc" in words.split(), measured, capped, ukis[image])
    for event in events(ukis["report" if image == "twice" else image])[:measured]:
        state.extend(11, event)
    if capped:
        for pcr in OWNED:
            state.extend(pcr, CAP)
    same(registers(block, "lab:"), {pcr: state[pcr].hex() for pcr in OWNED}, f"{name}: PCR 11 to 15")


def run(firmware, code, vars_file, cases, arguments=()):
    """All cases in one boot; the console, for what else a test looks for."""
    ukis = images()
    status, text = boot([disk(ukis, cases)], *arguments, code=code, vars_file=vars_file)
    same(status, 0, f"{firmware}: the machine comes to its end")
    like(text, r"^lab: all done$", f"{firmware}: all cases were run")
    state = Registers()
    for name, image, words, says, measured, capped in cases:
        check(f"{name}", image, words, says, measured, capped, text, state, ukis)
    print(f"#! stub: {len(cases)} starts on {firmware}")
    return text
