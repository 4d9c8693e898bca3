// Checks a published log by Go's own libraries: golang.org/x/mod/sumdb/note and tlog, which nobody here wrote.
//
//	main FOLDER KEY... [OLDER-CHECKPOINT or PROOF.tlog-proof]...    prints what was verified, as JSON
//	main sign PRIVATE-KEY TEXT                                      prints the signed note
package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// report is what main prints.
type report struct {
	Origin     string   `json:"origin"`
	Size       int64    `json:"size"`
	Root       string   `json:"root"`
	SignedBy   []string `json:"signed_by"`
	Unverified int      `json:"unverified"`
	Tiles      int      `json:"tiles"`
	Records    int64    `json:"records"`
	Older      []int64  `json:"older"`
	Proofs     []int64  `json:"proofs"`
}

// folder reads our tiles: C2SP tlog-tiles leaves out the height that Go's paths name.
type folder string

func (f folder) Height() int                         { return height }
func (f folder) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		read, err := os.ReadFile(f.path(tile))
		if err != nil {
			return nil, err
		}
		data = append(data, read)
	}
	return data, nil
}

func (f folder) path(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), "tile/8/data/", "tile/8/entries/", 1)
	return filepath.Join(string(f), strings.Replace(path, "tile/8/", "tile/", 1))
}

// cosigner verifies C2SP tlog-cosignature's type 4, which Go's note doesn't know.
type cosigner struct {
	note.Verifier
	public ed25519.PublicKey
}

func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(c.public, []byte(message), signature[8:])
}

// named is a verifier's name and hash.
type named struct {
	name string
	hash uint32
}

func (n named) Name() string                 { return n.name }
func (n named) KeyHash() uint32              { return n.hash }
func (n named) Verify(text, sig []byte) bool { return false }

func verifier(key string) note.Verifier {
	parts := strings.SplitN(key, "+", 3)
	material, err := base64.StdEncoding.DecodeString(parts[2])
	check(err)
	if material[0] != 4 {
		known, err := note.NewVerifier(key)
		check(err)
		return known
	}
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	check(err)
	return cosigner{named{parts[0], uint32(hash)}, ed25519.PublicKey(material[1:])}
}

// open returns the origin and the tree of a checkpoint that a key of its origin signed.
func open(signed []byte, verifiers []note.Verifier) (string, tlog.Tree, *note.Note) {
	opened, err := note.Open(signed, note.VerifierList(verifiers...))
	check(err)
	lines := strings.SplitN(opened.Text, "\n", 2)
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + lines[1]))
	check(err)
	for _, signature := range opened.Sigs {
		if signature.Name == lines[0] {
			return lines[0], tree, opened
		}
	}
	fail("%s didn't sign it", lines[0])
	return "", tlog.Tree{}, nil
}

// stored keeps all hashes of a tree, as taken from its records.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, index := range indexes {
		hashes = append(hashes, s[index])
	}
	return hashes, nil
}

// records returns the hashes of all records, and those of the whole tree above them.
func records(from folder, size int64) ([]tlog.Hash, stored) {
	var leaves []tlog.Hash
	var hashes stored
	for _, bundle := range level(-1, size) {
		data, err := os.ReadFile(from.path(bundle))
		check(err)
		for len(data) > 0 {
			end := 2 + int(binary.BigEndian.Uint16(data))
			leaf := tlog.RecordHash(data[2:end])
			more, err := tlog.StoredHashesForRecordHash(int64(len(leaves)), leaf, hashes)
			check(err)
			leaves, hashes, data = append(leaves, leaf), append(hashes, more...), data[end:]
		}
	}
	if int64(len(leaves)) != size {
		fail("%d records, not %d", len(leaves), size)
	}
	return leaves, hashes
}

// level lists the tiles of one level of a tree; -1 is the records'.
func level(number int, size int64) []tlog.Tile {
	var tiles []tlog.Tile
	count := size
	if number > 0 {
		count >>= height * number
	}
	for n := int64(0); n<<height < count; n++ {
		width := count - n<<height
		if width > 1<<height {
			width = 1 << height
		}
		tiles = append(tiles, tlog.Tile{H: height, L: number, N: n, W: int(width)})
	}
	return tiles
}

// checkTiles compares every published tile with the one that the records give.
func checkTiles(from folder, size int64, hashes stored) (count int) {
	for number := 0; size>>(height*number) > 0; number++ {
		for _, tile := range level(number, size) {
			expected, err := tlog.ReadTileData(tile, hashes)
			check(err)
			published, err := from.ReadTiles([]tlog.Tile{tile})
			check(err)
			if !bytes.Equal(published[0], expected) {
				fail("%s isn't what the records give", tile.Path())
			}
			count++
		}
	}
	return count
}

// checkProof verifies a C2SP tlog-proof file and returns its index.
func checkProof(file []byte, verifiers []note.Verifier, leaves []tlog.Hash) int64 {
	parts := bytes.SplitN(file, []byte("\n\n"), 2)
	_, tree, _ := open(parts[1], verifiers)
	lines := strings.Split(string(parts[0]), "\n")
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	check(err)
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		check(err)
		proof = append(proof, hash)
	}
	check(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaves[index]))
	return index
}

func verify(from folder, arguments []string) {
	var verifiers []note.Verifier
	var files []string
	for _, argument := range arguments {
		if strings.Count(argument, "+") >= 2 {
			verifiers = append(verifiers, verifier(argument))
		} else {
			files = append(files, argument)
		}
	}
	signed, err := os.ReadFile(filepath.Join(string(from), "checkpoint"))
	check(err)
	origin, tree, opened := open(signed, verifiers)
	said := report{Origin: origin, Size: tree.N, Root: fmt.Sprintf("%x", tree.Hash[:]), Unverified: len(opened.UnverifiedSigs)}
	for _, signature := range opened.Sigs {
		said.SignedBy = append(said.SignedBy, signature.Name)
	}

	leaves, hashes := records(from, tree.N)
	root, err := tlog.TreeHash(tree.N, hashes)
	check(err)
	if root != tree.Hash {
		fail("the checkpoint's root isn't the records'")
	}
	said.Tiles = checkTiles(from, tree.N, hashes)

	tiles := tlog.TileHashReader(tree, from)
	for index, leaf := range leaves {
		proof, err := tlog.ProveRecord(tree.N, int64(index), tiles)
		check(err)
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, int64(index), leaf))
		said.Records++
	}
	for _, name := range files {
		file, err := os.ReadFile(name)
		check(err)
		if strings.HasSuffix(name, ".tlog-proof") {
			said.Proofs = append(said.Proofs, checkProof(file, verifiers, leaves))
			continue
		}
		_, older, _ := open(file, verifiers)
		proof, err := tlog.ProveTree(tree.N, older.N, tiles)
		check(err)
		check(tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash))
		said.Older = append(said.Older, older.N)
	}
	check(json.NewEncoder(os.Stdout).Encode(said))
}

func main() {
	log.SetFlags(0)
	if len(os.Args) == 4 && os.Args[1] == "sign" {
		signer, err := note.NewSigner(os.Args[2])
		check(err)
		signed, err := note.Sign(&note.Note{Text: os.Args[3]}, signer)
		check(err)
		os.Stdout.Write(signed)
		return
	}
	verify(folder(os.Args[1]), os.Args[2:])
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func fail(format string, values ...interface{}) {
	log.Fatalf(format, values...)
}
