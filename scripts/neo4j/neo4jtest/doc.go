// Package neo4jtest runs a real Neo4j server of the Community edition for tests and trials.
//
//	Start ──▶ java Launcher.java ──"127.0.0.1:40123"──▶ Server ──Kill or Stop──▶ Restart ──▶ ...
//	              ▲  stdin: the server lives as long as its starter holds it open
//
// Import fills a database before its first start. scripts/neo4j/fetch gets the jars. Logs, data and what
// the process said are files below the server's home, which the package makes and never removes. A test
// program that ends in whatever way, a panic or SIGKILL among them, leaves no server behind, since its end
// of the pipe is then closed.
package neo4jtest
