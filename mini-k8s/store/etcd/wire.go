package etcd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"drydock/mini-k8s/store"
)

// The messages of etcd's rpc.proto in JSON: bytes are base64, which is what
// encoding/json makes of them, and 64-bit numbers are strings.
type (
	rangeRequest struct {
		Key       []byte         `json:"key"`
		End       []byte         `json:"range_end,omitempty"`
		Limit     int            `json:"limit,string,omitempty"`
		Revision  store.Revision `json:"revision,string,omitempty"`
		CountOnly bool           `json:"count_only,omitempty"`
	}
	rangeResponse struct {
		Header header     `json:"header"`
		KVs    []keyValue `json:"kvs"`
		More   bool       `json:"more"`
	}
	header struct {
		Revision store.Revision `json:"revision,string"`
	}
	keyValue struct {
		Key      []byte         `json:"key"`
		Value    []byte         `json:"value"`
		Created  store.Revision `json:"create_revision,string"`
		Modified store.Revision `json:"mod_revision,string"`
	}
	putRequest struct {
		Key   []byte `json:"key"`
		Value []byte `json:"value"`
	}
	compactRequest struct {
		Revision store.Revision `json:"revision,string"`
	}
	comparison struct {
		Key      []byte         `json:"key"`
		Target   string         `json:"target"`
		Result   string         `json:"result"`
		Modified store.Revision `json:"mod_revision,string"`
	}
	operation struct {
		Range  *rangeRequest `json:"request_range,omitempty"`
		Put    *putRequest   `json:"request_put,omitempty"`
		Delete *rangeRequest `json:"request_delete_range,omitempty"`
	}
	transaction struct {
		Compare []comparison `json:"compare"`
		Success []operation  `json:"success"`
		Failure []operation  `json:"failure"`
	}
	transactionResponse struct {
		Header    header `json:"header"`
		Succeeded bool   `json:"succeeded"`
		Responses []struct {
			Range *rangeResponse `json:"response_range"`
		} `json:"responses"`
	}
	watchRequest struct {
		Create struct {
			Key   []byte         `json:"key"`
			End   []byte         `json:"range_end"`
			Start store.Revision `json:"start_revision,string"`
		} `json:"create_request"`
	}
	watchResponse struct {
		Result struct {
			Compacted store.Revision `json:"compact_revision,string"`
			Canceled  bool           `json:"canceled"`
			Reason    string         `json:"cancel_reason"`
			Events    []struct {
				Type string   `json:"type"` // empty is PUT
				KV   keyValue `json:"kv"`
			} `json:"events"`
		} `json:"result"`
		Error *failure `json:"error"`
	}
	failure struct {
		Message string `json:"message"`
	}
)

func (kv keyValue) entry() store.Entry {
	value := kv.Value
	if value == nil {
		value = []byte{} // an empty value is left out on the wire
	}
	return store.Entry{Key: string(kv.Key), Value: value, Created: kv.Created, Modified: kv.Modified}
}

// call sends a request to the cluster and reads the answer.
func (c *Client) call(ctx context.Context, path string, request, answer any) error {
	response, err := c.post(ctx, path, request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return json.NewDecoder(response.Body).Decode(answer)
}

// post sends a request to the first server that can be reached. One that was
// reached has perhaps done what was asked, so no other is asked again.
func (c *Client) post(ctx context.Context, path string, request any) (*http.Response, error) {
	text, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	for _, server := range c.servers {
		var r *http.Request
		if r, err = http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(server, "/")+path, bytes.NewReader(text)); err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/json")
		var response *http.Response
		if response, err = c.http.Do(r); err == nil {
			return check(response)
		}
		if dial := (*net.OpError)(nil); !errors.As(err, &dial) || dial.Op != "dial" {
			return nil, err
		}
	}
	return nil, err
}

// check turns an answer that is an error into one.
func check(response *http.Response) (*http.Response, error) {
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil {
		return nil, err
	}
	var f failure
	if json.Unmarshal(text, &f) != nil || f.Message == "" {
		f.Message = fmt.Sprintf("%s: %s", response.Status, text)
	}
	return nil, f.error()
}

// error tells the answers apart that a caller acts upon
// (etcd's api/v3rpc/rpctypes/error.go).
func (f failure) error() error {
	switch {
	case strings.Contains(f.Message, "required revision has been compacted"):
		return store.ErrCompacted
	case strings.Contains(f.Message, "required revision is a future revision"):
		return store.ErrFuture
	}
	return fmt.Errorf("etcd: %s", f.Message)
}
