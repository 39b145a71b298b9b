#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tlog.t - proofs of transparency logs before other people's verifiers: what each makes of every byte and line changed

Not a part of `make check`: it needs Go (1.25 or later) and fetches the modules that tests/peers/tlog/go.mod names. The log and its witnesses
are the test's own, by sigsum-go's libraries and by golang.org/x/mod with torchwood. sigsum-verify judges sigsum's form; transparency-dev's
formats, torchwood and x/mod judge C2SP's.
"""
import base64
import binascii
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "support"))
import tap
from tap import ok

BUILD = os.path.abspath(os.environ.get("B", "build"))
HALLMARK = os.environ.get("HALLMARK") or os.path.join(BUILD, "hallmark")
bin_dir = os.path.join(BUILD, "peers")
os.makedirs(bin_dir, exist_ok=True)
environment = {**os.environ, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"}
for package in (".", *("sigsum.org/sigsum-go/cmd/sigsum-" + name for name in ("key", "submit", "verify"))):
    made = subprocess.run(["go", "build", "-o", bin_dir + "/", package], cwd=os.path.join(here, "tlog"), env=environment, capture_output=True, text=True)
    if made.returncode:
        print("Bail out! go build %s: %s" % (package, made.stderr[-500:].replace("\n", " ")))
        sys.exit(1)
work = tempfile.mkdtemp(prefix="hallmark-peers.")
FILE = os.path.join(work, "file")
with open(FILE, "wb") as out:
    out.write(b"golden\n")
subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", "ed25519", "-out", os.path.join(work, "key")], check=True)


def path(*parts):
    return os.path.join(work, *parts)


def ours(form, policy, proof, file):
    """hallmark sign judges the proof of any file, and keeps nothing where it refuses."""
    key = ["--log-key", path("5-2", "submitter.pem")] if form == "sigsum" else []
    run = subprocess.run([HALLMARK, "sign", file, "--key", path("key"), "--log-proof", proof, "--log-policy", policy, *key], capture_output=True, text=True)
    if run.returncode not in (0, 1, 2) or (run.returncode and run.stderr.count("\n") != 1):
        return "crashed: %d %s" % (run.returncode, run.stderr)
    return run.returncode == 0


def theirs(form, policy, proof, file):
    if form == "sigsum":
        with open(file, "rb") as message:
            return subprocess.run([path(bin_dir, "sigsum-verify"), "-k", path("5-2", "submitter"), "-p", policy, proof], stdin=message, capture_output=True).returncode == 0
    return subprocess.run([path(bin_dir, "tlog"), "check", policy, proof, file], capture_output=True).returncode == 0


def make(size, index):
    directory = path("%d-%d" % (size, index))
    os.mkdir(directory)
    subprocess.run([path(bin_dir, "tlog"), "make", directory, str(size), str(index), FILE], check=True)
    return directory


def read(*parts):
    with open(path(*parts), "rb") as file:
        return file.read()


def verdicts(form, kind, content, number):
    """Both verdicts of a changed proof, policy or file; each change has files of its own: many run at once."""
    names = {"policy": path("5-2", form + ".policy"), "proof": path("5-2", form + ".proof"), "file": path("c%d.file" % number)}
    with open(names["file"], "wb") as file:
        file.write(b"golden\n")
    names[kind] = path("c%d.%s" % (number, kind))
    with open(names[kind], "wb") as file:
        file.write(content)
    both = ours(form, names["policy"], names["proof"], names["file"]), theirs(form, names["policy"], names["proof"], names["file"])
    for name in os.listdir(work):
        if name.startswith("c%d." % number):
            os.remove(path(name))
    return both


# --- proofs of trees of every shape ---
for size, index in ((5, 2), (1, 0), (2, 0), (2, 1), (3, 2), (7, 6), (8, 0), (8, 5), (100, 64), (255, 254)):
    directory = make(size, index)
    for form in ("sigsum", "c2sp"):
        names = (os.path.join(directory, form + ".policy"), os.path.join(directory, form + ".proof"), FILE)
        ok(ours(form, *names) is True and theirs(form, *names), "%s: entry %d of %d: both accept" % (form, index, size))


# --- as docs/AUDIT.md says: a key by sigsum-key, a request by sigsum-submit ---
with open(os.path.join(here, "..", "..", "docs", "AUDIT.md")) as file:
    text = file.read().replace("golden.json", FILE)
commands = [re.sub(r"\s*#.*", "", line) for line in re.findall(r"^    (.*)$", text.split("## Transparency log")[1].split("\n## ")[0], re.M)]
commands = re.sub(r"\\\n *|(?<=\|)\n *", " ", "\n".join(commands)).splitlines()
os.mkdir(path("doc"))
shell = {**os.environ, "PATH": bin_dir + ":" + os.path.dirname(os.path.abspath(HALLMARK)) + ":" + os.environ["PATH"]}


def documented(beginning):
    found = [command for command in commands if command.startswith(beginning)]
    run = subprocess.run(["bash", "-euo", "pipefail", "-c", found[0] if len(found) == 1 else "exit 99"], cwd=path("doc"), env=shell, capture_output=True, text=True)
    ok(run.returncode == 0, "AUDIT.md: %s" % beginning, (found, run.stderr))
    return run.stdout


documented("sigsum-key generate")
documented("(printf")
# What sigsum-submit sends to a log; without a policy it writes it to a file, and this test's log takes it.
subprocess.run([path(bin_dir, "sigsum-submit"), "-k", path("doc", "submit.key"), "-o", path("doc", "request"), FILE], check=True)
subprocess.run([path(bin_dir, "tlog"), "enter", path("doc"), "6", "4", path("doc", "request")], check=True)
shutil.move(path("doc", "sigsum.policy"), path("doc", "log.policy"))
shutil.copy(path("doc", "sigsum.proof"), FILE + ".proof")
shutil.copy(path("key"), path("doc", "golden.key"))
documented("hallmark sign")
ok(read("doc", "sigsum.proof") == read(FILE + ".log-proof"), "AUDIT.md: the proof is kept beside the file")
checksum = documented("sha256sum").split()[0]
message = re.search(rb"message=([0-9a-f]{64})", read("doc", "request")).group(1).decode()
ok(hashlib.sha256(bytes.fromhex(message)).hexdigest() == checksum, "AUDIT.md: the checksum of the entry is that of sigsum-submit's message", (checksum, message))
with open(FILE, "rb") as message:
    run = subprocess.run([path(bin_dir, "sigsum-verify"), "-k", path("doc", "submit.key.pub"), "-p", path("doc", "log.policy"), FILE + ".log-proof"], stdin=message)
ok(run.returncode == 0, "sigsum-verify accepts what hallmark sign has kept")
for suffix in (".sig", ".proof", ".log-proof"):
    os.remove(FILE + suffix)


# --- quorums: who has signed, and whether it is enough ---
QUORUMS = ("quorum none", "quorum w2", "group g any w1 w3\nquorum g", "group g all w1 w3\nquorum g", "group g 2 w1 w2 w3\nquorum g",
           "group h all w1 w2\ngroup g any h w3\nquorum g", "group h any w1 w2\ngroup g all h w3\nquorum g", "group h 1 w2\ngroup g 2 h w1\nquorum h",
           "group h all w1\ngroup i any h w2\ngroup g 2 i w3\nquorum g", "group g 3 w1 w2\nquorum g", "group g all w1 w4\nquorum g", "quorum g")


def without(proof, form, absent):
    """The proof without the cosignatures of these; they stand in any order in sigsum's."""
    policy = read("5-2", form + ".policy").decode()
    lines = proof.decode().splitlines(True)
    for name in absent:
        key = re.search("^witness %s (\\S+)" % name, policy, re.M).group(1)
        mark = "cosignature=" + hashlib.sha256(bytes.fromhex(key)).hexdigest() if form == "sigsum" else "\u2014 " + key.split("+")[0] + " "
        lines = [line for line in lines if not line.startswith(mark)]
    return "".join(lines).encode()


def quorum(row):
    number, (form, lines, present) = row
    names = path("q%d.policy" % number), path("q%d.proof" % number), path("q%d.file" % number)
    head = [line for line in read("5-2", form + ".policy").decode().splitlines() if line.startswith(("log ", "witness "))]
    for name, content in zip(names, ("\n".join([*head, lines, ""]).encode(), without(read("5-2", form + ".proof"), form, {"w1", "w2", "w3"} - set(present)), b"golden\n")):
        with open(name, "wb") as file:
            file.write(content)
    return ours(form, *names), theirs(form, *names)


sets = [[w for w in ("w1", "w2", "w3") if 1 << int(w[1]) & mask] for mask in range(0, 16, 2)]
for form in ("sigsum", "c2sp"):
    tried = [(form, lines, present) for lines in QUORUMS for present in sets]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(quorum, enumerate(tried)))
    differ = ["%s by %s: %s" % (lines, present, both) for (_, lines, present), both in zip(tried, results) if both[0] is not both[1]]
    enough = sum(both == (True, True) for both in results)
    ok(not differ and 20 < enough < len(tried) - 20, "%s: %d quorums before each set of witnesses: %d of %d are enough for both" % (form, len(QUORUMS), enough, len(tried)), differ[:5])


# --- changes ---
def other(byte):
    """Another byte of its kind: a digit stays a digit, so that the change reaches what stands behind the form."""
    for digits in (b"0123456789", b"abcdef", b"ghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"+/"):
        if byte in digits:
            return digits[(digits.index(byte) + 1) % len(digits)]
    return byte ^ 1


def changes(content):
    """(what, bytes): each byte another, each line gone, twice, or before the one before; the text cut off after each line."""
    for i in range(len(content)):
        yield "byte %d" % i, content[:i] + bytes([other(content[i])]) + content[i + 1:]
    lines = content.splitlines(True)
    for i in range(len(lines)):
        yield "without line %d" % (i + 1), b"".join(lines[:i] + lines[i + 1:])
        yield "line %d twice" % (i + 1), b"".join(lines[:i + 1] + lines[i:])
        yield "up to line %d" % i, b"".join(lines[:i])
        if i:
            yield "line %d before line %d" % (i + 1, i), b"".join(lines[:i - 1] + [lines[i], lines[i - 1]] + lines[i + 1:])
    yield "a byte behind", content + b"x"
    yield "a line behind", content + b"x\n"
    yield "an empty line behind", content + b"\n"


def meaning(content):
    """Go's base64 ignores the bits that no byte takes."""
    def decode(match):
        try:
            return base64.b64decode(match.group(0)).hex().encode()
        except binascii.Error:
            return match.group(0)
    return re.sub(rb"[A-Za-z0-9+/]{20,}={0,2}", decode, content)


def is_stricter(form, kind, content, original):
    """Where we refuse what they accept: docs/FORMATS.md, 14."""
    if not content.endswith(b"\n"):
        return "a last line without an end" if form == "c2sp" or kind == "policy" else None
    if form == "c2sp" and meaning(content) == meaning(original):
        return "base64 with bits to spare"
    if form == "c2sp" and kind == "policy":
        for name, key_id, key in re.findall(rb"(\S+)\+([0-9A-Za-z]{8})\+([A-Za-z0-9+/=]{44})", content):
            if hashlib.sha256(name + b"\n" + base64.b64decode(key)).hexdigest()[:8].encode() != key_id:
                return "a vkey whose id is another key's"
        # formats/witness reads for logs, which choose their own policy.
        words = [line.split() for line in content.splitlines()]
        members = [name for line in words if line[:1] == [b"group"] for name in line[3:]]
        if len(members) != len(set(members)):
            return "a member twice"
        quorums = [i for i, line in enumerate(words) if line[:1] == [b"quorum"]]
        if len(quorums) > 1 or any(line[:2] == [b"group", words[quorums[0]][1]] for line in words[quorums[0] + 1:]):
            return "a second quorum, or one above its group"
    if form == "sigsum" and kind == "proof" and content.startswith(b"version=1\n"):
        return "version 1"
    if form == "sigsum" and kind == "policy" and b"\nlog " not in b"\n" + content:
        return "no log"
    return None


def compare(form, kind):
    original = {"policy": read("5-2", form + ".policy"), "proof": read("5-2", form + ".proof"), "file": b"golden\n"}[kind]
    tried = list(changes(original))
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda row: verdicts(form, kind, row[1][1], row[0]), enumerate(tried)))
    differ, stricter, accepted = [], {}, 0
    for (what, content), (we, they) in zip(tried, results):
        if we is they:
            accepted += we is True
            continue
        reason = is_stricter(form, kind, content, original) if we is False and they else None
        if reason:
            stricter[reason] = stricter.get(reason, 0) + 1
        else:
            differ.append("%s: we say %s, they %s" % (what, we, they))
    ok(not differ and len(tried) > 10, "%s: %d changes of the %s, %d of them accepted by both, stricter: %s" % (form, len(tried), kind, accepted, stricter or "none"), "; ".join(differ[:10]))


for form, kinds in (("sigsum", ("proof", "policy", "file")), ("c2sp", ("proof", "policy", "file"))):
    for kind in kinds:
        compare(form, kind)
shutil.rmtree(work)
tap.done()
