// Package config reads the configuration of a daemon or of the CLI.
//
// A configuration is a struct with yaml tags. Each of its keys can be set in three places, the later
// over the earlier: the YAML file, the environment, a flag:
//
//	ring:                      ASSIM_RING_BIND=192.0.2.7:7946        --set ring.bind=192.0.2.7:7946
//	  bind: 192.0.2.7:7946
//
// Values in the environment and in flags are YAML too, so a list is [a, b], and nothing at all empties
// the key. A key that the struct does not have is an error with its place and the nearest that there
// is; so is a value that does not fit.
package config
