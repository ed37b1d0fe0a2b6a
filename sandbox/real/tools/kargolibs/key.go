package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
)

// key reads a GitHub App's private key as Kargo does (pkg/credentials/github, decodeKey; ParseRSAPrivateKeyFromPEM of
// golang-jwt), and signs with it.
func key(text string) (accepted, error) {
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		content = []byte(text)
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return accepted{}, errRefused
	}
	var parsed any
	if parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes); err != nil {
		if parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes); err != nil {
			return accepted{}, err
		}
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return accepted{}, errRefused
	}
	digest := sha256.Sum256([]byte("token"))
	_, err = rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, digest[:])
	return accepted{Canonical: text}, err
}
