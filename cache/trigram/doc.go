// Package trigram says what a line must contain so that it can match a regular expression.
//
//	syntax.Regexp ──Regexp───▶ Query     trigrams that the folded line must have: for an index of them
//	              ──Required─▶ literal   text that the line must have: for a Finder, where there is no index
//
// A trigram is three neighbouring bytes of folded text. Text is folded by [AppendFold], which makes
// equal what differs in simple case folding only, so that one index answers with regard to case and
// without. A query is a promise in one direction: a line whose folded text does not satisfy it does not
// match. A line that satisfies it may match. The zero Query promises nothing and asks for nothing.
//
// For kernel\.(hostname|osrelease) the query is
//
//	(ker ern rne nel el. l.h .ho hos ost stn tna nam ame | ker ern rne nel el. l.o .os osr sre rel ele lea eas ase)
//
// and the required literal "kernel.".
//
// Work and results are bounded: a query has at most 256 trigrams, a part that would need more promises
// nothing. Lines are assumed to hold no "\n". The package keeps no state and reads nothing.
package trigram
