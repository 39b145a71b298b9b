#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# tree.t - which directories become a layer: what is refused is named, links stay below the tree, equal content gives equal bytes
. tests/support/cli.sh
[ "$(id -u)" = 0 ] || skip_all 'needs root'
[ -e "$BUILDROOT/.hallmark-buildroot" ] || skip_all "$BUILDROOT is no build root"
# The program here has no interpreter; what can start is tried at the end.
export ALLOW_UNSTARTABLE=yes
cleanup() {
	umount "$work/weights/big" 2>/dev/null
	rm -rf --one-file-system "$work"
}

# made COMMAND...: leaves $status and $err
made() {
	status=0
	"$@" >"$work/stdout" 2>"$work/stderr" || status=$?
	err=$(cat "$work/stderr")
}

app() {
	rm -rf "$work/app" "$work/tree"
	mkdir -p "$work/app/bin"
	printf '#!/bin/sh\n' >"$work/app/start"
	chmod 755 "$work/app/start" "$work/app"
}

# app_is STATUS REGEX NAME: app-root on $work/app
app_is() {
	rm -rf "$work/tree"
	made image/app-root "$work/tree" --app "$work/app"
	is "$status" "$1" "$3"
	like "$err" "$2" "$3: and it says so"
	[ "$status" = 0 ] || is "$(ls -d "$work"/tree* 2>/dev/null)" '' "$3: nothing is left"
}

# Links are resolved below the tree, whatever the build machine has at their target.
app
app_is 0 '^hallmark: application' 'a directory with /start'
made stat -c %F "$work/tree"/{proc,sys,dev,run,tmp,var/tmp,weights}
is "$(sort "$work/stdout" | uniq -c | tr -s ' ')" ' 7 directory' 'mount points are made'
mkdir "$work/victim"
app
ln -s "$work/victim" "$work/app/var"
app_is 0 . 'var is a link that leads outside'
is "$(find "$work/victim" | wc -l)" 1 'var is a link: nothing is made outside of the tree'
is "$(stat -c %F "$work/tree$work/victim/tmp")" directory 'var is a link: the mount point is where the link leads in the tree'
app
ln -s ../../../../../../../../../../../../.."$work/victim" "$work/app/var"
app_is 0 . 'var is a link with many ..'
is "$(find "$work/victim" | wc -l)" 1 '..: nothing is made outside of the tree'
app
ln -s /nowhere "$work/app/tmp"
app_is 1 '/tmp is a symbolic link; a mount point must be a directory' 'a mount point that is a link'
app
ln -s b "$work/app/a" && ln -s a "$work/app/b" && ln -s a "$work/app/var"
app_is 1 'too many links' 'links in a circle'
app
echo >"$work/app/run"
app_is 1 '/run is in the way: it must be a directory' 'a file where a mount point must be'

# chain TARGET: /start is a link to a link to an absolute link to TARGET
chain() {
	app
	mkdir -p "$work/app/usr/bin" "$work/app/etc/alternatives" "$work/app/usr/lib/jvm"
	mv "$work/app/start" "$work/app/usr/lib/jvm/hm-run"
	ln -s "$1" "$work/app/etc/alternatives/hm-run"
	ln -s /etc/alternatives/hm-run "$work/app/usr/bin/hm-run"
	ln -s usr/bin/hm-run "$work/app/start"
}
chain /usr/lib/jvm/hm-run
app_is 0 . 'links of links to a program of the tree'
chain /usr/bin/env
app_is 1 '/usr/bin/env is missing: /start leads to /usr/bin/env' 'links of links to a program that only the build machine has'
chain /usr/lib/jvm
app_is 1 '/usr/lib/jvm is not a file' '/start is a directory'
app
rm "$work/app/start"
app_is 1 '/start is missing: it is the program that the image starts' 'no /start'
app
chmod 750 "$work/app/start"
app_is 1 '/start is not executable for everybody: chmod 755' '/start for its owner only'
app
mkdir -m 700 "$work/app/opt"
cp -p "$work/app/start" "$work/app/opt/run"
ln -sf opt/run "$work/app/start"
app_is 1 '/opt is closed to an unprivileged user, but /start leads through it' '/start in a closed directory'
app
chmod 700 "$work/app"
app_is 1 ': / is closed to an unprivileged user' 'the root itself is closed'

# What the application cannot have is named, each of it.
app
mkdir -m 700 "$work/app/private"
echo >"$work/app/secret" && chmod 600 "$work/app/secret"
cp "$work/app/start" "$work/app/bin/su" && chmod 6755 "$work/app/bin/su"
app_is 0 "^hallmark: $work/app/secret: the application cannot read it" 'a file that the application cannot read'
like "$err" "^hallmark: $work/app/private: the application cannot read it" 'a directory that it cannot read'
like "$err" "^hallmark: $work/app/bin/su: set-id bits cleared" 'a set-id program'
is "$(stat -c %a "$work/tree/bin/su" "$work/app/bin/su" | paste -sd' ')" '755 6755' 'set-id is cleared in the copy, the directory stays as it is'
app
mknod "$work/app/bin/null" c 1 3 && mknod "$work/app/bin/disk" b 8 0 && mkfifo "$work/app/bin/queue"
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$work/app/bin/s"
app_is 1 'bin/null: a device node' 'device nodes'
is "$(grep -cE "^check-tree: error: $work/app/bin/(null: a device node|disk: a device node|queue: a FIFO|s: a socket):" <<<"$err")" 4 'all of them are named'
app
mkdir "$work/app/"$'a\nhallmark: file system app: 1 files'
mknod "$work/app/"$'a\nhallmark: file system app: 1 files/x' c 1 3
app_is 1 'a.x0ahallmark: file system app: 1 files/x: a device node' 'a name with a newline makes no line of its own'
app
rmdir "$work/app/bin"
mv "$work/app" "$work/my app"
made image/layer app "$BUILDROOT" "$work/app.erofs" "$work/my app"
is "$status" 0 'a space in the path'
mv "$work/my app" "$work/app"

# weights_are STATUS REGEX NAME
weights_are() {
	made image/layer weights "$BUILDROOT" "$work/weights.erofs" "$work/weights"
	is "$status" "$1" "weights: $3"
	like "$err" "$2" "weights: $3: and it says so"
	rm -f "$work"/weights.erofs*
}
mkdir "$work/weights"
weights_are 1 'weights: there is nothing in it' 'an empty directory'
: >"$work/weights/empty"
weights_are 1 'weights: there is nothing in it' 'only empty files'
echo small >"$work/weights/small"
weights_are 0 '^hallmark: file system weights: 2 files, 6 bytes$' 'files and bytes are printed'
chmod 600 "$work/weights/small"
weights_are 1 'weights/small: the application cannot read it' 'a file for its owner only'
chmod 644 "$work/weights/small"
mkdir -m 750 "$work/weights/big"
weights_are 1 'weights/big: the application cannot read it' 'a directory for its owner only'
chmod 755 "$work/weights/big"
chmod 700 "$work/weights"
weights_are 1 'weights/.: the application cannot read it' 'the directory itself'
chmod 755 "$work/weights"
if mount -t tmpfs tmpfs "$work/weights/big" 2>/dev/null; then
	head -c 1000000 /dev/zero >"$work/weights/big/model"
	weights_are 1 'weights/big: another file system is mounted there' 'a file system that is mounted inside'
	umount "$work/weights/big"
	mkdir "$work/elsewhere"
	mount --bind "$work/elsewhere" "$work/weights/big"
	weights_are 1 'weights/big: another file system is mounted there' 'a directory that is bound there'
	umount "$work/weights/big"
else
	skip 'weights: what is mounted inside' 'no mounts here'
fi

# The same content, as links and as copies: the same image. The same file system with another byte is another one.
mkdir "$work/copies"
head -c 9000 /dev/urandom >"$work/copies/a"
cp "$work/copies/a" "$work/copies/b"
cp -a "$work/copies" "$work/links"
ln -f "$work/links/a" "$work/links/b"
cp -a "$work/copies" "$work/changed"
printf x | dd of="$work/changed/b" conv=notrunc status=none
for name in copies links changed; do
	made image/erofs "$BUILDROOT" "$work/$name" "$work/$name.erofs" app
	is "$status" 0 "image/erofs: $name"
done
is "$(cmp "$work/copies.erofs" "$work/links.erofs" && echo same)" same 'hard links or copies: the same image'
ok "$(cmp -s "$work/copies.erofs" "$work/changed.erofs"; echo $(($? != 1)))" 'other content: another image'

# What cannot start. A program of the build root, and what `ldd` there says that it needs.
export ALLOW_UNSTARTABLE=no
# program: /start is tar of the build root, with its loader and its libraries
program() {
	rm -rf "$work/app" "$work/tree"
	mkdir -p "$work/app/lib64" "$work/app/opt"
	cp "$BUILDROOT/usr/bin/tar" "$work/app/start"
	image/in-buildroot "$BUILDROOT" - - -- ldd /usr/bin/tar >"$work/ldd" || bail ldd
	sed -n 's|.*[[:space:]]\(/lib[^ ]*\) (.*|\1|p' "$work/ldd" >"$work/libraries"
	[ "$(wc -l <"$work/libraries")" -ge 3 ] || bail 'tar needs no library'
	while read -r file; do
		cp -L "$BUILDROOT/usr$file" "$work/app/opt/"
	done <"$work/libraries"
	mv "$work"/app/opt/ld-linux* "$work/app/lib64/"
}
program
app_is 0 . 'a program with its libraries'
library=$(sed -n 's|.*/\(libc[^ ]*\)|\1|p' "$work/libraries")
program
rm "$work/app/opt/$library"
app_is 1 "it cannot start: .*needs $library, which is not in the tree" 'a library that is missing'
ALLOW_UNSTARTABLE=yes app_is 0 . 'ALLOW_UNSTARTABLE=yes'
program
rm "$work/app/opt/libpcre2"*
app_is 1 'it cannot start: /opt/libselinux[^ ]* needs libpcre2[^ ]*, which is not in the tree' 'a library of a library'
program
rm "$work"/app/lib64/*
app_is 1 'it cannot start: /start needs /lib64/ld-linux-x86-64.so.2, which is not in the tree' 'no loader'
program
printf '\267' | dd of="$work/app/start" bs=1 seek=18 conv=notrunc status=none
app_is 1 'it cannot start: /start: not a program of this machine' 'a program of another machine (AArch64)'
program
truncate -s 100 "$work/app/start"
app_is 1 'it cannot start: /start: malformed ELF file' 'a program that is cut off'
app
app_is 1 'it cannot start: /start needs /bin/sh: /bin/sh is no executable file of the tree' 'a script without its shell'
cp "$BUILDROOT/usr/bin/busybox" "$work/app/bin/busybox"
ln -s busybox "$work/app/bin/sh"
app_is 0 . 'a script with its shell'
echo 'echo no first line' >"$work/app/start"
app_is 1 'it cannot start: /start: not a program of this machine' 'a script without a first line'
printf '#!/start\n' >"$work/app/start"
app_is 1 'interpreters of interpreters' 'a script that is its own interpreter'
done_testing
