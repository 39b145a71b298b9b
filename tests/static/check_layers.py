#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_layers.py - who may include what (docs/ARCHITECTURE.md), and what core objects may refer to

usage: check_layers.py SOURCE-DIR [CORE-OBJECT...]
Prints one line for each violation; exit status 1 if there is one.
"""
import pathlib
import re
import subprocess
import sys

CORE_SYSTEM = {"stdbool.h", "stddef.h", "stdint.h"}
# What a libc header name is, as opposed to a library's: no directory, or sys/ and linux/.
LIBC = re.compile(r"^<(?:[a-z0-9_]+\.h|(?:sys|linux|arpa|netinet)/[a-z0-9_/-]+\.h)>$")
LIBRARIES = {
    "OpenSSL": re.compile(r"^<openssl/"),
    "tpm2-tss": re.compile(r"^<tss2/"),
    "jansson": re.compile(r"^<jansson\.h>"),
    "libarchive": re.compile(r"^<archive(_entry)?\.h>"),
    "libmicrohttpd": re.compile(r"^<microhttpd\.h>"),
    "libcbor": re.compile(r"^<cbor\.h>"),
    "libdevmapper": re.compile(r"^<libdevmapper\.h>"),
    "liblzma": re.compile(r"^<lzma\.h>"),
    "gnu-efi": re.compile(r"^<(efi|efilib)\.h>"),
}
# Directory or file prefix -> (own directories it may include, libraries it may include). The longest prefix counts.
RULES = {
    "core/": ({"core/"}, set()),
    "efi/": ({"core/", "efi/"}, {"gnu-efi"}),
    "tools/": ({"core/", "tools/host/", "tools/hallmark.h"}, set()),
    "tools/host/": ({"core/", "tools/host/"}, set()),
    "tools/host/verify": ({"core/", "tools/host/", "tools/hallmark.h"}, set()),
    "tools/host/verify_json": ({"core/", "tools/host/", "tools/hallmark.h"}, {"jansson"}),
    "tools/host/foreign": ({"core/", "tools/host/"}, {"jansson"}),
    "tools/host/crypto": ({"core/", "tools/host/"}, {"OpenSSL"}),
    "tools/host/tpm": ({"core/", "tools/host/"}, {"tpm2-tss"}),
    "tools/host/cbor_read": ({"core/", "tools/host/"}, {"libcbor"}),
    "tools/host/golden": ({"core/", "tools/host/"}, {"jansson"}),
    "tools/host/report": ({"core/", "tools/host/"}, {"jansson"}),
    "tools/host/json": ({"core/", "tools/host/"}, {"jansson"}),
    "tools/host/proof": ({"core/", "tools/host/"}, {"jansson"}),
    "tools/host/http_server": ({"core/", "tools/host/"}, {"libmicrohttpd"}),
    "tools/host/profile": ({"core/", "tools/host/"}, {"jansson"}),
    "tools/host/firmware": ({"core/", "tools/host/"}, {"liblzma"}),
    "tools/host/initrd": ({"core/", "tools/host/"}, {"libarchive"}),
    # Clients of libhallmark, as the commands are.
    "tools/host/attested": ({"core/", "tools/host/", "tools/hallmark.h"}, set()),
    "tools/host/relay": ({"core/", "tools/host/", "tools/hallmark.h"}, set()),
    "initramfs/": ({"core/", "initramfs/", "tools/host/io.h", "tools/host/tpm.h", "tools/host/crypto.h"},
                   {"libdevmapper"}),
}
# The ladder inside core/: a header may include only headers to its left.
LADDER = ["base", "bytes", "err", "digest", "pcr", "pe", "authenticode", "uki", "gpt", "verity", "record",
          "eventlog", "layers", "cmdline", "measure", "attest", "snp", "tdx"]


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+(<[^>]+>|"[^"]+")', line)
        if match:
            yield number, match.group(1)


def own_target(root, path, name):
    """The repository path that an include in quotes names."""
    beside = (path.parent / name)
    if beside.exists():
        return str(beside.resolve().relative_to(root.resolve()))
    return name


def check_file(root, path):
    relative = str(path.relative_to(root))
    prefix = max((p for p in RULES if relative.startswith(p)), key=len)
    own, libraries = RULES[prefix]
    for number, include in includes(path):
        where = f"{relative}:{number}"
        if include.startswith('"'):
            target = own_target(root, path, include.strip('"'))
            if not any(target.startswith(p) for p in own):
                yield f"{where}: {prefix} may not include {target}"
            if relative.startswith("core/") and relative.endswith(".h"):
                me, other = pathlib.Path(relative).stem, pathlib.Path(target).stem
                if me not in LADDER or other not in LADDER or LADDER.index(other) >= LADDER.index(me):
                    yield f"{where}: {other} does not stand below {me} on the ladder"
            continue
        library = next((n for n, p in LIBRARIES.items() if p.match(include)), None)
        if library:
            if library not in libraries:
                yield f"{where}: {prefix} may not use {library}"
        elif relative.startswith("core/"):
            if relative != "core/base.h" or include.strip("<>") not in CORE_SYSTEM:
                yield f"{where}: core/ names a system header"
        elif relative.startswith("efi/"):
            if include.strip("<>") not in CORE_SYSTEM:
                yield f"{where}: efi/ may not use libc"
        elif not LIBC.match(include):
            yield f"{where}: {include} is of no library that is listed"


def check_conditionals(root, path):
    relative = str(path.relative_to(root))
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if re.match(r"\s*#\s*(if|elif)\b", line) or (
                re.match(r"\s*#\s*ifn?def\b", line) and not re.search(r"HM_[A-Z0-9_]+_H$", line)):
            yield f"{relative}:{number}: core/ has no conditional on its environment"


def check_object(path):
    for line in subprocess.run(["nm", path], check=True, capture_output=True, text=True).stdout.splitlines():
        kind, name = line.split()[-2:]
        if kind == "U" and not re.match(r"^(hm_.*|mem(cpy|move|set|cmp)|_GLOBAL_OFFSET_TABLE_)$", name):
            yield f"{path}: refers to {name}"
        if kind in "bBC":
            yield f"{path}: {name} is a writable global"
        if kind in "dD":
            section = subprocess.run(["objdump", "-t", path], check=True, capture_output=True, text=True).stdout
            for row in section.splitlines():
                if row.endswith(" " + name) and ".data.rel.ro" not in row:
                    yield f"{path}: {name} is a writable global"


def main():
    root = pathlib.Path(sys.argv[1])
    problems = []
    count = 0
    for directory in ("core", "efi", "tools", "initramfs"):
        for path in sorted((root / directory).rglob("*.[ch]")):
            count += 1
            problems += check_file(root, path)
            if directory == "core":
                problems += check_conditionals(root, path)
    for obj in sys.argv[2:]:
        problems += check_object(obj)
    for problem in problems:
        print(problem)
    print(f"check-layers: {count} files, {len(sys.argv) - 2} objects, {len(problems)} violations")
    return 1 if problems or not count else 0


sys.exit(main())
