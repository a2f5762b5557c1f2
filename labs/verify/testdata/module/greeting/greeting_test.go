package greeting_test

import (
	"testing"

	"drydock/greeting"
)

func TestOf(t *testing.T) {
	if got := greeting.Of([]string{"ann"}); got != "HELLO ANN" {
		t.Errorf("got %q", got)
	}
}
