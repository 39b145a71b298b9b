#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# container.t - an application from a container image that has no shell: it starts, answers, and is in PCR 13
. tests/boot/lib.sh

# busybox is the only program, started as httpd by the image's Entrypoint and Cmd, which APP_ENV= completes.
mkdir -p "$work/root/bin" "$work/layout/blobs/sha256" "$work/weights"
cp "$BUILDROOT/usr/bin/busybox" "$work/root/bin/httpd"
echo 'weights of the container' >"$work/weights/index.html"
# blob FILE TYPE: put into the layout; prints its descriptor
blob() {
	local digest
	digest=$(sha256sum <"$1" | cut -d' ' -f1)
	cp "$1" "$work/layout/blobs/sha256/$digest"
	printf '{"mediaType":"application/vnd.oci.image.%s","digest":"sha256:%s","size":%s}' "$2" "$digest" "$(stat -c %s "$1")"
}
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$work/root" -cf "$work/layer.tar" bin
zstd -q "$work/layer.tar" -o "$work/layer.tar.zst"
printf '{"os":"linux","architecture":"amd64","config":{"Entrypoint":["httpd"],"Cmd":["-f","-p","8080","-h","/weights"],"Env":["PATH=/bin"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
	"$(sha256sum <"$work/layer.tar" | cut -d' ' -f1)" >"$work/config"
printf '{"schemaVersion":2,"config":%s,"layers":[%s]}' "$(blob "$work/config" config.v1+json)" "$(blob "$work/layer.tar.zst" layer.v1.tar+zstd)" >"$work/manifest"
printf '{"schemaVersion":2,"manifests":[%s]}' "$(blob "$work/manifest" manifest.v1+json)" >"$work/layout/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' >"$work/layout/oci-layout"

make image "APP=oci:$work/layout" WEIGHTS="$work/weights" IMAGE="$work/image" >"$work/log" 2>&1
is $? 0 'make image APP=oci:' || sed 's/^/# /' "$work/log" | tail -n 20
is "$(jq -r '.inputs[] | select(.name == "container").sha256' "$work/image/golden/golden.json")" "$(jq -r '.manifests[0].digest[7:]' "$work/layout/index.json")" \
	"the golden file lists the container's digest"

boot --vars "$work/image/OVMF_VARS.secboot.fd" --disk "$work/image/disk.raw" -- sh -c "curl -fsSk --retry 30 --retry-all-errors --retry-delay 1 https://127.0.0.1:\$HALLMARK_TLS_PORT/ >$work/answer"
is "$boot_status" 0 'the machine boots, reports and answers'
is "$(cat "$work/answer")" 'weights of the container' 'the container serves the weights'
"$HALLMARK" log diff --table "$work/image/golden/golden.json" "$work/report.json" >"$work/table"
ok $? 'every register as predicted' "$(cat "$work/table")"
is "$(changed_registers "$IMAGE/golden/golden.json" "$work/report.json")" '5 13 14' \
	'of the demo image, only the application, the weights and the partition table differ'
done_testing
