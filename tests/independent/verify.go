// Answers questions.tsv with golang.org/x/mod: sumdb/note for checkpoints, sumdb/tlog for trees, tiles and proofs.
// Prints one line per question: its number and "accept" or "refuse: why".
//
// The library's traps: NewTiles lists every partial width, so tiles are read through
// TileHashReader alone; Tile.Path has the height in it, which tlog-tiles does not; trees of size 0 are not asked for.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type checkpoint struct {
	size int64
	root tlog.Hash
}

var verifiers note.Verifiers

func read(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return data
}

func open(message []byte) (checkpoint, error) {
	opened, err := note.Open(message, verifiers)
	if err != nil {
		return checkpoint{}, err
	}
	if len(opened.Sigs) == 0 {
		return checkpoint{}, fmt.Errorf("nobody we know signed it")
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return checkpoint{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return checkpoint{size, root}, err
}

func hashes(lines []string) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, line := range lines {
		if line == "" {
			continue
		}
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		found = append(found, hash)
	}
	return found, nil
}

func inclusion(entry, proof []byte) error {
	parts := strings.SplitN(string(proof), "\n\n", 2)
	head := strings.Split(parts[0], "\n")
	index, err := strconv.ParseInt(strings.TrimPrefix(head[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	signed, err := open([]byte(parts[1]))
	if err != nil {
		return err
	}
	path, err := hashes(head[2:])
	if err != nil {
		return err
	}
	return tlog.CheckRecord(path, signed.size, signed.root, index, tlog.RecordHash(entry))
}

func consistency(before, after, proof []byte) error {
	older, err := open(before)
	if err != nil {
		return err
	}
	newer, err := open(after)
	if err != nil {
		return err
	}
	path, err := hashes(strings.Split(string(proof), "\n"))
	if err != nil {
		return err
	}
	return tlog.CheckTree(path, newer.size, newer.root, older.size, older.root)
}

// number writes n as tlog-tiles does: 1234067 is x001/x234/067.
func number(n int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	return path
}

func place(kind string, n int64, width int) string {
	path := filepath.Join("tile", kind, number(n))
	if width < 256 {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}

// files reads tiles as they lie in a folder.
type files struct{ folder string }

func (f files) Height() int                         { return 8 }
func (f files) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(f.folder, place(strconv.Itoa(tile.L), tile.N, tile.W)))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

// whole reads every entry of a log: TileHashReader proves each tile against the root, we hash the entries.
func whole(folder string, message []byte) error {
	signed, err := open(message)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tlog.Tree{N: signed.size, Hash: signed.root}, files{folder})
	for first := int64(0); first < signed.size; first += 256 {
		width := int64(256)
		if signed.size-first < width {
			width = signed.size - first
		}
		data, err := os.ReadFile(filepath.Join(folder, place("entries", first/256, int(width))))
		if err != nil {
			return err
		}
		var indexes []int64
		for i := int64(0); i < width; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, first+i))
		}
		leaves, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i := int64(0); i < width; i++ {
			if len(data) < 2 {
				return fmt.Errorf("the bundle of entry %d is cut off", first+i)
			}
			length := int(binary.BigEndian.Uint16(data))
			if len(data) < 2+length {
				return fmt.Errorf("entry %d is cut off", first+i)
			}
			if tlog.RecordHash(data[2:2+length]) != leaves[i] {
				return fmt.Errorf("entry %d is not what was hashed", first+i)
			}
			data = data[2+length:]
		}
		if len(data) != 0 {
			return fmt.Errorf("the bundle of entry %d is too long", first)
		}
	}
	root, err := tlog.TreeHash(signed.size, reader)
	if err != nil {
		return err
	}
	if root != signed.root {
		return fmt.Errorf("the root is %s", base64.StdEncoding.EncodeToString(root[:]))
	}
	return nil
}

func main() {
	folder := os.Args[1]
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read(filepath.Join(folder, "log.vkey")))))
	if err != nil {
		panic(err)
	}
	verifiers = note.VerifierList(verifier)
	questions, err := os.Open(filepath.Join(folder, "questions.tsv"))
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(questions)
	for lines.Scan() {
		question := strings.Split(lines.Text(), "\t")
		paths := strings.Fields(question[2])
		for i := range paths {
			paths[i] = filepath.Join(folder, paths[i])
		}
		var err error
		switch question[1] {
		case "checkpoint":
			_, err = open(read(paths[0]))
		case "inclusion":
			err = inclusion(read(paths[0]), read(paths[1]))
		case "consistency":
			err = consistency(read(paths[0]), read(paths[1]), read(paths[2]))
		case "log":
			err = whole(paths[0], read(paths[1]))
		}
		if err != nil {
			fmt.Printf("%s\trefuse: %v\n", question[0], strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Printf("%s\taccept\n", question[0])
		}
	}
}
