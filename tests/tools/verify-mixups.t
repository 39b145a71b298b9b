#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""verify-mixups.t - one platform's evidence as another's, and less evidence than there was: each refused by name

The verifier says which platform it wants, and never the proof (B23). What is tried is what an operator has at hand: chains and reports of
other machines that he really has, all validly signed; and leaving things out.
"""
import base64
import hashlib
import json
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "verify"))
from maker import Cloud, Machine
import platform_vectors as vectors
from cases import Case, done, ok

Change = vectors.Change
# What the vectors' makers put into their evidence: the nonce, and the key.
NONCE = vectors.NONCE
ASK = ("--nonce", NONCE.hex())

m = Machine()
case = Case(m)
google, microsoft = Cloud(name="a cloud"), m.cloud
m.ak = vectors.RSA_AK
number = 0


def parts_of(kind, change={}):
    _, name, _, _, parts, _ = vectors.MAKERS[kind](Change(change))
    return {"type": name, "parts": [{"name": n, "data": vectors.b64(d)} for n, d in parts if n != "maa_token"]}


def policy(allowed, **more):
    global number
    number += 1
    document = {"version": "hallmark-platforms/1", "allowed": allowed, "amd": {"vendor_roots": False, "roots": [vectors.pin(vectors.AMD.root)]}}
    if "aws" in allowed:
        document["aws"] = {"vendor_roots": False, "roots": [vectors.pin(vectors.AWS.root)]}
    if "tdx" in allowed:
        document["tdx"] = {"vendor_roots": False, "roots": [vectors.pin(vectors.INTEL.root)], "mrtd": ["3d" * 48]}
    return case.write("policy-%d.json" % number, json.dumps(document).encode())


def leaf(kind, ak=None, **changes):
    subject = {"cvm": "5efaacb0f4d9.ConfidentialVM.Azure.Microsoft", "tl": "5efaacb0f4d9.TrustedVM.Azure.Microsoft", "gcp": "instance"}[kind]
    return m.cloud.leaf(ak or m.ak, **{"subject": subject, **({"eku": ()} if kind == "gcp" else {}), **changes})


# (platform of the proof, chain, hardware) as it should be
RIGHT = {
    "azure-cvm": ("azure-cvm", [leaf("cvm"), microsoft.intermediate], parts_of("azure")),
    "azure-tl": ("azure-tl", [leaf("tl"), microsoft.intermediate], None),
    "gcp": ("gcp", [leaf("gcp"), microsoft.intermediate], None),
}


def proof(platform, chain, hardware, **changes):
    return m.proof(NONCE, chain=chain, fields={"platform": platform, "hardware": hardware}, **changes)


def trust_of(platform):
    return ("--platforms", policy([platform]), "--as-of", "2026-11-26T12:00:00Z")


def bad(name, wanted, evidence, code, check, seen, *options):
    case.rejected(name, evidence, code, check, *ASK, *(options or trust_of(wanted)), seen=seen)


for platform, (name, chain, hardware) in RIGHT.items():
    case.accepted("control: " + platform, proof(name, chain, hardware), *ASK, *trust_of(platform))

# Each machine's evidence under each other's name, and under its own where another is wanted.
for wanted in RIGHT:
    for other, (name, chain, hardware) in RIGHT.items():
        if other == wanted:
            continue
        bad("b23_%s_is_not_%s: by what it calls itself" % (other, wanted), wanted, proof(name, chain, hardware), "NonCompliantPlatform", 2, name)
        bad("b23_%s_called_%s: chain and report of the one" % (other, wanted), wanted, proof(wanted, chain, hardware), "InvalidAttestationKey", 2,
            {"gcp": "certificate 0 has an extended key usage, which this platform's have not"}.get(wanted, "certificate 0 is of "))

cvm, tl = RIGHT["azure-cvm"], RIGHT["azure-tl"]
bad("b23_report_stripped: a confidential VM without its report", "azure-cvm", proof("azure-cvm", cvm[1], None), "NonCompliantPlatform", 15,
    "the proof has none, and azure-cvm needs one")
bad("b23_report_stripped_and_renamed: and called Trusted Launch", "azure-cvm", proof("azure-tl", cvm[1], None), "NonCompliantPlatform", 2, "azure-tl")
bad("b23_not_even_as_trusted_launch: its certificate says what it is", "azure-tl", proof("azure-tl", cvm[1], None), "InvalidAttestationKey", 2,
    "certificate 0 is of 5efaacb0f4d9.ConfidentialVM.Azure.Microsoft, not of a machine *.TrustedVM.Azure.*")
bad("b23_trusted_launch_with_a_report_of_somebody's_chip: any SEV-SNP guest can sign any key", "azure-cvm", proof("azure-cvm", tl[1], cvm[2]),
    "InvalidAttestationKey", 2, "certificate 0 is of 5efaacb0f4d9.TrustedVM.Azure.Microsoft, not of a machine *.ConfidentialVM.Azure.*")
bad("b23_report_where_none_belongs", "azure-tl", proof("azure-tl", tl[1], cvm[2]), "NonCompliantPlatform", 15, "azure-snp")
bad("b23_report_of_another_type", "azure-cvm", proof("azure-cvm", cvm[1], {**cvm[2], "type": "aws"}), "NonCompliantPlatform", 15, "it is of type aws, not azure-snp")
for kind in ("aws", "tdx"):
    bad("b23_%s_evidence_in_a_confidential_vm" % kind, "azure-cvm", proof("azure-cvm", cvm[1], parts_of(kind)), "NonCompliantPlatform", 15,
        "it is of type %s, not azure-snp" % kind)
    bad("b23_%s_evidence_under_the_right_type" % kind, "azure-cvm", proof("azure-cvm", cvm[1], {**parts_of(kind), "type": "azure-snp"}), "Malformed", 15,
        "the part hcl_report is missing")
for subject in (".ConfidentialVM.Azure.Microsoft", "ConfidentialVM.Azure.Microsoft", "x.ConfidentialVM.Azure", "x.confidentialvm.azure.microsoft"):
    bad("b23_subject '%s'" % subject, "azure-cvm", proof("azure-cvm", [leaf("cvm", subject=subject), microsoft.intermediate], cvm[2]),
        "InvalidAttestationKey", 2, "certificate 0 is of %s, not of a machine" % subject)

# The virtual cloud is what a verifier gets that names no platform: a real cloud's certificates are not its own.
QEMU = ("--as-of", "2026-11-26T12:00:00Z")
for kind, subject in (("tl", "5efaacb0f4d9.TrustedVM.Azure.Microsoft"), ("cvm", "5efaacb0f4d9.ConfidentialVM.Azure.Microsoft"), ("tl", "Azure"), ("tl", "x.Azure.x")):
    bad("b23_azure_called_qemu: %s" % subject, "qemu", proof("qemu", [leaf(kind, subject=subject), microsoft.intermediate], None), "InvalidAttestationKey", 2,
        "certificate 0 is of a machine *Azure*, which is another platform's", *QEMU)
case.accepted("control: qemu", proof("qemu", [leaf("tl", subject="5efaacb0f4d9.A machine of the test"), microsoft.intermediate], None), *ASK, *QEMU)

# Another machine's certificate, key, report.
other_key = vectors.RSA_OTHER
bad("b09_certificate_of_another_vm", "azure-cvm", proof("azure-cvm", [leaf("cvm", other_key), microsoft.intermediate], cvm[2]), "InvalidAttestationKey", 3, "")
bad("b09_report_of_another_vm", "azure-cvm", proof("azure-cvm", cvm[1], parts_of("azure", {"runtime.other_key": True})), "InvalidAttestationKey", 15,
    "the key HCLAkPub is not the one that signed the quote")
m.ak = other_key
bad("b09_key_of_another_vm, with its certificate", "azure-cvm", proof("azure-cvm", [leaf("cvm", other_key), microsoft.intermediate], cvm[2]),
    "InvalidAttestationKey", 15, "the key HCLAkPub is not the one that signed the quote")
m.ak = vectors.RSA_AK



def report_data():
    """docs/FORMATS.md, 17: for the key's public area as the proof has it."""
    public = base64.b64decode(json.loads(m.proof(NONCE))["ak_public"])
    return hashlib.sha256(b"hallmark-tdx/1\0" + hashlib.sha256(public).digest() + NONCE).digest() + bytes(32)


# Platforms whose key has no certificate: the report is all there is.
m.ak = vectors.EC_AK
for kind, bank in (("aws", "sha384"), ("tdx", "sha256")):
    def of(platform, hardware, chain=(), nonce=NONCE):
        return m.proof(nonce, bank=bank, chain=list(chain), fields={"platform": platform, "hardware": hardware})

    options = ("--platforms", policy([kind]), "--bank", bank, "--as-of", "2026-11-26T12:00:00Z")
    parts = parts_of(kind, {"document.pcrs": [[i, value] for i, value in enumerate(json.loads(m.proof(NONCE, bank=bank))["pcrs"])]} if kind == "aws" else
                     {"binding.report_data": report_data().hex(), "ccel.events": vectors.golden_events(json.loads(m.golden()))})
    case.accepted("control: " + kind, of(kind, parts), *ASK, *options)
    bad("b23_%s_without_report" % kind, kind, of(kind, None), "NonCompliantPlatform", 15, "the proof has none, and %s needs one" % kind, *options)
    bad("b23_%s_with_a_chain" % kind, kind, of(kind, parts, [leaf("gcp"), microsoft.intermediate]), "InvalidAttestationKey", 2, "2", *options)
    for other in ("azure", "aws", "tdx"):
        if other != kind:
            bad("b23_%s_with_%s_evidence" % (kind, other), kind, of(kind, parts_of(other)), "NonCompliantPlatform", 15, "it is of type ", *options)
            bad("b23_%s_with_%s_evidence_renamed" % (kind, other), kind, of(kind, {**parts_of(other), "type": kind}), "Malformed", 15,
                "is missing or displaced", *options)
    bad("b23_%s_called_azure" % kind, "azure-cvm", of("azure-cvm", parts), "InvalidAttestationKey", 2, "none") if bank == "sha256" else None
    bad("b09_%s_report_for_another_key" % kind, kind,
        of(kind, parts_of(kind, {"document.public_key": "other"} if kind == "aws" else {"binding.other_ak": True, "ccel.events": vectors.golden_events(json.loads(m.golden()))})), "InvalidAttestationKey", 15, "", *options)
# A golden file without SHA-384 knows nothing of RTMR 2; the policy may. RTMR 3 stays zero whatever they know.
stub = [bytes.fromhex(text) for *_, text in vectors.golden_events(json.loads(m.golden()))[2:]]
rtmr2 = bytes(48)
for digest in stub:
    rtmr2 = hashlib.sha384(rtmr2 + digest).digest()
directory = case.path("sha256")
os.mkdir(directory)
m.write_golden(directory, m.golden(banks=["sha256"]))
trust = ["--golden", directory + "/golden.json", "--golden-key", directory + "/golden.pub"]
listed = json.load(open(options[1], encoding="ascii"))
listed["tdx"]["rtmr2"] = [rtmr2.hex()]
listed = ("--platforms", case.write("rtmr2.json", json.dumps(listed).encode()), *options[2:])
status, verdict, error = case.run(of(kind, parts), *ASK, *options, trust=trust)
ok(status == 2 and "GoldenInvalid" in error and "RTMR 2" in error, "d03_rtmr_2_unknown: to the golden file and to the policy", "%s %s" % (status, error))
case.accepted("control: the policy lists it", of(kind, parts), *ASK, *listed, trust=trust)
extended = parts_of(kind, {"binding.report_data": report_data().hex(), "ccel.events": vectors.golden_events(json.loads(m.golden())) + [[4, "late"]]})
case.rejected("d03_rtmr_3_extended: no golden file allows it", of(kind, extended), "PcrMismatch", 15, *ASK, *listed, trust=trust, seen="RTMR 3 is not as")
m.ak = vectors.RSA_AK

# Which platform it is: one, and the verifier names it.
several = case.write("several.json", json.dumps({"version": "hallmark-platforms/1", "allowed": ["azure-cvm", "azure-tl"]}).encode())
status, _, error = case.run(proof(*cvm), *ASK, "--platforms", several)
ok(status == 3 and "allows more than one" in error, "two platforms allowed, and none named", "%s %s" % (status, error))
bad("b23_two_allowed: the one that is named is the one that counts", "azure-cvm", proof(*tl), "NonCompliantPlatform", 2, "azure-tl", "--platforms", several,
    "--platform", "azure-cvm")
bad("require-hardware: whatever the platform", "azure-tl", proof(*tl), "NonCompliantPlatform", 15, "a platform that has none", "--platform", "azure-tl",
    "--require-hardware")

# CVE-2025-49707: a key's certificate from before the mending says nothing (docs/PLATFORMS.md).
def mended(text):
    document = {"version": "hallmark-platforms/1", "allowed": ["azure-tl"], "ak_issued_after": text}
    return ("--platforms", case.write("mended.json", json.dumps(document).encode()), "--as-of", "2026-11-26T12:00:00Z")


# The leaf was issued at 2026-08-18T12:00:00Z, 100 days before maker.py's time.
case.accepted("a certificate from after the mending", proof(*tl), *ASK, *mended("2026-08-18T11:59:59Z"))
for text in ("2026-08-18T12:00:00Z", "2026-08-18T12:00:01Z", "2026-11-01T00:00:00Z"):
    bad("b10_issued_before %s" % text, "azure-tl", proof(*tl), "InvalidAttestationKey", 2, "certificate 0 is older", *mended(text))
for text in ("2026-08-18", "", "yesterday", "2026-08-18T12:00:00"):
    status, _, error = case.run(proof(*tl), *ASK, *mended(text))
    ok(status == 2 and "ak_issued_after is not a time" in error, "'%s' is no time" % text, "%s %s" % (status, error))

# A cloud's two intermediates, leaf alone in the TPM; the same rules.
deep = Cloud(name="deep", intermediate={"path_length": 1})
from maker import certificate, new_key  # noqa: E402
second_key = new_key("rsa2048")
second = certificate("deep second", second_key, deep.intermediate, deep.intermediate_key, ca=True, path_length=0)
alone = deep.leaf(m.ak, subject="5efaacb0f4d9.TrustedVM.Azure.windows.net", issuer=second, issuer_key=second_key)
files = [c.public_bytes(vectors.serialization.Encoding.PEM) for c in (deep.intermediate, second)]
trust = ["--golden", case.path("golden.json"), "--golden-key", case.path("golden.pub"), "--roots", case.write("deep.pem", deep.roots_pem())]
for name, blocks in (("in order", files), ("in the other order", files[::-1]), ("and one that does not belong", [microsoft.intermediate.public_bytes(
        vectors.serialization.Encoding.PEM)] + files)):
    case.accepted("two intermediates that the verifier has, " + name, proof("azure-tl", [alone], None), *ASK, "--platform", "azure-tl", "--intermediates",
                  case.write("between.pem", b"".join(blocks)), trust=trust)
for blocks in (files[:1], files[1:]):
    case.rejected("one of the two", proof("azure-tl", [alone], None), "InvalidAttestationKey", 2, *ASK, "--platform", "azure-tl", "--intermediates",
                  case.write("between.pem", b"".join(blocks)), trust=trust)
case.__exit__()
done()
