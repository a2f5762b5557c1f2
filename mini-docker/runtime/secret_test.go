package runtime_test

import (
	"strings"
	"testing"

	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// What is a secret is given to the command, and written nowhere.
func TestASecretVariableIsInNoFile(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		bundle := newBundle(t, []string{"facts"}, change, func(s *specs.Spec) { s.Process.Env = []string{"PATH=/"} })
		var saved []byte
		got := run(t, bundle, func(o *runtime.CreateOptions) {
			o.Spec, o.SecretEnv = specOf(t, bundle), []string{"KEY=hush"}
			o.Save = func(text []byte) error { saved = text; return nil }
		})
		if !strings.Contains(got.output, `"Key":"hush"`) || len(saved) == 0 || strings.Contains(string(saved), "hush") {
			t.Errorf("got %+v, want KEY, and none of it in %s", got, saved)
		}
	})
}
