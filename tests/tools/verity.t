#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# verity.t - hash trees: byte for byte those of veritysetup, of any size, by any kernel, in any number of parts
# g05_ ... in a test's name is its row in the table of weakness classes.
. "$(dirname "$0")/../support/cli.sh"

PATH=$PATH:/usr/sbin:/sbin
# Files of terabytes take seconds on an idle machine, and minutes on one that is busy.
run_seconds=1200
uuid=6f8a1d2c-93b4-4e57-8a60-1b2c3d4e5f60
long_salt=$(seq 300 | sha512sum | cut -c1-128)$(seq 301 | sha512sum | cut -c1-128)$(seq 302 | sha512sum | cut -c1-128)$(seq 303 | sha512sum | cut -c1-128)
data=$work/data
command -v veritysetup >/dev/null || bail 'veritysetup is not installed'

# Pseudo-random, always the same, with holes small and large: 72 MiB.
noise() { # BYTES SEED
	openssl enc -aes-128-ctr -nosalt -K "$(printf '%032x' "$2")" -iv 00000000000000000000000000000000 \
		-in /dev/zero 2>/dev/null | head -c "$1"
}
truncate -s 72M "$data"
noise $((5 << 20)) 1 | dd of="$data" conv=notrunc bs=1M status=none
noise $((100 << 10)) 2 | dd of="$data" conv=notrunc bs=4k seek=2560 status=none # at 10 MiB
noise $((20 << 20)) 3 | dd of="$data" conv=notrunc bs=1M seek=30 status=none
noise $((9 << 20)) 4 | dd of="$data" conv=notrunc bs=1M seek=63 status=none

mapfile -t kernels < <("$HALLMARK" verity speed | sed -E 's/^[* ] ([a-z0-9]+) .*/\1/')
[ ${#kernels[@]} -ge 1 ] || bail 'no kernel'
like "${kernels[*]}" 'openssl$' 'hallmark verity speed lists OpenSSL last'
is "$("$HALLMARK" verity speed | grep -c '^\*')" 1 'hallmark verity speed chooses one kernel'

combinations=0
different=
# same SIZE-ARGUMENT... : one comparison, tree and root; salt of $salt_len bytes, data of $of
same() {
	local salt=${long_salt:0:$((2 * salt_len))} kernel=${kernels[combinations % ${#kernels[@]}]} root
	: "${salt:=-}"
	combinations=$((combinations + 1))
	rm -f "$work/theirs" "$work/ours"
	veritysetup format "$of" "$work/theirs" --salt="$salt" --uuid="$uuid" --root-hash-file="$work/root" "$@" \
		>"$work/format" 2>&1 || { different+="veritysetup failed: $*"$'\n'; return; }
	root=$("$HALLMARK" verity format "$of" "$work/ours" --salt "$salt" --uuid "$uuid" --kernel "$kernel" \
		--threads $((combinations % 3 + 1)) "$@" 2>&1)
	if [ "$root" != "$(cat "$work/root")" ] || ! cmp -s "$work/theirs" "$work/ours"; then
		different+="salt $salt_len, $kernel, $*: $root"$'\n'
	fi
}
verdict() {
	ok "$([ -z "$different" ]; echo $?)" "$1" "$different"
	different=
}

# --- the same bytes as veritysetup ------------------------------------------------------------------------------

of=$data
for blocks in 1 2 3 15 16 17 31 33 63 64 65 127 128 129 130 255 256 257 1023 1024 1025 2048 4095 4096 4097 8193 16383 16384 16385; do
	for data_size in 512 1024 2048 4096; do
		for hash_size in 512 1024 2048 4096; do
			salt_len=$((combinations * 37 % 257))
			same --data-blocks=$blocks --data-block-size=$data_size --hash-block-size=$hash_size
		done
	done
	verdict "g06_: $blocks blocks, 16 pairs of block sizes: tree, superblock and root are veritysetup's"
done
for ((salt_len = 0; salt_len <= 256; salt_len++)); do
	same --data-blocks=129
done
verdict 'g06_: a salt of 0 to 256 bytes, blocks of 4096'
for ((salt_len = 0; salt_len <= 256; salt_len++)); do
	same --data-blocks=$((salt_len % 40 + 1)) --data-block-size=512 --hash-block-size=512
done
verdict 'g06_: a salt of 0 to 256 bytes, blocks of 512'
salt_len=32
for kernel in "${kernels[@]}"; do
	one=$kernel
	all=("${kernels[@]}")
	kernels=("$one")
	for blocks in 1 2 127 128 129 1025 16385; do
		same --data-blocks=$blocks
		same --data-blocks=$blocks --data-block-size=512
	done
	kernels=("${all[@]}")
	verdict "the kernel $kernel by itself"
done
for blocks in 2 130 16385; do
	same --data-blocks=$blocks --no-superblock
	same --data-blocks=$blocks --no-superblock --hash-offset=8192
	same --data-blocks=$blocks --hash-offset=512
	same --data-blocks=$blocks --hash-offset=4096 --hash-block-size=1024
done
verdict 'hash offsets, with and without superblock'
for blocks in 1 2 127 128 129 1024 1025; do
	of=$work/exact
	head -c $((blocks * 4096)) "$data" >"$of"
	same
	same --data-block-size=1024
done
verdict 'the number of blocks from the length of the file'
of=$data
ok "$([ $combinations -ge 1000 ]; echo $?)" 'at least 1000 combinations were compared' "$combinations"
echo "# $combinations combinations"

# --- large ------------------------------------------------------------------------------------------------------

of=$data
root=$("$HALLMARK" verity format "$data" "$work/ours" --salt 00 --uuid $uuid --hash-offset 3221225472 --data-blocks 300)
rm -f "$work/theirs"
veritysetup format "$data" "$work/theirs" --salt=00 --uuid=$uuid --hash-offset=3221225472 --data-blocks=300 --root-hash-file="$work/root" >"$work/format"
is "$root $(stat -c %s "$work/ours")" "$(cat "$work/root") $(stat -c %s "$work/theirs")" 'g06_: a hash offset above 2 GiB: root and length'
ok "$(cmp -s -i 3221225472 "$work/ours" "$work/theirs"; echo $?)" 'g06_: a hash offset above 2 GiB: tree'
ok "$([ "$(du -k "$work/ours" | cut -f1)" -lt 1000 ]; echo $?)" 'g06_: what is before the hash offset stays a hole'
run verity verify "$data" "$work/ours" "$root" --hash-offset 3221225472 --data-blocks 300
is "$status $err" '0 ' 'g06_: and it is verified there'
rm -f "$work/ours" "$work/theirs"

# The root hash of a sparse file by a short program of another kind: blocks that differ from zeros are few.
cat >"$work/sparse.py" <<'P'
import hashlib, sys
path, blocks, data_size, hash_size, salt = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), bytes.fromhex(sys.argv[5])
known = {}
digest = lambda b: hashlib.sha256(salt + b).digest()
with open(path, "rb") as f:
    for index in map(int, sys.argv[6:]):
        f.seek(index * data_size)
        known[index] = digest(f.read(data_size))
usual, per = digest(bytes(data_size)), hash_size // 32
while blocks > 1:
    parents = {i // per for i in known} | {(blocks - 1) // per}
    block = lambda p: b"".join(known.get(i, usual) for i in range(p * per, min((p + 1) * per, blocks))).ljust(hash_size, b"\0")
    known = {p: digest(block(p)) for p in parents}
    usual = digest(usual * per)
    blocks = (blocks - 1) // per + 1
print(known.get(0, usual).hex())
P
sparse_root() {
	python3 "$work/sparse.py" "$@"
}
for blocks in $(((1 << 32) - 1)) $((1 << 32)) $(((1 << 32) + 1)); do
	rm -f "$work/sparse"
	truncate -s $((blocks * 512)) "$work/sparse"
	printf first | dd of="$work/sparse" conv=notrunc status=none
	printf middle | dd of="$work/sparse" conv=notrunc bs=512 seek=$((1 << 31)) status=none
	printf last | dd of="$work/sparse" conv=notrunc bs=512 seek=$((blocks - 1)) status=none
	run verity root "$work/sparse" --salt 5a17 --data-block-size 512
	is "$status $out$err" "0 $(sparse_root "$work/sparse" $blocks 512 4096 5a17 0 $((1 << 31)) $((blocks - 1)))" "g16_: $blocks blocks of 512"
done
rm -f "$work/sparse"
truncate -s 5T "$work/sparse"
printf first | dd of="$work/sparse" conv=notrunc status=none
printf last | dd of="$work/sparse" conv=notrunc bs=4096 seek=$(((5 << 28) - 1)) status=none
(
	ulimit -v 2000000
	run verity root "$work/sparse" --salt 5a17
	echo "$status $out$err" >"$work/result"
)
is "$(cat "$work/result")" "0 $(sparse_root "$work/sparse" $((5 << 28)) 4096 4096 5a17 0 $(((5 << 28) - 1)))" 'g16_: a sparse file of 5 TiB, with 2 GB of addresses'
# peak ARGUMENT...: the largest resident size of the command, in MiB, mapped pages of the file included
peak() {
	python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)' "$HALLMARK" "$@"
}
memory=$(peak verity root "$work/sparse" --salt 5a17 --threads 2)
ok "$([ "${memory:-999}" -lt 64 ]; echo $?)" 'g16_: 5 TiB take less than 64 MiB of memory' "$memory MiB"
little=$(peak verity root "$data" --salt 5a17 --threads 2)
echo "#! verity, peak memory with two threads: $memory MiB for 5 TiB with holes, $little MiB for 72 MiB"
for part in 1 99 4000; do
	run verity format "$work/sparse" "$work/part" --shard $part/4000 --salt 5a17 --uuid $uuid
	leaves=$(((5 << 21) * part / 4000 - (5 << 21) * (part - 1) / 4000))
	is "$status $(stat -c %s "$work/part")" "0 $((512 + leaves * 4096))" "g16_: part $part of 4000 of it"
done
truncate -s $((5 << 40 | 1)) "$work/sparse"
refused 2 '5497558138881 bytes are not a multiple' 'g16_: 5 TiB and one byte' verity root "$work/sparse" --salt 5a17
rm -f "$work/sparse" "$work/part"

truncate -s 2200M "$work/sparse"
noise 4096 9 | dd of="$work/sparse" conv=notrunc bs=4096 seek=540000 status=none
of=$work/sparse
same
verdict 'g16_: data above 2 GiB, compared with veritysetup'
root=$("$HALLMARK" verity root "$work/sparse" --salt "${long_salt:0:64}")
run verity verify "$work/sparse" "$work/ours" "$root"
is "$status $err" '0 ' 'g16_: data above 2 GiB is verified'
printf x | dd of="$work/sparse" conv=notrunc bs=1 seek=2200000000 status=none
refused 1 'data block 537109 at offset 2199998464 does not match' 'g16_: a changed byte above 2 GiB' verity verify "$work/sparse" "$work/ours" "$root"
rm -f "$work/sparse" "$work/ours" "$work/theirs"

# --- sizes that are none ----------------------------------------------------------------------------------------

small=$work/small
tree=$work/small.tree
head -c $((300 * 4096)) "$data" >"$small"
: >"$work/empty"
# veritysetup refuses these, too: 'Hash area overflow'.
refused 2 '/empty: the file is empty' 'g06_: no data' verity format "$work/empty" "$tree" --salt 00 --uuid $uuid
for bytes in 1 511 512 4095; do
	head -c $bytes "$data" >"$work/short"
	refused 2 "/short: $bytes bytes are not a multiple" "g06_: $bytes bytes, less than a block" verity format "$work/short" "$tree" --salt 00 --uuid $uuid
	rm -f "$work/theirs"
	ok "$(! veritysetup format "$work/short" "$work/theirs" --salt=00 --uuid=$uuid >"$work/format" 2>&1; echo $?)" "g06_: veritysetup refuses $bytes bytes"
done
head -c 8193 "$data" >"$work/short"
refused 2 '/short: 8193 bytes are not a multiple' 'g06_: two blocks and a byte, which veritysetup leaves out' verity format "$work/short" "$tree" --salt 00 --uuid $uuid
of=$work/short
same --data-blocks=2
verdict 'g06_: two blocks and a byte, with --data-blocks'
refused 2 'hold fewer than 3 blocks' 'g05_: more blocks than there are' verity format "$work/short" "$tree" --salt 00 --uuid $uuid --data-blocks 3
refused 2 'hold fewer than 18446744073709551615 blocks' 'g05_: 2^64-1 blocks' verity format "$work/short" "$tree" --salt 00 --uuid $uuid --data-blocks 18446744073709551615
refused 3 "'18446744073709551616' is not" 'g05_: 2^64 blocks' verity format "$work/short" "$tree" --salt 00 --uuid $uuid --data-blocks 18446744073709551616
ok "$([ ! -e "$tree" ]; echo $?)" 'no refusal leaves a tree'

# --- usage ------------------------------------------------------------------------------------------------------

example=()
for command in format verify root join digests speed; do
	run verity $command --help
	is "$status $err" '0 ' "hallmark verity $command --help"
	like "$out" "^example: hallmark verity $command" "hallmark verity $command --help has an example"
	example[${#example[@]}]=$out
done
like "${example[0]}" 'name, 1 to 32 of \[a-z0-9-\]' 'format --help says what names are'
like "${example[0]}" 'version, 1 to 64 of \[a-zA-Z0-9.\+~_-\]' 'format --help says what versions are'
like "${example[0]}" '^ +--root-hash-file weights.roothash$' 'the example of format writes the file'
like "${example[1]}" '^example: .*\$\(cat weights.roothash\)' 'that the example of verify reads'
salted=(--salt 00 --uuid "$uuid")
refused 3 'give a salt, or --name' 'no salt' verity format "$small" "$tree"
refused 3 'give a UUID, or --name' 'no UUID' verity format "$small" "$tree" --salt 00
refused 3 'go together' 'a name without a version' verity format "$small" "$tree" --name root
refused 3 'go together' 'a version without a name' verity format "$small" "$tree" --version 1
refused 3 "'Root': 1 to 32" 'a name that is none' verity format "$small" "$tree" --name Root --version 1
refused 3 "'1 2': 1 to 64" 'a version that is none' verity format "$small" "$tree" --name root --version '1 2'
for salt in '' 0 0g 0A "${long_salt}00"; do
	refused 3 '1 to 256 bytes' "a salt of '${salt:0:8}' (${#salt} digits)" verity format "$small" "$tree" --uuid $uuid --salt "$salt"
done
refused 3 'is not a UUID' 'a UUID that is none' verity format "$small" "$tree" --salt 00 --uuid "${uuid}0"
for size in 256 8192 3072 0 4095; do
	refused 3 "'$size' is none of" "a data block size of $size" verity format "$small" "$tree" "${salted[@]}" --data-block-size $size
	refused 3 "'$size' is none of" "a hash block size of $size" verity format "$small" "$tree" "${salted[@]}" --hash-block-size $size
done
refused 3 "'md5' is not there" 'an unknown kernel' verity format "$small" "$tree" "${salted[@]}" --kernel md5
refused 3 '1 to 256' 'no thread' verity format "$small" "$tree" "${salted[@]}" --threads 0
refused 3 '1 to 256' '257 threads' verity format "$small" "$tree" "${salted[@]}" --threads 257
refused 3 'not a multiple of 512' 'g06_: a hash offset of 1000' verity format "$small" "$tree" "${salted[@]}" --hash-offset 1000
refused 3 'not a multiple of the hash block' 'g06_: a hash offset of 512 without superblock' verity format "$small" "$tree" "${salted[@]}" --hash-offset 512 --no-superblock
refused 3 'is too large' 'g06_: a hash offset of 2^63' verity format "$small" "$tree" "${salted[@]}" --hash-offset 9223372036854775808
refused 3 'go together' '--digests without --files' verity format "$small" "$tree" "${salted[@]}" --digests x
refused 3 'is DATA itself' 'the tree over the data' verity format "$small" "$small" "${salted[@]}"
ln "$small" "$work/link"
refused 3 'is DATA itself' 'the tree over a link to the data' verity format "$small" "$work/link" "${salted[@]}"
ln -s "$small" "$work/symlink"
refused 3 'is DATA itself' 'the tree over a symbolic link to the data' verity format "$small" "$work/symlink" "${salted[@]}"
mkdir "$work/few"
echo one >"$work/few/one"
for option in --root-hash-file --digests; do
	more=()
	[ $option = --digests ] && more=(--files "$work/few")
	for name in "$small" "$work/link" "$work/few/../small"; do
		refused 3 'is an input, and would be overwritten' "$option over the data, by ${name##*/}" verity format "$small" "$tree" "${salted[@]}" "${more[@]}" $option "$name"
		refused 3 'is an input, and would be overwritten' "$option over the data that is appended to, by ${name##*/}" verity format "$small" "${salted[@]}" "${more[@]}" $option "$name"
	done
	refused 3 'is named for two outputs' "$option over the tree, neither there yet" verity format "$small" "$work/fresh" "${salted[@]}" "${more[@]}" $option "$work/few/../fresh"
done
refused 3 'is one of the files below --files' '--digests over one of the files' verity format "$small" "$tree" "${salted[@]}" --files "$work/few" --digests "$work/few/one"
refused 3 'is one of the files below DIRECTORY' 'digests --output over one of the files' verity digests "$work/few" --output "$work/few/../few/one"
is "$(cat "$work/few/one")" one 'the file is as it was'
is "$(stat -c %s "$small")" $((300 * 4096)) 'the data is as it was'
refused 4 '/missing: No such file' 'data that does not exist' verity format "$work/missing" "$tree" "${salted[@]}"
refused 4 ': Is a directory' 'data that is a directory' verity format "$work" "$tree" "${salted[@]}"
refused 4 '/dev/null: neither a regular file nor' 'data that is a device of characters' verity format /dev/null "$tree" "${salted[@]}"
refused 4 ': Is a directory' 'a tree that is a directory' verity format "$small" "$work" "${salted[@]}"
refused 4 '/dev/full: Operation not supp' 'a tree that is a device' verity format "$small" /dev/full "${salted[@]}"
refused 4 'No such file' 'a tree in no directory' verity format "$small" "$work/no/tree" "${salted[@]}"
if [ "$(id -u)" = 0 ]; then
	install -m 0600 "$small" "$work/secret"
	chmod 0755 "$work"
	status=0
	setpriv --reuid=65534 --regid=65534 --clear-groups "$HALLMARK" verity root "$work/secret" --salt 00 >"$work/stdout" 2>"$work/stderr" || status=$?
	is "$status $(cat "$work/stderr")" "4 hallmark: $work/secret: Permission denied" 'data that may not be read'
else
	install -m 0000 "$small" "$work/secret"
	refused 4 'secret: Permission denied' 'data that may not be read' verity root "$work/secret" --salt 00
fi

# --- salt and UUID of a layer -----------------------------------------------------------------------------------

# shellcheck source=image/lib.sh
uuid_of_lib=$(sh -c '. "$1"; hm_uuid "hallmark-verity/1 weights 1.0"' sh "$top/image/lib.sh")
salt_by_rule=$(printf 'hallmark-salt/1 weights 1.0' | sha256sum | cut -d' ' -f1)
root=$("$HALLMARK" verity format "$small" "$tree" --name weights --version 1.0 --root-hash-file "$work/root")
rm -f "$work/theirs"
veritysetup format "$small" "$work/theirs" --salt="$salt_by_rule" --uuid="$uuid_of_lib" --root-hash-file="$work/theirs.root" >"$work/format"
ok "$(cmp "$work/theirs" "$tree"; echo $?)" 'salt and UUID from name and version: as image/verity does'
is "$root" "$(cat "$work/theirs.root")" 'the same root hash'
is "$(od -c <"$work/root")" "$(od -c <<<"$root")" '--root-hash-file: the root hash and a newline'
is "$(stat -c %a "$tree")" 644 'the tree can be read by everybody'
run verity root "$small" --name weights --version 1.0
is "$status $out" "0 $root" 'hallmark verity root prints the same'
run verity root "$small" --name weights --version 1.1
ok "$([ "$out" != "$root" ]; echo $?)" 'another version has another root hash'

# --- appended ---------------------------------------------------------------------------------------------------

rm -f "$tree"
twice=
for sizes in '4096 4096' '512 4096' '512 512' '1024 2048'; do
	read -r data_size hash_size <<<"$sizes"
	for blocks in 1 2 100 129; do
		bytes=$((blocks * data_size))
		offset=$(((bytes + hash_size - 1) / hash_size * hash_size))
		head -c $bytes "$data" >"$work/appended"
		cp "$work/appended" "$work/theirs"
		root=$("$HALLMARK" verity format "$work/appended" "${salted[@]}" --data-block-size "$data_size" --hash-block-size "$hash_size")
		veritysetup format "$work/theirs" "$work/theirs" --salt=00 --uuid=$uuid --data-block-size="$data_size" --hash-block-size="$hash_size" \
			--data-blocks=$blocks --hash-offset=$offset --root-hash-file="$work/root" >"$work/format"
		[ "$root" = "$(cat "$work/root")" ] && cmp -s "$work/appended" "$work/theirs" || different+="$sizes, $blocks"$'\n'
		"$HALLMARK" verity verify "$work/appended" "$root" --hash-offset $offset || different+="verify $sizes, $blocks"$'\n'
		veritysetup verify "$work/appended" "$work/appended" "$root" --hash-offset=$offset || different+="veritysetup verify $sizes, $blocks"$'\n'
		# Again, with the default sizes and with the tree's: it would become data.
		for again in "format $work/theirs" "format $work/theirs $tree" "format $work/theirs $tree --shard 1/2" "root $work/theirs" \
			"root $work/theirs --data-block-size $data_size --hash-block-size $hash_size"; do
			more=("${salted[@]}")
			[ "${again%% *}" = root ] && more=(--salt 00)
			# shellcheck disable=SC2086 # words
			run verity $again "${more[@]}"
			[ "$status $out$err" = "2 hallmark: $work/theirs: ends in a hash tree of its first $bytes bytes, at offset $offset; --data-blocks says how much of it is data" ] ||
				twice+="$sizes, $blocks, $again: $status $out$err"$'\n'
		done
		cmp -s "$work/appended" "$work/theirs" && [ ! -e "$tree" ] || twice+="$sizes, $blocks: written"$'\n'
	done
done
verdict 'a tree appended to its data: the bytes of veritysetup'
ok "$([ -z "$twice" ]; echo $?)" 'g06_: data that ends in its tree is not hashed with it' "$twice"
cp "$small" "$work/appended"
root=$("$HALLMARK" verity format "$work/appended" "${salted[@]}")
run verity root "$work/appended" --salt 00 --data-blocks 300
is "$status $out" "0 $root" 'the data before its tree, by --data-blocks'
veritysetup format "$work/appended" "$work/theirs" --salt=00 --uuid=$uuid --root-hash-file="$work/root" >"$work/format"
run verity root "$work/appended" --salt 00 --data-blocks $(($(stat -c %s "$work/appended") / 4096))
is "$status $out" "0 $(cat "$work/root")" 'data and tree, by --data-blocks'
# What only looks like it: the signature, the algorithm, the block size or the number of blocks (44) is another.
for spoil in '0 00' '40 7f' '64 01' '73 00'; do
	read -r at byte <<<"$spoil"
	cp "$work/appended" "$work/spoiled"
	printf '%b' "\\x$byte" | dd of="$work/spoiled" bs=1 seek=$((300 * 4096 + at)) conv=notrunc status=none
	run verity root "$work/spoiled" --salt 00
	is "$status $err" '0 ' "no superblock there: byte $at is $byte"
done
cp "$work/appended" "$work/spoiled"
head -c 4096 "$data" >>"$work/spoiled"
run verity root "$work/spoiled" --salt 00
is "$status $err" '0 ' 'a tree that does not end the file'
cp "$small" "$work/appended"
refused 3 '4096 is inside of DATA' 'g05_: a tree in the middle of the data' verity format "$work/appended" "${salted[@]}" --hash-offset 4096 --data-blocks 1
ok "$(cmp "$small" "$work/appended"; echo $?)" 'and the data is as it was'
root=$("$HALLMARK" verity format "$work/appended" "${salted[@]}" --hash-offset 2097152)
run verity verify "$work/appended" "$root" --hash-offset 2097152 --data-blocks 300
is "$status" 0 'a tree appended with a gap'
refused 1 'covers 1228800 of 2097152 bytes' 'g05_: the gap is not covered' verity verify "$work/appended" "$root" --hash-offset 2097152
refused 3 'give TREE, or --hash-offset' 'a tree in the data, but where' verity verify "$work/appended" "$root"

# --- verify -----------------------------------------------------------------------------------------------------

# Three levels with blocks of 512: 16 digests a block; 300 * 8 data blocks of 512.
root=$("$HALLMARK" verity format "$small" "$tree" --salt 5a17 --uuid $uuid --data-block-size 512 --hash-block-size 512)
run verity verify "$small" "$tree" "$root"
is "$status $out$err" '0 ' 'verify: all as it was'
veritysetup verify "$small" "$tree" "$root" >"$work/format" 2>&1 || bail 'veritysetup verify'
# Levels: 150, 10, 1 blocks, root first, after the superblock.
flip() { # FILE OFFSET
	local byte
	byte=$(xxd -s "$2" -l 1 -p "$1")
	printf '%02x' $((0x$byte ^ 1)) | xxd -r -p | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
corrupt_data() { # OFFSET BLOCK NAME
	cp "$small" "$work/bad"
	flip "$work/bad" "$1"
	refused 1 "/bad: data block $2 at offset $(($2 * 512)) does not match the root hash\$" "verify: $3" verity verify "$work/bad" "$tree" "$root"
}
corrupt_data 0 0 'the first bit of the data'
corrupt_data $((300 * 4096 - 1)) 2399 'the last byte of the data'
corrupt_data 600000 1171 'a byte in the middle'
corrupt_tree() { # OFFSET REGEX NAME
	cp "$tree" "$work/bad.tree"
	flip "$work/bad.tree" "$1"
	refused 1 "/bad.tree: $2" "verify: $3" verity verify "$small" "$work/bad.tree" "$root"
}
corrupt_tree 512 'hash block at offset 512 \(level 2 of 3\)' 'the top block'
corrupt_tree 1023 'hash block at offset 512 \(level 2 of 3\)' 'the spare bytes of the top block'
corrupt_tree 1024 'hash block at offset 1024 \(level 1 of 3\)' 'the first block of the middle level'
corrupt_tree $((1024 + 9 * 512 + 300)) 'hash block at offset 5632 \(level 1 of 3\)' 'the last block of the middle level'
corrupt_tree $((1024 + 10 * 512)) 'hash block at offset 6144 \(level 0 of 3\)' 'the first block of the leaf level'
corrupt_tree $((1024 + 160 * 512 - 1)) 'hash block at offset 82432 \(level 0 of 3\)' 'the last block of the leaf level'
cp "$small" "$work/bad"
for at in 1000000 500000 1200000 700000; do
	flip "$work/bad" $at
done
refused 1 'data block 976 at offset 499712' 'verify: of many bad blocks the first one' verity verify "$work/bad" "$tree" "$root" --threads 8
cp "$tree" "$work/bad.tree"
flip "$work/bad.tree" $((1024 + 10 * 512 + 976 * 32))
refused 1 'bad.tree: hash block at offset 37376 \(level 0' 'verify: a bad block and a bad hash of it: what the root hash says' verity verify "$work/bad" "$work/bad.tree" "$root"
big_root=$("$HALLMARK" verity format "$data" "$work/big.tree" "${salted[@]}")
run verity verify "$data" "$work/big.tree" "$big_root"
is "$status$err" 0 'verify: 72 MiB with holes'
cp --sparse=always "$data" "$work/bad"
flip "$work/bad" 70000000
flip "$work/bad" 50000000
for threads in 1 2 8; do
	refused 1 'data block 12207 at offset 49999872' "verify: the first bad block, by $threads threads" verity verify "$work/bad" "$work/big.tree" "$big_root" --threads $threads
done
cp --sparse=always "$data" "$work/bad"
printf x | dd of="$work/bad" conv=notrunc bs=1 seek=23000000 status=none
refused 1 'data block 5615 at offset 22999040' 'verify: a byte in what was a hole' verity verify "$work/bad" "$work/big.tree" "$big_root"
refused 1 'big.tree: hash block at offset 4096 \(level 2' 'verify: a wrong root hash' verity verify "$data" "$work/big.tree" "${big_root/[0-9]/a}"
for bad_root in '' 00 "${root}0" "${root^^}" "${root/%?/g}"; do
	refused 3 'is not a root hash' "verify: a root hash of ${#bad_root} characters: '${bad_root: -3}'" verity verify "$small" "$tree" "$bad_root"
done
head -c 4096 "$data" >"$work/one"
one_root=$("$HALLMARK" verity format "$work/one" "$work/one.tree" "${salted[@]}")
run verity verify "$work/one" "$work/one.tree" "$one_root"
is "$status$err" 0 'verify: one block'
flip "$work/one" 4095
refused 1 'data block 0 at offset 0' 'verify: one block that is another' verity verify "$work/one" "$work/one.tree" "$one_root"

# The superblock is not covered by the root hash: what is given must be equal to it.
root=$("$HALLMARK" verity format "$small" "$tree" --name weights --version 1.0)
run verity verify "$small" "$tree" "$root" --name weights --version 1.0 --data-blocks 300 --data-block-size 4096 --hash-block-size 4096
is "$status$err" 0 'g02_: everything pinned'
refused 1 "superblock's salt" 'g02_: another salt' verity verify "$small" "$tree" "$root" --name weights --version 1.1
refused 1 "superblock's salt" 'g02_: no salt' verity verify "$small" "$tree" "$root" --salt -
refused 1 "superblock's number of data blocks" 'g02_: another number of blocks' verity verify "$small" "$tree" "$root" --data-blocks 299
refused 1 "superblock's data block size" 'g02_: another data block size' verity verify "$small" "$tree" "$root" --data-block-size 2048
refused 1 "superblock's hash block size" 'g02_: another hash block size' verity verify "$small" "$tree" "$root" --hash-block-size 2048
altered() { # OFFSET HEX REGEX NAME
	cp "$tree" "$work/bad.tree"
	xxd -r -p <<<"$2" | dd of="$work/bad.tree" bs=1 seek="$1" conv=notrunc status=none
	refused 1 "$3" "g02_: superblock with $4" verity verify "$small" "$work/bad.tree" "$root"
}
altered 0 00 'no verity superblock' 'another signature'
altered 8 02 'version' 'version 2'
altered 12 00 'hash type' 'hash type 0'
altered 37 35 'sha256|algorithm' 'another algorithm'
altered 64 0000 'block sizes are' 'a data block size of 0'
altered 64 0008 'covers 614400 of 1228800' 'half the data block size'
altered 68 0002 'does not match the root hash' 'another hash block size'
altered 72 00000000 'no data block' 'no blocks'
altered 72 2b01 'covers 1224704 of 1228800' 'one block less'
altered 72 2d01 'small: 1228800 bytes, but the tree covers 1232896' 'one block more'
altered 72 ffffffffffffffff 'too many' '2^64-1 blocks'
altered 72 ffffffffffff0700 'tree covers 9223372036854771712|is too large' '2^51-1 blocks'
altered 80 0101 'salt' 'a salt of 257 bytes'
altered 80 00 'reserved|spare' 'a shorter salt'
altered 82 01 'reserved|spare' 'a reserved byte'
altered 88 00 'does not match the root hash' 'another salt'
altered 511 01 'reserved|spare' 'another last byte'
# The leaf level taken as data has the same root hash: only the number of blocks tells.
leaves=$work/leaves
tail -c $((3 * 4096)) "$tree" >"$leaves"
cp "$tree" "$work/bad.tree"
xxd -r -p <<<03000000 | dd of="$work/bad.tree" bs=1 seek=72 conv=notrunc status=none
run verity verify "$leaves" "$work/bad.tree" "$root"
is "$status" 0 'g05_: a hash level passed off as the data has the same root hash,'
refused 1 "superblock's number of data blocks" 'g05_: which a pinned number of blocks refuses' verity verify "$leaves" "$work/bad.tree" "$root" --data-blocks 300

for cut in 1 4096 614400; do
	head -c $((300 * 4096 - cut)) "$small" >"$work/bad"
	refused 1 "/bad: $((300 * 4096 - cut)) bytes, but the tree covers 1228800" "g17_: data that lacks $cut bytes" verity verify "$work/bad" "$tree" "$root"
done
refused 1 '/empty: 0 bytes, but the tree covers' 'g17_: data of 0 bytes' verity verify "$work/empty" "$tree" "$root"
refused 4 '/missing: No such file' 'g17_: data that is missing' verity verify "$work/missing" "$tree" "$root"
for len in 1 512 4096 8191; do
	head -c $(($(stat -c %s "$tree") - len)) "$tree" >"$work/bad.tree"
	refused 1 '/bad.tree: .* bytes, but the tree ends at' "g17_: a tree that lacks $len bytes" verity verify "$small" "$work/bad.tree" "$root"
done
head -c 511 "$tree" >"$work/bad.tree"
refused 1 '511 bytes hold no superblock at offset 0' 'g17_: a superblock that is cut off' verity verify "$small" "$work/bad.tree" "$root"
refused 1 'bytes hold no superblock at offset 409600' 'g17_: a superblock beyond the end' verity verify "$small" "$tree" "$root" --hash-offset 409600
{ cat "$small"; head -c 4096 "$data"; } >"$work/bad"
refused 1 'covers 1228800 of 1232896 bytes' 'g05_: data that goes on after the tree ends' verity verify "$work/bad" "$tree" "$root"
run verity verify "$work/bad" "$tree" "$root" --data-blocks 300
is "$status$err" 0 'g05_: unless the number of blocks was given'
{ cat "$tree"; echo more; } >"$work/long.tree"
run verity verify "$small" "$work/long.tree" "$root"
is "$status$err" 0 'g05_: what is after the tree is nobody'"'"'s'
tail -c +4097 "$tree" >"$work/bare"
run verity verify "$small" "$work/bare" "$root" --no-superblock --name weights --version 1.0
is "$status$err" 0 'verify without superblock'
refused 1 'does not match the root hash' 'verify without superblock: another salt' verity verify "$small" "$work/bare" "$root" --no-superblock --salt 00
refused 3 'give a salt' 'verify without superblock and salt' verity verify "$small" "$work/bare" "$root" --no-superblock

# --- no other way -----------------------------------------------------------------------------------------------

for file in "$small" "$data" "$work/one"; do
	flat=$(sha256sum <"$file" | cut -d' ' -f1)
	"$HALLMARK" verity format "$file" "$work/flat.tree" "${salted[@]}" >/dev/null
	refused 1 'does not match the root hash' "g21_: the flat SHA-256 of $(basename "$file") is no root hash" verity verify "$file" "$work/flat.tree" "$flat"
done
refused 1 'no verity superblock' 'g21_: a file that is no tree' verity verify "$small" "$data" "$root"
run env 2>/dev/null
status=0
out=$(PATH=/nowhere "$HALLMARK" verity root "$small" --name weights --version 1.0) || status=$?
is "$status $out" "0 $root" 'g21_: no other program is needed'
is "$(printf '%s' "$root")" "$(cat "$work/theirs.root")" 'g21_: the root of a known file is what veritysetup said'

# --- parts ------------------------------------------------------------------------------------------------------

whole=$work/whole.tree
for kind in "$data 18432 4096 4096" "$small 300 4096 4096" "$small 2400 512 512" "$work/one 1 4096 4096" "$small 130 4096 4096"; do
	read -r of blocks data_size hash_size <<<"$kind"
	options=("${salted[@]}" --data-blocks "$blocks" --data-block-size "$data_size" --hash-block-size "$hash_size")
	root=$("$HALLMARK" verity format "$of" "$whole" "${options[@]}")
	for count in 1 2 3 7 40; do
		rm -f "$work"/part.*
		for index in $(seq $count); do
			"$HALLMARK" verity format "$of" "$work/part.$index" --shard "$index/$count" "${options[@]}" --threads $((index % 3 + 1)) || different+="part $index"$'\n'
		done
		rm -f "$work/joined"
		mapfile -t parts < <(printf '%s\n' "$work"/part.* | shuf --random-source="$small")
		joined=$("$HALLMARK" verity join "${parts[@]}" --output "$work/joined" --root "$root" --root-hash-file "$work/root")
		[ "$joined $(cat "$work/root")" = "$root $root" ] && cmp -s "$work/joined" "$whole" || different+="$count parts"$'\n'
	done
	verdict "$blocks blocks of $data_size in 1, 2, 3, 7 and 40 parts: the same tree"
done
of=$data
options=("${salted[@]}")
root=$("$HALLMARK" verity format "$of" "$whole" "${options[@]}")
rm -f "$work"/part.* "$work/joined"
for index in 1 2 3; do
	"$HALLMARK" verity format "$of" "$work/part.$index" --shard $index/3 "${options[@]}"
done
join() {
	refused "$1" "$2" "$3" verity join "${@:4}" --output "$work/joined"
}
parts=("$work/part.1" "$work/part.2" "$work/part.3")
join 1 'join: part 2 of 3 is missing' 'join: a missing part' "${parts[0]}" "${parts[2]}"
join 1 'join: part 1 of 3 is missing' 'join: the first part is missing' "${parts[1]}" "${parts[2]}"
join 1 'part.2: is part 2 of 3, and so is .*part.2' 'join: a part twice' "${parts[@]}" "${parts[1]}"
join 3 'an argument is missing' 'join: no part'
refused 3 'part.2: is an input, and would be overwritten' 'join: --output over a part' verity join "${parts[@]}" --output "$work/part.2"
refused 3 'part.3: is an input, and would be overwritten' 'join: --root-hash-file over a part' verity join "${parts[@]}" --output "$work/joined" --root-hash-file "$work/part.3"
refused 3 'joined: is named for two outputs' 'join: one name for two outputs' verity join "${parts[@]}" --output "$work/joined" --root-hash-file "$work/joined"
join 4 '/missing: No such file' 'join: a part that does not exist' "${parts[@]}" "$work/missing"
join 2 'bytes are too few' 'join: an empty part' "${parts[0]}" "$work/empty"
join 2 'is no part file' 'join: a tree is no part' "${parts[0]}" "$whole"
foreign() { # REGEX NAME OPTION...
	local other=$work/foreign
	"$HALLMARK" verity format "${@:3}" "$other" --shard 2/3 || bail 'foreign part'
	join 1 "foreign: $1" "join: a part $2" "${parts[0]}" "$other" "${parts[2]}"
}
foreign 'has another salt than .*part.1' 'of another salt' "$of" --salt 01 --uuid $uuid
foreign 'has another UUID' 'of another UUID' "$of" --salt 00 --uuid "${uuid/6/7}"
foreign 'has another data block size' 'of another data block size' "$of" "${options[@]}" --data-block-size 1024
foreign 'has another hash block size' 'of another hash block size' "$of" "${options[@]}" --hash-block-size 1024
foreign 'has another number of data blocks' 'of other sizes' "$of" "${options[@]}" --data-blocks 18431
foreign 'has another choice of a superblock' 'without superblock' "$of" "${options[@]}" --no-superblock
"$HALLMARK" verity format "$of" "$work/foreign" --shard 2/4 "${options[@]}"
join 1 'foreign: has another number of parts' 'join: a part of four' "${parts[0]}" "$work/foreign" "${parts[2]}"
noise $((72 << 20)) 5 >"$work/other"
foreign 'was made from other data than .*part.1' 'from other data of the same length' "$work/other" "${options[@]}"
# Other data in one byte: no sample sees it, the root hash does.
cp --sparse=always "$data" "$work/other"
flip "$work/other" 40000001
"$HALLMARK" verity format "$work/other" "$work/foreign" --shard 2/3 "${options[@]}"
refused 1 "joined: the root hash of these parts is [0-9a-f]{64}, not $root" 'join: a part from data that differs in a byte, with --root' \
	verity join "${parts[0]}" "$work/foreign" "${parts[2]}" --output "$work/joined" --root "$root"
ok "$([ ! -e "$work/joined" ]; echo $?)" 'join: nothing that was refused left a tree'
rm -f "$work/other"
damage() { # OFFSET REGEX NAME
	cp "${parts[1]}" "$work/damaged"
	flip "$work/damaged" "$1"
	refused 2 "damaged: .*$2" "join: a part with $3" verity join "${parts[0]}" "$work/damaged" "${parts[2]}" --output "$work/joined"
}
damage 0 'is no part file' 'another signature'
damage 16 'block sizes are' 'another block size'
damage 40 'names blocks that are not its' 'another first block'
damage 48 'names blocks that are not its' 'another number of blocks'
damage 60 'header is malformed' 'a reserved byte'
damage 130 'header is malformed' 'a longer salt than it says'
damage 479 'header is malformed' 'a byte after the salt'
damage 480 'is damaged: its SHA-256' 'another SHA-256'
damage 512 'is damaged: its SHA-256' 'another first digest'
damage 100000 'is damaged: its SHA-256' 'another digest'
cp "${parts[1]}" "$work/damaged"
echo >>"$work/damaged"
join 2 'damaged: .* bytes, but the header says' 'join: a part that is too long' "${parts[0]}" "$work/damaged" "${parts[2]}"
head -c -32 "${parts[1]}" >"$work/damaged"
join 2 'damaged: .* bytes, but the header says' 'join: a part that is too short' "${parts[0]}" "$work/damaged" "${parts[2]}"
ok "$([ ! -e "$work/joined" ]; echo $?)" 'join: nothing that was refused left a tree'
for shard in '' 1 0/3 4/3 1/0 1/4097 01/3 1/3/1 -1/3 1/; do
	refused 3 "'$shard' is no part" "--shard '$shard'" verity format "$small" "$work/part" --shard "$shard" "${options[@]}"
done
refused 3 'name the part file' '--shard without a file' verity format "$small" --shard 1/2 "${options[@]}"
refused 3 'goes with none of' '--shard --root-hash-file' verity format "$small" "$work/part" --shard 1/2 "${options[@]}" --root-hash-file x
words=()
for index in $(seq 4097); do
	words+=(x)
done
refused 3 'is one argument too many' 'join: 4097 parts' verity join "${words[@]}" --output "$work/joined"

# docs/SHARDING.md: the commands that stand there, here for two parts, on this machine.
mkdir "$work/bin" "$work/parts"
ln -s "$(realpath "$HALLMARK")" "$work/bin/hallmark"
cp "$small" "$work/weights.erofs"
# The Job's command: the two lines behind '- >-', as YAML folds them.
job=$(sed -n '/^ *- >-$/,/^ *resources:/p' "$top/docs/SHARDING.md" | sed '1d;$d' | paste -sd' ' | sed "s|24|2|g; s|/data/|$work/|g; s|/parts/|$work/parts/|g")
like "$job" '^ +exec hallmark verity format .*JOB_COMPLETION_INDEX' 'the example of a Kubernetes Job has a command'
for JOB_COMPLETION_INDEX in 0 1; do
	export JOB_COMPLETION_INDEX
	(cd "$work" && PATH=$work/bin:$PATH sh -euc "$job") || different+="job $JOB_COMPLETION_INDEX"$'\n'
done
# shellcheck disable=SC2016 # backquotes of the page
join_line=$(sed -n 's/.*one pod with both volumes runs `\(.*\)`\./\1/p' "$top/docs/SHARDING.md" | sed "s|/parts/|$work/parts/|g")
(cd "$work" && PATH=$work/bin:$PATH sh -euc "$join_line") >"$work/job.root" || different+=join$'\n'
is "$different$(cat "$work/job.root")" "$("$HALLMARK" verity root "$small" --name weights --version 1.0)" 'the commands of the Job make the tree'
different=
# Alternatives to it: the array's line.
array=$(sed -n '/srun hallmark/,/--version/p' "$top/docs/SHARDING.md" | sed 's/\\$//; s/srun //' | paste -sd' ')
rm -f "$work"/parts/*
for SLURM_ARRAY_TASK_ID in 1 2 3; do
	(cd "$work" && SLURM_ARRAY_TASK_ID=$SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_COUNT=3 SLURM_CPUS_PER_TASK=2 PATH=$work/bin:$PATH sh -euc "$array") || different+="array $SLURM_ARRAY_TASK_ID"
done
run verity join "$work"/parts/weights.* --output "$work/joined.array"
is "$different$status $out" "0 $(cat "$work/job.root")" 'the line of the Slurm array makes the parts'
different=

# --- the digests of files ---------------------------------------------------------------------------------------

dir=$work/weights
mkdir -p "$dir/a/b" "$dir/empty"
for len in 0 1 55 56 63 64 65 119 120 127 128 4095 4096 100000 $(((4 << 20) - 1)) $((4 << 20)) $(((4 << 20) + 1)) $(((9 << 20) + 77)); do
	noise $len "$len" >"$dir/a/b/$len"
done
for index in $(seq 100); do
	noise $((index * 997)) "$index" >"$dir/a/model-$index.safetensors"
done
noise 100 1 >"$dir/a b"
noise 100 2 >"$dir/a"$'\n''b'
noise 100 3 >"$dir/a\\b"
noise 100 4 >"$dir/a"$'\r''b'
noise 100 5 >"$dir/"$'\xc3\xa4'
noise 100 6 >"$dir/a.b"
noise 100 7 >"$dir/-x"
truncate -s 10M "$dir/hole"
ln -s a "$dir/link" 2>/dev/null
ln -s nowhere "$dir/broken"
(cd "$dir" && find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum --) >"$work/sums"
for kernel in '' "${kernels[@]}"; do
	for threads in 1 2 5; do
		run verity digests "$dir" ${kernel:+--kernel "$kernel"} --threads $threads
		ok "$(cmp -s "$work/sums" "$work/stdout"; echo $?)" "digests: as sha256sum, ${kernel:-chosen kernel}, $threads threads" "$(diff "$work/sums" "$work/stdout" | head)$err"
	done
done
run verity digests "$dir/" --output "$work/written"
ok "$(cmp "$work/sums" "$work/written"; echo $?)" 'digests: --output, and a directory with a slash'
(cd "$dir" && sha256sum --quiet -c "$work/written") && status=0 || status=1
is $status 0 'digests: sha256sum -c reads them'
run verity format "$small" "$tree" --name weights --version 1.0 --digests "$work/written2" --files "$dir"
is "$status $out" "0 $("$HALLMARK" verity root "$small" --name weights --version 1.0)" 'format --digests: the root hash'
ok "$(cmp "$work/sums" "$work/written2"; echo $?)" 'format --digests: the digests'
mkdir "$work/nothing"
refused 2 'there is no file in it' 'digests: an empty directory' verity digests "$work/nothing"
refused 4 'Not a directory' 'digests: a file' verity digests "$small"
refused 4 'No such file' 'digests: no directory' verity digests "$work/missing"
mkfifo "$dir/fifo"
refused 2 'fifo: neither a file nor' 'digests: a pipe' verity digests "$dir"
rm -f "$tree"
refused 2 'fifo: neither a file nor' 'format --digests: a pipe' verity format "$small" "$tree" --name weights --version 1.0 --digests "$work/written3" --files "$dir"
ok "$([ ! -e "$tree" ] && [ ! -e "$work/written3" ]; echo $?)" 'format --digests: neither tree nor digests are left'
rm "$dir/fifo"

# --- interrupted ------------------------------------------------------------------------------------------------

# A tree of 2 GiB takes more than a second to write. wait_for FILE-PATTERN
mkdir "$work/int"
truncate -s 256G "$work/int/data"
interrupt() { # SIGNAL STATUS ARGUMENT...
	local signal=$1 pid status=0
	env --default-signal "$HALLMARK" "${@:3}" >"$work/stdout" 2>"$work/stderr" &
	pid=$!
	for _ in $(seq 5000); do
		if [ -n "$(find "$work/int" -name 'tree.*')" ] || [ "$(stat -c %s "$work/int/data")" -gt 274877906944 ]; then
			break
		fi
		sleep 0.01
	done
	sleep 0.1
	kill -s "$signal" "$pid"
	wait "$pid" 2>/dev/null || status=$?
	is "$status $(cat "$work/stdout" "$work/stderr")" "$2 " "interrupted by $signal: ends by the signal, without a word (${*:4:1})"
	is "$(ls "$work/int")" data "interrupted by $signal: no tree, no temporary file"
	is "$(stat -c %s "$work/int/data")" 274877906944 "interrupted by $signal: the data has its old length"
}
for signal in INT TERM HUP; do
	interrupt $signal $((128 + $(kill -l $signal))) verity format "$work/int/data" "$work/int/tree" "${salted[@]}"
done
interrupt INT 130 verity format "$work/int/data" "${salted[@]}"
interrupt TERM 143 verity format "$work/int/data" "${salted[@]}"
rm -rf "$work/int"

# --- disks that are full or broken, files that change --------------------------------------------------------------

cat >"$work/full.sh" <<'S'
mount -t tmpfs -o size=300k tmpfs "$1" || exit
truncate -s 64M "$1/data"
"$2" verity format "$1/data" "$1/tree" --salt 00 --uuid "$3" 2>&1
echo "status $?"
ls "$1"
"$2" verity format "$1/data" --salt 00 --uuid "$3" 2>&1
echo "status $?"
stat -c %s "$1/data"
S
full=$(unshare -rm sh "$work/full.sh" "$work/nothing" "$HALLMARK" $uuid 2>&1) || full="unshare: $full"
if [[ $full == unshare* ]]; then
	skip 'a full disk' "$full"
else
	is "$full" "hallmark: $work/nothing/tree: 532480 bytes for the tree: No space left on device
status 4
data
hallmark: $work/nothing/data: 532480 bytes for the tree: No space left on device
status 4
67108864" 'a full disk: said before the work, nothing is left, appended or not'
fi

# What a disk or another process does, on call: HM_TRUNCATE=N[:FILE] cuts the file when its second part is mapped.
cat >"$work/shim.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
static _Atomic int maps;
void *mmap(void *a, size_t n, int prot, int flags, int fd, off_t off)
{
	void *(*real)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, "mmap");
	void *p = real(a, n, prot, flags, fd, off);
	const char *cut = getenv("HM_TRUNCATE"), *touch = getenv("HM_TOUCH");
	if (fd >= 0 && (flags & MAP_SHARED) && maps++ == 2) {
		if (cut && truncate(getenv("HM_FILE"), atol(cut)))
			abort();
		if (touch) {
			FILE *f = fopen(getenv("HM_FILE"), "r+");
			fputc('x', f);
			fclose(f);
		}
	}
	return p;
}
ssize_t pread(int fd, void *p, size_t n, off_t off)
{
	ssize_t (*real)(int, void *, size_t, off_t) = dlsym(RTLD_NEXT, "pread");
	const char *bad = getenv("HM_BAD_READ");
	if (bad && atol(bad) >= off && atol(bad) < off + (off_t)n) {
		errno = EIO;
		return -1;
	}
	return real(fd, p, n, off);
}
ssize_t pwrite(int fd, const void *p, size_t n, off_t off)
{
	ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
	const char *bad = getenv("HM_BAD_WRITE");
	if (bad && atol(bad) >= off && atol(bad) < off + (off_t)n) {
		errno = ENOSPC;
		return -1;
	}
	return real(fd, p, n > 1000 ? 1000 : n, off);
}
int fallocate(int fd, int mode, off_t off, off_t n)
{
	(void)fd; (void)mode; (void)off; (void)n;
	errno = EOPNOTSUPP;
	return -1;
}
C
${CC:-gcc} -shared -fPIC -o "$work/shim.so" "$work/shim.c" -ldl || bail 'shim'
shimmed() { # ASSIGNMENT...  -- ARGUMENT...
	local vars=()
	while [ "$1" != -- ]; do
		vars+=("$1")
		shift
	done
	shift
	status=0
	out=$(env "${vars[@]}" LD_PRELOAD="$work/shim.so" timeout 60 "$HALLMARK" "$@" 2>&1) || status=$?
}
mkdir "$work/shimmed"
head -c 24M "$data" >"$work/shimmed/data"
root=$("$HALLMARK" verity format "$work/shimmed/data" "$work/expected" "${salted[@]}")
shimmed A=b -- verity format "$work/shimmed/data" "$work/shimmed/tree" "${salted[@]}"
is "$status $out" "0 $root" 'short writes, and a file system without fallocate'
ok "$(cmp "$work/expected" "$work/shimmed/tree"; echo $?)" 'the same tree'
shimmed HM_BAD_READ=20480 -- verity verify "$work/shimmed/data" "$work/shimmed/tree" "$root"
is "$status $out" "4 hallmark: $work/shimmed/tree: read at offset 20480: Input/output error" 'verify: the tree cannot be read: the offset, status 4'
rm "$work/shimmed/tree"
shimmed HM_BAD_WRITE=12288 -- verity format "$work/shimmed/data" "$work/shimmed/tree" "${salted[@]}"
like "$status $out" "^4 hallmark: $work/shimmed/tree: write at offset (8192|12288|11[0-9]*): No space left on device$" 'the tree cannot be written: the offset, status 4'
is "$(ls "$work/shimmed")" data 'and nothing is left'
for cut in 0 5000000 9000000; do
	for threads in 1 3; do
		head -c 24M "$data" >"$work/shimmed/data"
		shimmed HM_FILE="$work/shimmed/data" HM_TRUNCATE=$cut -- verity format "$work/shimmed/data" "$work/shimmed/tree" "${salted[@]}" --threads $threads
		is "$status $out" "4 hallmark: $work/shimmed/data: shrank while it was read: nothing at offset $cut" "g17_: data cut to $cut bytes while it is read, $threads threads"
		is "$(ls "$work/shimmed")" data 'g17_: and no tree is left'
	done
done
head -c 24M "$data" >"$work/shimmed/data"
shimmed HM_FILE="$work/shimmed/data" HM_TRUNCATE=5000000 -- verity verify "$work/shimmed/data" "$work/expected" "$root"
like "$status $out" "^4 hallmark: $work/shimmed/data: shrank while" 'g17_: verify: data cut while it is read'
mkdir "$work/shimmed/dir"
head -c 24M "$data" >"$work/shimmed/dir/data"
for kernel in "${kernels[@]}"; do
	head -c 24M "$data" >"$work/shimmed/dir/data"
	shimmed HM_FILE="$work/shimmed/dir/data" HM_TRUNCATE=5000000 -- verity digests "$work/shimmed/dir" --kernel "$kernel"
	is "$status $out" "4 hallmark: $work/shimmed/dir/data: shrank while it was read: nothing at offset 5000000" "digests: a file cut while it is read, $kernel"
done
rm -r "$work/shimmed/dir"
head -c 24M "$data" >"$work/shimmed/data"
touch -d yesterday "$work/shimmed/data"
shimmed HM_FILE="$work/shimmed/data" HM_TOUCH=1 -- verity format "$work/shimmed/data" "$work/shimmed/tree" "${salted[@]}"
is "$status $out" "4 hallmark: $work/shimmed/data: changed while it was read" 'g08_: data that changes while it is read'
is "$(ls "$work/shimmed")" data 'g08_: and no tree is left'

# A disk that loses its end, under a file that is mapped and under a block device that is read.
cat >"$work/broken.sh" <<'S'
truncate -s 64M "$1/disk"
mkfs.ext4 -q -O ^has_journal -b 4096 "$1/disk"
loop=$(losetup -f --show "$1/disk")
trap 'umount "$1/mnt" 2>/dev/null; losetup -d "$loop"' EXIT
mkdir -p "$1/mnt"
mount "$loop" "$1/mnt"
head -c 40M "$2" >"$1/mnt/data"
umount "$1/mnt"
mount -o ro "$loop" "$1/mnt"
truncate -s 20M "$1/disk"
echo 3 >/proc/sys/vm/drop_caches
"$3" verity root "$1/mnt/data" --salt 00 2>&1 || echo "status $?"
"$3" verity root "$loop" --salt 00 2>&1 || echo "status $?"
S
if [ "$(id -u)" = 0 ] && [ -e /dev/loop-control ]; then
	mkdir "$work/loop"
	broken=$(unshare -m sh -eu "$work/broken.sh" "$work/loop" "$data" "$HALLMARK" 2>&1)
	like "$broken" "^hallmark: $work/loop/mnt/data: read at offset [0-9]+: Input/output error$" 'a file whose disk is broken: the offset'
	like "$broken" '^hallmark: /dev/loop[0-9]+: read at offset 20971520: Input/output error$' 'a block device that is broken: the offset'
	is "$(grep -c '^status 4$' <<<"$broken")" 2 'both: status 4'
else
	skip 'a disk that is broken' 'no loop devices'
fi

# --- progress ---------------------------------------------------------------------------------------------------

# More than a second of work, little of it for the disk.
truncate -s 4T "$work/sparse"
if command -v script >/dev/null; then
	script -qec "'$HALLMARK' verity root '$work/sparse' --salt 00 --threads 1 --data-block-size 512" /dev/null >"$work/tty" </dev/null
	like "$(tr '\r' '\n' <"$work/tty")" '^root: +[0-9]+ %  [0-9.]+ of [0-9.]+ GB, [0-9.]+ GB/s, 0:00:[0-9][0-9] left' 'progress on a terminal, with rate and time left'
else
	skip 'progress on a terminal' 'script(1) is not installed'
fi
run verity root "$work/sparse" --salt 00 --data-block-size 512
is "$status $err" '0 ' 'no progress where standard error is no terminal'

done_testing
