// Package process runs the programs of others, hooks and discovery scripts, so that none of them can
// hold up or fill the program that runs it.
//
//	Executables ─▶ path ─▶ Program.Run ─┬─ ends by itself ────────────────────┬─▶ what is left of the
//	                                    └─ ctx is done ─ SIGTERM ─ Grace ─────┘   group: SIGKILL
//
// A program leads a process group of its own, which ends with it, so nothing that it started outlives
// it. What it prints goes to its caller's writers, which bound it: [Head] keeps the beginning, [Tail]
// the end. The package reads no configuration, keeps no state, logs nothing and tries nothing twice.
package process
