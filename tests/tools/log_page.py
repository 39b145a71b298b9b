#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""log_page.py - a strict reader of the page that `hallmark log show --html` writes, and logs with hostile text

usage: log_page.py check FILE        the elements of FILE, one a line: TAG.CLASS TEXT; fails for anything that is not allowed
       log_page.py hostile LOG OUT   LOG and, behind its last event, events whose text is HTML
       log_page.py proof REPORT BANK OUT   the report as a proof of that bank; nothing in it is signed
"""
import base64
import hashlib
import html.parser
import json
import re
import struct
import sys

VOID = {"meta", "br"}
ALLOWED = {
    "html": {"lang"}, "head": set(), "meta": {"charset", "http-equiv", "content", "name"}, "style": set(), "title": set(),
    "body": set(), "h1": set(), "h2": set(), "p": {"id", "class"}, "code": set(), "ul": {"id"}, "li": set(), "br": set(),
    "small": set(), "table": {"id"}, "tr": {"class"}, "th": set(), "td": {"class"}, "defs": set(),
    "svg": {"id", "class", "viewbox", "role", "aria-label", "width", "height"}, "g": {"class"},
    "rect": {"x", "y", "width", "height", "rx", "opacity", "class"}, "path": {"class", "d"}, "text": {"class", "x", "y"},
    "marker": {"id", "viewbox", "refx", "refy", "markerwidth", "markerheight", "orient"},
}
HOSTILE = ["<script>document.title='owned'</script>", "</td></tr></table><img src=x onerror=alert(1)>",
           "\"><svg onload=alert(1)>", "&lt;b&gt; &#60;i&#62;", "' onmouseover='alert(1)", "<!-- ", "\x01\x1b]0;owned\x07"]


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.lines, self.problems = [], [], []

    def handle_starttag(self, tag, attrs):
        names = {name for name, _ in attrs}
        if tag not in ALLOWED or names - ALLOWED[tag]:
            self.problems.append(f"<{tag} {sorted(names)}> is not allowed")
        if tag in VOID:
            return
        self.open.append((tag, dict(attrs).get("class", ""), []))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            self.problems.append(f"</{tag}> closes nothing")
            return
        tag, name, text = self.open.pop()
        said = " ".join("".join(text).split())
        self.lines.append(f"{tag}.{name} {said}")
        if self.open and tag not in ("tr", "table", "svg", "style", "body", "head"):
            self.open[-1][2].append(" " + said if tag == "td" else said)

    def handle_data(self, data):
        if self.open:
            self.open[-1][2].append(data)

    def handle_comment(self, data):
        self.problems.append("a comment")


def check(path):
    text = open(path, encoding="ascii").read()
    page = Page()
    page.feed(text)
    page.close()
    problems = page.problems + [f"<{tag}> stays open" for tag, _, _ in page.open]
    for word in ("https?:", r"url\((?!#)", "@import", "javascript:"):
        if re.search(word, text):
            problems.append(f"{word} is in it")
    if "default-src 'none'" not in text:
        problems.append("there is no policy")
    print("\n".join(page.lines))
    print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
    return bool(problems)


def hostile(log, out):
    data = open(log, "rb").read()
    # The header event: 32 bytes, then the Spec ID event's 24 bytes and its algorithms.
    count, = struct.unpack_from("<I", data, 32 + 24)
    algs = [struct.unpack_from("<HH", data, 32 + 28 + 4 * i) for i in range(count)]
    for text in HOSTILE:
        raw = text.encode()
        data += struct.pack("<III", 4, 5, count)
        for alg, _ in algs:
            name = {4: "sha1", 11: "sha256", 12: "sha384", 13: "sha512"}[alg]
            data += struct.pack("<H", alg) + hashlib.new(name, raw).digest()
        data += struct.pack("<I", len(raw)) + raw
    open(out, "wb").write(data)
    return 0


def proof(report, bank, out):
    r = json.load(open(report))
    some = base64.b64encode(b"none").decode()
    fields = {"version": "hallmark-proof/2", "platform": "qemu", "nonce": "00" * 32, "ak_public": some, "ak_certificates": [],
              "quote": some, "signature": some, "bank": bank, "pcrs": r["pcrs"][bank], "firmware_log": r["firmware_log"],
              "runtime_log": r["runtime_log"], "tls_certificates": [some], "hardware": None}
    with open(out, "w") as f:
        json.dump(fields, f, indent=2)
        f.write("\n")
    return 0


sys.exit({"check": check, "hostile": hostile, "proof": proof}[sys.argv[1]](*sys.argv[2:]))
