package guest

import (
	"context"
	"encoding/json"
	"io"

	"drydock/mini-docker/network/nat"
	"drydock/mini-docker/sandbox/call"
)

// tellPublished tells out which ports are published in here, a line of JSON now
// and after each change, until ctx ends or nobody reads it.
func tellPublished(ctx context.Context, out io.Writer) error {
	lines := json.NewEncoder(out)
	return nat.Watch(ctx, func(ports []nat.Port) error {
		told := []call.Port{}
		for _, port := range ports {
			told = append(told, call.Port{Protocol: port.Protocol.String(), Address: port.Address, Number: port.Port})
		}
		return lines.Encode(told)
	})
}
