package sandbox

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/sys/unix"
)

func TestProbeAgreesWithStart(t *testing.T) {
	findings := Probe(context.Background(), t.TempDir())
	if findings[0].Name != "namespaces" {
		t.Fatalf("first finding: got %q, want namespaces", findings[0].Name)
	}
	works := true
	for _, finding := range findings {
		t.Logf("%+v", finding)
		if !finding.OK && finding.Fix == "" {
			t.Errorf("%s: no fix is given", finding.Name)
		}
		switch finding.Name {
		case "namespaces", "tmpfs", "proc", "devpts", "loopback":
			works = works && finding.OK
		}
	}
	box, err := Start(context.Background(), Spec{Base: makeBase(t)})
	if err == nil {
		box.Close()
	}
	if (err == nil) != works {
		t.Errorf("Probe says %v, Start says %v", works, err)
	}
}

func TestRefusedUserNamespacesNameTheSetting(t *testing.T) {
	for file, value := range map[string]string{
		"kernel/unprivileged_userns_clone":             "0\n",
		"user/max_user_namespaces":                     "0\n",
		"kernel/apparmor_restrict_unprivileged_userns": "1\n",
	} {
		root := fstest.MapFS{"proc/sys/" + file: {Data: []byte(value)}}
		err := explain(unix.EPERM, root)
		setting := strings.ReplaceAll(file, "/", ".")
		if !errors.Is(err, ErrNoUserNamespaces) || !strings.Contains(err.Error(), "sysctl -w "+setting) {
			t.Errorf("%s: got %v, want it named", file, err)
		}
	}
	allowed := fstest.MapFS{"proc/sys/user/max_user_namespaces": {Data: []byte("15000\n")}}
	if err := explain(unix.EPERM, allowed); errors.Is(err, ErrNoUserNamespaces) {
		t.Errorf("with namespaces: got %v", err)
	}
}
