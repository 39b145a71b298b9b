#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""paths.t - every file of the tree that a document names in a code span exists

A name may lack its suffix (`lib/golden/write`), or end in .[ch]. STANDS_FOR_OTHERS is no file, but a pattern for some.
CHANGELOG.md names what there was.
"""
import glob
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from tap import done, ok

NAMED = re.compile(r"`((?:clients|core|docs|efi|guest|hooks|host|image|initramfs|keys|lib|proofs|qemu|tests|tools)/[\w./\[\]-]+)`")
STANDS_FOR_OTHERS = re.compile(r"NAME\b|TARGET\b|/a/b/|/x-y\b|/mkosi\.output/")


def missing(text, exists):
    """The names in a text that no file has."""
    return sorted({name for name in NAMED.findall(text) if not STANDS_FOR_OTHERS.search(name) and not exists(name)})


def in_tree(name):
    name = re.sub(r"\.\[ch\]$", ".h", name)
    return os.path.exists(os.path.join(TOP, name)) or bool(glob.glob(glob.escape(os.path.join(TOP, name)) + ".*"))


run = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
                     cwd=TOP, capture_output=True, text=True, check=True)
count = 0
for document in sorted(set(run.stdout.split("\n")) - {"", "docs/CHANGELOG.md"}):
    if os.path.exists(os.path.join(TOP, document)):
        with open(os.path.join(TOP, document)) as file:
            text = file.read()
        count += len(NAMED.findall(text))
        ok(not missing(text, in_tree), "%s: each file that it names exists" % document, "\n".join(missing(text, in_tree)))
ok(count > 150, "%d names are found" % count)

# That it would be seen.
for text, want in (("see `core/gone.c`", ["core/gone.c"]), ("see `core/gone.[ch]` and `core/gpt.[ch]`", ["core/gone.[ch]"]),
                   ("`lib/golden/write`, `tests/boot`", []), ("`tests/fuzz/fuzz_NAME.c`, `tests/fuzz/finds/TARGET/`", []), ("`docs/GONE.md`", ["docs/GONE.md"]),
                   ("`core/gp`", ["core/gp"]), ("core/gone.c in no span", [])):
    ok(missing(text, in_tree) == want, "a text with %s" % (want or "nothing missing"), missing(text, in_tree))
done()
