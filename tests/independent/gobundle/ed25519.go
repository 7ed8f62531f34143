package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"strings"
)

// The curve of RFC 8032, 5.1: −x² + y² = 1 + d·x²·y² over the integers modulo p; l is the order of its base point.
var (
	p   = minus(new(big.Int).Lsh(big.NewInt(1), 255), 19)
	l   = decimal("7237005577332262213973186563042994240857116359379907606001950938285454250989")
	d   = decimal("37095705934669439343138083508754565189542113879843219016388785533085940283555")
	one = big.NewInt(1)
)

func minus(from *big.Int, less int64) *big.Int { return from.Sub(from, big.NewInt(less)) }

func decimal(text string) *big.Int {
	made, _ := new(big.Int).SetString(text, 10)
	return made
}

// point is one of the curve in affine coordinates. The neutral point is (0, 1).
type point struct{ x, y *big.Int }

func (a point) neutral() bool { return a.x.Sign() == 0 && a.y.Cmp(one) == 0 }

// plus adds by the complete law of RFC 8032, 5.1.4, in affine form.
func (a point) plus(b point) point {
	times := func(x, y *big.Int) *big.Int { z := new(big.Int).Mul(x, y); return z.Mod(z, p) }
	cross := times(d, times(times(a.x, b.x), times(a.y, b.y)))
	over := func(top, bottom *big.Int) *big.Int {
		bottom.Mod(bottom, p)
		return times(top, bottom.ModInverse(bottom, p))
	}
	x := new(big.Int).Add(times(a.x, b.y), times(b.x, a.y))
	y := new(big.Int).Add(times(a.y, b.y), times(a.x, b.x))
	return point{over(x, new(big.Int).Add(one, cross)), over(y, new(big.Int).Sub(one, cross))}
}

func (a point) times(n *big.Int) point {
	sum := point{new(big.Int), big.NewInt(1)}
	for i := n.BitLen() - 1; i >= 0; i-- {
		sum = sum.plus(sum)
		if n.Bit(i) == 1 {
			sum = sum.plus(a)
		}
	}
	return sum
}

// decode reads a point by RFC 8032, 5.1.3; false for every other spelling and for what is on no curve.
func decode(encoded []byte) (point, bool) {
	if len(encoded) != 32 {
		return point{}, false
	}
	big32 := make([]byte, 32)
	for i, each := range encoded {
		big32[31-i] = each
	}
	sign := uint(big32[0] >> 7)
	big32[0] &= 0x7f
	y := new(big.Int).SetBytes(big32)
	if y.Cmp(p) >= 0 {
		return point{}, false
	}
	square := new(big.Int).Mul(y, y)
	u := new(big.Int).Sub(square, one)
	v := new(big.Int).Add(new(big.Int).Mul(d, square), one)
	u.Mul(u, v.ModInverse(v.Mod(v, p), p)).Mod(u, p)
	x := new(big.Int).ModSqrt(u, p)
	if x == nil || (x.Sign() == 0 && sign == 1) {
		return point{}, false
	}
	if x.Bit(0) != sign {
		x.Sub(p, x)
	}
	return point{x, y}, true
}

var judged = map[string]bool{}

// soundKey says whether public is the one encoding of a point of prime order. Keys of small or mixed order have
// signatures on which programs disagree.
func soundKey(public []byte) bool {
	sound, known := judged[string(public)]
	if !known {
		a, is := decode(public)
		sound = is && !a.neutral() && a.times(l).neutral()
		judged[string(public)] = sound
	}
	return sound
}

// verifyEd25519 accepts a signature of 64 bytes by a sound key, whose R is not the neutral point. The library refuses
// S ≥ L, and compares R as bytes, so a second spelling of R fits nothing.
func verifyEd25519(public, text, signature []byte) bool {
	neutral := append([]byte{1}, make([]byte, 31)...)
	return len(signature) == 64 && soundKey(public) && !bytes.Equal(signature[:32], neutral) &&
		ed25519.Verify(public, text, signature)
}

// answerSignatures prints accept or refuse for each line of a file.
func answerSignatures(path string) {
	file, err := os.Open(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(64)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var parts [3][]byte
		sound := true
		for i, each := range append(strings.Split(lines.Text(), " "), "", "")[:3] {
			var err error
			parts[i], err = hex.DecodeString(each)
			sound = sound && err == nil
		}
		if sound && verifyEd25519(parts[0], parts[2], parts[1]) {
			fmt.Println("accept")
		} else {
			fmt.Println("refuse")
		}
	}
}
