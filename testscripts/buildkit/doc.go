// Package buildkit has nothing but a module: its go.mod says which BuildKit
// testscripts/peers builds, starts, and holds `mini-docker build` against. A module of
// its own keeps the product's go.mod small.
package buildkit
