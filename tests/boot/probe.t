#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# probe.t - what each service can write, run and see: a program inside of each sandbox tries, and prints a table
#
# The application's unit is the demo's, unchanged: the program (tests/boot/probe.c) is the application. For each service
# of the OS a second unit has the first one's walls around the same program. docs/THREATS.md has the table.
. tests/boot/lib.sh

mkdir -p "$work/app"
gcc -static -O1 -Wall -Wextra -Werror -D_GNU_SOURCE -o "$work/app/start" tests/boot/probe.c 2>"$work/log" ||
	bail "probe.c: $(head -n 3 "$work/log")"
chmod 755 "$work/app/start"
root_cmd image/app-root "$work/app.tree" --app "$work/app" 2>"$work/log" || bail 'image/app-root'
root_cmd image/erofs "$BUILDROOT" "$work/app.tree" "$work/app.erofs" app 2>"$work/log" || bail 'image/erofs'
root_cmd image/verity "$BUILDROOT" "$work/app.erofs" "$work/app.verity" app test 2>"$work/log" || bail 'image/verity'

root_cmd image/os-root "$BUILDROOT" "$B/target/hallmark-guest" "$work/tree" >"$work/log" 2>&1 || bail 'image/os-root'
units=usr/lib/systemd/system
mkdir -p "$work/extra/$units" "$work/extra/usr/lib/hallmark"
cp "$work/app/start" "$work/extra/usr/lib/hallmark/probe"
services=(attest front http net report tls)
for service in "${services[@]}"; do
	# What a service does goes, its walls stay. It may write to the console, which says what it found.
	sed -E -e '/^(Type|NotifyAccess|ExecStart|ExecStartPre|Restart[A-Za-z]*|TimeoutStartSec|Standard[A-Za-z]*|TTYPath)=/d' \
		-e '/^(After|Requires|StartLimit[A-Za-z]*|FailureAction)=/d' -e 's/^(RuntimeDirectory=).*/\1probe/' \
		-e 's|^\[Unit\]$|&\nAfter=hallmark-attest.service hallmark-tls.service hallmark-app.service|' \
		-e "s|^\\[Service\\]\$|&\\nType=oneshot\\nExecStart=/usr/lib/hallmark/probe $service\\nStandardOutput=tty\\nTTYPath=/dev/console\\nDeviceAllow=/dev/console rw|" \
		"image/os/tree/$units/hallmark-$service.service" >"$work/extra/$units/probe-$service.service"
done
names=$(printf 'probe-%s.service ' "${services[@]}")
sed "s/^Wants=.*/& $names/" "image/os/tree/$units/hallmark.target" >"$work/extra/$units/hallmark.target"
sed "s/^After=.*/& $names/" "image/os/tree/$units/hallmark-report.service" >"$work/extra/$units/hallmark-report.service"
root_cmd cp -R "$work/extra/." "$work/tree/"
root_cmd chown -R 0:0 "$work/tree/usr/lib/hallmark" "$work/tree/$units"
root_cmd image/erofs "$BUILDROOT" "$work/tree" "$work/root.erofs" root 2>"$work/log" || bail 'image/erofs'
root_cmd image/verity "$BUILDROOT" "$work/root.erofs" "$work/root.verity" root test 2>"$work/log" || bail 'image/verity'
root_cmd image/disk "$work/disk.raw" --buildroot "$BUILDROOT" --esp-uki "$IMAGE/uki.signed.efi" --layer "$(layer root "$work/root.erofs")" \
	--layer "$(layer app "$work/app.erofs")" --layer "$(layer weights)" 2>"$work/log" || bail "image/disk: $(tail -n 1 "$work/log")"

boot --disk "$work/disk.raw" --timeout 600 -- sh -c "curl -fsSk --retry 90 --retry-all-errors --retry-delay 1 https://127.0.0.1:\$HALLMARK_TLS_PORT/ >$work/answer"
is "$boot_status" 0 'the machine boots, reports and answers'
# Of three equal lines the kernel's own may break one.
table=$({ cat "$work/answer"; tr -d '\r' <<<"$console" | grep -aoE '^probe: .*' | sort | uniq -d; } | sed -n 's/^probe: //p')
while read -r line; do echo "# $line"; done <<<"$table"
is "$(grep -E ': control: ' <<<"$table")" '' 'the program could do what it began'
tries=$(sed -nE 's/^\t\{"([a-z_]+)", .*/\1/p' tests/boot/probe.c | sort | paste -sd' ')
# writes SERVICE PLACE...: where files can be made; a number behind a place is its bound in MiB. Message queues are the
# service's own (PrivateIPC=), bounded by RLIMIT_MSGQUEUE, and hold no file.
writes() {
	local service=$1 said
	shift
	said=$(sed -n "s/^$service: //p" <<<"$table")
	like "$said" '^end$' "f10_$service: the program went through its list"
	is "$(sed -nE 's/^([a-z_]+)=.*/\1/p' <<<"$said" | sort | paste -sd' ')" "$tries" "f10_$service: every way was tried"
	is "$(sed -n 's/=DONE$//p' <<<"$said" | sort | paste -sd' ')" 'control_run control_self_mem_data' \
		"f10_$service: nothing that was written can be run, but for the controls"
	is "$(grep -E ' (exec|tmpfile|map)=DONE' <<<"$said")" '' "f10_$service: no file that was written can be run or mapped to run"
	is "$(sed -nE 's/^mount [^ ]+ [a-z0-9]+ [^ ]+ write=(\/[^ ]*) MiB=([0-9]+) .*/\1=\2/p' <<<"$said" | sort | paste -sd' ')" "$*" \
		"f10_$service: what can be written"
	is "$(grep -E '^mount [^ ]+ [a-z0-9]+ rw(,[a-z]+)* write=/' <<<"$said" | grep -v ' rw,nosuid,[a-z,]*noexec')" '' \
		"f10_$service: where a file can be made the mount is noexec and nosuid"
	is "$(grep -E ' others=.*\(read\)' <<<"$said")" '' "f10_$service: nobody else's file can be read"
}
run_mib=$(sed -nE 's/^attest: .* write=\/run\/hallmark MiB=([0-9]+) .*/\1/p' <<<"$table")
writes app /dev/mqueue=0 /dev/shm=64 /tmp=64
writes attest /dev/mqueue=0 "/run/hallmark=$run_mib"
writes front
writes http /dev/mqueue=0 "/run/probe=$run_mib"
writes net
writes report /dev/mqueue=0
writes tls /dev/mqueue=0
done_testing
