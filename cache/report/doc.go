// Package report answers the questions that every fleet's keepers ask, out of what the cache has of its
// hosts: who has an account where, what a user may do by sudo, where the kernel's settings are not the
// configured ones, and what the network counters and switch ports look like.
//
//	cache.Scan ─ rows in the order of hosts ─▶ Gatherer ─ one Host at a time ─┬─▶ Users
//	                                                                          ├─▶ Sudo
//	                                                                          ├─▶ Sysctl
//	                                                                          └─▶ Network
//
// A report is one pass over the data. Each names the paths it needs (UsersPaths and so on), takes host
// after host by Add, and holds what it reports and one host's contents, at most 64 MiB of them. What a
// report can hold is limited; what goes beyond is counted as left out.
//
// All of it is pure: no clock, no network, no logging. Contents come from hosts and are anyone's word:
// what can't be read is a [Problem] with its host, path and line, and leaves the rest.
package report
