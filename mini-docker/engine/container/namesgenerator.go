package container

import (
	"math/rand/v2"
	"strings"
)

// randomName returns a name for a container whose user gave none: an adjective
// and a person to whom computing owes something.
func randomName() string {
	return adjectives()[rand.IntN(len(adjectives()))] + "_" + surnames()[rand.IntN(len(surnames()))]
}

func adjectives() []string {
	return strings.Fields(`
		able agile amber ample awake bold brave breezy bright brisk calm candid
		careful cheerful civil clear clever cosy crisp curious daring deft eager
		early earnest easy elated fair famous fearless festive fine fleet frank
		free fresh friendly gallant gentle glad golden graceful handy happy hardy
		hearty helpful honest hopeful humble jolly jovial keen kind lively loyal
		lucid lucky mellow merry mindful modest neat nimble noble patient peaceful
		placid plucky polite proud quick quiet radiant ready serene sharp silent
		sincere smart snug sober solid spry steady stoic sunny swift tender tidy
		trusty upbeat valiant vivid warm wise witty zealous`)
}

// surnames are of people who worked on computing, mathematics, networks or the
// sciences they grew from.
func surnames() []string {
	return strings.Fields(`
		allen babbage backus bartik bell berners_lee boole borg boyle cantor cerf
		chomsky church clarke codd conway cray curie darwin diffie dijkstra easley
		eckert einstein engelbart erdos euclid euler faraday feinler fermat feynman
		floyd franklin galois gauss germain goldberg goldwasser goodall gray hamilton
		hamming hawking hellman herschel hilbert hoare holberton hooke hopper huffman
		hypatia jackson johnson karp kay kernighan keller kepler khwarizmi kleene
		knuth kowalevski lamarr lamport laplace leibniz liskov lovelace mandelbrot
		maxwell mccarthy mcilroy meitner mendel merkle milner minsky mirzakhani moore
		naur newell newton noether pascal perlis perlman planck poincare postel ramanujan
		rejewski rhodes ride ritchie rivest sammet shamir shannon shaw simon snyder
		stallman stonebraker tarjan tesla thompson torvalds tukey turing vaughan
		villani volta wescoff wilkes wirth wozniak yao yonath zuse`)
}
