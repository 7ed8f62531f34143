package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha1" // these packages register their hashes
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"
)

// What of RFC 3161 and RFC 5652 is needed here, in the order of its members.
type (
	reply struct {
		Status struct{ Status int }
		Token  asn1.RawValue `asn1:"optional"`
	}
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version      int
		Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
		Encapsulated struct {
			Type    asn1.ObjectIdentifier
			Content asn1.RawValue // [0] around an OCTET STRING
		}
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		Revoked      asn1.RawValue `asn1:"optional,tag:1"`
		Signers      []signerInfo  `asn1:"set"`
	}
	signerInfo struct {
		Version    int
		Signer     asn1.RawValue
		Digest     pkix.AlgorithmIdentifier
		Attributes asn1.RawValue `asn1:"optional,tag:0"`
		Algorithm  pkix.AlgorithmIdentifier
		Signature  []byte
		Others     asn1.RawValue `asn1:"optional,tag:1"`
	}
	attribute struct {
		Type   asn1.ObjectIdentifier
		Values asn1.RawValue `asn1:"set"`
	}
	tstInfo struct {
		Version int
		// A policy may have arcs that encoding/asn1 refuses in an identifier, such as 2.25.<UUID> (X.667).
		Policy  asn1.RawValue
		Imprint struct {
			Algorithm pkix.AlgorithmIdentifier
			Digest    []byte
		}
		Serial *big.Int
		At     asn1.RawValue
	}
)

var (
	oidSigned    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidType      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigest    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSigning   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidUsages    = asn1.ObjectIdentifier{2, 5, 29, 37}
	hashesByOID  = map[string]crypto.Hash{
		"2.16.840.1.101.3.4.2.1": crypto.SHA256,
		"2.16.840.1.101.3.4.2.2": crypto.SHA384,
		"2.16.840.1.101.3.4.2.3": crypto.SHA512,
	}
)

// signatureAlgorithms give the digest that belongs to each; 0 is any.
var signatureAlgorithms = map[string]crypto.Hash{
	"1.2.840.113549.1.1.1":  0, // RSA
	"1.2.840.113549.1.1.11": crypto.SHA256,
	"1.2.840.113549.1.1.12": crypto.SHA384,
	"1.2.840.113549.1.1.13": crypto.SHA512,
	"1.2.840.10045.4.3.2":   crypto.SHA256, // ECDSA
	"1.2.840.10045.4.3.3":   crypto.SHA384,
	"1.2.840.10045.4.3.4":   crypto.SHA512,
}

// token is a time stamp. If judged is true its signature fits; ledTo says who its signer is. A token of an unknown
// algorithm, or with certificates that cannot be read, is not judged.
type token struct {
	judged bool
	at     time.Time
	hash   crypto.Hash
	digest []byte
	signer *x509.Certificate
	others []*x509.Certificate
}

// stamps says whether the token is over these bytes.
func (t *token) stamps(data []byte) bool { return bytes.Equal(digestBy(t.hash, data), t.digest) }

// parseToken reads a reply or a token, and refuses one that contradicts itself.
func parseToken(data []byte) *token {
	var whole contentInfo
	if _, err := asn1.Unmarshal(data, &whole); err != nil {
		var answer reply
		unmarshal(data, &answer)
		require(answer.Status.Status == 0, "the authority refused")
		data = answer.Token.FullBytes
		unmarshal(data, &whole)
	}
	require(whole.Type.Equal(oidSigned), "this is no signed data")
	var signed signedData
	unmarshal(whole.Content.Bytes, &signed)
	var content []byte
	unmarshal(signed.Encapsulated.Content.Bytes, &content)
	by := signed.Signers
	require(signed.Version == 3 && signed.Encapsulated.Type.Equal(oidTSTInfo) && len(by) == 1, "this is no time stamp")
	var info tstInfo
	unmarshal(content, &info)
	made := &token{hash: hashOf(info.Imprint.Algorithm), digest: info.Imprint.Digest, at: generalized(info.At)}
	made.judge(signed, by[0], content)
	return made
}

// judge checks the signature as far as this program can.
func (t *token) judge(signed signedData, by signerInfo, content []byte) {
	hash := hashOf(by.Digest)
	meant, known := signatureAlgorithms[by.Algorithm.Algorithm.String()]
	if hash == 0 || !known {
		return
	}
	require(meant == 0 || meant == hash, "its signature has another digest than it says")
	announced := false
	for _, each := range signed.Digests {
		announced = announced || each.Algorithm.Equal(by.Digest.Algorithm)
	}
	require(announced, "its digest is not among those that it announces")
	sum, attributes := signedAttributes(hash, by, content)
	t.take(signed.Certificates.Bytes, by, attributes)
	if t.signer == nil {
		return
	}
	t.requireAuthority()
	switch key := t.signer.PublicKey.(type) {
	case *rsa.PublicKey:
		require(rsa.VerifyPKCS1v15(key, hash, sum, by.Signature) == nil, "its signature is wrong")
	case *ecdsa.PublicKey:
		require(ecdsa.VerifyASN1(key, sum, by.Signature), "its signature is wrong")
	default:
		return
	}
	t.judged = t.hash != 0
}

// signedAttributes gives the digest that is signed, and the attributes. They name the content by its digest.
func signedAttributes(hash crypto.Hash, by signerInfo, content []byte) ([]byte, map[string][]byte) {
	require(len(by.Attributes.FullBytes) > 0, "it has no signed attributes")
	// The signature is over the attributes as a SET, not under the tag that they have in the token.
	signed := append([]byte{0x31}, by.Attributes.FullBytes[1:]...)
	var attributes []attribute
	_, err := asn1.UnmarshalWithParams(signed, &attributes, "set")
	require(err == nil, "its attributes cannot be read")
	found := map[string][]byte{}
	for _, each := range attributes {
		_, twice := found[each.Type.String()]
		require(!twice, "it has an attribute twice")
		found[each.Type.String()] = each.Values.Bytes
	}
	var kind asn1.ObjectIdentifier
	var digest []byte
	unmarshal(found[oidType.String()], &kind)
	unmarshal(found[oidDigest.String()], &digest)
	require(kind.Equal(oidTSTInfo) && bytes.Equal(digest, digestBy(hash, content)), "it is signed over other content")
	return digestBy(hash, signed), found
}

// generalized reads a GeneralizedTime of RFC 3161: UTC, with a fraction or without.
func generalized(value asn1.RawValue) time.Time {
	require(value.Tag == asn1.TagGeneralizedTime, "it has no time")
	at, err := time.Parse("20060102150405.999999999Z", string(value.Bytes))
	require(err == nil, "%q is no time", value.Bytes)
	return at
}

func unmarshal(data []byte, into any) {
	rest, err := asn1.Unmarshal(data, into)
	require(err == nil && len(rest) == 0, "this is no time stamp: %v", err)
}

// hashOf is 0 for a digest that this program does not know.
func hashOf(algorithm pkix.AlgorithmIdentifier) crypto.Hash {
	return hashesByOID[algorithm.Algorithm.String()]
}

func digestBy(hash crypto.Hash, data []byte) []byte {
	running := hash.New()
	running.Write(data)
	return running.Sum(nil)
}
