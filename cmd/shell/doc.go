// Package shell reads statements from a terminal, a line at a time, and runs each when its ';' comes.
//
//	terminal ─▶ keyboard ─▶ line editor ─▶ cut ─▶ Run(ctx, out, statement)
//	                │           ▲ ▲                  ▲
//	                │     history complete           │
//	                └── Ctrl-C: the line is left, or ctx ends
//
// The terminal is in raw mode while the shell runs: Ctrl-C is a key, and ends a statement but never the
// shell; Ctrl-D on an empty line, quit and exit do. What is typed while a statement runs waits for its end.
//
// The package knows no language but what it takes to find a ';': quotes with ', " and `, comments with
// // and /* */. What words there are, and what a statement does, its caller says.
package shell
