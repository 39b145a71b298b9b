#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_includes.py - who may include what, as docs/ARCHITECTURE.md says, and what core objects may refer to

usage: check_includes.py SOURCE-DIR [CORE-OBJECT...]

The rules are read from that page: the table under "Who may include what", a row for each folder, from the bottom of
the ladder to its top. A file may include its own folder's headers and what its row lists, all of which must stand in
rows above. "lib/" and "host/" in a row stand for the folders below them that have rows above. The line that begins
with "The ladder inside core/:" orders core's files; each may include only what stands to its left.
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
    "libdevmapper": re.compile(r"^<libdevmapper\.h>"),
    "liblzma": re.compile(r"^<lzma\.h>"),
    "gnu-efi": re.compile(r"^<(efi|efilib)\.h>"),
}
PAGE = "docs/ARCHITECTURE.md"
HEADING = "## Who may include what"


class Rules:
    """The table: folders in order, for each what it may include and which libraries it may use."""

    def __init__(self, root):
        page = (root / PAGE).read_text()
        if HEADING not in page:
            sys.exit(f"check_includes: {PAGE} has no heading '{HEADING}'")
        section = page.split(HEADING, 1)[1].split("\n## ", 1)[0]
        self.rows = {}
        for line in section.splitlines():
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if not line.startswith("| `"):
                continue
            folder, may, libraries = cells[0].strip("`"), cells[-2], cells[-1]
            self.rows[folder] = (self.expand(folder, self.words(may)), self.libraries(libraries))
        ladder = re.search(r"^The ladder inside core/: ([^.]*)\.", section, re.M | re.S)
        if not ladder or not self.rows:
            sys.exit(f"check_includes: {PAGE} has no table, or no ladder inside core/")
        self.core = re.findall(r"[a-z0-9_]+", ladder.group(1))

    @staticmethod
    def words(cell):
        """What stands in backquotes; a/{b,c}.h is a/b.h and a/c.h."""
        for word in re.findall(r"`([^`]+)`", cell):
            before, _, rest = word.partition("{")
            inside, _, after = rest.partition("}")
            yield from (before + each + after for each in inside.split(","))

    def expand(self, folder, words):
        allowed = {folder}
        for word in words:
            below = [row for row in self.rows if row == word or (word in ("lib/", "host/") and row.startswith(word))]
            if not below and not any(word.startswith(row) for row in self.rows):
                sys.exit(f"check_includes: {PAGE}: {folder} may include {word}, which has no row above it")
            allowed.update(below or [word])
        return allowed

    @staticmethod
    def libraries(cell):
        names = {name.strip() for name in cell.split(",")} - {"none", ""}
        unknown = names - LIBRARIES.keys()
        if unknown:
            sys.exit(f"check_includes: {PAGE}: unknown libraries: {', '.join(sorted(unknown))}")
        return names


def folder_of(relative):
    return relative.rsplit("/", 1)[0] + "/"


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+(<[^>]+>|"[^"]+")', line)
        if match:
            yield number, match.group(1)


def own_target(root, path, name):
    """The repository path that an include in quotes names."""
    beside = path.parent / name
    return str(beside.resolve().relative_to(root.resolve())) if beside.exists() else name


def check_own(rules, relative, target):
    allowed, _ = rules.rows[folder_of(relative)]
    if target not in allowed and folder_of(target) not in allowed:
        yield f"{folder_of(relative)} may not include {target}"
    if relative.startswith("core/"):
        me, other = pathlib.Path(relative).stem, pathlib.Path(target).stem
        if me not in rules.core or other not in rules.core:
            yield f"{me} or {other} is not on the ladder inside core/"
        elif rules.core.index(other) > rules.core.index(me) or (other == me and relative.endswith(".h")):
            yield f"{other} does not stand below {me} on the ladder"


def check_foreign(rules, relative, include):
    _, libraries = rules.rows[folder_of(relative)]
    library = next((name for name, pattern in LIBRARIES.items() if pattern.match(include)), None)
    if library:
        if library not in libraries:
            yield f"{folder_of(relative)} may not use {library}"
    elif relative.startswith("core/"):
        if relative != "core/base.h" or include.strip("<>") not in CORE_SYSTEM:
            yield "core/ names a system header"
    elif relative.startswith("efi/"):
        if include.strip("<>") not in CORE_SYSTEM:
            yield "efi/ may not use libc"
    elif not LIBC.match(include):
        yield f"{include} is of no library that is listed"


def check_file(root, rules, path):
    relative = str(path.relative_to(root))
    if folder_of(relative) not in rules.rows:
        yield f"{relative}: {folder_of(relative)} has no row in {PAGE}"
        return
    for number, include in includes(path):
        if include.startswith('"'):
            problems = check_own(rules, relative, own_target(root, path, include.strip('"')))
        else:
            problems = check_foreign(rules, relative, include)
        for problem in problems:
            yield f"{relative}:{number}: {problem}"


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
    rules = Rules(root)
    problems = []
    count = 0
    for top in sorted({folder.split("/")[0] for folder in rules.rows}):
        for path in sorted((root / top).rglob("*.[ch]")):
            count += 1
            problems += check_file(root, rules, path)
            if top == "core":
                problems += check_conditionals(root, path)
    for obj in sys.argv[2:]:
        problems += check_object(obj)
    for problem in problems:
        print(problem)
    print(f"check-includes: {count} files, {len(rules.rows)} folders, {len(sys.argv) - 2} objects, "
          f"{len(problems)} violations")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main())
