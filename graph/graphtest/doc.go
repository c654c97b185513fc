// Package graphtest holds what every graph.Store must do, as tests that each of them runs.
//
//	Run         the contract of graph.Store: apply, withdraw, resolve, refuse, reopen
//	RunScripts  queries with their rows, from text files
//
// Both write graphs in a notation that looks like a pattern: see [Facts].
package graphtest
