package graph

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Types of parameters.
const (
	stringParam = "string"
	intParam    = "int"
	floatParam  = "float"
	boolParam   = "bool"
	ipParam     = "ipaddr"
	macParam    = "macaddr"
	regexParam  = "regex"
	listParam   = "list"
)

// maxElements bounds a list that is given for a parameter.
const maxElements = 10_000

func paramTypes() []string {
	return []string{stringParam, intParam, floatParam, boolParam, ipParam, macParam, regexParam, listParam}
}

// convert returns v as p's type. The error completes "parameter ... ".
func (p Param) convert(v any) (any, error) {
	if p.Type == listParam {
		return convertList(v)
	}
	text, ok := paramText(v)
	if !ok {
		return nil, fmt.Errorf("%v is no %s", v, p.Type)
	}
	converted, err := convertText(p.Type, text)
	if err == nil {
		return converted, nil
	}
	if s, ok := v.(string); ok {
		v = strconv.Quote(s)
	}
	if p.Type == regexParam { // where it is wrong can't be seen at a glance
		return nil, fmt.Errorf("%v is no %s: %w", v, p.Type, err)
	}
	return nil, fmt.Errorf("%v is no %s", v, p.Type)
}

// convertText returns text as a type other than list. Addresses come out as documents have them.
func convertText(paramType, text string) (any, error) {
	switch paramType {
	case intParam:
		return strconv.ParseInt(text, 10, 64)
	case floatParam:
		return strconv.ParseFloat(text, 64)
	case boolParam:
		return strconv.ParseBool(text)
	case ipParam:
		addr, err := netip.ParseAddr(text)
		return addr.Unmap().WithZone("").String(), err
	case macParam:
		mac, err := net.ParseMAC(text)
		return mac.String(), err
	case regexParam:
		_, err := regexp.Compile(text)
		return text, err
	}
	return text, nil
}

// convertList returns a list of strings as queries take it. As text it is separated by commas.
func convertList(v any) (any, error) {
	var elements []any
	switch v := v.(type) {
	case string:
		for e := range strings.SplitSeq(v, ",") {
			if e = strings.TrimSpace(e); e != "" {
				elements = append(elements, e)
			}
		}
	case []any:
		elements = v
	default:
		return nil, fmt.Errorf("%v is no %s", v, listParam)
	}
	if len(elements) > maxElements {
		return nil, fmt.Errorf("has %d elements, at most %d", len(elements), maxElements)
	}
	texts := make([]any, len(elements)) // not nil, which would be null
	for i, e := range elements {
		text, ok := paramText(e)
		if !ok {
			return nil, fmt.Errorf("%v is no %s of strings", v, listParam)
		}
		texts[i] = text
	}
	return texts, nil
}

// paramText is v as a command line would say it.
func paramText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool, int, int64, json.Number:
		return fmt.Sprint(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true // 2 for 2.0: JSON knows one kind of number
	}
	return "", false
}
