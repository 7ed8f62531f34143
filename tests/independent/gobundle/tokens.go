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
		Status struct {
			Status int
			Text   asn1.RawValue  `asn1:"optional,tag:16"`
			Fail   asn1.BitString `asn1:"optional"`
		}
		Token asn1.RawValue `asn1:"optional"`
	}
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version      int
		Digests      asn1.RawValue
		Encapsulated struct {
			Type    asn1.ObjectIdentifier
			Content []byte `asn1:"explicit,tag:0"`
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
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	certificateID struct {
		Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
		Digest    []byte
	}
	signingCertificate struct{ Certificates []certificateID }
)

var (
	oidSigned    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidType      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigest    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSigning   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	hashesByOID  = map[string]crypto.Hash{
		"2.16.840.1.101.3.4.2.1": crypto.SHA256,
		"2.16.840.1.101.3.4.2.2": crypto.SHA384,
		"2.16.840.1.101.3.4.2.3": crypto.SHA512,
	}
)

// token is a time stamp. Its signature fits; ledTo says who its signer is.
type token struct {
	at     time.Time
	hash   crypto.Hash
	digest []byte
	signer *x509.Certificate
	others []*x509.Certificate
}

// stamps says whether the token is over these bytes.
func (t *token) stamps(data []byte) bool {
	sum := t.hash.New()
	sum.Write(data)
	return bytes.Equal(sum.Sum(nil), t.digest)
}

// ledTo says whether the signer's certificate leads to one of these, is for time stamps alone, and was valid then.
func (t *token) ledTo(roots *x509.CertPool) bool {
	between := x509.NewCertPool()
	for _, each := range t.others {
		between.AddCert(each)
	}
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}
	_, err := t.signer.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: t.at, KeyUsages: usages,
	})
	alone := len(t.signer.ExtKeyUsage) == 1 && len(t.signer.UnknownExtKeyUsage) == 0
	return err == nil && alone && t.signer.ExtKeyUsage[0] == x509.ExtKeyUsageTimeStamping
}

// parseToken reads a reply or a token, and refuses one that contradicts itself.
func parseToken(data []byte) *token {
	var whole contentInfo
	if _, err := asn1.Unmarshal(data, &whole); err != nil {
		var answer reply
		unmarshal(data, &answer)
		require(answer.Status.Status <= 1, "the authority refused")
		data = answer.Token.FullBytes
		unmarshal(data, &whole)
	}
	require(whole.Type.Equal(oidSigned), "this is no signed data")
	var signed signedData
	unmarshal(whole.Content.Bytes, &signed)
	require(signed.Encapsulated.Type.Equal(oidTSTInfo) && len(signed.Signers) == 1, "this is no time stamp")
	content := signed.Encapsulated.Content
	var info tstInfo
	unmarshal(content, &info)
	made := &token{hash: hashOf(info.Imprint.Algorithm), digest: info.Imprint.Digest, at: generalized(info.At)}
	certificates, err := x509.ParseCertificates(signed.Certificates.Bytes)
	require(err == nil, "its certificates cannot be read: %v", err)
	made.take(certificates, signed.Signers[0])
	made.checkSigner(signed.Signers[0], content)
	return made
}

// generalized reads a GeneralizedTime of RFC 3161: UTC, with a fraction or without.
func generalized(value asn1.RawValue) time.Time {
	require(value.Tag == asn1.TagGeneralizedTime, "it has no time")
	at, err := time.Parse("20060102150405.999999999Z", string(value.Bytes))
	require(err == nil, "%q is no time", value.Bytes)
	return at
}

// take finds the signer's certificate among those in the token.
func (t *token) take(certificates []*x509.Certificate, by signerInfo) {
	var named issuerAndSerial
	_, err := asn1.Unmarshal(by.Signer.FullBytes, &named)
	for _, each := range certificates {
		if err == nil && each.SerialNumber.Cmp(named.Serial) == 0 && bytes.Equal(each.RawIssuer, named.Issuer.FullBytes) ||
			err != nil && bytes.Equal(each.SubjectKeyId, by.Signer.Bytes) {
			t.signer = each
		} else {
			t.others = append(t.others, each)
		}
	}
	require(t.signer != nil, "it has no certificate of its signer")
}

func (t *token) checkSigner(by signerInfo, content []byte) {
	hash := hashOf(by.Digest)
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
	t.checkNamed(found)
	sum := digestBy(hash, signed)
	switch key := t.signer.PublicKey.(type) {
	case *rsa.PublicKey:
		require(rsa.VerifyPKCS1v15(key, hash, sum, by.Signature) == nil, "its signature is wrong")
	case *ecdsa.PublicKey:
		require(ecdsa.VerifyASN1(key, sum, by.Signature), "its signature is wrong")
	default:
		refuse("it is signed with an unknown algorithm")
	}
}

// checkNamed refuses a token whose signed attributes name another certificate than its signer's (RFC 5816).
func (t *token) checkNamed(attributes map[string][]byte) {
	var named signingCertificate
	hash := crypto.SHA1
	if value, there := attributes[oidSigningV2.String()]; there {
		unmarshal(value, &named)
		require(len(named.Certificates) > 0, "it names no certificate")
		hash = crypto.SHA256
		if algorithm := named.Certificates[0].Algorithm; algorithm.Algorithm != nil {
			hash = hashOf(algorithm)
		}
	} else {
		unmarshal(attributes[oidSigning.String()], &named)
		require(len(named.Certificates) > 0, "it names no certificate")
	}
	require(bytes.Equal(named.Certificates[0].Digest, digestBy(hash, t.signer.Raw)), "it names another certificate")
}

func unmarshal(data []byte, into any) {
	_, err := asn1.Unmarshal(data, into)
	require(err == nil, "this is no time stamp: %v", err)
}

func hashOf(algorithm pkix.AlgorithmIdentifier) crypto.Hash {
	found := hashesByOID[algorithm.Algorithm.String()]
	require(found != 0, "the time stamp has an unknown digest")
	return found
}

func digestBy(hash crypto.Hash, data []byte) []byte {
	running := hash.New()
	running.Write(data)
	return running.Sum(nil)
}
