// Package sites says which Redis servers hold the caches of which site.
//
// A [Directory] has the answer: a list in a configuration file ([List]), TXT records of the DNS ([DNS]), or
// the CMA (a client of it is one, without this package knowing). Answers have addresses and never a
// password. [Recall] keeps an answer for the time when the directory can't be read, and says when it gives
// out an old one.
//
// The DNS has a TXT record for each server, with words in any order, blanks between them:
//
//	caches.example.org. TXT "site=north server=10.0.0.1:6379"
//	caches.example.org. TXT "site=north server=redis2.example.org:6380,tls"
//	caches.example.org. TXT "site=south master=fleet sentinel=10.1.0.1:26379 sentinel=10.1.0.2:26379,tls"
//
// Records that don't begin with "site=" are someone else's and passed over. Whoever can change these
// records is told the passwords of all who read them, unless servers speak TLS.
package sites
