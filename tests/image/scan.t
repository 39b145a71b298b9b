#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""scan.t - what a release is made of holds no test key, test CA or debug switch; and the scan that says so finds each one that is planted"""
import base64
import os
import pathlib
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "tests/support"))
import tap  # noqa: E402
from tap import ok  # noqa: E402

BUILD = TOP / os.environ.get("B", "build")
RELEASE = ["target/stub.efi", "target/hallmark-guest", "target/hallmark-boot", "image/initrd", "image/uki.efi", "image/root.erofs",
           "image/app.erofs", "image/weights.erofs", "image/sbom.json", "image/golden/golden.json"]


def scan(*arguments):
    done = subprocess.run([TOP / "image/scan", *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def run(*arguments, data=None):
    return subprocess.run([str(a) for a in arguments], input=data, capture_output=True, check=True).stdout


def make_keys(keys):
    """One of each kind that tests use, beside those of the checkout."""
    run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", keys / "rsa.key")
    run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", keys / "p384.key")
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", keys / "ed25519.key")
    run("openssl", "req", "-x509", "-new", "-key", keys / "p384.key", "-subj", "/CN=somebody", "-days", "9", "-out", keys / "ca.crt")


def plants(keys):
    """(name, bytes): each key in each form that it could be shipped in."""
    for kind in ("rsa", "p384", "ed25519"):
        key = keys / f"{kind}.key"
        private = run("openssl", "pkey", "-in", key, "-outform", "DER")
        public = run("openssl", "pkey", "-in", key, "-pubout", "-outform", "DER")
        yield f"{kind}: private key, PEM", key.read_bytes()
        yield f"{kind}: private key, DER", private
        yield f"{kind}: public key, PEM", run("openssl", "pkey", "-in", key, "-pubout")
        yield f"{kind}: public key, DER", public
        yield f"{kind}: public key, hexadecimal", public.hex().encode()
        for shift in range(3):
            yield f"{kind}: public key, base64 with {shift} bytes before it", base64.b64encode(b"x" * shift + public)
    yield "CA: certificate, PEM", (keys / "ca.crt").read_bytes()
    yield "CA: certificate, DER", run("openssl", "x509", "-in", keys / "ca.crt", "-outform", "DER")


def archive(directory, content):
    """As in an initrd: a file in a cpio archive in a zstd frame."""
    (directory / "planted").write_bytes(content)
    text = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], input=b"planted\n", cwd=directory, capture_output=True, check=True).stdout
    return run("zstd", "-qc", data=text)


def test_plants(work):
    keys = work / "keys"
    keys.mkdir()
    make_keys(keys)
    carrier = (BUILD / "target/stub.efi").read_bytes()
    (work / "file").write_bytes(carrier)
    status, text = scan("--keys", keys, work / "file")
    ok(status == 0, "k03_nothing_planted: nothing found", text)
    for name, content in plants(keys):
        for form, packed in (("", content), (", in an initrd", archive(work, content))):
            (work / "file").write_bytes(carrier[:9999] + packed + carrier[9999:])
            status, text = scan("--keys", keys, work / "file")
            ok(status == 1 and f" of {keys}" in text, f"k03_planted_{name}{form}: found", text)
    # Without --keys: somebody else's key in PEM, and every text.
    (work / "file").write_bytes(carrier + (keys / "rsa.key").read_bytes())
    status, text = scan(work / "file")
    ok(status == 1 and "a private key" in text, "k03_planted_unknown_key: found", text)
    traces = [line.split("\t") for line in (TOP / "image/test-traces").read_text().splitlines() if line[:1] not in ("", "#")]
    ok(len(traces) > 20, "image/test-traces has its lines")
    for trace, why in traces:
        if not trace.startswith("known "):
            (work / "file").write_bytes(carrier + archive(work, trace.encode()))
            status, text = scan(work / "file")
            ok(status == 1 and why in text, f"k03_planted_text {trace}: found", text)
    (work / "none").mkdir()
    status, text = scan("--keys", work / "none", work / "file")
    ok(status == 2 and "no key" in text, "k03_no_keys: a directory without a key passes nothing", text)
    status, text = scan()
    ok(status == 3, "usage", text)


def main():
    missing = [name for name in RELEASE if not (BUILD / name).exists()]
    if missing:
        print(f"Bail out! {BUILD / missing[0]} is not there: run make image")
        return 1
    status, text = scan("--keys", BUILD / "keys", *(BUILD / name for name in RELEASE))
    ok(status == 0, f"k03_release: {len(RELEASE)} files of a release: none found", text)
    print(f"# {text.strip()}")
    # The demo's signed image is no release: the certificate of the checkout is in it, and the scan says so.
    status, text = scan("--keys", BUILD / "keys", BUILD / "image/uki.signed.efi")
    ok(status == 1 and "certificate of" in text and "db.crt" in text, "k03_signed_demo: the certificate in its signature is found", text)
    with tempfile.TemporaryDirectory(prefix="hallmark-scan.") as work:
        test_plants(pathlib.Path(work))
    tap.done()


main()
