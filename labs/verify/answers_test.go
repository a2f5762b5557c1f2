package verify

import (
	"testing"

	"drydock/labs"
)

// The answers of the built-in fix labs are judged right, without a sandbox.
func TestAnswersOfTheFixLabs(t *testing.T) {
	all, err := labs.Labs()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		for _, f := range l.Faults {
			for _, problem := range misjudged(f, l.Faults) {
				t.Errorf("lab %s, fault %s: it %s", l.ID, f.Name, problem)
			}
			for _, decoy := range l.Decoys {
				if f.Judge(decoy, l.Faults).Right {
					t.Errorf("lab %s, fault %s: it accepts the decoy %q", l.ID, f.Name, decoy)
				}
			}
		}
	}
}
