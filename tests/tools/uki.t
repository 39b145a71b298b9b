#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# uki.t - hallmark uki: the same bytes each time, sections as other people's programs see them, bad inputs refused
. "$(dirname "$0")/../support/cli.sh"

make_uki_inputs
uki=$work/uki.efi
build=(uki "${uki_args[@]}" --uname 6.12.0-test --output "$uki")

run "${build[@]}"
is "$status $out$err" '0 ' 'an image is built, quietly' || bail "no image"
cp "$uki" "$work/first.efi"
touch -d '2001-01-01' "$work"/{stub.efi,vmlinuz,initrd,cmdline,os-release}
run "${build[@]}"
cmp -s "$uki" "$work/first.efi"
ok $? 'the same inputs give the same bytes'
run uki "${uki_args[@]/$work\/cmdline/$(cat "$work/cmdline")}" --uname 6.12.0-test --output "$uki"
cmp -s "$uki" "$work/first.efi"
ok $? 'a command line as text or as a file gives the same bytes'
is "$(find "$work" -maxdepth 1 -name 'uki.efi*' | wc -l)" 1 'no temporary file is left'
is "$(($(stat -c %s "$uki") % 8))" 0 'the length is a multiple of 8'

# Sections, by binutils.
objdump -h "$uki" | awk '$1 ~ /^[0-9]+$/ { print $2, $3, $4, $6 }' >"$work/sections"
stub_sections=$(objdump -h "$HALLMARK_STUB" | awk '$1 ~ /^[0-9]+$/' | wc -l)
is "$(tail -n "+$((stub_sections + 1))" "$work/sections" | cut -d' ' -f1 | tr '\n' ' ')" \
	'.linux .osrel .cmdline .initrd .uname ' 'objdump -h: the new sections follow the stub, in the order of measurement'
is "$(head -n "$stub_sections" "$work/sections" | cut -d' ' -f1,4)" \
	"$(objdump -h "$HALLMARK_STUB" | awk '$1 ~ /^[0-9]+$/ { print $2, $6 }')" "the stub's sections stay where they are"
bad=$(tail -n "+$((stub_sections + 1))" "$work/sections" | while read -r name size vma off; do
	[ $((0x$vma % 4096)) = 0 ] || echo "$name: address 0x$vma"
	[ $((0x$off % 512)) = 0 ] || echo "$name: file offset 0x$off"
	[ $((0x$size)) -gt 0 ] || echo "$name: empty"
done)
is "$bad" '' 'addresses are multiples of 4096, file offsets of the file alignment'
printf 6.12.0-test >"$work/uname"
tr -d '\n' <"$work/cmdline" >"$work/cmdline.text"
for pair in linux:vmlinuz osrel:os-release cmdline:cmdline.text initrd:initrd uname:uname; do
	objcopy -O binary --only-section=".${pair%%:*}" "$uki" "$work/section" 2>/dev/null
	cmp -s "$work/section" "$work/${pair#*:}"
	ok $? ".${pair%%:*} has exactly the input's bytes (objcopy)"
done
headers=$(objdump -p "$uki")
like "$headers" '^Time/Date[[:space:]]+(Thu Jan  ?1 00:00:00 1970|0*$|.*reproducible)' 'TimeDateStamp is 0'
like "$headers" '^CheckSum[[:space:]]+0+$' 'CheckSum is 0'
last=$(tail -n 1 "$work/sections")
read -r _ size vma _ <<<"$last"
base=$(sed -n 's/^ImageBase[[:space:]]*//p' <<<"$headers")
is "$(sed -n 's/^SizeOfImage[[:space:]]*//p' <<<"$headers")" \
	"$(printf %08x $(((0x$vma - 0x$base + 0x$size + 4095) / 4096 * 4096)))" 'SizeOfImage ends with the last section'

# Signing tools find nothing to complain about: no gaps, nothing behind the last section.
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/cert" -subj /CN=test -days 2 2>/dev/null
sbsign --key "$work/key" --cert "$work/cert" --output "$work/signed.efi" "$uki" >"$work/sbsign" 2>&1
ok $? 'sbsign signs it' "$(cat "$work/sbsign")"
is "$(grep -iE 'gap|warning' "$work/sbsign")" '' 'sbsign sees no gap and gives no warning'
sbverify --cert "$work/cert" "$work/signed.efi" >"$work/sbverify" 2>&1
ok $? 'sbverify verifies it' "$(cat "$work/sbverify")"
is "$(grep -iE 'gap|warning' "$work/sbverify")" '' 'sbverify sees no gap and gives no warning'

# Bad inputs. The output is never touched.
replace() { # replace OPTION VALUE: the build's arguments with another value; left in ${args[@]}
	local i
	args=("${build[@]}")
	for i in "${!args[@]}"; do
		[ "${args[i]}" != "$1" ] || args[i + 1]=$2
	done
}
for option in --stub --linux --initrd --cmdline --os-release; do
	replace "$option" @
	bad_files "$option" 2 "${args[@]}"
done
replace --initrd "$work/fifo"
mkfifo "$work/fifo"
status=0
timeout 10 "$HALLMARK" "${args[@]}" </dev/null >/dev/null 2>&1 & pid=$!
printf 'not an initrd' >"$work/fifo"
wait "$pid" || status=$?
is "$status" 2 '--initrd: a pipe is read like a file'

head -c 200 "$HALLMARK_STUB" >"$work/short"
echo '#!/bin/sh' >"$work/script"
for option in --stub --linux; do
	replace "$option" "$work/short"
	refused 2 '/short: the PE headers are cut off' "$option: a truncated PE file" "${args[@]}"
	replace "$option" "$work/script"
	refused 2 '/script: not a PE file' "$option: not a PE file" "${args[@]}"
done
head -c $(($(stat -c %s "$HALLMARK_STUB") - 512)) "$HALLMARK_STUB" >"$work/shorter"
replace --stub "$work/shorter"
refused 2 '/shorter: a PE section lies outside' '--stub: the last section is cut off' "${args[@]}"
replace --stub "$work/signed.efi"
refused 2 'the stub is signed' '--stub: a signed one' "${args[@]}"
replace --stub "$work/first.efi"
refused 2 'the stub has a section .linux already' '--stub: an image that is finished' "${args[@]}"
cat "$HALLMARK_STUB" "$work/script" >"$work/longer"
replace --stub "$work/longer"
refused 2 'the stub has bytes after its last section' '--stub: bytes behind the last section' "${args[@]}"
replace --stub "$HALLMARK_STUB"
if objdump -h "$HALLMARK_STUB" | grep -q ' \.sbat '; then
	refused 2 'the stub has a section .sbat already' '--sbat where the stub has one' "${args[@]}" --sbat "$work/os-release"
else
	run "${args[@]}" --sbat "$work/os-release"
	is "$status" 0 '--sbat where the stub has none'
fi

cmdline=$(cat "$work/cmdline")
while IFS='|' read -r text regex name; do
	replace --cmdline "$text"
	refused 2 "--cmdline: .*$regex" "--cmdline: $name" "${args[@]}"
done <<TABLE
$cmdline init=/bin/sh|grammar does not know: init=/bin/sh|an unknown word is named
$cmdline ro|a word twice: ro|a repeated word is named
${cmdline/ panic=0/}|lacks a required word: panic=|a missing word is named
${cmdline/panic=0/panic=1}|grammar does not know: panic=1|a value that is not allowed is named
$cmdline |leading, trailing or double spaces|a trailing space
${cmdline/ / }é|not printable ASCII|a character that is not ASCII
TABLE
printf '%s\n\n' "$cmdline" >"$work/lines"
replace --cmdline "$work/lines"
refused 2 '/lines: .*printable ASCII' '--cmdline: two newlines in a file' "${args[@]}"
replace --cmdline nofile
refused 4 'nofile: No such file' '--cmdline: neither a file nor text' "${args[@]}"

# Linux 6.19 and later start IMA by another initcall (seen: 6.12, 6.17, 6.18 off with init_ima; 6.19, 7.0, 7.2, 7.3 on). The version
# is written over the one in the bzImage's setup header.
kernel=$(echo "$BUILDROOT"/boot/vmlinuz-*)
[ -f "$kernel" ] || bail "no kernel in $BUILDROOT"
at=$(($(od -An -tu2 -j $((0x20e)) -N 2 "$kernel") + 512))
for row in 'init_ima 6.12 off' 'init_ima 6.18 off' 'init_ima 6.19 on' 'init_ima 7.0 on' 'init_ima 7.3 on' \
	'security_initcall_late 6.18 on' 'security_initcall_late 6.19 off' 'security_initcall_late 7.3 off' \
	'init_ima,security_initcall_late 6.12 off' 'init_ima,security_initcall_late 6.19 off' 'init_ima,security_initcall_late 10.0 off'; do
	read -r word version state <<<"$row"
	cp "$kernel" "$work/kernel"
	printf '%s.1-test   ' "$version" | dd of="$work/kernel" bs=1 seek="$at" conv=notrunc status=none
	printf "%s\n" "$cmdline" | sed "s/initcall_blacklist=[^ ]*/initcall_blacklist=$word/" >"$work/ima"
	replace --linux "$work/kernel"
	for i in "${!args[@]}"; do [ "${args[i]}" != --cmdline ] || args[i + 1]=$work/ima; done
	if [ "$state" = off ]; then
		run "${args[@]/$uki/$work/other.efi}"
		is "$status $err" '0 ' "initcall_blacklist=$word with Linux $version"
	else
		refused 2 "/kernel: Linux $version starts IMA" "initcall_blacklist=$word with Linux $version" "${args[@]}"
	fi
done

echo 'root 11 a b / erofs' >"$work/layers"
make_initrd "$work/bad-initrd" "$work/layers"
replace --initrd "$work/bad-initrd"
refused 2 'etc/hallmark/layers, line 1: ' '--initrd: a malformed layers file' "${args[@]}"
run "${args[@]/$uki/$work/general.efi}" --no-layers
is "$status" 0 '--no-layers: a general initrd is taken as it is'
for name in no-layers:'is not in the initrd' twice:'is in the initrd twice' cut:'initrd' junk:'neither cpio nor compressed'; do
	case ${name%%:*} in
	no-layers) (cd "$work" && echo os-release | cpio --quiet -o -H newc) >"$work/i" ;;
	twice) (cd "$work/initrd.tree/main" && echo etc/hallmark/layers | cpio --quiet -o -H newc) |
		cat - "$work/initrd" >"$work/i" ;;
	cut) head -c $(($(stat -c %s "$work/initrd") - 20)) "$work/initrd" >"$work/i" ;;
	junk) head -c 5000 "$HALLMARK_STUB" >"$work/i" ;;
	esac
	replace --initrd "$work/i"
	refused 2 "/i: .*${name#*:}" "--initrd: ${name%%:*}" "${args[@]}"
done
for compress in cat gzip xz bzip2 'lz4 -l' zstd; do
	command -v "${compress%% *}" >/dev/null || continue
	# shellcheck disable=SC2086 # two words
	(cd "$work/initrd.tree/main" && cp "$top/image/layers/default" etc/hallmark/layers &&
		find . | cpio --quiet -o -H newc) | $compress >"$work/i" 2>/dev/null
	replace --initrd "$work/i"
	run "${args[@]/$uki/$work/other.efi}"
	is "$status $err" '0 ' "--initrd: the layers file is found behind $compress"
done

# Archives one after the other, as mkosi, ukify and dracut join them; the kernel reads one stream, then what is behind it
# (init/initramfs.c). The layers file is in the first, the second or the third.
parts=$work/parts
mkdir -p "$parts/other/extra"
echo module >"$parts/other/extra/file"
(cd "$work/initrd.tree/main" && find . | LC_ALL=C sort | cpio --quiet -o -H newc) >"$parts/l"
(cd "$parts/other" && find . | LC_ALL=C sort | cpio --quiet -o -H newc) >"$parts/o"
for f in l o; do
	for compress in gzip xz bzip2 'lz4 -l' zstd; do
		# shellcheck disable=SC2086 # two words
		$compress <"$parts/$f" >"$parts/$f.${compress%% *}" 2>/dev/null || rm -f "$parts/$f.${compress%% *}"
	done
done
join_parts() { # join_parts PART...: padded to 4 bytes; a number stands for so many zeros; into $work/i
	local part
	: >"$work/i"
	for part in "$@"; do
		case $part in
		[0-9]*) head -c "$part" /dev/zero ;;
		*) cat "$parts/$part" ;;
		esac >>"$work/i"
		truncate -s %4 "$work/i"
	done
}
replace --initrd "$work/i"
for row in 'l.zstd o.zstd' 'o.zstd l.zstd' 'l.zstd o' 'o.zstd l' 'o.zstd 512 l.zstd' 'l.zstd 512' 'o.xz l' 'l.xz o.xz' 'o.xz 512 l.gzip' 'o.gzip l' \
	'o.bzip2 l.zstd' 'o.lz4 512 l' 'o.lz4 4 l.zstd' 'l.lz4 512' 'o l.zstd o' 'o l.lz4' 'o.zstd o.xz l.gzip'; do
	lacking=
	for part in $row; do
		case $part in [0-9]*) ;; *) [ -s "$parts/$part" ] || lacking=$part ;; esac
	done
	[ -z "$lacking" ] || { skip "--initrd: $row" "no $lacking"; continue; }
	# shellcheck disable=SC2086 # the parts
	join_parts $row
	run "${args[@]/$uki/$work/other.efi}"
	is "$status $err" '0 ' "--initrd: $row"
done
for row in 'o.zstd l.zstd:twice:l' 'o.lz4 l:malformed or cut off:' 'o.zstd 1b:neither cpio nor compressed:'; do
	# shellcheck disable=SC2086 # the parts
	case $row in
	*1b*) join_parts o.zstd && printf 'x' >>"$work/i" ;;
	*) join_parts ${row%%:*} ${row##*:} ;;
	esac
	[ -s "$parts/o.lz4" ] || continue
	what=${row#*:}
	refused 2 "/i: .*${what%:*}" "--initrd: ${row%%:*} ${row##*:}" "${args[@]}"
done
{ cat "$parts/l" && printf '\0\0' && cat "$parts/o"; } >"$work/i"
refused 2 '/i: .*no multiple of 4' '--initrd: a cpio archive where the kernel does not look for one' "${args[@]}"
for f in zstd xz lz4; do
	[ -s "$parts/l.$f" ] || continue
	head -c $(($(stat -c %s "$parts/l.$f") - 9)) "$parts/l.$f" >"$work/i"
	refused 2 '/i: the initrd ' "--initrd: $f that is cut off" "${args[@]}"
done

replace --output "$work/directory"
refused 4 "directory: Is a directory" '--output: a directory' "${args[@]}"
replace --output "$work/missing/uki.efi"
refused 4 "missing/uki.efi: No such file" '--output: in a directory that does not exist' "${args[@]}"
cmp -s "$uki" "$work/first.efi"
ok $? 'after all refusals the output is as it was'
is "$(find "$work" "$work/directory" -maxdepth 1 -name '*uki.efi*' | wc -l)" 1 'no temporary file is left by refusals'

done_testing
