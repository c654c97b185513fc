// Package cyphertest writes random graphs and queries, by which engines are compared.
//
//	rand.Rand ──RandomGraph──────────▶ Graph ──▶ engine A ──▶ rows ─┐
//	        └───Query, Expressions──▶ text ───▶ engine B ──▶ rows ─┴─ must be equal
//
// A query is valid and asks for nothing that depends on the order in which an engine finds things, so
// that whatever differs is a mistake of one of the two. What depends on it after all is the order of
// rows without ORDER BY, and that of lists that collect.
package cyphertest
