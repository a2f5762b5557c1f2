package peers

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"drydock/testscripts/wait"
)

// otherRegistry runs Docker's own registry, as Debian has it, on loopback and in a
// folder of the test's, and returns where it is and what it logs. http and auth are
// what its configuration says of itself in these sections.
func otherRegistry(t *testing.T, http, auth string) (at string, log func() string) {
	t.Helper()
	need(t, "docker-registry")
	dir := t.TempDir()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at = free.Addr().String()
	free.Close()
	write(t, filepath.Join(dir, "config.yml"), fmt.Sprintf("version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: %s\nhttp:\n  addr: %s\n%s%s",
		filepath.Join(dir, "images"), at, http, auth))
	said, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	server := exec.Command("docker-registry", "serve", filepath.Join(dir, "config.yml"))
	server.Stdout, server.Stderr = said, said
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	log = func() string {
		text, _ := os.ReadFile(said.Name())
		return string(text)
	}
	for end := time.Now().Add(wait.Deadline); ; time.Sleep(20 * time.Millisecond) {
		connection, err := net.Dial("tcp", at)
		if err == nil {
			connection.Close()
			return at, log
		}
		if time.Now().After(end) {
			t.Fatalf("docker-registry does not answer: %v\n%s", err, log())
		}
	}
}

// fails runs a command that must fail and say so.
func fails(t *testing.T, command *exec.Cmd, want string) {
	t.Helper()
	output, err := command.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(string(output), want) {
		t.Errorf("%s: got %v, %s; want %q", strings.Join(command.Args, " "), err, output, want)
	}
}

func TestOurClientUsesDockersRegistry(t *testing.T) {
	at, log := otherRegistry(t, "", "")
	from := miniDocker(t)
	run(t, from("build", "-q", "-t", at+"/some/image:1", context(t, "mini/box")))
	run(t, from("push", "-q", at+"/some/image:1"))
	id := idOf(t, from, at+"/some/image:1")
	digest := strings.TrimSpace(run(t, from("images", "--digests", "--format", "{{.Digest}}", at+"/some/image")))
	if !strings.Contains(run(t, from("manifest", "inspect", at+"/some/image:1")), `"layers": [`) {
		t.Error("manifest inspect does not show layers")
	}

	for _, name := range []string{at + "/some/image:1", at + "/some/image@" + digest} {
		to := miniDocker(t)
		run(t, to("pull", "-q", name))
		if got := idOf(t, to, name); got != id {
			t.Errorf("%s: got %s, want %s", name, got, id)
		}
		if got := run(t, to("run", "--rm", "--network", "none", name)); got != answer {
			t.Errorf("%s prints %q, want %q", name, got, answer)
		}
	}
	resumes(t, at+"/some/image:1", id, log)
	fails(t, from("pull", at+"/some/image:2"), "manifest for "+at+"/some/image:2 not found: manifest unknown")
}

// resumes pulls an image whose last layer an earlier pull had begun to fetch.
func resumes(t *testing.T, name, id string, log func() string) {
	t.Helper()
	whole, root := t.TempDir(), t.TempDir()
	program := filepath.Join(bin(t), "mini-docker")
	run(t, exec.Command(program, "--root", whole, "pull", "-q", name))
	digests := regexp.MustCompile(`sha256:([0-9a-f]{64})`).FindAllStringSubmatch(run(t, exec.Command(program, "manifest", "inspect", name)), -1)
	last := digests[len(digests)-1][1]
	text, err := os.ReadFile(filepath.Join(whole, "oci/blobs/sha256", last))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "partial", last), string(text[:len(text)/2]))
	call := func(args ...string) *exec.Cmd {
		return exec.Command(program, append([]string{"--root", root}, args...)...)
	}
	run(t, call("pull", "-q", name))
	if got := idOf(t, call, name); got != id {
		t.Errorf("after going on: got %s, want %s", got, id)
	}
	if !strings.Contains(log(), "http.response.status=206") {
		t.Errorf("nobody asked for a rest:\n%s", log())
	}
}

// authority signs a certificate for a registry on loopback, and writes all that both
// sides need.
func authority(t *testing.T) (ca, certificate, key string) {
	t.Helper()
	dir := t.TempDir()
	put := func(name, kind string, bytes []byte) string {
		path := filepath.Join(dir, name)
		write(t, path, string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes})))
		return path
	}
	pair := func() *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	above := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ours"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}
	below := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "registry"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: above.NotBefore, NotAfter: above.NotAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	signer, server := pair(), pair()
	sign := func(what *x509.Certificate, of *ecdsa.PrivateKey) []byte {
		signed, err := x509.CreateCertificate(rand.Reader, what, above, &of.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	private, err := x509.MarshalPKCS8PrivateKey(server)
	if err != nil {
		t.Fatal(err)
	}
	return put("ca.crt", "CERTIFICATE", sign(above, signer)), put("server.crt", "CERTIFICATE", sign(below, server)), put("server.key", "PRIVATE KEY", private)
}

// Passwords and a certificate, at Docker's registry and at ours alike.
func TestOurClientUsesARegistryThatIsGuarded(t *testing.T) {
	need(t)
	ca, certificate, key := authority(t)
	hash, err := bcrypt.GenerateFromPassword([]byte("enchantress"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	users := filepath.Join(t.TempDir(), "users")
	write(t, users, "ada:"+string(hash)+"\n")
	for name, serve := range map[string]func(t *testing.T) string{
		"docker-registry": func(t *testing.T) string {
			at, _ := otherRegistry(t, fmt.Sprintf("  tls:\n    certificate: %s\n    key: %s\n", certificate, key),
				fmt.Sprintf("auth:\n  htpasswd:\n    realm: ours\n    path: %s\n", users))
			return at
		},
		"mini-docker": func(t *testing.T) string {
			return serveRegistry(t, "--htpasswd", users, "--tls-cert", certificate, "--tls-key", key)
		},
	} {
		t.Run(name, func(t *testing.T) {
			at := serve(t)
			image, home, engine := at+"/image:1", t.TempDir(), miniDocker(t)
			call := func(environment []string, args ...string) *exec.Cmd {
				command := engine(args...)
				command.Env = append(os.Environ(), append(environment, "HOME="+home, "XDG_CONFIG_HOME="+home, "DOCKER_CONFIG="+home)...)
				return command
			}
			trusting := []string{"SSL_CERT_FILE=" + ca}
			run(t, call(nil, "tag", "mini/box", image))
			fails(t, call(nil, "push", image), "registry "+at+" is not trusted: x509: certificate signed by unknown authority")
			fails(t, call(trusting, "push", image), "is denied: it does not exist, or may require 'mini-docker login "+at+"'")
			wrong := call(trusting, "login", "-u", "ada", "--password-stdin", at)
			wrong.Stdin = strings.NewReader("lovelace")
			fails(t, wrong, "401 Unauthorized")
			login := call(trusting, "login", "-u", "ada", "--password-stdin", at)
			login.Stdin = bytes.NewReader([]byte("enchantress"))
			run(t, login)
			run(t, call(trusting, "push", "-q", image))
			authority, err := os.ReadFile(ca)
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(home, "docker/certs.d", at, "ca.crt"), string(authority))
			run(t, call(nil, "rmi", image))
			run(t, call(nil, "pull", "-q", image))
			run(t, call(nil, "logout", at))
			fails(t, call(nil, "pull", image), "may require 'mini-docker login "+at+"'")
		})
	}
}
