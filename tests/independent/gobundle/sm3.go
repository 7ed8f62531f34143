package main

import (
	"encoding/binary"
	"math/bits"
)

// sumSM3 is the SM3 digest of data (GB/T 32905).
func sumSM3(data []byte) [32]byte {
	state := [8]uint32{
		0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
	}
	whole := len(data) &^ 63
	for at := 0; at < whole; at += 64 {
		compress(&state, data[at:at+64])
	}
	// The last block or two: the rest, a bit 1, zeros, and the length in bits.
	last := append(append([]byte{}, data[whole:]...), 0x80)
	for len(last)%64 != 56 {
		last = append(last, 0)
	}
	last = binary.BigEndian.AppendUint64(last, uint64(len(data))*8)
	for at := 0; at < len(last); at += 64 {
		compress(&state, last[at:at+64])
	}
	var sum [32]byte
	for i, word := range state {
		binary.BigEndian.PutUint32(sum[4*i:], word)
	}
	return sum
}

func compress(state *[8]uint32, block []byte) {
	var w [68]uint32
	for i := 0; i < 16; i++ {
		w[i] = binary.BigEndian.Uint32(block[4*i:])
	}
	for i := 16; i < 68; i++ {
		x := w[i-16] ^ w[i-9] ^ bits.RotateLeft32(w[i-3], 15)
		x ^= bits.RotateLeft32(x, 15) ^ bits.RotateLeft32(x, 23)
		w[i] = x ^ bits.RotateLeft32(w[i-13], 7) ^ w[i-6]
	}
	a, b, c, d, e, f, g, h := state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]
	for i := 0; i < 64; i++ {
		t, ff, gg := uint32(0x79cc4519), a^b^c, e^f^g
		if i >= 16 {
			t, ff, gg = 0x7a879d8a, a&b|a&c|b&c, e&f|^e&g
		}
		turned := bits.RotateLeft32(a, 12)
		ss1 := bits.RotateLeft32(turned+e+bits.RotateLeft32(t, i), 7)
		tt1, tt2 := ff+d+(ss1^turned)+(w[i]^w[i+4]), gg+h+ss1+w[i]
		d, c, b, a = c, bits.RotateLeft32(b, 9), a, tt1
		h, g, f = g, bits.RotateLeft32(f, 19), e
		e = tt2 ^ bits.RotateLeft32(tt2, 9) ^ bits.RotateLeft32(tt2, 17)
	}
	for i, word := range [8]uint32{a, b, c, d, e, f, g, h} {
		state[i] ^= word
	}
}
