package engine

import (
	"drydock/mini-docker/engine/endpoint"
	"drydock/mini-docker/engine/networks"
	"drydock/mini-docker/flock"
)

// Networks are the networks of this engine.
func (e *Engine) Networks() *networks.Store {
	return networks.New(networks.Options{
		Root: e.root, RunDir: e.run,
		IsAlive: func(id string) bool { return flock.IsHeld(e.containers.Dir(id)) },
	})
}

// endpoints are those of the engine's containers on them.
func (e *Engine) endpoints() *endpoint.Endpoints { return endpoint.New(e.Networks(), e.containers) }
