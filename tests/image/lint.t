#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""lint.t - image/lint and image/lint-initrd on the finished image, and on copies with each forbidden thing planted"""
import importlib.machinery
import importlib.util
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "tests/support"))
from tap import done, ok  # noqa: E402

IMAGE = TOP / os.environ.get("B", "build") / "image"
LINT, LINT_INITRD = TOP / "image/lint", TOP / "image/lint-initrd"
EPOCH = os.environ.get("SOURCE_DATE_EPOCH", "1795305600")
ROOT = [] if os.geteuid() == 0 else ["sudo"]


def load_lint_initrd():
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("lint_initrd", str(LINT_INITRD))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("lint_initrd", loader))
    loader.exec_module(module)
    return module


def findings_of(command):
    """{(path, reason)} of a lint, and its status."""
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH}, check=False)
    lines = [line[len("lint: "):] for line in run.stderr.splitlines() if line.startswith("lint: ")]
    return {tuple(line.split(": ", 1)) for line in lines}, run.returncode, run.stderr


# --- the OS tree ---

# For each `text` rule a line that it must see, by its expression.
SAMPLES = {
    "^[^:]*::": "a::0:0::/:/bin/x", "^root:x:0:0:": None,
    "^([^r]|r[^o]|ro[^o]|roo[^t]|root[^:])[^:]*:[^:]*:0+:": "toor:x:0:0::/:/usr/sbin/nologin",
    "^[^:]*:[^x:]": "a:$6$abc:700:700::/:/usr/sbin/nologin",
    ":[^:]*(/sh|/bash|/dash|/ash|/busybox)$": "a:x:700:700::/:/bin/busybox",
    "^[^:]*:([^!*]|:)": "a:$6$abc:1::::::",
    "^[[:space:]]*(ImportCredential|LoadCredential|LoadCredentialEncrypted|SetCredential|SetCredentialEncrypted)(Ex)?=": " ImportCredential=x.*",
    "^[[:space:]]*(CrashShell|DumpCore)[[:space:]]*=[[:space:]]*([yY1tT]|on)": "CrashShell = yes",
    "^[[:space:]]*Exec[A-Za-z]*=[-@:+!|]*/(run|tmp|var|dev)/": "ExecStartPre=-/run/x",
    "^[[:space:]]*StandardInput=.*tty": "StandardInput=tty-force",
    "^[[:space:]]*Exec[A-Za-z]*=.*busybox (sh|ash|getty|login|sulogin|telnetd|openvt|init|cttyhack|nc)": "ExecStart=/usr/bin/busybox sh",
    "/dev/tpm": "DeviceAllow=/dev/tpmrm0 rw",
}


def concrete(pattern, number):
    """A path that a pattern of find matches."""
    path = re.sub(r"\[![^]]*\]", "q", pattern).replace("*", f"p{number}")
    return path if path.startswith("/") else f"/usr/{path}"


def plant_file(tree, path, text=""):
    file = tree / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_dir():
        file = file / "planted"
    with open(file, "a") as f:
        f.write(text + "\n")
    return "/" + str(file.relative_to(tree))


def plant(tree, number, rule):
    """Plant what the rule forbids; the path and the reason that must be told."""
    kind = rule[0]
    path = f"/usr/share/p{number}"
    if kind == "path":
        return plant_file(tree, concrete(rule[1], number)), rule[2]
    if kind == "mode":
        file = plant_file(tree, path)
        (tree / file.lstrip("/")).chmod(0o4755 if "6" in rule[1] else 0o666)
        return file, rule[2]
    if kind == "type":
        os.mkfifo(tree / path.lstrip("/"))
        return path, rule[2]
    if kind == "link":
        os.symlink(rule[1].replace("*", "p"), tree / path.lstrip("/"))
        return path, rule[2]
    if kind == "text":
        return plant_file(tree, concrete(rule[1], number), SAMPLES[rule[2]]), rule[3]
    if kind == "only":
        return plant_file(tree, f"{rule[1].rstrip('/')}/p{number}"), rule[3]
    return None


def remove(tree, rule):
    """Take away what a `must` or `empty` rule wants."""
    file = tree / rule[1].lstrip("/")
    if rule[0] == "must":
        kept = [line for line in file.read_text().splitlines() if not subprocess.run(
            ["grep", "-qE", "-e", rule[2]], input=line, text=True, check=False).returncode == 0]
        file.write_text("\n".join(kept) + "\n")
        return rule[1], "missing: " + rule[3]
    file.write_text("something\n")
    return rule[1], rule[2]


def check_tree(work):
    tree = work / "tree"
    subprocess.run([*ROOT, "fsck.erofs", f"--extract={tree}", "--preserve", str(IMAGE / "root.erofs")], capture_output=True, check=True)
    seen, status, text = findings_of([str(LINT), str(tree)])
    ok(status == 0 and not seen, "the OS tree of the finished image has nothing forbidden", text)
    rules = [line.split("\t") for line in (TOP / "image/os/forbidden").read_text().splitlines() if line and not line.startswith("#")]
    wanted = {}
    # Those that create come first; what they write must not be what another one wants to be missing.
    for number, rule in enumerate(rules):
        if rule[0] in ("must", "empty"):
            copy = work / f"copy{number}"
            shutil.copytree(tree, copy, symlinks=True)
            expected = remove(copy, rule)
            seen, status, text = findings_of([str(LINT), str(copy)])
            ok(status == 1 and expected in seen, f"k06_os_rule_{number}: {' '.join(rule[:3])}: seen", text)
            shutil.rmtree(copy)
    for number, rule in enumerate(rules):
        if rule[0] not in ("must", "empty"):
            wanted[number] = plant(tree, number, rule)
    seen, status, text = findings_of([str(LINT), str(tree)])
    ok(status == 1, "the tree with everything in it is refused")
    for number, expected in wanted.items():
        ok(expected in seen, f"{about(rules[number])}k06_os_rule_{number}: {' '.join(rules[number][:3])}: seen", f"planted {expected}")
    few = work / "few"
    few.write_text("path\t*x\treason\n")
    seen, status, text = findings_of([str(LINT), str(tree), str(few)])
    ok(status != 0 and "only 1 rules" in text, "k06_os_rules_missing: a table with too few rules passes nothing")
    return len(rules)


# What some plants are about, by the rule's pattern: the id goes in front of the test's name.
ABOUT = {
    "*system-generators/*": "f13_generators_", "*pcrextend*": "e05_units_that_extend_", "*gpt-auto*": "e06_discovery_",
    "*/udev/*": "f14_device_rules_", "*credstore*": "e01_credentials_", "*getty*": "e13_login_", "*/emergency.*": "f01_shell_",
    "*emergency*": "f01_shell_", "*/sh": "f01_shell_", "*cmdline.d*": "f06_more_command_line_", "etc/cmdline": "f06_more_command_line_",
    "*dracut*": "f09_dracut_modules_", "*live*": "f09_root_from_elsewhere_", "*resume*": "e12_resume_", "*/hooks/*": "f11_hooks_",
    "*rules.d*": "f14_device_rules_", "*modules.alias*": "f15_aliases_", "*blkid*": "g20_probing_", "*network*": "e17_network_",
    "*nfs*": "e17_network_root_", "kernel/firmware/*": "e09_acpi_tables_", "*.key": "f18_key_", "*random-seed*": "f18_seed_",
    "check_at_most_once": "g07_once_", "ignore_zero_blocks": "g12_options_", "use_fec_from_device": "g12_options_",
    "*/dmsetup": "g09_tools_", "*/kexec": "e12_kexec_",
}


def about(rule):
    return ABOUT.get(rule[1], "")


# --- the initrd ---

def archive(entries):
    """A newc archive; nothing of it is from lint-initrd."""
    out = bytearray()
    for number, (name, mode, owner, mtime, data) in enumerate([*entries, ("TRAILER!!!", 0, 0, 0, b"")]):
        fields = (number, mode, owner, owner, 1, mtime, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        out += b"070701" + b"".join(b"%08x" % f for f in fields) + name.encode() + b"\0"
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return bytes(out)


def squeeze(data):
    return subprocess.run(["zstd", "-1", "-q", "-c"], input=data, capture_output=True, check=True).stdout


def with_file(entries, name, data=b"x", mode=stat.S_IFREG | 0o644, owner=0, mtime=int(EPOCH)):
    have = {e[0] for e in entries}
    parents = [str(p) for p in pathlib.PurePath(name.lstrip("/")).parents if str(p) != "."]
    added = [(p, stat.S_IFDIR | 0o755, 0, int(EPOCH), b"") for p in parents if p not in have]
    return sorted([*entries, *added, (name, mode, owner, mtime, data)], key=lambda e: e[0].encode())


def change(entries, name, f):
    return [(e[0], *f(e)) if e[0] == name else e for e in entries]


def initrd_plants(entries, rules, kernel):
    """(name, initrd bytes, finding) for each thing that must be seen."""
    for number, rule in enumerate(rules):
        if rule[0] == "path":
            path = rule[1].replace("*/", "usr/", 1) if rule[1].startswith("*/") else rule[1]
            path = path.replace("*", "x")
            yield f"{about(rule)}k06_initrd_rule_{number}: {rule[1]}", squeeze(archive(with_file(entries, path))), (path, rule[2])
        elif rule[0] == "init":
            yield (f"{about(rule)}k06_initrd_rule_{number}: /init with {rule[1]}", squeeze(archive(change(
                entries, "init", lambda e, r=rule: (*e[1:4], e[4] + r[1].encode())))), ("init", f"contains '{rule[1]}': {rule[2]}"))
        elif rule[0] == "must":
            yield (f"g03_g04_k06_initrd_rule_{number}: /init without {rule[1]}", squeeze(archive(change(
                entries, "init", lambda e, r=rule: (*e[1:4], e[4].replace(r[1].encode(), b"?" * len(r[1])))))),
                ("init", f"does not contain '{rule[1]}': {rule[2]}"))
    good = squeeze(archive(entries))
    usb = f"usr/lib/modules/{kernel}/kernel/drivers/usb/xhci.ko"
    erofs = f"usr/lib/modules/{kernel}/kernel/fs/erofs/erofs.ko"
    signed = b"~Module signature appended~\n"
    yield "e10_f15_initrd_other_module", squeeze(archive(with_file(entries, usb, signed))), (usb, "kernel module that is not in image/initrd-rules")
    yield "e10_initrd_module_not_loaded", squeeze(archive(with_file(entries, usb, signed))), (usb, "kernel module that nothing loads")
    yield ("e14_initrd_module_unsigned", squeeze(archive(change(entries, erofs, lambda e: (*e[1:4], e[4][:-1])))),
           (erofs, "kernel module without a signature"))
    yield ("f15_initrd_module_missing", squeeze(archive([e for e in entries if e[0] != erofs])),
           (erofs, "is in etc/hallmark/modules and not there"))
    yield "f09_initrd_unlisted_file", squeeze(archive(with_file(entries, "usr/bin/tool"))), ("usr/bin/tool", "is not in initramfs/files")
    yield ("g11_initrd_no_layers", squeeze(archive([e for e in entries if e[0] != "etc/hallmark/layers"])), ("etc/hallmark/layers", "is not there"))
    yield "f10_initrd_empty_directory", squeeze(archive(with_file(entries, "tmp", b"", stat.S_IFDIR | 0o755))), ("tmp", "an empty directory")
    yield "f17_initrd_second_archive", squeeze(archive(entries) + archive(entries[:1])), (
        "initrd", "something follows the archive: a second one could replace files of the first")
    yield "f17_initrd_second_frame", good + squeeze(archive(entries[:1])), ("initrd", "not exactly one zstd frame")
    yield "f17_initrd_early_archive", archive(entries[:1]) + good, ("initrd", "not a zstd frame")
    yield "f16_initrd_not_sorted", squeeze(archive(entries[::-1])), ("initrd", "the archive is not sorted")
    yield "f17_initrd_file_twice", squeeze(archive(sorted([*entries, entries[-1]], key=lambda e: e[0]))), (entries[-1][0], "it is in the archive twice")
    yield "f16_initrd_other_owner", squeeze(archive(change(entries, "init", lambda e: (e[1], 1000, *e[3:])))), ("init", "does not belong to root")
    yield "f16_initrd_other_time", squeeze(archive(change(entries, "init", lambda e: (*e[1:3], e[3] + 1, e[4])))), ("init", "has a time of its own")
    yield "k06_initrd_device", squeeze(archive(with_file(entries, "dev/sda", b"", stat.S_IFBLK | 0o600))), ("dev/sda", "device, pipe or socket")
    yield ("k06_initrd_setuid", squeeze(archive(change(entries, "init", lambda e: (stat.S_IFREG | 0o4755, *e[2:])))), ("init", "has mode 4755"))
    yield ("k06_initrd_anyone_writes", squeeze(archive(change(entries, "init", lambda e: (stat.S_IFREG | 0o757, *e[2:])))), ("init", "has mode 757"))
    yield "f17_initrd_path_leads_out", squeeze(archive(with_file(entries, "usr/../x"))), ("usr/../x", "leads out of the archive")
    yield "k06_initrd_too_large", squeeze(archive(with_file(entries, "lib/noise", os.urandom(8_000_000)))), None
    yield "k06_initrd_cut_off", squeeze(archive(entries)[:-600]), None
    yield "k06_initrd_empty", b"", ("initrd", "not a zstd frame")


def check_initrd(work):
    lint = load_lint_initrd()
    run = subprocess.run([str(LINT_INITRD), str(IMAGE / "initrd")], capture_output=True, text=True,
                         env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH}, check=False)
    ok(run.returncode == 0, "the initrd of the finished image has nothing forbidden", run.stderr)
    print(f"#! {run.stdout.strip()}")
    parsed, _ = lint.read_archive(lint.unpack(IMAGE / "initrd"))
    entries = [(e.name, e.mode, e.owner[0], e.mtime, e.data) for e in parsed]
    kernel = next(e[0].split("/")[3] for e in entries if e[0].startswith("usr/lib/modules/"))
    file = work / "initrd"
    file.write_bytes(squeeze(archive(entries)))
    seen, status, text = findings_of([str(LINT_INITRD), str(file)])
    ok(status == 0, "the same archive, made by this test, has nothing forbidden", text)
    rules = lint.read_rules(TOP / "image/initrd-rules")
    planted = 0
    for name, data, expected in initrd_plants(entries, rules, kernel):
        file.write_bytes(data)
        seen, status, text = findings_of([str(LINT_INITRD), str(file)])
        planted += 1
        good = status == 1 and (expected in seen if expected else any(path == "initrd" for path, _ in seen))
        ok(good, f"{name}: seen", f"expected {expected}\n{text}")
    few = work / "few"
    few.write_text("path\tx\treason\n")
    _, status, _ = findings_of([str(LINT_INITRD), str(IMAGE / "initrd"), str(few)])
    ok(status == 4, "k06_initrd_rules_missing: a table with too few rules passes nothing")
    return planted


def main():
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as directory:
        work = pathlib.Path(directory)
        rules = check_tree(work)
        planted = check_initrd(work)
    print(f"#! forbidden things planted and seen: {rules + planted}")
    done()


if __name__ == "__main__":
    main()
