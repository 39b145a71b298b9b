# SPDX-License-Identifier: BSD-2-Clause
"""make_container.py - write a container image by hand, for container.t: no engine, and none of our code

    make_container.py OUT [KEY=VALUE]...

Three layers with every kind of entry. Keys: compress=gzip|zstd|none, format=oci|docker, index=one|two|nested, arch=,
platform=, port=, entrypoint=, cmd=, damage=WHAT, entry=WHAT (a defect in the last layer).
"""
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile

out, keys = sys.argv[1], dict(a.split("=", 1) for a in sys.argv[2:])
damage, entry = keys.get("damage"), keys.get("entry")
os.makedirs(os.path.join(out, "blobs/sha256"))


def layer(*entries):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, kind, value, *more in entries:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
            for key, what in (more[0] if more else {}).items():
                setattr(info, key, what)
            if kind == tarfile.REGTYPE:
                info.size = len(value)
                tar.addfile(info, io.BytesIO(value))
            else:
                info.linkname = value
                tar.addfile(info)
    return data.getvalue()


D, F, S, H, C, P = tarfile.DIRTYPE, tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE
last = [
    # Opaque, after a file of this layer: the file stays.
    ("data/again", F, b"again\n"),
    ("data/.wh..wh..opq", F, b""),
    ("data/deep/new", F, b"new\n"),
    ("etc/.wh.gone", F, b""),
    # Below a link of a lower layer: where it leads.
    ("lib/late", F, b"late\n"),
    ("file-now", F, b"now\n"),
    ("bin/app", H, "bin/busybox"),
    ("out", S, "../../.."),
]
last += {
    None: [],
    "up": [("../up", F, b"")],
    "below": [("bin/app/x", F, b"")],
    "nolink": [("y", H, "/nowhere")],
    "circle": [("a", S, "b"), ("b", S, "a"), ("a/x", F, b"")],
    "start": [("start", F, b"", {"mode": 0o755})],
}[entry]
layers = [
    layer(("./", D, ""), ("bin", D, ""), ("bin/busybox", F, b"program\n", {"mode": 0o755}), ("usr/lib/libx", F, b"x\n"),
          ("lib", S, "usr/lib"), ("data", D, ""), ("data/old", F, b"old\n"), ("data/deep", D, ""), ("data/deep/old", F, b"old\n"),
          ("etc", D, ""), ("etc/gone", F, b"gone\n"), ("file-now", D, ""), ("file-now/x", F, b"x\n"), ("etc/hosts", F, b"")),
    layer(("dev/null", C, "", {"devmajor": 1, "devminor": 3}), ("fifo", P, ""), ("tmp", D, "", {"mode": 0o1777}), ("tmp/left", F, b"left\n"),
          ("etc/secret", F, b"s\n", {"mode": 0o600, "uid": 1000, "gid": 1000}),
          ("bin/su", F, b"su\n", {"mode": 0o4755, "pax_headers": {"SCHILY.xattr.security.capability": "\1\0\0\2\0\4" + 14 * "\0"}}),
          ("home/user/x", F, b"x\n")),
    layer(*last),
]


def put(data, kind):
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(out, "blobs/sha256", digest), "wb") as file:
        file.write(data)
    return {"mediaType": kind, "digest": "sha256:" + digest, "size": len(data)}


def spoil(descriptor):
    path = os.path.join(out, "blobs/sha256", descriptor["digest"][7:])
    with open(path, "r+b") as file:
        first = file.read(60)[-1]
        file.seek(59)
        file.write(bytes([first ^ 1]))


def packed(data):
    how = keys.get("compress", "gzip")
    if how == "zstd":
        return subprocess.run(["zstd", "-cq"], input=data, stdout=subprocess.PIPE, check=True).stdout, "+zstd"
    return (gzip.compress(data, mtime=0), "+gzip") if how == "gzip" else (data, "")


run = {"Entrypoint": [keys["entrypoint"]] if keys.get("entrypoint") else [], "Cmd": [keys["cmd"]] if keys.get("cmd") else []}
if "entrypoint" not in keys:
    run = {"Entrypoint": ["/bin/app"], "Cmd": ["--port", "8080"]}
run |= {"Env": ["PATH=/opt/bin:/bin", "A=1", "PORT=1"], "WorkingDir": "/data", "User": "1000"}
run["ExposedPorts"] = {f"{keys.get('port', '8080')}/tcp": {}}
diff_ids = ["sha256:" + hashlib.sha256(data).hexdigest() for data in layers]
if damage == "diff_id":
    diff_ids[1] = diff_ids[0]
if damage == "diff_count":
    diff_ids.pop()
config = json.dumps({"os": "linux", "architecture": keys.get("arch", "amd64"), "config": run,
                     "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode()

if keys.get("format") == "docker":
    name = hashlib.sha256(config).hexdigest() + ".json"
    files = [(name, config)] + [(f"{i}/layer.tar", data) for i, data in enumerate(layers)]
    files.append(("manifest.json", json.dumps([{"Config": name, "RepoTags": ["app:v1"], "Layers": [f"{i}/layer.tar" for i in range(3)]}]).encode()))
    with open(os.path.join(out, "image.tar"), "wb") as file:
        file.write(layer(*((n, F, d) for n, d in files)))
    sys.exit()

blobs = []
for data in layers:
    data, suffix = packed(data)
    blobs.append(put(data, "application/vnd.oci.image.layer.v1.tar" + suffix))
config_blob = put(config, "application/vnd.oci.image.config.v1+json")
if damage == "type":
    blobs[1]["mediaType"] = "application/x-other"
if damage == "path":
    blobs[1]["digest"] = "sha256:../../../../etc/passwd"
if damage == "artefact":
    config_blob["mediaType"] = "application/vnd.example"
manifest = put(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config_blob,
                           "layers": blobs}).encode(), "application/vnd.oci.image.manifest.v1+json")
for what, descriptor in (("layer", blobs[1]), ("manifest", manifest), ("config", config_blob)):
    if damage == what:
        spoil(descriptor)
tag = {"annotations": {"org.opencontainers.image.ref.name": "v1"}}
arm = put(b"{}", "application/vnd.oci.image.manifest.v1+json") | {"platform": {"os": "linux", "architecture": "arm64"}}
if keys.get("platform"):
    manifest["platform"] = {"os": "linux", "architecture": keys["platform"]}
tops = [manifest | tag]
if keys.get("index") == "two":
    tops.append(put(b"{ }", "application/vnd.oci.image.manifest.v1+json"))
if keys.get("index") == "nested":
    inner = {"schemaVersion": 2, "manifests": [arm, manifest | {"platform": {"os": "linux", "architecture": "amd64"}}]}
    tops = [put(json.dumps(inner).encode(), "application/vnd.oci.image.index.v1+json") | tag]
for name, value in (("index.json", {"schemaVersion": 2, "manifests": tops}), ("oci-layout", {"imageLayoutVersion": "1.0.0"})):
    with open(os.path.join(out, name), "w", encoding="ascii") as file:
        json.dump(value, file)
