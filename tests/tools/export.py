#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""export.py - reads what `hallmark export` writes, by the formats' own descriptions, and compares it with the golden file

usage: export.py profiles GOLDEN OUT       GOLDEN with two platform profiles and a validity
       export.py corim GOLDEN FILE         by the CDDL of draft-ietf-rats-corim
       export.py keylime GOLDEN DIR LOG    mb_refstate.json: create_mb_refstate's fields; keys as tpm2_eventlog reads them from LOG
       export.py predicted GOLDEN FILE     what systemd-pcrlock predict --json printed
       export.py break FILE CHANGE OUT     a CoRIM with one thing changed that the draft does not allow
       export.py jsonseq CEL OUT           a runtime log in the form of systemd's own
"""
import datetime
import hashlib
import json
import re
import subprocess
import sys

BLOBS = ("EV_EFI_PLATFORM_FIRMWARE_BLOB", "EV_EFI_PLATFORM_FIRMWARE_BLOB2")
ALGS = {"sha-1": "sha1", 1: "sha256", 7: "sha384", 8: "sha512"}


def need(condition, what):
    if not condition:
        raise SystemExit(f"export.py: {what}")


class Tag:
    def __init__(self, number, value):
        self.number, self.value = number, value


def decode(data, at=0):
    """(value, end) of the CBOR item at `at`; anything that is not the deterministic encoding is refused."""
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if info < 24:
        n = info
    else:
        need(info < 28, "an indefinite length or a reserved head")
        size = 1 << (info - 24)
        n = int.from_bytes(data[at:at + size], "big")
        need(at + size <= len(data), "cut off")
        need(n >= (24 if size == 1 else 1 << 8 * (size // 2)), "a head that could be shorter")
        at += size
    if major in (0, 1):
        return (n if major == 0 else -1 - n), at
    if major in (2, 3):
        need(at + n <= len(data), "cut off")
        raw = data[at:at + n]
        return (raw if major == 2 else raw.decode("utf-8")), at + n
    if major == 4:
        items = []
        for _ in range(n):
            item, at = decode(data, at)
            items.append(item)
        return items, at
    if major == 5:
        pairs, last = {}, b""
        for _ in range(n):
            start = at
            key, at = decode(data, at)
            need(data[start:at] > last, "keys of a map out of order, or one twice")
            last = data[start:at]
            pairs[key], at = decode(data, at)
        return pairs, at
    need(major == 6, "a simple value")
    value, at = decode(data, at)
    return Tag(n, value), at


def whole(data):
    value, end = decode(data)
    need(end == len(data), "trailing bytes")
    return value


def expected_triples(golden):
    """For each profile, or once: {register: {bank: value}} of what is pinned or zero."""
    base = {}
    for row in golden["pcrs"]:
        if row["policy"] in ("pinned", "zero"):
            base[row["pcr"]] = row["values"]
    for profile in golden.get("profiles") or [{"pcrs": []}]:
        yield profile.get("name"), {**base, **{r["pcr"]: r["values"] for r in profile["pcrs"] if r["policy"] == "pinned"}}


def corim(golden, path):
    top = whole(open(path, "rb").read())
    need(isinstance(top, Tag) and top.number == 501, "not tagged 501, an unsigned CoRIM")
    rim = top.value
    need(set(rim) <= {0, 1, 4} and {0, 1} <= set(rim), "keys of corim-map")
    need(isinstance(rim[0], str) and rim[0], "corim.id is no text")
    need(len(rim[1]) == 1 and rim[1][0].number == 506 and isinstance(rim[1][0].value, bytes), "not one tagged CoMID in bytes")
    valid = golden.get("valid", {})
    need((4 in rim) == ("not_after" in valid), "rim-validity")
    if 4 in rim:
        for key, name in ((0, "not_before"), (1, "not_after")):
            need((key in rim[4]) == (name in valid), "rim-validity: " + name)
            if key in rim[4]:
                seconds = datetime.datetime.strptime(valid[name], "%Y-%m-%dT%H:%M:%S%z").timestamp()
                need(rim[4][key].number == 1 and rim[4][key].value == seconds, "rim-validity: " + name)
    comid = whole(rim[1][0].value)
    need(set(comid) == {1, 4}, "keys of concise-mid-tag")
    need(set(comid[1]) == {0} and isinstance(comid[1][0], str), "comid.tag-identity")
    need(set(comid[4]) == {0}, "keys of triples-map")
    expected = list(expected_triples(golden))
    need(len(comid[4][0]) == len(expected), "number of reference triples")
    values = 0
    for (environment, measurements), (name, registers) in zip(comid[4][0], expected):
        need(environment == {0: {2: golden["image"]["name"]}}, "environment-map")
        need(len(measurements) == 1 and set(measurements[0]) == {1}, "measurement-map")
        mval = measurements[0][1]
        need(set(mval) == ({0, 11, 14} if name else {0, 14}), "keys of measurement-values-map")
        need(mval[0] == {0: golden["image"]["version"]}, "version-map")
        need(mval.get(11) == name, "name of the profile")
        need(set(mval[14]) == set(registers), f"registers {sorted(mval[14])}, expected {sorted(registers)}")
        for pcr, digests in mval[14].items():
            seen = {ALGS[alg]: value.hex() for alg, value in digests}
            need(len(seen) == len(digests) and seen == registers[pcr], f"register {pcr}")
            values += len(seen)
    print(f"{len(expected)} triples, {values} values")


def keys_by_tpm2_eventlog(log):
    """{variable: [{SignatureOwner, SignatureData}]} as create_mb_refstate makes them of tpm2_eventlog's output."""
    text = subprocess.run(["tpm2_eventlog", "--eventlog-version=2", log], capture_output=True, text=True, check=True).stdout
    found, variable = {}, None
    for line in text.splitlines():
        line = line.strip().lstrip("- ")
        if line.startswith("UnicodeName:"):
            variable = line.split(":", 1)[1].strip().lower()
            if variable in found:
                variable = None  # the authority is a variable event, too
            else:
                found[variable] = []
        elif line.startswith("SignatureOwner:") and variable:
            found[variable].append({"SignatureOwner": line.split(":", 1)[1].strip()})
        elif line.startswith("SignatureData:") and variable:
            found[variable][-1]["SignatureData"] = "0x" + line.split(":", 1)[1].strip()
        elif line.startswith("Enabled:") and variable == "secureboot":
            found["enabled"] = line.split(":", 1)[1].strip().strip("'")
    return found


def keylime(golden, directory, log):
    state = json.load(open(directory + "/mb_refstate.json"))
    need(set(state) == {"has_secureboot", "scrtm_and_bios", "pk", "kek", "db", "dbx", "mokdig", "mokxdig", "kernels", "ukis"},
         "mb_refstate.json: fields")
    need(isinstance(state["has_secureboot"], bool), "has_secureboot")
    hex_digits = re.compile("0x([0-9a-f]{2})+")
    theirs, count = keys_by_tpm2_eventlog(log), 0
    need(state["has_secureboot"] == (theirs.get("enabled") == "Yes"), "has_secureboot is not what tpm2_eventlog says")
    for name in ("pk", "kek", "db", "dbx"):
        for key in state[name]:
            need(set(key) == {"SignatureOwner", "SignatureData"} and hex_digits.fullmatch(key["SignatureData"]), name)
            need(re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key["SignatureOwner"]), name)
            count += 1
        need(state[name] == theirs.get(name, []), f"{name} is not what tpm2_eventlog says")
    firmware = []
    for profile in golden.get("profiles", []):
        digests = [(e["type"], {"sha256": "0x" + e["digests"]["sha256"]}) for e in profile["events"] if e["pcr"] == 0]
        scrtm = [d for t, d in digests if t == "EV_S_CRTM_VERSION"]
        if scrtm:
            firmware.append({"scrtm": scrtm[0],
                             "platform_firmware": [d for t, d in digests if t in BLOBS]})
    need(state["scrtm_and_bios"] == firmware, "scrtm_and_bios")
    need(state["kernels"] == [] and state["mokdig"] == [] and state["mokxdig"] == [], "kernels, mokdig or mokxdig")
    image = [e for e in golden["events"] if e["pcr"] == 4 and e["type"] == "EV_EFI_BOOT_SERVICES_APPLICATION"][0]
    cmdline = [e["content"] for e in golden["events"] if e["what"] == ".cmdline" and "content" in e][0]
    need(state["ukis"] == [{"uki_authcode_sha256": "0x" + image["digests"]["sha256"], "kernel_cmdline": cmdline}], "ukis")
    print(f"{count} keys, {len(firmware)} firmwares")


def predicted(golden, path):
    text = open(path).read()
    theirs, count = json.loads(text[text.index("{"):]), 0
    ours = {row["pcr"]: row["values"] for row in golden["pcrs"] if "values" in row}
    for bank, rows in theirs.items():
        for row in rows:
            if row["pcr"] not in ours:
                continue
            need(row["values"] == [ours[row["pcr"]][bank]], f"PCR {row['pcr']}, {bank}")
            count += 1
    print(f"{count} values")


def jsonseq(cel, out):
    with open(out, "wb") as f:
        for line in open(cel):
            r = json.loads(line)
            content = {"eventType": "phase", "string": r["content"]}
            f.write(b"\x1e" + json.dumps({"pcr": r["pcr"], "digests": r["digests"], "content_type": "systemd",
                                          "content": content}).encode() + b"\n")


def profiles(golden, out):
    golden["valid"] = {"not_before": "2026-11-26T12:00:00Z", "not_after": "2027-11-26T12:00:00Z"}
    made = []
    for name in ("first", "second"):
        events, values = [], {pcr: {b: bytes(hashlib.new(b).digest_size) for b in golden["banks"]} for pcr in (0, 1)}
        for pcr, kind, data in ((0, "EV_S_CRTM_VERSION", b"\0\0"), (0, BLOBS[name == "second"], name.encode()),
                                (0, "EV_SEPARATOR", bytes(4)), (1, "EV_SEPARATOR", bytes(4))):
            digests = {b: hashlib.new(b, data).digest() for b in golden["banks"]}
            for b, d in digests.items():
                values[pcr][b] = hashlib.new(b, values[pcr][b] + d).digest()
            events.append({"pcr": pcr, "type": kind, "what": "firmware", "digests": {b: d.hex() for b, d in digests.items()}})
        made.append({"name": name, "firmware_sha256": hashlib.sha256(name.encode()).hexdigest(), "machine": "a test",
                     "pcrs": [{"pcr": p, "policy": "pinned", "values": {b: v.hex() for b, v in values[p].items()}}
                              for p in (0, 1)], "events": events})
    golden["profiles"] = made
    for pcr in (0, 1):
        golden["pcrs"][pcr] = {"pcr": pcr, "policy": "one-of", "holds": golden["pcrs"][pcr]["holds"]}
    order = ["version", "image", "valid", "banks", "inputs", "parts", "layers", "profiles", "pcrs", "events"]
    with open(out, "w") as f:
        json.dump({name: golden[name] for name in order if name in golden}, f, indent=2)
        f.write("\n")


def break_corim(path, change, out):
    """By python3-cbor2, which encodes what it is given."""
    import cbor2
    rim = cbor2.loads(open(path, "rb").read()).value
    mid = cbor2.loads(rim[1][0].value)
    record = mid[4][0][0]
    registers = record[1][0][1][14]
    pcr = min(registers)
    tag = cbor2.CBORTag

    def registers_with(digest):
        registers[pcr][0] = digest

    def remove(container, key):
        del container[key]
    inner = {
        "tag-in-tag": lambda: None, "no-identity": lambda: remove(mid, 1), "no-triples": lambda: mid[4].update({0: []}),
        "no-environment": lambda: remove(record[0], 0), "no-value": lambda: remove(record[1][0], 1),
        "text-register": lambda: registers.update({pcr: "00"}), "text-digest": lambda: registers_with([1, "00"]),
        "short-digest": lambda: registers_with([1]), "long-digest": lambda: registers_with([1, bytes(32), 0]),
        "no-digest": lambda: registers.update({pcr: []}),
        "another-key": lambda: mid.update({9: 0}),
    }
    if change in inner:
        inner[change]()
        rim[1] = [tag(507 if change == "tag-in-tag" else 506, cbor2.dumps(mid))]
    outer = {
        "empty-rim": lambda: rim.clear(), "no-tags": lambda: rim.update({1: []}), "no-end": lambda: remove(rim[4], 1),
        "text-time": lambda: rim[4].update({1: tag(0, "2027-11-26T12:00:00Z")}),
    }
    if change in outer:
        outer[change]()
    open(out, "wb").write(cbor2.dumps(tag(502 if change == "tag" else 501, rim)))


name, first, *rest = sys.argv[1:]
commands = {"corim": corim, "keylime": keylime, "predicted": predicted, "profiles": profiles, "jsonseq": jsonseq, "break": break_corim}
commands[name](first if name in ("jsonseq", "break") else json.load(open(first)), *rest)
