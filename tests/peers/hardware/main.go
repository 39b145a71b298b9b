// SPDX-License-Identifier: BSD-2-Clause

// hardware judges the same frames as ours.c, by Google's verifiers.
package main

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-attestation/attest"
	"github.com/google/go-eventlog/register"
	"github.com/google/go-eventlog/tcg"
	"github.com/google/go-sev-guest/verify"
	tdx "github.com/google/go-tdx-guest/verify"
)

func frame(r io.Reader) []byte {
	var size uint32
	if binary.Read(r, binary.LittleEndian, &size) != nil {
		return nil
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(r, data); err != nil {
		panic(err)
	}
	return data
}

// A reader that panics is said to have done so, and the next frame has its turn.
func judge(f func() error) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Println("panic", strings.ReplaceAll(fmt.Sprint(p), "\n", " "))
		}
	}()
	if err := f(); err != nil {
		fmt.Println("bad", strings.ReplaceAll(err.Error(), "\n", " "))
	} else {
		fmt.Println("good")
	}
}

func main() {
	in := bufio.NewReader(os.Stdin)
	switch os.Args[1] {
	case "snp":
		vcek, err := x509.ParseCertificate(frame(in))
		if err != nil {
			panic(err)
		}
		for data := frame(in); data != nil; data = frame(in) {
			judge(func() error { return verify.SnpReportSignature(data, vcek) })
		}
	case "tdx":
		now, _ := strconv.ParseInt(os.Args[2], 10, 64)
		for data := frame(in); data != nil; data = frame(in) {
			judge(func() error { return tdx.RawTdxQuote(data, &tdx.Options{Now: time.Unix(now, 0)}) })
		}
	case "eventlog", "attestation":
		// Two frames a log: its bytes, and registers 0 to 23 in SHA-256.
		for data := frame(in); data != nil; data = frame(in) {
			values := frame(in)
			judge(func() error {
				if os.Args[1] == "eventlog" {
					var all []register.MR
					for i := 0; i < 24; i++ {
						all = append(all, register.PCR{Index: i, Digest: values[32*i : 32*i+32], DigestAlg: crypto.SHA256})
					}
					_, err := tcg.ParseAndReplay(bytes.Clone(data), all, tcg.ParseOpts{AllowPadding: true})
					return err
				}
				var all []attest.PCR
				for i := 0; i < 24; i++ {
					all = append(all, attest.PCR{Index: i, Digest: values[32*i : 32*i+32], DigestAlg: crypto.SHA256})
				}
				log, err := attest.ParseEventLog(bytes.Clone(data))
				if err != nil {
					return err
				}
				_, err = log.Verify(all)
				return err
			})
		}
	}
}
