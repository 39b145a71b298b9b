#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""keylime.py - what Keylime does with the files of `hallmark export --format keylime`, by its rules and without its code

usage: keylime.py policy GOLDEN POLICY      tpm_policy.json, by the tenant's rules and then the verifier's
       keylime.py refstate STATE LOG        mb_refstate.json against a firmware log, by the rules of the policy "example"

Keylime is in no release of Debian, so the rules of its tenant (tpm_util), verifier (tpm_main) and policies (mba/elchecking)
are said again here. A firmware log is read by tpm2_eventlog, as Keylime does. For some events the policy "example" has no
rule, and of `ukis` it knows nothing: `refstate` prints what a policy of one's own has to add.
"""
import collections
import hashlib
import json
import re
import subprocess
import sys

IMA, DATA = 10, 16  # registers that Keylime uses itself: IMA's list, and what it binds to a quote
X509, SHA256 = "a5c059a1-94e4-4aa7-87b5-ab155c2bf072", "c1c41626-504c-4092-aca9-41f936934328"
GLOBAL, SECURITY = "8be4df61-93ca-11d2-aa0d-00e098032b8c", "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
ACTIONS = {4: ("Calling EFI Application from Boot Option", "Returning from EFI Application from Boot Option"),
           5: ("Exit Boot Services Invocation", "Exit Boot Services Returned with Failure",
               "Exit Boot Services Returned with Success")}


def need(condition, what):
    if not condition:
        raise SystemExit(f"keylime.py: {what}")


# --- tpm_policy ---

def tenant(policy):
    """What the tenant takes, and what it makes of it: the registers that the agent is to quote."""
    for key, values in policy.items():
        need(key.isdigit() and int(key) <= 24, f"'{key}' is no register")
        need(int(key) not in (IMA, DATA), f"register {key} is Keylime's own")
        need(isinstance(values, list) and values, f"register {key} has no list of values")
        need(all(re.fullmatch("[0-9a-f]{64}", v) for v in values), f"register {key}: a value is not SHA-256 in lower case")
    return {int(key) for key in policy} | {DATA}


def verifier(policy, quoted):
    """Whether a quote with these registers is accepted. The verifier takes the policy's registers, and looks at no other."""
    return all(int(key) in quoted and quoted[int(key)] in values for key, values in policy.items())


def check_policy(golden, policy):
    mask, refused = tenant(policy), 0
    for profile in golden["profiles"] or [{"pcrs": []}]:
        machine = {r["pcr"]: r["values"]["sha256"] for r in golden["pcrs"] + profile["pcrs"] if "values" in r}
        must = {r["pcr"] for r in golden["pcrs"] + profile["pcrs"] if r["policy"] in ("pinned", "zero")} - {IMA}
        need(mask == must | {DATA}, f"registers {sorted(mask)}, to be judged are {sorted(must)}")
        need(verifier(policy, machine), f"refuses the machine of profile {profile.get('name')}")
        for pcr in must:
            need(not verifier(policy, {**machine, pcr: hashlib.sha256(machine[pcr].encode()).hexdigest()}),
                 f"accepts another register {pcr}")
            need(not verifier(policy, {p: v for p, v in machine.items() if p != pcr}), f"accepts a quote without {pcr}")
            refused += 2
    print(f"{len(policy)} registers, {refused} other quotes refused")


# --- mb_refstate ---

def read_events(log):
    """The events as tpm2_eventlog prints them: register, type, digest, and of the rest what the rules look at."""
    text = subprocess.run(["tpm2_eventlog", "--eventlog-version=2", log], capture_output=True, text=True, check=True).stdout
    events = []
    for chunk in text.split("\npcrs:")[0].split("- EventNum:")[1:]:
        def field(name, where=chunk):
            found = re.search(rf'\b{name}: *[\'"]?([^\'"\n]*)', where)
            return found.group(1).strip() if found else None
        lists = []
        for part in chunk.split("SignatureType:")[1:]:
            keys = re.findall(r"SignatureOwner: *(\S+)\s+SignatureData: *(\S+)", part)
            lists.append((part.split()[0], [{"SignatureOwner": o, "SignatureData": "0x" + d} for o, d in keys]))
        event = re.search(r"\n  Event: (?:\|-\n    )?(.*)", chunk)
        events.append({"pcr": int(field("PCRIndex")), "type": field("EventType"), "guid": field("VariableName"),
                       "name": field("UnicodeName"), "enabled": field("Enabled"), "lists": lists,
                       "text": event.group(1).strip('"') if event else None,
                       "sha256": "0x" + (re.findall(r'AlgorithmId: sha256\n +Digest: "([0-9a-f]+)"', chunk) or [""])[0]})
    return events


def is_digest(value):
    return isinstance(value, dict) and all(isinstance(k, str) and re.fullmatch("0x[0-9a-f]+", v) for k, v in value.items())


def load(state):
    """The form that the policy wants before it looks at a log."""
    need(isinstance(state, dict) and isinstance(state.get("has_secureboot", True), bool), "has_secureboot")
    firmware = state.get("scrtm_and_bios")
    need(isinstance(firmware, list), "scrtm_and_bios is no list")
    for one in firmware:
        need(isinstance(one, dict) and is_digest(one.get("scrtm")), "scrtm")
        need(isinstance(one.get("platform_firmware"), list) and all(map(is_digest, one["platform_firmware"])), "platform_firmware")
    for name in ("pk", "kek", "db", "dbx"):
        need(isinstance(state.get(name), list), f"{name} is no list")
        for key in state[name]:
            need(isinstance(key.get("SignatureOwner"), str) and key.get("SignatureData", "").startswith("0x"), name)
    for name in ("mokdig", "mokxdig"):
        need(isinstance(state.get(name), list) and all(map(is_digest, state[name])), name)
    need(isinstance(state.get("kernels"), list), "kernels is no list")


def variable(state, event, seen):
    """A variable of register 7: '' or what is wrong with it."""
    on, name = state["has_secureboot"], event["name"]
    want = {"SecureBoot": GLOBAL, "PK": GLOBAL, "KEK": GLOBAL, "db": SECURITY, "dbx": SECURITY}.get(name)
    if want != event["guid"]:
        return "is no variable that has a rule"
    if name == "SecureBoot":
        return "" if event["enabled"] == ("Yes" if on else "No") else "is not as has_secureboot says"
    seen[name] += 1
    allowed = state[name.lower()]
    if seen[name] > 1:
        return "is there twice"
    if not on and not allowed:
        return ""
    if name == "dbx":  # one list, and all that must be forbidden in it
        ok = len(event["lists"]) == 1 and event["lists"][0][0] == SHA256 and all(k in event["lists"][0][1] for k in allowed)
        return "" if ok else "does not forbid all that it must"
    types = (X509, SHA256) if name == "db" else (X509,)
    ok = all(t in types and all(k in allowed for k in keys) for t, keys in event["lists"])
    return "" if ok else "has a key that is not allowed"


def judge(state, events):
    """What is wrong with a log; the events without a rule; the applications that were started."""
    wrong, unknown, seen = [], collections.Counter(), collections.Counter()
    scrtm, blobs, applications = [], [], []
    for i, e in enumerate(events):
        where, bad = (e["pcr"], e["type"]), ""
        if where == (0, "EV_S_CRTM_VERSION"):
            scrtm.append(e["sha256"])
        elif where in ((0, "EV_EFI_PLATFORM_FIRMWARE_BLOB"), (0, "EV_EFI_PLATFORM_FIRMWARE_BLOB2")):
            blobs.append(e["sha256"])
        elif where == (4, "EV_EFI_BOOT_SERVICES_APPLICATION"):
            applications.append(e["sha256"])
        elif where == (7, "EV_EFI_VARIABLE_DRIVER_CONFIG"):
            bad = variable(state, e, seen)
        elif where == (7, "EV_EFI_VARIABLE_AUTHORITY"):
            seen["authority"] += 1
            bad = "" if (e["guid"], e["name"]) == (SECURITY, "db") and seen["authority"] == 1 else "has no rule"
        elif e["type"] == "EV_SEPARATOR" and e["pcr"] < 8:
            bad = "" if e["text"] in ("00000000", "FFFFFFFF") and \
                e["sha256"] == "0x" + hashlib.sha256(bytes.fromhex(e["text"])).hexdigest() else "is no separator"
        elif e["type"] == "EV_EFI_ACTION" and e["pcr"] in ACTIONS:
            bad = "" if e["text"] in ACTIONS[e["pcr"]] and \
                e["sha256"] == "0x" + hashlib.sha256(e["text"].encode()).hexdigest() else "is no action of this register"
        elif where == (1, "EV_EFI_VARIABLE_BOOT"):
            bad = "" if e["guid"] == GLOBAL and re.fullmatch("BootOrder|Boot[0-9a-fA-F]+", e["name"]) else "is no boot variable"
        elif where in ((0, "EV_NO_ACTION"), (5, "EV_EFI_GPT_EVENT"), (1, "EV_EFI_HANDOFF_TABLES"), (1, "EV_EFI_HANDOFF_TABLES2")):
            seen[where] += 1
            bad = "" if seen[where] == 1 else "is there twice"
        elif where == (1, "EV_PLATFORM_CONFIG_FLAGS"):
            seen[where] += 1
            bad = "" if seen[where] <= 4 else "is there more than four times"
        else:
            unknown[where] += 1
        if bad:
            wrong.append(f"event {i}, PCR {e['pcr']} {e['type']} {e['name'] or ''}: {bad}")
    if not any([f["scrtm"]["sha256"]] == scrtm and [d["sha256"] for d in f["platform_firmware"]] == blobs
               for f in state["scrtm_and_bios"]):
        wrong.append("the firmware is none of scrtm_and_bios")
    return wrong, unknown, applications


def check_refstate(state, log):
    load(state)
    events = read_events(log)
    wrong, unknown, applications = judge(state, events)
    need(not wrong, "; ".join(wrong))
    # Every started application must be one of `kernels`, which knows shim, GRUB and a kernel. A policy of one's own has `ukis`.
    need(applications == [uki["uki_authcode_sha256"] for uki in state["ukis"]], "the applications are not `ukis`")
    own = sum(unknown.values()) + len(applications)
    print(f"{len(events) - own} of {len(events)} events; without a rule: UKI,",
          ", ".join(f"PCR {pcr} {kind}" for pcr, kind in sorted(unknown)))


if sys.argv[1] == "policy":
    check_policy(json.load(open(sys.argv[2])), json.load(open(sys.argv[3])))
else:
    check_refstate(json.load(open(sys.argv[2])), sys.argv[3])
