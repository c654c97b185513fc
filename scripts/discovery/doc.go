// Package discoveryscripts holds the discovery scripts that are shipped, for a nanoprobe to lay out.
//
//	lshw     hardware             exit status 5 where lshw is not installed
//	netstat  listening sockets    exit status 5 where netstat is not installed
//
// They are POSIX shell and awk, keep the contract of discovery.Script, and serve as models for one's
// own. The package runs nothing.
package discoveryscripts
