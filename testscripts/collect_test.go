package testscripts

import "testing"

func TestAPanicIsShownWithItsPlaceAndNoMore(t *testing.T) {
	const text = "[stderr]\npanic: write it\n\ngoroutine 1 gp=0x1 [running]:\npanic({0x1, 0x2})\n" +
		"\truntime/panic.go:860 +0x13a\ndrydock/mini-docker/namespace.CloneFlags(...)\n" +
		"\tdrydock/mini-docker/namespace/namespace.go:48 +0x2\nmain.main()\n\tdrydock/cmd/mini-docker/main.go:7 +0x1\n[exit status 2]"
	want := "[stderr]\npanic: write it\nat mini-docker/namespace/namespace.go:48"
	if got := withoutTrace(text); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	const calm = "[stderr]\nno panic: all is well"
	if got := withoutTrace(calm); got != calm {
		t.Errorf("got %q, want it as it was", got)
	}
}

func TestALookKeepsItsWordsWithACommandInTheBackground(t *testing.T) {
	r := run(t, "# One\nexec sleep 600 &\nhostname no-such-name\n")
	if c := r.Checks[0]; c.Expected != "no-such-name" {
		t.Errorf("got %+v\n%s", c, r.Log)
	}
}
