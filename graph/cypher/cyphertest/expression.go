package cyphertest

import "strings"

// fill replaces each word in angle brackets by an expression of its kind, one level less deep:
//
//	<n> number   <s> text   <t> truth   <l> list of numbers   <d> date   <m> duration   <a> any of them
//
// Any of them may be null.
func (w *writer) fill(depth int, template string) string {
	var b strings.Builder
	for template != "" {
		before, rest, found := strings.Cut(template, "<")
		b.WriteString(before)
		if !found {
			break
		}
		if len(rest) < 2 || rest[1] != '>' { // an operator
			b.WriteByte('<')
			template = rest
			continue
		}
		b.WriteString(w.ofKind(rest[0], depth-1))
		template = rest[2:]
	}
	return b.String()
}

func (w *writer) ofKind(kind byte, depth int) string {
	switch kind {
	case 'n':
		return w.numeric(depth)
	case 's':
		return w.text(depth)
	case 't':
		return w.truth(depth)
	case 'l':
		return w.list(depth)
	case 'd':
		return w.date(depth)
	case 'm':
		return w.duration(depth)
	}
	return w.expression(depth)
}

// expression is a value of any kind over what is in scope.
func (w *writer) expression(depth int) string {
	if w.chance(15) {
		return w.fill(depth, w.pick(
			"{a: <n>, b: <s>}", "[<n>, <s>, <t>]", "[[<n>], null, <l>]", "coalesce(<a>, <s>)", "nullIf(<a>, <n>)",
			"CASE WHEN <t> THEN <n> ELSE <s> END", "{a: <l>}.a", "{a: {b: <n>}}['a'].b"))
	}
	return w.ofKind("nstldm"[w.rng.IntN(6)], depth)
}

func (w *writer) numeric(depth int) string {
	if depth <= 0 || w.chance(20) {
		if len(w.terms) > 0 && w.chance(60) {
			return w.pick(w.terms...)
		}
		if len(w.nodes) > 0 && w.chance(20) {
			return w.pick(w.nodes...) + ".f"
		}
		return w.pick(w.number(), w.number(), "$one", "$none", "-3", "2.5", "7")
	}
	return w.fill(depth, w.pick(
		"(<n> + <n>)", "(<n> - <n>)", "(<n> * <n>)", "-(<n>)", "(<n> / 2)", "(<n> % 3)", "(<n> / 4.0)", "(<n> ^ 2)",
		"abs(<n>)", "sign(<n>)", "floor(<n>)", "ceil(<n>)", "round(<n>)", "round(<n> / 3.0, 1)", "round(<n> / 8.0, 2)", "toInteger(<n>)", "toFloat(<n>)",
		"toInteger(toString(<n>))", "toInteger(<s>)", "toFloat(<s>)", "size(<s>)", "size(<l>)", "char_length(<s>)",
		"coalesce(<n>, <n>)", "CASE WHEN <t> THEN <n> ELSE <n> END", "CASE WHEN <t> THEN <n> END",
		"CASE <n> WHEN <n> THEN <n> WHEN 1 THEN 5 ELSE <n> END",
		"head(<l>)", "last(<l>)", "<l>[0]", "<l>[-1]", "<l>[7]", w.reduction(depth),
		"(<d>).year", "(<d>).week", "(<m>).days", "(<m>).months", "duration.between(<d>, <d>).days", "duration.inDays(<d>, <d>).days"))
}

// reduction is a reduce over a list.
func (w *writer) reduction(depth int) string {
	x := w.name()
	return "reduce(sum = 0, " + x + " IN " + w.list(depth-1) + " | sum + " + w.within(x, func() string { return w.numeric(depth - 1) }) + ")"
}

// within writes what stands where a number has a name.
func (w *writer) within(name string, write func() string) string {
	w.terms = append(w.terms, name)
	text := write()
	w.terms = w.terms[:len(w.terms)-1]
	return text
}

func (w *writer) text(depth int) string {
	if depth <= 0 || w.chance(20) {
		if len(w.nodes) > 0 && w.chance(50) {
			return w.pick(w.nodes...) + ".s"
		}
		return w.pick("'a'", "'b'", "''", "'Abc de'", "' ä '", "'12'", "'1.5'", "$name", "null")
	}
	return w.fill(depth, w.pick(
		"(<s> + <s>)", "toUpper(<s>)", "toLower(<s>)", "trim(<s>)", "lTrim(<s>)", "rTrim(<s>)", "reverse(<s>)",
		"replace(<s>, 'b', 'xy')", "substring(<s>, 1)", "substring(<s>, 0, 2)", "left(<s>, 2)", "right(<s>, 1)",
		"split(<s>, ' ')[0]", "toString(<n>)", "toString(<t>)", "toString(<d>)", "toString(<m>)", "coalesce(<s>, 'none')",
		"CASE <n> WHEN 1 THEN <s> ELSE <s> END"))
}

func (w *writer) truth(depth int) string {
	if depth <= 0 || w.chance(20) {
		if len(w.nodes) > 0 && w.chance(50) {
			return w.pick(w.nodes...) + ".b"
		}
		return w.pick("true", "false", "null")
	}
	if w.chance(25) {
		x := w.name()
		return w.pick("all", "any", "none", "single") + "(" + x + " IN " + w.list(depth-1) + " WHERE " +
			w.within(x, func() string { return w.truth(depth - 1) }) + ")"
	}
	return w.fill(depth, w.pick(
		"(<t> AND <t>)", "(<t> OR <t>)", "(<t> XOR <t>)", "(NOT <t>)", "(<n> = <n>)", "(<n> <> <n>)", "(<n> < <n>)", "(<n> >= <n>)",
		"(<n> < <n> <= <n>)", "(<s> = <s>)", "(<s> < <s>)", "(<a> = <a>)", "(<a> <> <a>)", "(<l> = <l>)", "(<d> < <d>)", "(<m> = <m>)",
		"(<s> STARTS WITH <s>)", "(<s> ENDS WITH <s>)", "(<s> CONTAINS <s>)", "(<s> =~ '[a-c].*')", "(<s> =~ '(?i)ABC.*')",
		"(<n> IN <l>)", "(<n> IN [1, null])", "(<s> IN ['a', null])", "(<a> IS NULL)", "(<a> IS NOT NULL)", "isEmpty(<l>)", "isEmpty(<s>)",
		"toBoolean(toString(<t>))", "(<t> = <t>)", "isNaN(<n>)"))
}

func (w *writer) list(depth int) string {
	if depth <= 0 || w.chance(20) {
		return w.pick("[0, 1, 2]", "[]", "[1, null]", "[null]", "[3, 1.0]", "$list", "range(0, 3)", "range(4, 0, -2)")
	}
	if w.chance(35) {
		return w.comprehension(depth)
	}
	return w.fill(depth, w.pick(
		"[<n>, <n>]", "[<n>, null]", "(<l> + <l>)", "(<l> + <n>)", "<l>[1..]", "<l>[..-1]", "<l>[0..2]", "tail(<l>)", "reverse(<l>)",
		"coalesce(<l>, [])", "CASE WHEN <t> THEN <l> ELSE <l> END", "range(0, 2, 1)"))
}

func (w *writer) comprehension(depth int) string {
	x := w.name()
	over, where, each := w.list(depth-1), "", ""
	w.within(x, func() string {
		if w.chance(60) {
			where = " WHERE " + w.truth(depth-1)
		}
		if where == "" || w.chance(60) {
			each = " | " + w.numeric(depth-1)
		}
		return ""
	})
	return "[" + x + " IN " + over + where + each + "]"
}

func (w *writer) date(depth int) string {
	if depth <= 0 || w.chance(30) {
		return w.pick("date('2024-02-29')", "date('2023-12-31')", "date({year: 2024, month: 1, day: 31})", "date('2024-W09-4')")
	}
	return w.fill(depth, w.pick(
		"(<d> + <m>)", "(<d> - <m>)", "date.truncate('month', <d>)", "date({date: <d>, day: 1})", "coalesce(<d>, <d>)",
		"date(datetime({date: <d>, hour: 23, timezone: '+02:00'}))"))
}

func (w *writer) duration(depth int) string {
	if depth <= 0 || w.chance(30) {
		return w.pick("duration('P1M')", "duration({days: 40})", "duration('P1Y2M-3DT4H')", "duration({hours: 25, seconds: 1.5})", "duration('PT0S')")
	}
	return w.fill(depth, w.pick("(<m> + <m>)", "(<m> - <m>)", "(<m> * 2)", "duration.between(<d>, <d>)", "duration.inMonths(<d>, <d>)"))
}
