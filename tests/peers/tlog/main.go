// SPDX-License-Identifier: BSD-2-Clause
// tlog - a log and its witnesses by the libraries of sigsum and of C2SP's authors, and a verifier by the latter
//
// tlog make DIR SIZE INDEX FILE: a log of SIZE entries of which entry INDEX is FILE, in both forms. Into DIR:
// sigsum.proof, sigsum.policy, c2sp.proof, c2sp.policy, submitter (OpenSSH public key), submitter.pem.
// tlog enter DIR SIZE INDEX REQUEST: sigsum's alone, of which entry INDEX is what sigsum-submit has asked for.
// tlog check POLICY PROOF FILE: whether transparency-dev's formats, torchwood and x/mod accept a proof of C2SP's form; status 1: no.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	fnote "github.com/transparency-dev/formats/note"
	fproof "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/formats/witness"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"sigsum.org/sigsum-go/pkg/crypto"
	"sigsum.org/sigsum-go/pkg/merkle"
	"sigsum.org/sigsum-go/pkg/proof"
	"sigsum.org/sigsum-go/pkg/requests"
	"sigsum.org/sigsum-go/pkg/types"
)

const witnessCount = 3

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

func write(dir, name string, content []byte) {
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
		log.Fatal(err)
	}
}

// The seed of a key is its number: everybody's keys, as it must be in a test.
func seed(number byte) []byte {
	return append(make([]byte, 31), number)
}

func sigsumKey(number byte) *crypto.Ed25519Signer {
	return crypto.NewEd25519Signer((*crypto.PrivateKey)(seed(number)))
}

const quorum = "group two 2 w1 w2 w3\nquorum two\n"

// The proof and the policy of a log whose other entries are by the same submitter.
func makeSigsum(dir string, size, index uint64, mine types.Leaf) {
	submitter, server := sigsumKey(1), sigsumKey(2)
	serverPublic := server.Public()
	tree := merkle.NewTree()

	for i := uint64(0); i < size; i++ {
		leaf := mine
		if i != index {
			leaf = leafOf(submitter, []byte{byte(i)})
		}
		hash := leaf.ToHash()
		tree.AddLeafHash(&hash)
	}
	head := types.TreeHead{Size: size, RootHash: tree.GetRootHash()}
	cosigned := types.CosignedTreeHead{SignedTreeHead: must(head.Sign(server)), Cosignatures: map[crypto.Hash]types.Cosignature{}}
	policy := fmt.Sprintf("log %x\n", serverPublic)
	for i := byte(1); i <= witnessCount; i++ {
		cosigner := sigsumKey(10 + i)
		key := cosigner.Public()
		cosigned.Cosignatures[crypto.HashBytes(key[:])] = must(head.Cosign(cosigner, types.SigsumCheckpointOrigin(&serverPublic), 1700000000+uint64(i)))
		policy += fmt.Sprintf("witness w%d %x\n", i, key)
	}
	result := proof.SigsumProof{LogKeyHash: crypto.HashBytes(serverPublic[:]), Leaf: proof.NewShortLeaf(&mine), TreeHead: cosigned,
		Inclusion: types.InclusionProof{LeafIndex: index, Path: must(tree.ProveInclusion(index, size))}}
	var text bytes.Buffer
	if err := result.ToASCII(&text); err != nil {
		log.Fatal(err)
	}
	write(dir, "sigsum.proof", text.Bytes())
	write(dir, "sigsum.policy", []byte(policy+quorum))
}

func leafOf(submitter *crypto.Ed25519Signer, file []byte) types.Leaf {
	message, public := crypto.HashBytes(file), submitter.Public()
	checksum := crypto.HashBytes(message[:])
	return types.Leaf{Checksum: checksum, KeyHash: crypto.HashBytes(public[:]), Signature: must(types.SignLeafChecksum(submitter, &checksum))}
}

func writeSubmitter(dir string) {
	public := sigsumKey(1).Public()
	ssh := append([]byte("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"), public[:]...)
	write(dir, "submitter", []byte("ssh-ed25519 "+base64.StdEncoding.EncodeToString(ssh)+"\n"))
	der := must(x509.MarshalPKIXPublicKey(ed25519.PublicKey(public[:])))
	write(dir, "submitter.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func makeC2sp(dir string, size, index int64, file []byte) {
	const origin = "log.example/golden"
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var list []tlog.Hash
		for _, i := range indexes {
			list = append(list, hashes[i])
		}
		return list, nil
	})
	for i := int64(0); i < size; i++ {
		entry := []byte{byte(i)}
		if i == index {
			entry = file
		}
		hashes = append(hashes, must(tlog.StoredHashes(i, entry, reader))...)
	}
	checkpoint := torchwood.Checkpoint{Origin: origin, Tree: tlog.Tree{N: size, Hash: must(tlog.TreeHash(size, reader))}}
	key := ed25519.NewKeyFromSeed(seed(2))
	vkey := must(note.NewEd25519VerifierKey(origin, key.Public().(ed25519.PublicKey)))
	id := strings.Split(vkey, "+")[1]
	signers := []note.Signer{must(note.NewSigner("PRIVATE+KEY+" + origin + "+" + id + "+" +
		base64.StdEncoding.EncodeToString(append([]byte{1}, seed(2)...))))}
	policy := "log " + vkey + "\n"
	for i := byte(1); i <= witnessCount; i++ {
		signer := must(torchwood.NewCosignatureSigner(fmt.Sprintf("witness.example/w%d", i), ed25519.NewKeyFromSeed(seed(10+i))))
		signers = append(signers, signer)
		policy += fmt.Sprintf("witness w%d %s https://w%d.example\n", i, signer.Verifier(), i)
	}
	text := fmt.Sprintf("c2sp.org/tlog-proof@v1\nindex %d\n", index)
	for _, hash := range must(tlog.ProveRecord(size, index, reader)) {
		text += hash.String() + "\n"
	}
	write(dir, "c2sp.proof", append([]byte(text+"\n"), must(note.Sign(&note.Note{Text: checkpoint.String()}, signers...))...))
	write(dir, "c2sp.policy", []byte(policy+quorum))
}

// The log's line is read here, all else of the policy by formats/witness.
func check(policy, text, file string) error {
	var server note.Verifier
	var verifiers []note.Verifier
	group, err := witness.ParsePolicy([]byte(policy))
	if err != nil {
		return err
	}
	for _, line := range strings.Split(policy, "\n") {
		switch words := strings.Fields(line); {
		case len(words) == 2 && words[0] == "log":
			server = must(note.NewVerifier(words[1]))
			verifiers = append(verifiers, server)
		case len(words) == 4 && words[0] == "witness":
			verifiers = append(verifiers, must(fnote.NewVerifierForCosignatureV1(words[2])))
		}
	}
	var parsed fproof.TLogProof
	if err := parsed.Unmarshal([]byte(text)); err != nil {
		return err
	}
	if parsed.Index > math.MaxInt64 {
		return errors.New("the index is too great")
	}
	var path tlog.RecordProof
	for _, hash := range parsed.Hashes {
		path = append(path, hash)
	}
	opened, err := note.Open(parsed.Checkpoint, note.VerifierList(verifiers...))
	if err != nil {
		return err
	}
	checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
	if err != nil {
		return err
	}
	logged := false
	for _, signature := range opened.Sigs {
		logged = logged || (server != nil && signature.Name == server.Name() && signature.Hash == server.KeyHash() && checkpoint.Origin == signature.Name)
	}
	if !logged || !group.Satisfied(parsed.Checkpoint) {
		return fmt.Errorf("signed by the log: %v", logged)
	}
	return tlog.CheckRecord(path, checkpoint.N, checkpoint.Hash, int64(parsed.Index), tlog.RecordHash([]byte(file)))
}

func main() {
	log.SetFlags(0)
	switch {
	case len(os.Args) == 6 && os.Args[1] == "make":
		size, index := must(strconv.ParseUint(os.Args[3], 10, 31)), must(strconv.ParseUint(os.Args[4], 10, 31))
		file := must(os.ReadFile(os.Args[5]))
		makeSigsum(os.Args[2], size, index, leafOf(sigsumKey(1), file))
		writeSubmitter(os.Args[2])
		makeC2sp(os.Args[2], int64(size), int64(index), file)
	case len(os.Args) == 6 && os.Args[1] == "enter":
		var request requests.Leaf
		if err := request.FromASCII(bytes.NewReader(must(os.ReadFile(os.Args[5])))); err != nil {
			log.Fatal(err)
		}
		makeSigsum(os.Args[2], must(strconv.ParseUint(os.Args[3], 10, 31)), must(strconv.ParseUint(os.Args[4], 10, 31)), must(request.Verify()))
	case len(os.Args) == 5 && os.Args[1] == "check":
		err := check(string(must(os.ReadFile(os.Args[2]))), string(must(os.ReadFile(os.Args[3]))), string(must(os.ReadFile(os.Args[4]))))
		if err != nil {
			log.Fatal(err)
		}
	default:
		log.Fatal("usage: tlog make DIR SIZE INDEX FILE, tlog enter DIR SIZE INDEX REQUEST, or tlog check POLICY PROOF FILE")
	}
}
