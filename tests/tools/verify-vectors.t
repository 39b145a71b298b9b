#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""verify-vectors.t - the verifier's vectors as files and a manifest, for any verifier; and ours judges each by the manifest alone

The cases of verify.t are written down as they are made: input, arguments ("@" before what is a file), the check and the code that must come
of it, and the twin of each that must be refused: an accepted one of the same machine or golden file, without the one thing that is wrong.
"""
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "verify"))
from cases import HALLMARK, done, ok

keep = os.environ.pop("HALLMARK_VECTORS", None)
with tempfile.TemporaryDirectory() as work:
    directory = keep or work
    os.makedirs(directory, exist_ok=True)
    made = subprocess.run([os.path.join(here, "verify.t")], env=dict(os.environ, HALLMARK_VECTORS=directory), capture_output=True, timeout=900)
    ok(made.returncode == 0, "the vectors are made", made.stdout.decode()[-500:])
    with open(os.path.join(directory, "verify.json")) as file:
        vectors = json.load(file)["vectors"]
    negative = [v for v in vectors if v["code"] != "Ok"]
    # Those about hardware have a manifest of their own, which platform-list.t goes through.
    with open(os.path.join(here, "..", "vectors", "platforms.json")) as file:
        hardware = [v for v in json.load(file)["vectors"] if v["code"] != "Ok"]
    ok(len(negative) >= 200 and len(negative) + len(hardware) >= 400, "%d vectors to be refused, %d to be accepted; %d more about hardware"
       % (len(negative), len(vectors) - len(negative), len(hardware)))
    accepted = {v["name"] for v in vectors if v["code"] == "Ok"}
    names = [v["name"] for v in vectors]
    ok(len(set(names)) == len(names), "no name twice", sorted(n for n in set(names) if names.count(n) > 1)[:5])
    ok(all(v.get("twin") in accepted for v in negative), "each that is refused names its twin, which is accepted", [v["name"] for v in negative if v.get("twin") not in accepted][:5])
    ok({v["check"] for v in negative} >= set(range(15)), "each check from 0 to 14 refuses some", sorted({v["check"] for v in negative}))
    wrong = []
    for vector in vectors:
        words = [os.path.join(directory, w[1:]) if w.startswith("@") else w for w in vector["arguments"]]
        run = subprocess.run([HALLMARK, "verify", os.path.join(directory, vector["input"]), "--json", *words], capture_output=True, timeout=60)
        verdict = json.loads(run.stdout or b"{}")
        # A golden file that is none: no proof is judged, and the code is on standard error.
        if run.returncode == 2 and b": GoldenInvalid: " in run.stderr:
            verdict = {"code": "GoldenInvalid", "failed_check": 0}
        if (verdict.get("code"), verdict.get("failed_check")) != (vector["code"], vector["check"]):
            wrong.append((vector["name"], verdict.get("code"), verdict.get("failed_check")))
    ok(not wrong, "every verdict is the manifest's", wrong[:5])
done()
