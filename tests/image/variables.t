#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# variables.t - make's variables: the same command makes the same image, whatever was made before; nothing is made twice
#
# The rules are the real ones. Each program that they call is replaced by one that writes down what it was told and what the
# files that it was given hold: two images of such programs are equal exactly if each step had equal inputs.
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS LDFLAGS V B IMAGE SOURCE_DATE_EPOCH

tree=$work/tree
mkdir -p "$tree"/{tools,image/layers,image/os/tree/usr/lib,image/{app,platforms},keys,in/{app,weights,platforms}}
cp Makefile "$tree"
find image -maxdepth 1 -type f -exec cp -t "$tree/image" {} +
: >"$tree/tools/main.c"
for f in image/layers/default image/os/writable image/cmdline image/packages.lock image/os/tree/usr/lib/os-release image/app/start in/app/start \
	in/weights/model in/platforms/x.json in/cmdline in/layers in/writable in/code in/vars in/code.default in/vars.default in/golden.key in/golden.pub; do
	echo "$f" >"$tree/$f"
done
mkdir "$tree/in/keys"
for f in PK.crt KEK.crt db.crt db.key golden.key golden.pub; do echo "other $f" >"$tree/in/keys/$f"; done
# Older than whatever is made: times say nothing here.
find "$tree" -exec touch -d 2020-01-01 {} +

cat >"$tree/fake" <<'FAKE'
#!/usr/bin/python3 -IS
import hashlib, os, sys
name, args = os.path.relpath(os.path.realpath(os.path.dirname(sys.argv[0])) + "/" + os.path.basename(sys.argv[0])), sys.argv[1:]
open("log", "a").write(name + " " + " ".join(args) + "\n")

def content(path):
    if os.path.isdir(path):
        return "".join(content(os.path.join(path, f)) for f in sorted(os.listdir(path)))
    return open(path).read() if os.path.isfile(path) else ""

def told(outputs=()):
    text = [name, os.environ.get("SOURCE_DATE_EPOCH", "")]
    for word in args:
        text.append(word)
        for part in word.replace("=", ":").split(":"):
            if part not in ("", ".") and os.path.exists(part) and part not in outputs:
                text.append(hashlib.sha256(content(part).encode()).hexdigest())
    return "\n".join(text) + "\n"

def write(path, text, keep=False):
    if keep and os.path.exists(path) and open(path).read() == text:
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w").write(text)

def after(option):
    return args[args.index(option) + 1]

base = os.path.basename(name)
if base == "cc":
    if "-o" in args:
        out = after("-o")
        if os.path.lexists(out):
            os.remove(out)
        if os.path.basename(out) == "hallmark":
            os.symlink(os.path.abspath("fake"), out)
        else:
            write(out, "")
elif base == "buildroot":
    text = content(args[1])
    write(args[0] + "/.hallmark-buildroot", text)
    write(args[0] + "/boot/vmlinuz-1", text, True)
elif base == "in-buildroot":
    if "make" in args:
        for f in "stub.efi", "hallmark-guest", "hallmark-boot":
            write(args[2] + "/" + f, f + content(args[0]), True)
    else:
        write(args[2] + "/initrd.packages", sys.stdin.read())
elif base == "lock":
    write(args[0], "packages of today\n")
elif base == "initramfs":
    write(args[4], told([args[4]]))
elif base == "layer":
    out = args[2]
    write(out[:-5] + "packages", args[0])
    write(out, told([out]), True)
elif base == "verity":
    for out in args[2], args[2][:-6] + "roothash":
        write(out, told([args[2]]))
elif base == "sign":
    for out in args[1], after("--output"):
        write(out, told([args[1], after("--output")]))
elif base == "enroll":
    write(args[2], told([args[2]]))
elif base == "disk":
    write(args[0], told([args[0]]))
elif base == "sbom":
    write(args[2], told([args[2]]))
elif base in ("make", "make-golden"):
    for f in ("golden.key", "golden.pub") if base == "make-golden" else ("PK.crt", "KEK.crt", "db.crt", "db.key"):
        write(args[0] + "/" + f, f)
elif base == "hallmark" and args[0] == "predict":
    out = after("--output")
    write(out + "/golden.json", told([out]))
elif base == "hallmark" and args[0] == "sign":
    write(args[1] + ".sig", told([args[1] + ".sig"]))
elif base == "hallmark":
    write(after("--output"), told([after("--output")]))
elif base not in ("source-files", "install-host-packages"):
    sys.exit("fake: " + name)
FAKE
chmod +x "$tree/fake"
for f in cc image/{buildroot,in-buildroot,lock,initramfs,layer,verity,sign,enroll,disk,sbom,source-files,install-host-packages} keys/make keys/make-golden; do
	ln -sf "$tree/fake" "$tree/$f"
done

# build VALUE: a make variable and its value, or nothing
build() {
	: >"$tree/log"
	# shellcheck disable=SC2086 # two variables are two words
	(cd "$tree" && make -s image CC=./cc SUDO= OVMF_CODE=in/code.default OVMF_VARS=in/vars.default $1) >"$work/make.log" 2>&1 ||
		bail "make image $1: $(tail -n 3 "$work/make.log")"
}
# image: what came out
image() {
	(cd "$tree/build/image" && sha256sum disk.raw golden/golden.json golden/golden.json.sig uki.efi sbom.json 2>/dev/null)
}
calls() {
	grep -vE '^(image/(buildroot|in-buildroot|install-host-packages|source-files)|(build/)?hallmark artefacts|cc) ?|hallmark artefacts' "$tree/log"
}

values=('' APP=in/app WEIGHTS=in/weights CMDLINE=in/cmdline LAYERS_FILE=in/layers WRITABLE=in/writable IMAGE_NAME=other VERSION=2.0
	NOT_BEFORE=2026-01-01T00:00:00Z NOT_AFTER=2027-01-01T00:00:00Z SECURE_BOOT=no KEYS=in/keys GOLDEN_KEY= 'GOLDEN_KEY=in/golden.key GOLDEN_PUB=in/golden.pub'
	OVMF_CODE=in/code OVMF_VARS=in/vars OVMF_SECURE_BOOT=no PLATFORMS=in/platforms SOURCE_DATE_EPOCH=1 LOCKED=no)
declare -A fresh
same=
for value in "${values[@]}"; do
	rm -rf "$tree/build"
	build "$value"
	fresh[x$value]=$(image)
	[ -z "$value" ] || [ "${fresh[x$value]}" != "${fresh[x]}" ] || same+=" $value"
done
is "$same" '' 'each variable changes the image'
# after VALUE VALUE: the second one, made after the first, is what it is in a fresh place
wrong=
after() {
	build "$2"
	[ "$(image)" = "${fresh[x$2]}" ] || wrong+=" [$2] after [$1];"
	[ -n "$(calls)" ] || [ "$2" = GOLDEN_KEY= ] || wrong+=" [$2] after [$1]: nothing was made;"
}
again=
build ''
for value in "${values[@]:1}"; do
	after '' "$value"
	build "$value"
	[ -z "$(calls)" ] || again+=" [$value]: $(calls | head -n 1)"
	after "$value" ''
done
is "$wrong" '' 'each variable set and taken back: the same command, the same image'
is "$again" '' 'the same command again: nothing is made'
# HALLMARK_VARIABLES=pairs: each value after each other one, in one walk.
if [ "${HALLMARK_VARIABLES:-}" = pairs ]; then
	for ((i = 1; i < ${#values[@]}; i++)); do
		build "${values[i]}"
		for ((j = i + 1; j < ${#values[@]}; j++)); do
			after "${values[i]}" "${values[j]}"
			after "${values[j]}" "${values[i]}"
		done
	done
	is "$wrong" '' "${#values[@]} values, each after each: the same command, the same image"
fi

build 'APP=in/app WEIGHTS=in/weights'
touch -d 2021-01-01 "$tree/in/app/start"
build 'APP=in/app WEIGHTS=in/weights'
is "$(calls | cut -d' ' -f1,2)" 'image/layer app' 'a file of APP is touched: its layer is made, and nothing of it'
touch -d 2021-01-01 "$tree/in/cmdline"
build CMDLINE=in/cmdline
touch "$tree/in/cmdline"
build CMDLINE=in/cmdline
is "$(calls)" '' 'a command line that is touched: nothing'
echo other >"$tree/in/cmdline"
touch -d 2020-01-01 "$tree/in/cmdline"
build CMDLINE=in/cmdline
like "$(calls | cut -d' ' -f1,2 | head -n 1)" 'hallmark uki' 'another command line in a file of the same time is another'
build WEIGHTS=in/weights
echo more >"$tree/in/weights/second"
build WEIGHTS=in/weights
is "$(calls | cut -d' ' -f1,2 | head -n 2 | tr '\n' ' ')" 'image/layer weights image/verity build/buildroot ' 'one file more in WEIGHTS: that layer, its tree'
is "$(calls | grep -E '^(image/layer (app|root)|build/hallmark uki) ')" '' 'and no other one'
rm "$tree/build/image/app.erofs"
build WEIGHTS=in/weights
like "$(calls)" '^image/layer app ' 'a layer that is gone is made again'
build APP=in/app
build ''
like "$(cat "$tree/build/image/app.erofs")" '^image/layer' 'a layer'
is "$(grep -c in/app "$tree/build/image/app.erofs")" 0 'the demo after an own application is the demo'
done_testing
