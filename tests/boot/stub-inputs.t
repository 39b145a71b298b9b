#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""stub-inputs.t - what the host and the disk say beside the signed image has no effect on the boot, or shows in a register

The kernel is tests/efi/programs/kernel.c, which tells what it was given and what the registers hold; a boot is short.
"""
import sys

sys.path.insert(0, "tests/boot")
import lab  # noqa: E402
from lab import (OVMF_12, OVMF_13, PROGRAMS, boot, command, done, esp, like, make_uki, ok, registers, same,  # noqa: E402
                 set_variables, work)

CODE_13 = {"code": OVMF_13 / "OVMF_CODE_4M.fd", "vars_file": OVMF_13 / "OVMF_VARS_4M.fd"}
GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
LOADER = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"  # systemd's
SYSTEMD = "8cf2644b-4b0b-428f-9387-6d876050dc67"

command("make", "efi-programs")
uki = make_uki("report")
disk = esp("plain.raw", uki)


def kernel(text):
    """What the kernel told, but for its registers."""
    return [line for line in text.splitlines() if line.startswith("kernel:") and " pcr " not in line]


def changed(text, base):
    now = registers(text, "kernel:")
    if len(now) != 16:
        return ["no registers"]
    return [pcr for pcr in range(16) if now.get(pcr) != base.get(pcr)]


def stopped(text, why, name):
    like(text, r"hallmark: stopped: " + why, f"{name}: one line says why")
    ok("kernel: started" not in text, f"{name}: the kernel is not started", text)


def wide(text):
    return text.encode("utf-16-le") + b"\0\0"


def load_option(description, path):
    """UEFI 2.10, 3.1.3, with a path that is a file's on any file system."""
    node = b"\x04\x04" + (4 + len(wide(path))).to_bytes(2, "little") + wide(path) + b"\x7f\xff\x04\0"
    return (1).to_bytes(4, "little") + len(node).to_bytes(2, "little") + wide(description) + node


# --- what all others are compared with
status, text = boot([disk])
same(status, 0, "the image boots from a disk")
base, told = registers(text, "kernel:"), kernel(text)
same(sorted(base), list(range(16)), "the kernel tells all registers")
ok("unreadable" not in base.values(), "and they can be read")
status, text = boot([disk], **CODE_13)
same(status, 0, "the image boots from a disk, Debian 13's OVMF")
base_13 = registers(text, "kernel:")
same(kernel(text), told, "j28_other_firmware: the kernel is told the same")
same([pcr for pcr in range(2, 16) if base.get(pcr) != base_13.get(pcr)], [7], "j28_other_firmware: of PCR 2 to 15 only 7 is the firmware's")

# --- all at once, and nothing happens
junk, evil = work / "junk", work / "evil"
junk.write_bytes(b"junk" * 100)
evil.write_text("init=/bin/sh rd.break")
files = [(f"/{path}", junk) for path in (
    "EFI/BOOT/BOOTX64.EFI.extra.d/a.cred", "EFI/BOOT/BOOTX64.EFI.extra.d/a.sysext.raw", "EFI/BOOT/BOOTX64.EFI.extra.d/a.confext.raw",
    "EFI/BOOT/BOOTX64.EFI.extra.d/a.addon.efi", "loader/credentials/a.cred", "loader/addons/a.addon.efi", "loader/random-seed",
    "EFI/BOOT/initrd.img", "initrd.img", "initrd")] + [("/loader/loader.conf", evil), ("/EFI/BOOT/cmdline", evil), ("/cmdline.txt", evil)]
variables = set_variables("variables", [
    ("SystemdOptions", SYSTEMD, 7, wide("init=/bin/sh")), ("HibernateLocation", SYSTEMD, 7, wide('{"uuid":"00000000-0000-0000-0000-000000000000"}')),
    ("StubPcrKernelImage", LOADER, 7, wide("11")), ("LoaderEntrySelected", LOADER, 7, wide("evil.efi")),
    ("LoaderEntryDefault", LOADER, 7, wide("evil.efi")), ("LoaderConfigTimeout", LOADER, 7, wide("menu-force")),
    ("LoaderSystemToken", LOADER, 7, b"x" * 32)])
fw_cfg = {"opt/io.systemd.credentials/systemd.extra-unit.e.service": "x", "opt/org.tianocore/FirmwareSetupSupport": "no",
          "opt/org.tianocore/IPv4PXESupport": "n", "opt/org.tianocore/UninstallMemAttrProtocol": "y",
          "opt/org.tianocore/X-Cpuhp-Bugcheck-Override": "yes", "opt/ovmf/X-PciMmio64Mb": "32768", "opt/ovmf/PcdSetNxForStack": "n",
          "opt/io.systemd.stub.kernel-cmdline-extra": "init=/bin/sh"}
arguments = []
for name, value in fw_cfg.items():
    arguments += ["-fw_cfg", f"name={name},string={value}"]
for value in ("io.systemd.stub.kernel-cmdline-extra=init=/bin/sh", "io.systemd.boot.kernel-cmdline-extra=init=/bin/sh",
              "io.systemd.credential:systemd.extra-unit.e.service=x", "io.systemd.boot.loglevel=debug"):
    arguments += ["-smbios", f"type=11,value={value}"]
status, text = boot([esp("hostile.raw", uki, files)], *arguments, vars_file=variables)
same(status, 0, "the image boots amid all that")
for name in ("d10_other_initrds_on_the_disk", "d11_addons_and_credentials_on_the_disk", "e01_smbios_strings", "e02_fw_cfg_strings",
             "e04_efi_variables", "e20_fw_cfg_settings_of_the_firmware"):
    same(kernel(text), told, f"{name}: the kernel is told the same")
    same([pcr for pcr in changed(text, base) if pcr not in (0, 1)], [], f"{name}: no register from 2 on differs")

# --- an initrd that the host registers through newer firmware
status, text = boot([disk], "-fw_cfg", f"name=etc/boot/initrd,file={junk}", **CODE_13)
same(status, 0, "d08_fw_cfg_initrd_halts: the machine switches itself off")
stopped(text, "initrd: the firmware offers an initrd that", "d08_fw_cfg_initrd_halts")

# --- the host starts the image itself, or something else
status, text = boot([disk], "-kernel", uki, "-append", "init=/bin/sh rd.break")
same(status, 0, "d20_host_starts_the_image: it boots")
same(kernel(text), told, "d20_host_starts_the_image: the host's command line is ignored")
ok(4 in changed(text, base), "d20_host_starts_the_image: PCR 4 shows it", changed(text, base))
same([pcr for pcr in changed(text, base) if pcr not in (0, 1, 2, 3, 4, 5, 6)], [], "d20_host_starts_the_image: our registers are as ever")
status, text = boot([disk], "-kernel", PROGRAMS / "application.efi", "-append", "init=/bin/sh")
same(status, 0, "d20_host_starts_something_else: it runs")
same([pcr for pcr in (4, 11) if pcr in changed(text, base)], [4, 11], "d20_host_starts_something_else: PCR 4 and 11 differ")

# --- programs that the firmware runs first
early = [("/early.efi", PROGRAMS / "early.efi"), ("/driver.efi", PROGRAMS / "driver.efi")]
first = set_variables("first", [("SysPrep0000", GLOBAL, 7, load_option("early", "\\early.efi")), ("SysPrepOrder", GLOBAL, 7, b"\0\0"),
                                ("Driver0000", GLOBAL, 7, load_option("driver", "\\driver.efi")), ("DriverOrder", GLOBAL, 7, b"\0\0")])
status, text = boot([esp("early.raw", uki, early)], vars_file=first)
same(status, 0, "d21_programs_before: the image boots after them")
like(text, r"^early: an application ran$", "d21_programs_before: the system preparation application ran")
like(text, r"^early: a driver ran$", "d21_programs_before: the driver ran")
same([pcr for pcr in (2, 4) if pcr in changed(text, base)], [2, 4], "d21_programs_before: PCR 2 and 4 show them")
same([pcr for pcr in changed(text, base) if pcr not in (0, 1, 2, 3, 4)], [], "d21_programs_before: no register from 5 on differs")

# --- another boot option is tried first
status, text = boot([esp("broken.raw", junk), disk])
same(status, 0, "d22_other_option_first: the image boots after it")
same([pcr for pcr in changed(text, base) if pcr not in (0, 1)], [4], "d22_other_option_first: PCR 4 shows it")

# --- AML from the host
aml = work / "aml"
aml.write_bytes(b"\x08HMRK\x01")  # Name (HMRK, One)
ssdt = ["-acpitable", f"sig=SSDT,rev=1,oem_id=HLLMRK,oem_table_id=HLLMRK01,data={aml}"]
status, text = boot([disk], *ssdt, **CODE_13)
same(status, 0, "e08_acpi_table: it boots, Debian 13's OVMF")
ok(1 in changed(text, base_13), "e08_acpi_table: Debian 13's OVMF measures it into PCR 1", changed(text, base_13))
status, text = boot([disk], *ssdt)
same(status, 0, "e08_acpi_table: it boots, Debian 12's OVMF")
same(changed(text, base), [], "e08_acpi_table: Debian 12's OVMF does not: named among what is not promised")
done()
