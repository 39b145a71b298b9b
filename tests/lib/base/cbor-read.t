#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""cbor-read.t - lib/base/cbor_read and Debian's python3-cbor2 over the same documents: both take one, with the same content, or neither

A document that has what the reader has no function for (tags, floats, strings in chunks) is not compared; those are in test_cbor_read.c.
"""
import io
import os
import random
import subprocess
import sys

import cbor2

B = os.environ.get("B", "build")
SEED = 8949
DOCUMENTS = 6000


def value(rng, depth=0):
    kind = rng.randrange(5 if depth > 3 else 8)
    if kind == 0:
        return rng.randrange(1 << rng.choice((4, 5, 8, 16, 32, 64)))
    if kind == 1:
        return -1 - rng.randrange(1 << rng.choice((4, 5, 8, 16, 32, 64)))
    if kind == 2:
        return rng.randbytes(rng.choice((0, 1, 23, 24, 48, 255, 256, 300)))
    if kind == 3:
        return "".join(rng.choice("abcé€z") for _ in range(rng.choice((0, 1, 23, 24, 40, 256))))
    if kind == 4:
        return None
    if kind == 5:
        return [value(rng, depth + 1) for _ in range(rng.choice((0, 1, 3, 24)))]
    return {rng.choice((rng.randrange(300), f"key{rng.randrange(300)}")): value(rng, depth + 1) for _ in range(rng.choice((0, 1, 3, 25)))}


def open_maps(rng, document):
    """A map's head of fewer than 24 pairs at the front, made indefinite."""
    if 0xa0 <= document[0] <= 0xb7 and rng.random() < 0.5:
        return b"\xbf" + document[1:] + b"\xff"
    return document


def mutated(rng, document):
    out = bytearray(document)
    for _ in range(rng.choice((1, 1, 2))):
        how, at = rng.randrange(5), rng.randrange(len(out)) if out else 0
        if how == 0 and out:
            out[at] ^= 1 << rng.randrange(8)
        elif how == 1:
            del out[at:]
        elif how == 2:
            out[at:at] = rng.randbytes(1)
        elif how == 3 and out:
            out[at] = rng.choice((0x18, 0x1b, 0x1c, 0x40, 0x5b, 0x7a, 0x80, 0x9b, 0xa0, 0xbb, 0xbf, 0xf6, 0xff))
        else:
            out += rng.randbytes(1)
    return bytes(out)




def shown(item):
    if item is None:
        return "b0"
    if isinstance(item, int):
        return f"+{item}" if item >= 0 else f"-{-1 - item}"
    if isinstance(item, bytes):
        return "b" + item.hex()
    if isinstance(item, str):
        return "t" + item.encode("utf-8", "surrogateescape").hex()
    if isinstance(item, (list, tuple)):
        return "[" + "".join(shown(i) + "," for i in item) + "]"
    return "{" + "".join(f"{shown(k)}:{shown(v)}," for k, v in item.items()) + "}"


def judged(document):
    """What cbor2 makes of it: the content, or None where it refuses or leaves bytes."""
    stream = io.BytesIO(document)
    try:
        item = cbor2.CBORDecoder(stream, str_errors="replace").decode()
        return shown(item) if stream.tell() == len(document) else None
    except Exception:
        return None


def main():
    rng = random.Random(SEED)
    documents = []
    for _ in range(DOCUMENTS):
        good = open_maps(rng, cbor2.dumps(value(rng)))
        documents.append(good if rng.random() < 0.3 else mutated(rng, good))
    documents = [d for d in documents if len(d) < 65536]
    done = subprocess.run([f"{B}/tests/cbor_walk"], input="".join(d.hex() + "\n" for d in documents), text=True,
                          capture_output=True, check=True)
    lines = done.stdout.splitlines()
    counts = {"accepted": 0, "refused": 0, "other": 0}
    verdicts, contents = [], []
    for document, line in zip(documents, lines):
        content, _, verdict = line.rpartition(" ")
        counts[verdict] += 1
        theirs = judged(document)
        if verdict == "refused" and theirs is not None:
            verdicts.append(f"{document.hex()[:80]}: refused, and cbor2 reads {theirs[:80]}")
        if verdict == "accepted" and theirs is None:
            verdicts.append(f"{document.hex()[:80]}: accepted, and cbor2 refuses")
        # A key twice is one key in Python, a list as a key another type, and text that is not UTF-8 cannot be shown again.
        if verdict == "accepted" and theirs not in (None, content) and "efbfbd" not in theirs and len(theirs) == len(content):
            contents.append(f"{document.hex()[:80]}: {content[:80]} is not {theirs[:80]}")
    results = [
        (len(lines) == len(documents), f"{len(documents)} documents are read", []),
        (counts["accepted"] > 1500 and counts["refused"] > 1000, f"enough of each: {counts}", []),
        (not verdicts, "both accept a document or neither does", verdicts),
        (not contents, "and with the same content", contents),
    ]
    for number, (good, name, detail) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        for text in detail[:10]:
            print(f"#   {text}")
    print(f"1..{len(results)}")
    sys.exit(0)


main()
