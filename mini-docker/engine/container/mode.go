package container

// A mode says which namespace of a kind a container lives in, in Docker's words:
// "" or "private" is a new one, "host" the engine's own, "container:ID" that of
// another container. A network can also be "none": a new one with nothing in it
// but a loopback interface.
const (
	ModePrivate   = "private"
	ModeHost      = "host"
	ModeNone      = "none"
	ModeContainer = "container:"
)
