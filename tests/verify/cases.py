# SPDX-License-Identifier: BSD-2-Clause
"""cases.py - the hallmark command run on what maker.py makes: what must come of it, kept as a vector if so asked"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import tap
from tap import ok, skip  # noqa: F401

HALLMARK = os.environ.get("HALLMARK") or os.path.join(os.environ.get("B", "build"), "hallmark")
FIXTURES = os.environ.get("HALLMARK_FIXTURES", "../shared/fixtures")
AS_OF = "2026-11-26T12:00:00Z"


def done():
    write_manifest()
    tap.done()


# Where the vectors of a run are kept for other verifiers: inputs, options, the check and the code that must come of it, and the twin: the
# vector that is accepted and is without the one thing that is wrong.
VECTORS = os.environ.get("HALLMARK_VECTORS")
manifest = []


def keep(case, name, proof, options, trust, code, check):
    """One vector: files in a directory of their own, a line in the manifest. Equal trust files are kept once. Its twin is the last accepted
    one with the same arguments; without one, the last of its case; where the whole case is of something that is wrong, the first of all."""
    if not VECTORS:
        return

    def store(content):
        path = "files/" + hashlib.sha256(content).hexdigest()[:32]
        os.makedirs(os.path.join(VECTORS, "files"), exist_ok=True)
        with open(os.path.join(VECTORS, path), "wb") as file:
            file.write(content)
        return path

    words = list(case.trust() if trust is None else trust) + list(options)
    for i, word in enumerate(words):
        if os.path.isfile(word):
            with open(word, "rb") as file:
                words[i] = "@" + store(file.read())
    signature = case.path("golden.json.sig")
    if "--golden" in words and "--golden-signature" not in words and os.path.isfile(signature):
        with open(signature, "rb") as file:
            words += ["--golden-signature", "@" + store(file.read())]
    if "--as-of" not in words:
        words += ["--as-of", AS_OF]
    vector = {"name": name, "input": store(proof), "arguments": words, "check": check, "code": code}
    if code == "Ok":
        case.twin = name
    else:
        good = [v for v in manifest if v["code"] == "Ok"]
        same = [v["name"] for v in good if v["arguments"] == words]
        vector["twin"] = same[-1] if same else case.twin or good[0]["name"]
    manifest.append(vector)


def write_manifest():
    if VECTORS:
        path = os.path.join(VECTORS, os.path.basename(sys.argv[0]).rsplit(".", 1)[0] + ".json")
        with open(path, "w") as file:
            json.dump({"version": "hallmark-vectors/1", "vectors": manifest}, file, indent=1)
            file.write("\n")


class Case:
    """A directory with golden file, roots and a proof; removed at the end of `with`."""

    def __init__(self, machine=None):
        self.directory = tempfile.mkdtemp(prefix="hallmark-verify.")
        self.twin = None
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
        keep(self, name, proof, options, trust, "Ok", None)
        status, verdict, error = self.run(proof, *options, trust=trust)
        good = status == 0 and verdict and verdict["verdict"] == "accepted" and verdict["code"] == "Ok"
        ok(good, name, "exit %d, %s %s" % (status, summary(verdict), error))
        return verdict

    def rejected(self, name, proof, code, check, *options, trust=None, seen=""):
        keep(self, name, proof, options, trust, code, check)
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
