package main

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"
)

type (
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	// certificate is the part of X.509 that must be readable before a certificate is anybody's.
	certificate struct {
		Signed struct {
			Version    int `asn1:"explicit,tag:0"`
			Serial     *big.Int
			Algorithm  asn1.RawValue
			Issuer     asn1.RawValue
			Validity   struct{ Since, Until time.Time }
			Subject    asn1.RawValue
			Key        asn1.RawValue
			Issued     asn1.RawValue    `asn1:"optional,tag:1"`
			Held       asn1.RawValue    `asn1:"optional,tag:2"`
			Extensions []pkix.Extension `asn1:"optional,explicit,tag:3"`
		}
		Algorithm asn1.RawValue
		Signature asn1.BitString
	}
	certificateID struct {
		Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
		Digest    []byte
	}
	signingCertificate struct{ Certificates []certificateID }
)

// take finds the signer's certificate: the identifier and a signed attribute (RFC 5816) both name it. A token
// without it cannot be judged, and one in which they do not name the same is refused. A certificate that cannot be read
// is nobody's.
func (t *token) take(certificates []byte, by signerInfo, attributes map[string][]byte) {
	named, isNamed := namedDigest(attributes), signerOf(by)
	for rest := certificates; len(rest) > 0; {
		var element asn1.RawValue
		after, err := asn1.Unmarshal(rest, &element)
		require(err == nil, "its certificates cannot be read")
		raw := element.FullBytes
		rest = after
		var outer certificate
		if _, err := asn1.Unmarshal(raw, &outer); err != nil || !outer.sound() {
			continue
		}
		is, err := x509.ParseCertificate(raw)
		byDigest, byName := named(raw), isNamed(outer)
		require(byDigest == byName, "its signer is named in two ways that differ")
		switch {
		case err != nil:
		case byDigest && t.signer == nil:
			t.signer = is
		default:
			t.others = append(t.others, is)
		}
	}
}

// sound says whether it is of version 3, names one algorithm, and has extensions that can be read.
func (c certificate) sound() bool {
	for _, each := range c.Signed.Extensions {
		var value asn1.RawValue
		if _, err := asn1.Unmarshal(each.Value, &value); err != nil {
			return false
		}
	}
	return c.Signed.Version == 2 && bytes.Equal(c.Signed.Algorithm.FullBytes, c.Algorithm.FullBytes)
}

// namedDigest says of a certificate whether the signed attribute names it by its digest.
func namedDigest(attributes map[string][]byte) func([]byte) bool {
	var named signingCertificate
	hash := crypto.SHA256
	value, there := attributes[oidSigningV2.String()]
	if !there {
		hash, value = crypto.SHA1, attributes[oidSigning.String()]
	}
	unmarshal(value, &named)
	require(len(named.Certificates) > 0, "it names no certificate")
	if algorithm := named.Certificates[0].Algorithm; there && algorithm.Algorithm != nil {
		hash = hashOf(algorithm)
		require(hash != 0, "it names its certificate by an unknown digest")
	}
	return func(raw []byte) bool { return bytes.Equal(named.Certificates[0].Digest, digestBy(hash, raw)) }
}

// signerOf says of a certificate whether the signer's identifier names it.
func signerOf(by signerInfo) func(certificate) bool {
	var named issuerAndSerial
	unmarshal(by.Signer.FullBytes, &named)
	return func(is certificate) bool {
		return is.Signed.Serial.Cmp(named.Serial) == 0 &&
			bytes.Equal(is.Signed.Issuer.FullBytes, named.Issuer.FullBytes)
	}
}

// requireAuthority refuses a certificate that is not for time stamps alone, or not for signatures.
func (t *token) requireAuthority() {
	usages := t.signer.ExtKeyUsage
	alone := len(usages) == 1 && len(t.signer.UnknownExtKeyUsage) == 0 && usages[0] == x509.ExtKeyUsageTimeStamping
	for _, each := range t.signer.Extensions {
		alone = alone && (!each.Id.Equal(oidUsages) || each.Critical)
	}
	require(alone, "its certificate is not for time stamps alone")
	signs := x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	require(t.signer.KeyUsage == 0 || t.signer.KeyUsage&signs != 0, "its certificate is not for signatures")
}

// ledTo says whether certificates lead from the signer's to one of these. An authority that is only named like the one
// that issued is refused, as are a way that was not open at the time of the token, and an issuer that may not issue.
func (t *token) ledTo(roots []*x509.Certificate) bool {
	if !t.judged {
		return false
	}
	trusted, between := x509.NewCertPool(), x509.NewCertPool()
	for _, each := range roots {
		trusted.AddCert(each)
	}
	for _, each := range t.others {
		between.AddCert(each)
	}
	if !t.climbs(append(append([]*x509.Certificate{}, roots...), t.others...), roots) {
		return false
	}
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}
	options := x509.VerifyOptions{Roots: trusted, Intermediates: between, CurrentTime: t.at, KeyUsages: usages}
	_, err := t.signer.Verify(options)
	_, invalid := err.(x509.CertificateInvalidError)
	require(!invalid, "its certificates do not allow it: %v", err)
	return err == nil
}

// climbs follows the names of issuers among the known certificates up to a root.
func (t *token) climbs(known, roots []*x509.Certificate) bool {
	last, met := t.signer, map[*x509.Certificate]bool{}
	for !within(roots, last) {
		met[last] = true
		var issuer *x509.Certificate
		named := false
		for _, each := range known {
			if met[each] || !bytes.Equal(each.RawSubject, last.RawIssuer) {
				continue
			}
			named = true
			if issuer == nil && each.CheckSignature(last.SignatureAlgorithm, last.RawTBSCertificate, last.Signature) == nil {
				issuer = each
			}
		}
		if !named {
			return false
		}
		require(issuer != nil, "a certificate of it was not signed by the authority that it names")
		last = issuer
	}
	return true
}

func within(roots []*x509.Certificate, certificate *x509.Certificate) bool {
	for _, each := range roots {
		if each.Equal(certificate) {
			return true
		}
	}
	return false
}
