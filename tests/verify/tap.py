# SPDX-License-Identifier: BSD-2-Clause
"""tap.py - for tests in Python: TAP lines, and the hallmark command run on what maker.py makes"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HALLMARK = os.environ.get("HALLMARK") or os.path.join(os.environ.get("B", "build"), "hallmark")
FIXTURES = os.environ.get("HALLMARK_FIXTURES", "../shared/fixtures")
AS_OF = "2026-11-26T12:00:00Z"
count = failures = 0


def ok(good, name, detail=""):
    global count, failures
    count += 1
    failures += not good
    print("%s %d - %s" % ("ok" if good else "not ok", count, name))
    if not good and detail:
        print("\n".join("#   " + line for line in str(detail).splitlines()))
    sys.stdout.flush()


def skip(name, why):
    global count
    count += 1
    print("ok %d - %s # SKIP %s" % (count, name, why))


def done():
    print("1..%d" % count)
    sys.exit(1 if failures else 0)


class Case:
    """A directory with golden file, roots and a proof; removed at the end of `with`."""

    def __init__(self, machine=None):
        self.directory = tempfile.mkdtemp(prefix="hallmark-verify.")
        if machine:
            machine.write_golden(self.directory)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        shutil.rmtree(self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)
        return self.path(name)

    def trust(self):
        return ["--golden", self.path("golden.json"), "--golden-key", self.path("golden.pub"), "--roots", self.path("roots.pem")]

    def run(self, proof, *options, trust=None):
        """(exit status, verdict or None, standard error)"""
        name = self.write("proof.json", proof)
        command = [HALLMARK, "verify", name, "--json"] + (self.trust() if trust is None else trust) + list(options)
        if "--as-of" not in options:
            command += ["--as-of", AS_OF]
        done = subprocess.run(command, capture_output=True, timeout=60)
        try:
            verdict = json.loads(done.stdout)
        except ValueError:
            verdict = None
        return done.returncode, verdict, done.stderr.decode(errors="replace")

    def accepted(self, name, proof, *options, trust=None):
        status, verdict, error = self.run(proof, *options, trust=trust)
        good = status == 0 and verdict and verdict["verdict"] == "accepted" and verdict["code"] == "Ok"
        ok(good, name, "exit %d, %s %s" % (status, summary(verdict), error))
        return verdict

    def rejected(self, name, proof, code, check, *options, trust=None, seen=""):
        status, verdict, error = self.run(proof, *options, trust=trust)
        good = (status == 1 and verdict and verdict["verdict"] == "rejected" and verdict["code"] == code
                and verdict["failed_check"] == check and seen in (verdict["checks"][check]["seen"] or ""))
        ok(good, name, "want %s at %d '%s'; exit %d, %s %s" % (code, check, seen, status, summary(verdict), error))
        return verdict


def summary(verdict):
    if not verdict:
        return "no verdict"
    check = verdict["failed_check"]
    return "%s at %s: %s" % (verdict["code"], check, verdict["checks"][check] if check is not None else "")
