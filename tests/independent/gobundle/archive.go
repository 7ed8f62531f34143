package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"regexp"
)

const (
	localLength   = 30
	centralLength = 46
	endLength     = 22
	mostInFile    = 64_000_000
	// What is larger is not read: a value that is shown is short.
	mostInDisclosure = 200_000
)

var memberName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$`)

// readArchive gives the files of a ZIP in the one layout of section 2; nil ends the verification. A file whose local
// header or CRC-32 is wrong has a name and no content.
func readArchive(path string, archive *step) map[string][]byte {
	data, err := os.ReadFile(path)
	if err != nil || !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		archive.gap("this is no archive that can be read")
		return nil
	}
	var files map[string][]byte
	archive.about("the archive", func() { files = unpack(data, archive) })
	return files
}

// unpack rebuilds each header and compares bytes. Faults that concern one file go on the step, any other is a panic.
func unpack(data []byte, archive *step) map[string][]byte {
	require(int64(len(data)) < 1<<32, "it has 4 GiB or more")
	require(len(data) >= endLength, "it is shorter than an end record")
	end := data[len(data)-endLength:]
	count, offset := int(binary.LittleEndian.Uint16(end[10:])), int(binary.LittleEndian.Uint32(end[16:]))
	require(count <= 65534, "it has too many files")
	require(offset <= len(data)-endLength, "the central part begins after the end record")
	central := data[offset : len(data)-endLength]
	require(bytes.Equal(end, endRecord(count, len(central), offset)), "the end record is not the one of this layout")
	files, at, before := map[string][]byte{}, 0, ""
	for i := 0; i < count; i++ {
		require(len(central) >= centralLength, "the central part is cut off")
		crc, size := binary.LittleEndian.Uint32(central[16:]), binary.LittleEndian.Uint32(central[20:])
		length := centralLength + int(binary.LittleEndian.Uint16(central[28:]))
		require(len(central) >= length, "the central part is cut off")
		name := string(central[centralLength:length])
		require(memberName.MatchString(name) && len(name) <= 200 && name > before, "file %d has a wrong name", i)
		require(size <= mostInFile, "%s is too large", name)
		require(bytes.Equal(central[:length], centralHeader(name, crc, size, at)), "%s has a wrong central header", name)
		local := localHeader(name, crc, size)
		from := at + len(local)
		require(from+int(size) <= offset, "%s overlaps the central part", name)
		content := data[from : from+int(size)]
		sound := bytes.Equal(data[at:from], local) && crc32.ChecksumIEEE(content) == crc
		sound = sound && (!prefixed(name, "disclosures/") || size <= mostInDisclosure)
		archive.check(sound, "%s has a wrong local header or CRC-32, or is too large for a disclosure", name)
		if !sound {
			content = nil
		}
		files[name], at, before, central = content, from+int(size), name, central[length:]
	}
	require(at == offset && len(central) == 0, "there are bytes that belong to no file")
	return files
}

func localHeader(name string, crc, size uint32) []byte {
	return packed("504b0304140000000000000021", "00", crc, size, size, uint16(len(name)), uint16(0), name)
}

func centralHeader(name string, crc, size uint32, offset int) []byte {
	sizes := packed("504b01021403140000000000000021", "00", crc, size, size, uint16(len(name)))
	return append(sizes, packed("0000000000000000", "0000a481", uint32(offset), name)...)
}

func endRecord(count, size, offset int) []byte {
	return packed("504b0506", "00000000", uint16(count), uint16(count), uint32(size), uint32(offset), uint16(0))
}

// packed joins hex and little-endian numbers; the text at the end of a header is its name.
func packed(head, rest string, parts ...any) []byte {
	var out bytes.Buffer
	var start []byte
	if _, err := fmt.Sscanf(head+rest, "%x", &start); err != nil {
		panic(err)
	}
	out.Write(start)
	for _, part := range parts {
		if name, is := part.(string); is {
			out.WriteString(name)
		} else if err := binary.Write(&out, binary.LittleEndian, part); err != nil {
			panic(err)
		}
	}
	return out.Bytes()
}
