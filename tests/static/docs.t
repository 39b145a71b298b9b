#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs.t - every command of ours that README.md and other documents show exists, with the options shown, by its --help

Shown is what stands in a code block (four spaces before it) or begins a code span. A variable that a block sets to a text in double
quotes is put in where it is used.
"""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(HERE, "..", "verify"))
from cases import HALLMARK, done, ok

# Where a shell takes a word for a command; what a table says of a command stands two spaces away from its name.
COMMAND = re.compile(r"(?:^ *|[|;&(] *|\b(?:until|while|if|do|then|exec|time|--) )(?:(?:source/)?build/)?(hallmark(?:-guest)?) ([a-z][a-z0-9-]*(?: [a-z][a-z0-9-]*(?![\w./:-]))?)([^|;&)>#]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")


def shown(text):
    """[(line number, words, options)] of each command."""
    pieces, variables, lines = [], {}, text.split("\n")
    for number, line in enumerate(lines, 1):
        for span in re.findall(r"`(hallmark(?:-guest)? [^`]*)`", line):
            pieces.append((number, span))
        if not line.startswith("    ") or (pieces and pieces[-1][1].endswith("\\")):
            if pieces and pieces[-1][1].endswith("\\"):
                pieces[-1] = (pieces[-1][0], pieces[-1][1][:-1] + line)
            continue
        variables.update(re.findall(r'^    (\w+)="([^"]*)"$', line))
        pieces.append((number, line))
    found = []
    for number, piece in pieces:
        piece = re.sub(r"\$(\w+)", lambda m: variables.get(m[1], m[0]), piece)
        found += [(number, [m[1], *m[2].split()], OPTION.findall(m[3])) for m in COMMAND.finditer(piece)]
    return found


def asked(words):
    run = subprocess.run([HALLMARK + words[0][len("hallmark"):], *words[1:], "--help"], capture_output=True, text=True, timeout=60)
    return run.returncode, run.stdout


def options_of(said):
    """Those of the usage lines, and those that have a line of their own, as man.t takes them."""
    lines = [re.split(r"   *", line.strip())[0] for line in said.split("\n") if re.match(r" +--", line)]
    return {option for text in lines + [said.split("\n\n")[0]] for option in OPTION.findall(text)}


def faults(text):
    wrong = []
    for number, words, options in shown(text):
        status, said = asked(words)
        if status != 0:
            wrong.append("line %d: there is no %s" % (number, " ".join(words)))
            continue
        unknown = sorted(set(options) - options_of(said) - {"--help"})
        if unknown:
            wrong.append("line %d: %s has no %s" % (number, " ".join(words), " ".join(unknown)))
    return wrong


for name, least in (("README.md", 14), ("docs/PLATFORMS.md", 8), ("docs/AUDIT.md", 2), ("docs/SHARDING.md", 3), ("keys/README.md", 1)):
    with open(os.path.join(TOP, name)) as file:
        text = file.read()
    commands = shown(text)
    ok(len(commands) >= least and any(options for _, _, options in commands), "%s: %d commands are found" % (name, len(commands)))
    wrong = faults(text)
    ok(not wrong, "%s: each exists, with its options" % name, "\n".join(wrong))

# That it would be seen.
for text, want in (("    hallmark verify proof.json --golden G --nonsense\n", "line 1: hallmark verify has no --nonsense"),
                   ("    hallmark verify proof.json \\\n        --golden G \\\n        --nonsense\n", "line 1: hallmark verify has no --nonsense"),
                   ("\n    X=$(hallmark platform fetch-vcek p --cache C --golden G)\n", "line 2: hallmark platform fetch-vcek has no --golden"),
                   ('    trust="--golden G --roof R"\n    until build/hallmark verify P $trust; do sleep 2; done\n', "line 2: hallmark verify has no --roof"),
                   ("with `hallmark verify --plateforme gcp` and\n", "line 1: hallmark verify has no --plateforme"),
                   ("    hallmark platform fetch-nothing P\n", "line 1: there is no hallmark platform fetch-nothing"),
                   ("    hallmark verifies P | hallmark log show --jsn\n", "line 1: there is no hallmark verifies")):
    ok(want in faults(text), "a document with a fault: " + want, faults(text))
ok(faults("    hallmark verify P --golden G | grep --nonsense; az vm create --hallmark\n") == [], "other programs' options are theirs")
done()
