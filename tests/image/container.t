#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# container.t - applications from container images: what becomes of each kind of entry, and each image that is refused
. tests/support/cli.sh
[ "$(id -u)" = 0 ] || skip_all 'needs root'
[ -e "$BUILDROOT/.hallmark-buildroot" ] || skip_all "$BUILDROOT is no build root"
unset APP_ARGS APP_ENV APP_PORT
# Most programs here are none; tree.t is about what can start.
export ALLOW_UNSTARTABLE=yes

# image OUT [KEY=VALUE]...: an image by hand, of three layers; tests/image/make_container.py says what is in it
image() {
	rm -rf "$1"
	python3 tests/image/make_container.py "$@" || bail make_container.py
}

# app IMAGE: its tree in $work/tree; leaves $status and $err
app() {
	rm -rf "$work/tree" "$work/record"
	status=0
	image/app-root "$work/tree" --container "$1" "$BUILDROOT" "$work/record" 2>"$work/stderr" || status=$?
	err=$(cat "$work/stderr")
}

# refuse REGEX NAME [KEY=VALUE]...
refuse() {
	local regex=$1 name=$2
	shift 2
	image "$work/image" "$@"
	app "oci:$work/image"
	is "$status $(ls -d "$work"/tree* 2>/dev/null)" '1 ' "$name: refused, nothing is left"
	like "$err" "^container: error: oci: .*$regex" "$name: and it says why"
}

# erofs_of: the SHA-256 of the file system of $work/tree
erofs_of() {
	rm -f "$work/app.erofs"
	image/erofs "$BUILDROOT" "$work/tree" "$work/app.erofs" app 2>/dev/null
	sha256sum <"$work/app.erofs" | cut -d' ' -f1
}

listing() {
	(cd "$work/tree" && find . -mindepth 1 ! -path ./start -printf '%P %y %m %l\n' | LC_ALL=C sort | sed 's/ $//')
}

image "$work/image"
app "oci:$work/image"
is "$status" 0 'an image of three layers' || echo "$err"
# What the specification's rules make of the layers, written by hand.
is "$(listing)" "$(
	cat <<-'END'
		bin d 755
		bin/app f 755
		bin/busybox f 755
		bin/su f 755
		data d 755
		data/again f 644
		data/deep d 755
		data/deep/new f 644
		dev d 755
		etc d 755
		etc/hosts f 644
		etc/secret f 644
		file-now f 644
		home d 755
		home/user d 755
		home/user/x f 644
		lib l 777 usr/lib
		out l 777 ../../..
		proc d 755
		run d 755
		start.conf f 644
		sys d 755
		tmp d 755
		usr d 755
		usr/lib d 755
		usr/lib/late f 644
		usr/lib/libx f 644
		var d 755
		var/tmp d 755
		weights d 755
	END
)" 'whiteouts, opaque directories, changed types, links, modes: the tree that is meant'
is "$(cat "$work/tree/data/again" "$work/tree/usr/lib/late" "$work/tree/file-now" | paste -sd' ')" 'again late now' 'contents are those of the last layer'
is "$(stat -c %i "$work/tree/bin/app")" "$(stat -c %i "$work/tree/bin/busybox")" 'a hard link over layers'
for line in 'device nodes and FIFOs left out: /dev/null /fifo' 'set-id bits cleared: /bin/su' 'capabilities left out: /bin/su' \
	'owners are not kept, files belong to root: /etc/secret' 'made readable for the application.s user: /etc/secret' \
	'emptied, it is a mount point: /tmp'; do
	like "$err" "^hallmark: container: $line\$" "named: $line"
done
like "$err" "^hallmark: container: sha256:$(jq -r '.manifests[0].digest[7:]' "$work/image/index.json"), 3 layers\$" 'the digest is printed'
is "sha256:$(sha256sum <"$work/record" | cut -d' ' -f1)" "$(jq -r '.manifests[0].digest' "$work/image/index.json")" 'the record has the digest of the manifest'
is "$(tr '\0' '\n' <"$work/tree/start.conf" | paste -sd' ')" \
	'hallmark-start/1 d/data eA=1 eHOME=/tmp ePATH=/opt/bin:/bin a/bin/app a--port a8080' 'what is started'
like "$(readelf -lh "$work/tree/start")" 'Machine: .*X86-64' 'the starter is a program of this machine'
unlike "$(readelf -l "$work/tree/start")" INTERP 'the starter needs no library'
one=$(erofs_of)

# The same image in another shape: the same file system.
tar -C "$work/image" -cf "$work/image.tar" .
app "oci-archive:$work/image.tar"
is "$status $(erofs_of)" "0 $one" 'oci-archive: the same file system'
image "$work/image" compress=zstd
app "oci:$work/image"
is "$status $(erofs_of)" "0 $one" 'zstd layers: the same file system'
image "$work/image" compress=none
app "oci:$work/image"
is "$status $(erofs_of)" "0 $one" 'layers that are not compressed: the same file system'
image "$work/image" format=docker
app "docker-archive:$work/image/image.tar"
is "$status $(erofs_of)" "0 $one" 'docker-archive: the same file system'
is "$(sha256sum <"$work/record" | cut -d' ' -f1)" "$(basename "$(tar -xOf "$work/image/image.tar" manifest.json | jq -r '.[0].Config')" .json)" 'its record has the id of the image'
image "$work/image" index=nested
app "oci:$work/image:v1"
is "$status $(erofs_of)" "0 $one" 'an index with two platforms, and a tag: the same file system'

# What the builder changes.
image "$work/image"
APP_ARGS='"two words" x' APP_ENV='A=2 B="b c"' app "oci:$work/image"
is "$(tr '\0' '\n' <"$work/tree/start.conf" | paste -sd'|')" \
	'hallmark-start/1|d/data|eA=2|eB=b c|eHOME=/tmp|ePATH=/opt/bin:/bin|a/bin/app|atwo words|ax' 'APP_ARGS= and APP_ENV='
other=$(erofs_of)
ok "$([ "$other" != "$one" ]; echo $?)" 'they are in the file system'
APP_ENV=novalue app "oci:$work/image"
like "$status $err" "^1 |environment 'novalue' is not NAME=VALUE" 'APP_ENV= that is none'
image "$work/image" port=5000
app "oci:$work/image"
like "$err" 'it listens on 5000/tcp, the machine serves 8080' 'a port that is not the one served: refused'
APP_PORT=8080 app "oci:$work/image"
is "$status" 0 'APP_PORT=8080: the builder says that it is'
APP_PORT=5000 app "oci:$work/image"
like "$status $err" 'APP_PORT=5000: the machine serves what listens on 8080' 'another APP_PORT='

# The starter, in the tree: only /start.conf and the environment of the machine matter.
image "$work/image"
APP_ARGS='env' app "oci:$work/image"
if [ -x "$work/tree/bin/busybox" ] && cp "$BUILDROOT/usr/bin/busybox" "$work/tree/bin/busybox.real" 2>/dev/null; then
	# shellcheck disable=SC2016 # the script's own words
	printf '#!/bin/busybox.real sh\necho "$PWD $*"; exec /bin/busybox.real env\n' >"$work/tree/bin/app.new"
	chmod 755 "$work/tree/bin/app.new"
	mv "$work/tree/bin/app.new" "$work/tree/bin/app"
	# busybox may be dynamic in the build root.
	mkdir -p "$work/tree/lib64" "$work/tree/usr/lib/x86_64-linux-gnu"
	cp -L "$BUILDROOT/usr/lib64/ld-linux-x86-64.so.2" "$work/tree/lib64/"
	cp -L "$BUILDROOT"/usr/lib/x86_64-linux-gnu/lib{c.so.6,resolv.so.2} "$work/tree/usr/lib/x86_64-linux-gnu/"
	is "$(env -i PORT=8080 WEIGHTS=/weights OTHER=x /usr/sbin/chroot "$work/tree" /start 2>&1 | LC_ALL=C sort | grep -vE '^(SHLVL|PWD|OLDPWD)=' | paste -sd' ')" \
		'/data env A=1 HOME=/tmp PATH=/opt/bin:/bin PORT=8080 WEIGHTS=/weights' 'the starter: directory, arguments, environment'
	rm "$work/tree/bin/app"
	out=$(/usr/sbin/chroot "$work/tree" /start 2>&1)
	is "$? $out" '127 start: /bin/app: No such file or directory' 'the starter: a program that is not there'
	printf 'hallmark-start/2\0d/\0a/bin/app\0' >"$work/tree/start.conf"
	out=$(/usr/sbin/chroot "$work/tree" /start 2>&1)
	is "$? $out" '126 start: /start.conf: cannot be read' 'the starter: another version'
	printf 'hallmark-start/1\0d/\0x/bin/app\0' >"$work/tree/start.conf"
	out=$(/usr/sbin/chroot "$work/tree" /start 2>&1)
	is "$? $out" '126 start: /start.conf: a line is malformed' 'the starter: an unknown line'
else
	skip 'the starter' 'the build root has no busybox'
fi

# The program that is looked at is the image's, found in its PATH.
image "$work/image"
ALLOW_UNSTARTABLE=no app "oci:$work/image"
like "$status $err" '/bin/app: not a program of this machine' 'a program that is none: refused'
image "$work/image" entrypoint=nothere
ALLOW_UNSTARTABLE=no app "oci:$work/image"
like "$status $err" 'nothere is not in its PATH' 'a program that is not there: refused'

# What is no image of this machine, or is damaged.
refuse 'it is for linux/arm64, not for linux/amd64' 'another platform' arch=arm64
refuse 'no image for linux/amd64 in index.json' 'another platform in the index' platform=arm64
refuse '2 images in index.json: name one' 'two images and no tag' index=two
refuse 'neither Entrypoint nor Cmd' 'nothing to start' entrypoint= cmd=
refuse 'has another digest or size' 'a changed byte of a layer' damage=layer
refuse 'has another digest or size' 'a changed byte of the manifest' damage=manifest
refuse 'has another digest or size' 'a changed byte of the configuration' damage=config
refuse 'unpacked it is sha256:.*, the configuration says' 'another diff_id' damage=diff_id
refuse '3 layers, but 2 diff_ids' 'a diff_id that is missing' damage=diff_count
refuse "digest 'sha256:../../../../etc/passwd': only SHA-256" 'a digest that is a path' damage=path
refuse "a layer of type 'application/x-other' is not supported" 'a layer of another type' damage=type
refuse 'configuration of type' 'an artefact that is no container image' damage=artefact
refuse "'../up' leads out of it" 'a name that leads out' entry=up
refuse "lies below 'bin/app', which is no directory" 'a file below a file' entry=below
refuse "is a hard link to '/nowhere', which is no file" 'a hard link to nothing' entry=nolink
refuse 'too many links' 'links in a circle' entry=circle
refuse '/start is in the way' 'an image with a /start' entry=start
image "$work/image"
app "oci:$work/image:v2"
like "$status $err" "no image 'v2' in index.json; there is: v1" 'a tag that is not there'
app "oci:$work"
like "$status $err" 'APP=oci: takes a directory in OCI image layout' 'a directory that is no image'
head -c 2000 "$work/image.tar" >"$work/short.tar"
app "oci-archive:$work/short.tar"
like "$status $err" '^1|container: error: oci-archive:' 'an archive that is cut off'

# An image that another tool has written.
if command -v umoci >/dev/null; then
	mkdir "$work/rootfs"
	umoci init --layout "$work/umoci" && umoci new --image "$work/umoci:a" && umoci unpack --rootless --image "$work/umoci:a" "$work/bundle" >/dev/null 2>&1
	mkdir -p "$work/bundle/rootfs/bin"
	cp /bin/true "$work/bundle/rootfs/bin/app"
	umoci repack --image "$work/umoci:a" "$work/bundle" >/dev/null 2>&1
	umoci config --image "$work/umoci:a" --config.entrypoint /bin/app --config.env X=y --config.workingdir /bin
	app "oci:$work/umoci:a"
	is "$status $(tr '\0' '\n' <"$work/tree/start.conf" | paste -sd' ')" \
		'0 hallmark-start/1 d/bin eHOME=/tmp ePATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin eX=y a/bin/app' 'an image made by umoci'
	ok "$(cmp -s /bin/true "$work/tree/bin/app"; echo $?)" 'its files'
	# umoci unpacks ours: by its reading of the rules it is the same tree.
	image "$work/image"
	umoci raw unpack --image "$work/image:v1" "$work/theirs" >/dev/null 2>&1
	app "oci:$work/image"
	is "$(cd "$work/tree" && find . -type f ! -path ./start ! -path ./start.conf ! -path ./etc/hosts -exec sha256sum {} + | sort)" \
		"$(cd "$work/theirs" && find . -type f ! -path './tmp/*' ! -path ./etc/hosts -exec sha256sum {} + | sort)" 'umoci unpacks the image by hand to the same files'
else
	skip 'images made by umoci' 'umoci is not installed (apt-get install umoci)'
fi
done_testing
