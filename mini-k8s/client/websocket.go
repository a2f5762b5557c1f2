package client

import (
	"context"
	"net/url"
	"strings"

	"golang.org/x/net/websocket"
)

// WebSocket opens a connection through the API server to where an object runs,
// in one of the protocols.
func (c *Client) WebSocket(ctx context.Context, path string, query url.Values, protocols ...string) (*websocket.Conn, error) {
	target := strings.Replace(c.Server, "http", "ws", 1) + path + "?" + query.Encode()
	config, err := websocket.NewConfig(target, c.Server)
	if err != nil {
		return nil, err
	}
	config.Protocol = protocols
	config.Header.Set("User-Agent", c.agent)
	config.TlsConfig = c.tls.Clone()
	if config.TlsConfig != nil {
		config.TlsConfig.NextProtos = []string{"http/1.1"} // HTTP/2 has no upgrade
	}
	ws, err := config.DialContext(ctx)
	if err != nil {
		return nil, err
	}
	ws.PayloadType = websocket.BinaryFrame
	return ws, nil
}
