// Package testbed runs a test's program in namespaces of its own, and other programs beside it.
//
//	func TestMain(m *testing.M) { testbed.Main(m, furnish) }
//
//	go test ── Main ──▶ the same program as first process of new namespaces ── Start ──▶ programs
//	                    (network, processes, mounts; a tmpfs for files)
//	                                                     └─ NewHost ──▶ hosts: namespaces of their own on bridges
//
// However the test ends, by a panic or a SIGKILL too, the kernel then ends all processes in there and
// takes networks and files along: nothing on the machine is touched, and several runs don't meet. What
// programs say goes to one file a program, which go test's -artifacts keeps.
//
// Our own programs are built from ../../cmd, once a run, or taken from the directory of flag -programs.
package testbed
