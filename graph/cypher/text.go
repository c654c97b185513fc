package cypher

import (
	"fmt"
	"strconv"
	"strings"
)

// textOf writes an expression for the plans that people read. What takes long to say is cut short.
func textOf(e expr) string {
	switch e := e.(type) {
	case *literal:
		return literalText(e.value)
	case *variable:
		return e.name
	case *parameter:
		return "$" + e.name
	case *property:
		return textOf(e.of) + "." + e.key
	case *element:
		return textOf(e.of) + "[" + textOf(e.by) + "]"
	case *labelTest:
		return textOf(e.of) + labelText(e.labels)
	case *unary:
		if e.op == "-" {
			return "-" + operandText(e.of)
		}
		return e.op + " " + operandText(e.of)
	case *binary:
		return operandText(e.left) + " " + e.op + " " + operandText(e.right)
	case *chain:
		text := operandText(e.operands[0])
		for i, op := range e.ops {
			text += " " + op + " " + operandText(e.operands[i+1])
		}
		return text
	case *nullTest:
		if e.not {
			return textOf(e.of) + " IS NOT NULL"
		}
		return textOf(e.of) + " IS NULL"
	case *call:
		return e.fn.name + "(" + textsOf(e.args) + ")"
	case *aggregation:
		return e.fn.name + "(" + textsOf(e.args) + ")"
	case *list:
		return "[" + textsOf(e.items) + "]"
	case *subquery:
		return strings.ToUpper(e.kind) + " { ... }"
	case *patternTest:
		return "(...)--(...)"
	case *quantifier:
		return e.kind + "(" + e.name + " IN " + textOf(e.over) + " WHERE " + textOf(e.where) + ")"
	}
	return "..."
}

// operandText puts an operand that has operators itself in brackets.
func operandText(e expr) string {
	switch e.(type) {
	case *binary, *chain:
		return "(" + textOf(e) + ")"
	}
	return textOf(e)
}

func textsOf(all []expr) string {
	texts := make([]string, len(all))
	for i, e := range all {
		texts[i] = textOf(e)
	}
	return strings.Join(texts, ", ")
}

func literalText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return strconv.Quote(v)
	case float64:
		return floatText(v)
	}
	return fmt.Sprint(v)
}

// labelText writes a label expression as it stands behind a variable.
func labelText(e labelExpr) string { return ":" + strings.ReplaceAll(e.String(), `"`, "") }
