package report

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// sysctlMain is read after all others.
const sysctlMain = "/etc/sysctl.conf"

// sysctlDirs are in the order of their weight: a file hides those of the same name in later ones.
func sysctlDirs() []string {
	return []string{"/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d"}
}

// sysctlFiles returns those of the paths that sysctl --system reads, in its order: those of the
// directories by the names of the files, whatever their directory, and the main file at the end.
func sysctlFiles(paths []string) []string {
	chosen := map[string]string{} // by name
	for _, dir := range sysctlDirs() {
		for _, p := range paths {
			name := path.Base(p)
			if path.Dir(p) == dir && strings.HasSuffix(name, ".conf") && chosen[name] == "" {
				chosen[name] = p
			}
		}
	}
	var files []string
	for _, p := range chosen {
		files = append(files, p)
	}
	slices.SortFunc(files, func(a, b string) int { return cmp.Compare(path.Base(a), path.Base(b)) })
	if slices.Contains(paths, sysctlMain) {
		files = append(files, sysctlMain)
	}
	return files
}

// setting is a line of a file of settings.
type setting struct {
	key    string // with dots; may be a glob
	value  string // one blank between its words
	unset  bool   // "-key": globs don't count for the key
	mild   bool   // "-key = value": it is no failure if there is no such key
	line   int
	source string // the file
}

// parseSysctl reads sysctl.d(5) and sysctl.conf(5), which are the same but for globs.
func parseSysctl(source, text string) (settings []setting, bad []badLine) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		line, dash := strings.CutPrefix(line, "-")
		key, value, assigned := strings.Cut(line, "=")
		key = dotted(strings.TrimSpace(key))
		if key == "" || strings.ContainsAny(key, " \t") || !assigned && !dash {
			bad = append(bad, badLine{number, excerpt(line) + " is no KEY = VALUE"})
			continue
		}
		settings = append(settings, setting{key: key, value: words(value), unset: !assigned, mild: dash, line: number, source: source})
	}
	return settings, bad
}

// dotted is a key with dots between its parts. Where the first separator is a slash, dots are part of
// names, and stand as slashes among dots: net/ipv4/conf/eth0.7/mtu is net.ipv4.conf.eth0/7.mtu.
func dotted(key string) string {
	key = strings.TrimPrefix(key, "/")
	if i := strings.IndexAny(key, "./"); i < 0 || key[i] == '.' {
		return key
	}
	return slashed(key)
}

// words is text with one blank between its words: the kernel separates values by tabs.
func words(text string) string {
	text = strings.TrimSpace(text)
	if !strings.ContainsAny(text, "\t\n\v\f\r") && !strings.Contains(text, "  ") {
		return text // as most are
	}
	return strings.Join(strings.Fields(text), " ")
}

// maxLiveKeys bounds the keys of a host; a kernel with a hundred interfaces has some 8,000.
const maxLiveKeys = 20_000

// parseLive reads what sysctl -a prints. A value of several lines has its key before each.
func parseLive(text string) (live map[string]string, bad []badLine) {
	live = make(map[string]string, min(strings.Count(text, "\n")+1, maxLiveKeys))
	further := map[string][]string{} // lines of values that have several
	number := 0
	for line := range strings.Lines(text) {
		number++
		key, value, ok := strings.Cut(line, " =")
		value = words(value)
		switch _, again := live[key]; {
		case again:
			further[key] = append(further[key], value)
		case !ok && strings.TrimSpace(line) == "":
		case !ok || key == "" || strings.ContainsAny(key, " \t"):
			bad = append(bad, badLine{number, excerpt(strings.TrimSpace(line)) + " is no KEY = VALUE"})
		case len(live) == maxLiveKeys:
			bad = append(bad, badLine{number, "more keys than a kernel has"})
		default:
			live[key] = value
		}
	}
	for key, lines := range further {
		live[key] = words(live[key] + " " + strings.Join(lines, " "))
	}
	return live, bad
}
