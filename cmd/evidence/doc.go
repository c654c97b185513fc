// Package evidence says which documents show that a relationship of the graph is there, and whether they
// still stand.
//
// A relationship that one document asserts is shown by the documents that assert it now: they are derived
// anew, which tells. One that a store has resolved of two carries the names of the documents that showed it
// first; to these come those that assert either half now.
//
// The package is pure. What the CMA holds is given to it.
package evidence
