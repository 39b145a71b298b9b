#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# llm.t - make demo-llm: the streamed, attested answer of a language model is that of the same server outside of the machine
. tests/boot/lib.sh

model=${HALLMARK_FIXTURES:-../shared/fixtures}/model/stories260K.gguf
# These packages are of a suite that moves on: an archive that has them no more says nothing about this tree.
image/fetch image/llm/packages.lock "${CACHE:-$B/cache}" 2>"$work/log" || skip_all "image/llm/packages.lock cannot be had: $(tail -n 1 "$work/log")"
if [ ! -e "$model" ]; then
	echo "# $model is not there: a model that has learned nothing"
	model=$work/tiny.gguf
	image/llm/tiny-model "$model" || bail tiny-model
fi
image/llm/tiny-model "$work/a.gguf" && image/llm/tiny-model "$work/b.gguf"
is "$(cmp "$work/a.gguf" "$work/b.gguf" && head -c 4 "$work/a.gguf")" GGUF 'the tiny model is the same each time'

make demo-llm MODEL="$model" >"$work/said" 2>"$work/log"
is $? 0 'make demo-llm' || tail -n 20 "$work/log" | sed 's/^/# /'
like "$(cat "$work/said")" '^accepted: hallmark-llm' 'the machine is accepted, by its own name'
like "$(cat "$work/said")" '^hallmark: [1-9][0-9]* tokens, [0-9.]+ tokens/s, streamed' 'tokens and their speed'

# The same server, files and model without a machine: in a root and a network of its own.
image/llm/app "$BUILDROOT" "${CACHE:-$B/cache}" "$work/app" 2>"$work/log" || bail "image/llm/app: $(tail -n 1 "$work/log")"
mkdir -p "$work/app"/{proc,dev,tmp,weights}
cp "$model" "$work/app/weights/model.gguf"
# shellcheck disable=SC2016 # the other shell's own
unshare --net --mount --pid --fork --kill-child sh -c '"$2" ifconfig lo up && cd "$1" && mount -t proc proc proc && mount --bind /dev dev &&
	{ /usr/sbin/chroot . /start >/dev/null 2>&1 & } &&
	curl -sf --noproxy "*" --retry 100 --retry-all-errors --retry-delay 1 --max-time 300 http://127.0.0.1:8080/v1/completions \
		-d "{\"prompt\":\"Once upon a time\",\"max_tokens\":64,\"temperature\":0}"' sh "$work/app" "$(realpath "$BUILDROOT")/usr/bin/busybox" >"$work/native"
is $? 0 'the same server outside' || sed 's/^/# /' "$work/native"
python3 - "$work/native" >"$work/want" <<'PYTHON'
import json, sys
text = json.load(open(sys.argv[1]))["choices"][0]["text"]
print("Once upon a time" + "".join(c if c.isprintable() or c == "\n" else "?" for c in text))
PYTHON
sed -n '/^Once upon a time/,/^hallmark: /p' "$work/said" | sed '/^hallmark: /d' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$work/got"
is "$(cat "$work/got")" "$(cat "$work/want")" 'greedy tokens are equal'
done_testing
