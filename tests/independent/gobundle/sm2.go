package main

import (
	"bytes"
	"crypto/elliptic"
	"math/big"
)

// sm2Curve is that of GB/T 32918.5. Its a is p − 3, so the general formulas of crypto/elliptic hold for it.
var sm2Curve = &elliptic.CurveParams{
	P:       hexadecimal("fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff"),
	N:       hexadecimal("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123"),
	B:       hexadecimal("28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"),
	Gx:      hexadecimal("32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"),
	Gy:      hexadecimal("bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"),
	BitSize: 256,
	Name:    "sm2p256v1",
}

const signer = "1234567812345678"

func hexadecimal(text string) *big.Int {
	made, _ := new(big.Int).SetString(text, 16)
	return made
}

// onCurve says whether public is 04 || x || y of a point on the curve.
func onCurve(public []byte) bool {
	x, y := coordinates(public)
	return len(public) == 65 && public[0] == 4 && x.Cmp(sm2Curve.P) < 0 && y.Cmp(sm2Curve.P) < 0 &&
		sm2Curve.IsOnCurve(x, y)
}

func coordinates(public []byte) (x, y *big.Int) {
	return new(big.Int).SetBytes(public[1:33]), new(big.Int).SetBytes(public[33:])
}

// verifySM2 says whether signature, r || s, is that of a text under the usual identity (GB/T 32918.2).
func verifySM2(public, text, signature []byte) bool {
	if len(signature) != 64 || !onCurve(public) {
		return false
	}
	n, x, y := sm2Curve.N, new(big.Int), new(big.Int)
	x, y = coordinates(public)
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if r.Sign() == 0 || s.Sign() == 0 || r.Cmp(n) >= 0 || s.Cmp(n) >= 0 {
		return false
	}
	t := new(big.Int).Add(r, s)
	if t.Mod(t, n).Sign() == 0 {
		return false
	}
	sx, sy := sm2Curve.ScalarBaseMult(signature[32:])
	tx, ty := sm2Curve.ScalarMult(x, y, t.Bytes())
	found, _ := sm2Curve.Add(sx, sy, tx, ty)
	digest := sumSM3(append(identity(public), text...))
	found.Add(found, new(big.Int).SetBytes(digest[:]))
	return found.Mod(found, n).Cmp(r) == 0
}

// identity is Z, the digest of the signer's identity, the curve and the key.
func identity(public []byte) []byte {
	var of bytes.Buffer
	of.Write([]byte{0, byte(8 * len(signer))})
	of.WriteString(signer)
	a := new(big.Int).Sub(sm2Curve.P, big.NewInt(3))
	for _, each := range []*big.Int{a, sm2Curve.B, sm2Curve.Gx, sm2Curve.Gy} {
		of.Write(each.FillBytes(make([]byte, 32)))
	}
	of.Write(public[1:])
	sum := sumSM3(of.Bytes())
	return sum[:]
}
