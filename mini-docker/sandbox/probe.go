package sandbox

const probeArg = "sandbox-probe"

func probeMain() int { return 0 }
