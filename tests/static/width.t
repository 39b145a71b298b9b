#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""width.t - no line of a document is wider than 120 columns

Excepted are a line with an address that cannot be broken, and a line of a format that is one line by definition.
"""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from tap import done, ok

WIDTH = 120
ADDRESS = re.compile(r"https?://\S{60,}")
# In a code block: a record is one line, and so is one of the runtime log.
ONE_LINE = re.compile(r'    (hallmark-layer/1 name=NAME |\{"recnum":0,)')


def wide(text):
    """The numbers of the lines that are too wide."""
    return [number for number, line in enumerate(text.split("\n"), 1)
            if len(line) > WIDTH and not ADDRESS.search(line) and not ONE_LINE.match(line)]


def documents():
    run = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
                         cwd=TOP, capture_output=True, text=True, check=True)
    return sorted(name for name in set(run.stdout.split("\n")) if name and os.path.exists(os.path.join(TOP, name)))


found = documents()
ok("README.md" in found and len(found) > 15, "%d documents are found" % len(found))
for name in found:
    with open(os.path.join(TOP, name)) as file:
        lines = wide(file.read())
    ok(not lines, "%s: no line is wider than %d columns" % (name, WIDTH), "lines %s" % lines)

# That it would be seen.
long = "word " * 25
for text, want in ((long[:WIDTH], []), (long[:WIDTH + 1] + "x", [1]), ("\n| cell | " + long + "|\n", [2]), ("    " + long, [1]),
                   ("```\n" + long + "\n```", [2]), ("é" * WIDTH, []), ("- [page](https://example.org/" + "a" * 100 + ")", []),
                   (long + "https://example.org/", [1]), ("    hallmark-layer/1 name=NAME " + long, []),
                   ("hallmark-layer/1 name=NAME " + long, [1])):
    ok(wide(text) == want, "a text of %d characters: %s" % (len(text), want or "nothing"), wide(text))
done()
