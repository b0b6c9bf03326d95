package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"convene/server/config"
)

// certificate writes a self-signed certificate for name into dir.
func certificate(t *testing.T, dir, name string, serial int64) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return cert, key, pool
}

func TestTLS(t *testing.T) {
	cfg := config.Default()
	var pool *x509.CertPool
	cfg.TLS.Cert, cfg.TLS.Key, pool = certificate(t, t.TempDir(), "cal.example.com", 1)
	addr, _, _ := start(t, cfg, nil)
	for _, c := range []struct {
		http2 bool
		want  string
	}{{true, "HTTP/2.0"}, {false, "HTTP/1.1"}} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "cal.example.com"}, ForceAttemptHTTP2: c.http2}
		status, body, resp := get(t, &http.Client{Transport: transport}, "https://"+addr+"/")
		if status != 200 || resp.Proto != c.want || !strings.Contains(body, "https://"+addr+"/") {
			t.Errorf("got %d %s, want %s", status, resp.Proto, c.want)
		}
		transport.CloseIdleConnections()
	}
	old := &tls.Config{RootCAs: pool, ServerName: "cal.example.com", MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	if conn, err := tls.Dial("tcp", addr, old); err == nil {
		conn.Close()
		t.Error("TLS 1.1 was taken")
	}
}

func TestNewCertificateIsTaken(t *testing.T) {
	dir := t.TempDir()
	cert, key, _ := certificate(t, dir, "cal.example.com", 1)
	files := &certFiles{cert: cert, key: key, log: NewLogger(io.Discard, config.Default().Log)}
	if err := files.load(); err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		c, err := files.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf.SerialNumber.Int64()
	}
	certificate(t, dir, "cal.example.com", 2)
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 1 {
		t.Errorf("looked at the files again at once: %d", got)
	}
	files.looked = time.Now().Add(-time.Minute)
	if got := serial(); got != 2 {
		t.Errorf("got certificate %d, want the new one", got)
	}
	if err := os.WriteFile(cert, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	files.looked = time.Time{}
	if got := serial(); got != 2 {
		t.Errorf("got certificate %d, want the last good one", got)
	}
}
