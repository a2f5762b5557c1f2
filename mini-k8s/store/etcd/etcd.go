// Package etcd is the store in a cluster of etcd: what a control plane uses that
// one machine is too few for. It speaks the JSON form of etcd's API over HTTP
// (https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/), which every etcd
// serves, so that nothing of gRPC is linked.
package etcd

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"drydock/mini-k8s/store"
)

// Client is a store in a cluster of etcd.
type Client struct {
	servers []string
	http    *http.Client
}

var _ store.Store = (*Client)(nil)

// New returns the store of a cluster, given the addresses of some of its
// servers: http://HOST:PORT.
func New(servers []string) (*Client, error) {
	for _, server := range servers {
		address, err := url.Parse(server)
		switch {
		case err != nil:
			return nil, fmt.Errorf("address of an etcd server: %w", err)
		case address.Scheme == "https":
			return nil, fmt.Errorf("etcd server %s: TLS towards etcd is not supported yet; use http:// on a network you trust", server)
		case address.Scheme != "http" || address.Host == "":
			return nil, fmt.Errorf("etcd server %s: not of the form http://HOST:PORT", server)
		}
	}
	if len(servers) == 0 {
		return nil, fmt.Errorf("no etcd server is named")
	}
	return &Client{servers, &http.Client{}}, nil
}

// Revision is that of the last write.
func (c *Client) Revision(ctx context.Context) (store.Revision, error) {
	// Any read tells; this one asks for a key that nobody has.
	var answer rangeResponse
	err := c.call(ctx, "/v3/kv/range", rangeRequest{Key: []byte{0}, CountOnly: true}, &answer)
	return answer.Header.Revision, err
}

// Get returns a key's entry, or store.ErrNotFound.
func (c *Client) Get(ctx context.Context, key string) (store.Entry, error) {
	var answer rangeResponse
	if err := c.call(ctx, "/v3/kv/range", rangeRequest{Key: []byte(key)}, &answer); err != nil {
		return store.Entry{}, fmt.Errorf("reading %s: %w", key, err)
	}
	if len(answer.KVs) == 0 {
		return store.Entry{}, fmt.Errorf("%s: %w", key, store.ErrNotFound)
	}
	return answer.KVs[0].entry(), nil
}

// List returns the entries whose keys begin with prefix.
func (c *Client) List(ctx context.Context, prefix string, r store.Range) (store.Page, error) {
	request := rangeRequest{Key: []byte(prefix), End: end(prefix), Limit: r.Limit, Revision: r.At}
	if r.After >= prefix {
		request.Key = append([]byte(r.After), 0) // the first that can come behind it
	}
	var answer rangeResponse
	if err := c.call(ctx, "/v3/kv/range", request, &answer); err != nil {
		return store.Page{}, fmt.Errorf("listing %s: %w", prefix, err)
	}
	page := store.Page{More: answer.More, At: answer.Header.Revision}
	if r.At != 0 {
		page.At = r.At
	}
	for _, each := range answer.KVs {
		page.Entries = append(page.Entries, each.entry())
	}
	return page, nil
}

// end is the first key behind all that begin with a prefix.
func end(prefix string) []byte {
	bytes := []byte(prefix)
	for len(bytes) > 0 && bytes[len(bytes)-1] == 0xff {
		bytes = bytes[:len(bytes)-1] // nothing is higher in this place
	}
	if len(bytes) == 0 {
		return []byte{0} // all keys there are
	}
	bytes[len(bytes)-1]++
	return bytes
}

// Write makes a change in a transaction that holds only when the key was last
// modified at the revision that it says.
func (c *Client) Write(ctx context.Context, change store.Change) (store.Entry, error) {
	key := []byte(change.Key)
	read := operation{Range: &rangeRequest{Key: key}}
	request := transaction{
		Compare: []comparison{{Key: key, Target: "MOD", Result: "EQUAL", Modified: change.If}},
		Failure: []operation{read},
	}
	switch {
	case change.Value != nil:
		request.Success = []operation{{Put: &putRequest{key, change.Value}}, read}
	case change.If == 0:
		return store.Entry{}, fmt.Errorf("writing %s: %w", change.Key, store.ErrConflict)
	default:
		request.Success = []operation{{Delete: &rangeRequest{Key: key}}}
	}
	var answer transactionResponse
	if err := c.call(ctx, "/v3/kv/txn", request, &answer); err != nil {
		return store.Entry{}, fmt.Errorf("writing %s: %w", change.Key, err)
	}
	entry := store.Entry{Key: change.Key, Modified: answer.Header.Revision}
	for _, each := range answer.Responses {
		if each.Range != nil && len(each.Range.KVs) > 0 {
			entry = each.Range.KVs[0].entry()
		} else if each.Range != nil {
			entry = store.Entry{}
		}
	}
	if !answer.Succeeded {
		return entry, fmt.Errorf("writing %s: %w", change.Key, store.ErrConflict)
	}
	return entry, nil
}

// Compact forgets what was replaced or deleted up to a revision.
func (c *Client) Compact(ctx context.Context, through store.Revision) error {
	err := c.call(ctx, "/v3/kv/compaction", compactRequest{Revision: through}, &struct{}{})
	if err != nil {
		return fmt.Errorf("compacting through revision %d: %w", through, err)
	}
	return nil
}
