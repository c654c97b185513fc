package shell

import "strings"

// cut returns the first statement of text without its ';', and what follows that. It says false, and
// returns all as rest, while the ';' is to come: one in quotes or in a comment ends nothing.
func cut(text string) (statement, rest string, ended bool) {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ';':
			return text[:i], text[i+1:], true
		case c == '\'' || c == '"' || c == '`':
			i += quoted(text[i:])
		case strings.HasPrefix(text[i:], "//"):
			i += through(text[i:], "\n")
		case strings.HasPrefix(text[i:], "/*"):
			i += 2 + through(text[i+2:], "*/")
		default:
			i++
		}
	}
	return "", text, false
}

// quoted is the length of what text begins with in quotes, all of it if they are not closed. A backslash
// keeps a quote from closing, but not a backquote.
func quoted(text string) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && text[0] != '`':
			i++
		case text[i] == text[0]:
			return i + 1
		}
	}
	return len(text)
}

// through is the length of text up to the end of the first mark, or of all.
func through(text, mark string) int {
	if i := strings.Index(text, mark); i >= 0 {
		return i + len(mark)
	}
	return len(text)
}

// isBlank reports whether nothing but blanks is in a statement.
func isBlank(statement string) bool { return strings.TrimSpace(statement) == "" }
