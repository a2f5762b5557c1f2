// Package endpoint attaches containers to networks: it checks what a new container
// asks for, connects its network namespace when it starts, and writes the files of
// /etc by which it knows itself, its neighbours and whom to ask for names.
//
//	endpoints := endpoint.New(networks, containers)
//	mode, err := endpoints.Plan(c, endpoint.Options{Mode: "web"}, "web")
//	err = endpoints.Connect(c, pid) // its first process is there and waits
//	err = endpoints.Disconnect(c.ID)
//
// The networks themselves, with their bridges and addresses, are package networks'.
package endpoint

import (
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/networks"
)

// Endpoints are those of the containers of one root folder.
type Endpoints struct {
	networks   *networks.Store
	containers *container.Store
}

// New returns the endpoints of some containers. Nothing is read or written yet.
func New(n *networks.Store, c *container.Store) *Endpoints { return &Endpoints{n, c} }
