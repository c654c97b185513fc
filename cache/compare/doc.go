// Package compare tells how the contents of a file differ from host to host.
//
//	contents, one after the other ──Groups──▶ variants: how many hosts have each, some of their names
//	two variants ──Unified──▶ what patch(1) would turn one into the other with
//
// Memory and work are bounded: Groups holds the text of so many variants, Unified gives up on texts that
// have too little in common for a person to learn from. The package is pure and knows no cache.
package compare
