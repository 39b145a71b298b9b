# SPDX-License-Identifier: BSD-2-Clause
"""tap.py - TAP for the tests in Python: each prints a line, and after the last of them done() prints the plan

tests/support/tap.sh is the same for the shell."""
import sys

count = failures = 0


def ok(good, name, detail=""):
    """Of a long detail the first and the last lines are shown."""
    global count, failures
    count += 1
    failures += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    lines = [] if good else str(detail).splitlines()
    if len(lines) > 30:
        lines = lines[:10] + ["..."] + lines[-20:]
    for line in lines:
        print(f"#   {line[:300]}")
    sys.stdout.flush()


def skip(name, why):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {why}")


def skip_all(why):
    """The whole program, before its first test."""
    print(f"1..0 # SKIP {why}")
    sys.exit(0)


def done():
    print(f"1..{count}")
    sys.exit(1 if failures else 0)
