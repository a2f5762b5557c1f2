package etcd

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"drydock/mini-k8s/store"
)

// Watch hands over what happens to keys that begin with prefix.
//
// It watches all keys: of those that are not asked for it learns how far the
// store has come, which etcd says of its own accord only every ten minutes.
func (c *Client) Watch(ctx context.Context, prefix string, after store.Revision, each func(store.Batch) error) error {
	var request watchRequest
	request.Create.Key, request.Create.End, request.Create.Start = []byte{0}, []byte{0}, after+1
	response, err := c.post(ctx, "/v3/watch", request)
	if err != nil {
		return fmt.Errorf("watching %s: %w", prefix, err)
	}
	defer response.Body.Close()
	for lines := json.NewDecoder(response.Body); ; {
		var line watchResponse
		if err := lines.Decode(&line); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("watching %s: %w", prefix, err)
		}
		if err := line.failed(); err != nil {
			return fmt.Errorf("watching %s after revision %d: %w", prefix, after, err)
		}
		batch, ok := line.batch(prefix)
		if !ok {
			continue
		}
		if err := each(batch); err != nil {
			return err
		}
		after = batch.Through
	}
}

func (r watchResponse) failed() error {
	switch {
	case r.Error != nil:
		return r.Error.error()
	case r.Result.Compacted != 0:
		return store.ErrCompacted
	case r.Result.Canceled:
		return failure{r.Result.Reason}.error()
	}
	return nil
}

// batch picks the events of a prefix. It is not ok when nothing happened at all.
func (r watchResponse) batch(prefix string) (batch store.Batch, ok bool) {
	for _, e := range r.Result.Events {
		batch.Through = e.KV.Modified
		switch {
		case !strings.HasPrefix(string(e.KV.Key), prefix):
		case e.Type == "DELETE":
			batch.Events = append(batch.Events, store.Event{Entry: store.Entry{Key: string(e.KV.Key), Modified: e.KV.Modified}, Deleted: true})
		default:
			batch.Events = append(batch.Events, store.Event{Entry: e.KV.entry()})
		}
	}
	return batch, batch.Through != 0
}
