// SPDX-License-Identifier: BSD-2-Clause
module hallmark.example/peers/tlog

go 1.25.0

require (
	filippo.io/torchwood v0.6.1
	github.com/transparency-dev/formats v0.1.1
	golang.org/x/mod v0.36.0
	sigsum.org/sigsum-go v0.14.1
)

require (
	filippo.io/mldsa v0.0.0-20260215214346-43d0283efc3e // indirect
	github.com/dchest/safefile v0.0.0-20151022103144-855e8d98f185 // indirect
	github.com/pborman/getopt/v2 v2.1.0 // indirect
	golang.org/x/crypto v0.52.0 // indirect
	golang.org/x/net v0.55.0 // indirect
	golang.org/x/sync v0.20.0 // indirect
	golang.org/x/text v0.37.0 // indirect
)

tool (
	sigsum.org/sigsum-go/cmd/sigsum-key
	sigsum.org/sigsum-go/cmd/sigsum-submit
	sigsum.org/sigsum-go/cmd/sigsum-verify
)
