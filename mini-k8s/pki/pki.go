// Package pki makes the certificates of a cluster: an authority of its own, and
// under it one certificate for each who serves or asks. A client is who its
// certificate says: the common name is the user, each organisation a group, as
// in Kubernetes, so `system:node:NAME` in `system:nodes` is a kubelet.
//
// It is not for certificates that others should trust.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// How long certificates are good: from a little before now, since clocks differ.
const (
	authorityLife = 10 * 365 * 24 * time.Hour
	life          = 365 * 24 * time.Hour
	clockSkew     = time.Hour
)

// Authority signs certificates.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	PEM         []byte // its certificate, for those who shall trust it
}

// Pair is a certificate and its private key, both in PEM.
type Pair struct{ Certificate, Key []byte }

// Subject is who a certificate is for. Hosts are the names and addresses under
// which it serves; without any it is a client.
type Subject struct {
	Name   string
	Groups []string
	Hosts  []string
}

// Open returns the authority that a folder holds, in ca.crt and ca.key, or makes
// one.
func Open(dir string) (*Authority, error) {
	certFile, keyFile := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "ca.key")
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return create(certFile, keyFile)
	}
	if err != nil {
		return nil, fmt.Errorf("reading certificate authority in %s: %w", dir, err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("reading certificate authority in %s: the key is not for ECDSA", dir)
	}
	return &Authority{pair.Leaf, key, encode("CERTIFICATE", pair.Leaf.Raw)}, nil
}

// create makes an authority and writes its key first: a certificate without a
// key would stand in the way of the next start.
func create(certFile, keyFile string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "mini-k8s-ca"},
		NotBefore: now.Add(-clockSkew), NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, err
	}
	a := &Authority{certificate, key, encode("CERTIFICATE", raw)}
	encoded, err := encodeKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(keyFile), 0o700); err != nil {
		return nil, fmt.Errorf("writing certificate authority: %w", err)
	}
	if err := WriteFile(keyFile, encoded); err != nil {
		return nil, err
	}
	return a, WriteFile(certFile, a.PEM)
}

// Issue signs a certificate for somebody, with a new key.
func (a *Authority) Issue(s Subject) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: s.Name, Organization: s.Groups},
		NotBefore: now.Add(-clockSkew), NotAfter: now.Add(life),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if len(s.Hosts) > 0 {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	for _, host := range s.Hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return Pair{}, fmt.Errorf("signing certificate of %s: %w", s.Name, err)
	}
	encoded, err := encodeKey(key)
	return Pair{encode("CERTIFICATE", raw), encoded}, err
}

// Pool returns the authority as the one that is trusted.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// WriteFile puts a file that only its owner may read in the place of another,
// in one step.
func WriteFile(file string, content []byte) error {
	partial, err := os.CreateTemp(filepath.Dir(file), ".partial-*") // mode 0600
	if err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	defer os.Remove(partial.Name()) // fails when it has been renamed
	_, err = partial.Write(content)
	if err = errors.Join(err, partial.Sync(), partial.Close()); err == nil {
		err = os.Rename(partial.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	return nil
}

func serial() *big.Int {
	n := make([]byte, 16)
	_, _ = rand.Read(n) // never fails (crypto/rand.Read)
	n[0] &= 0x7f        // positive (RFC 5280, 4.1.2.2)
	return new(big.Int).SetBytes(n)
}

func encode(kind string, raw []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw})
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	return encode("PRIVATE KEY", raw), err
}
