// Package shelltest types into a program on a pseudo-terminal of Linux and reads what it shows, as a test
// of a shell needs it. It knows no escape sequences: what it waits for stands in one piece on the screen.
package shelltest
