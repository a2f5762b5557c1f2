package sandbox

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheProfileNamesOurProgramsAloneAndHowToLoadIt(t *testing.T) {
	got := AppArmorProfile(ProgramsFor("/opt/dry dock", "/home/me/.local/share/mini-docker"))
	for _, want := range []string{
		"drydock doctor --apparmor | sudo tee /etc/apparmor.d/drydock\n", "sudo apparmor_parser -r /etc/apparmor.d/drydock\n",
		`profile drydock-1 "/opt/dry dock/{drydock,mini-docker,mini-k8s}" flags=(unconfined) {` + "\n  userns,\n",
		`profile drydock-2 "/home/me/.local/share/mini-docker/{shim,init}-*" flags=(unconfined) {` + "\n  userns,\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Count(got, "{\n") != strings.Count(got, "\n}\n") {
		t.Errorf("brackets do not match:\n%s", got)
	}
}

// To switch the guard off for the whole machine is the second way.
func TestTheProfileIsProposedFirst(t *testing.T) {
	advice := userNamespaceAdvice(fstest.MapFS{"proc/sys/kernel/apparmor_restrict_unprivileged_userns": {Data: []byte("1\n")}})
	profile, sysctl := strings.Index(advice, "drydock doctor --apparmor"), strings.Index(advice, "sysctl")
	if profile == -1 || sysctl < profile {
		t.Errorf("got %q", advice)
	}
}
