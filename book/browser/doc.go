// Package browser holds the book against a real browser: Debian's chromium, driven
// over its own protocol (chromedp), with axe-core for what can be measured of how
// readable a page is to everybody. `make test-book` runs it; it is a module of its
// own, so that the product's go.mod stays small.
//
//	BOOK=DIR      what `drydock book --out DIR` wrote
//	AXE=FILE      axe.min.js of the npm package axe-core
//	SHOTS=DIR     where pictures of some pages go, to be looked at (optional)
package browser
