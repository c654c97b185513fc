package shell

import (
	"strings"
	"testing"
)

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		text, statement, rest string
		ended                 bool
	}{
		{"RETURN 1;", "RETURN 1", "", true},
		{"RETURN 1; RETURN 2;", "RETURN 1", " RETURN 2;", true},
		{"RETURN 1\n", "", "RETURN 1\n", false},
		{";", "", "", true},
		{"", "", "", false},
		{`RETURN ';';x`, `RETURN ';'`, "x", true},
		{`RETURN "a;\";";x`, `RETURN "a;\";"`, "x", true},
		{"RETURN `a\\`;x", "RETURN `a\\`", "x", true},
		{`RETURN 'it"s;`, "", `RETURN 'it"s;`, false},
		{`'\`, "", `'\`, false},
		{"1 // a; 'b\n;x", "1 // a; 'b\n", "x", true},
		{"1 // a;", "", "1 // a;", false},
		{"1 /* ; ' */;x", "1 /* ; ' */", "x", true},
		{"1 /*/;*/;x", "1 /*/;*/", "x", true},
		{"1 /* ;", "", "1 /* ;", false},
		{"6 / 2; x", "6 / 2", " x", true},
	} {
		statement, rest, ended := cut(tt.text)
		if statement != tt.statement || rest != tt.rest || ended != tt.ended {
			t.Errorf("cut(%q) = %q, %q, %v; want %q, %q, %v", tt.text, statement, rest, ended, tt.statement, tt.rest, tt.ended)
		}
	}
}

// FuzzCut: what comes out is what went in.
func FuzzCut(f *testing.F) {
	f.Add("RETURN ';' /* ; */; x")
	f.Add("'\\")
	f.Fuzz(func(t *testing.T, text string) {
		statement, rest, ended := cut(text)
		if ended {
			statement += ";"
		}
		if statement+rest != text {
			t.Errorf("cut(%q) = %q, %q, %v", text, statement, rest, ended)
		}
	})
}

// TestRunAllBoundsStatements: one whose ';' never comes is dropped.
func TestRunAllBoundsStatements(t *testing.T) {
	for _, tt := range []struct {
		bytes int
		kept  bool
	}{{maxStatementBytes, true}, {maxStatementBytes + 1, false}} {
		var out strings.Builder
		text := strings.Repeat("y", tt.bytes)
		pending := Shell{}.runAll(t.Context(), nil, &out, text)
		if (pending == text) != tt.kept || strings.Contains(out.String(), "is dropped") == tt.kept {
			t.Errorf("%d bytes: %d left, %q", tt.bytes, len(pending), out.String())
		}
	}
}
