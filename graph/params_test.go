package graph

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

func TestConvert(t *testing.T) {
	q := Named{Name: "q", Params: []Param{
		{Name: "host", Type: "string"},
		{Name: "port", Type: "int", Required: true},
		{Name: "load", Type: "float", Default: "1.5"},
		{Name: "all", Type: "bool", Default: "false"},
	}}
	defaults := func(port int64) map[string]any {
		return map[string]any{"host": "", "port": port, "load": 1.5, "all": false}
	}
	tests := []struct {
		given map[string]any
		want  map[string]any
		err   *ParamError
	}{
		{given: map[string]any{"port": "443"}, want: defaults(443)},
		{given: map[string]any{"port": int64(-1)}, want: defaults(-1)},
		{given: map[string]any{"port": 443}, want: defaults(443)},
		{given: map[string]any{"port": 443.0}, want: defaults(443)},
		{given: map[string]any{"port": json.Number("9007199254740993")}, want: defaults(9007199254740993)},
		{
			given: map[string]any{"port": "1", "host": "web1", "load": json.Number("2"), "all": "true"},
			want:  map[string]any{"host": "web1", "port": int64(1), "load": 2.0, "all": true},
		},
		{given: map[string]any{"port": "1", "host": 5}, want: map[string]any{"host": "5", "port": int64(1), "load": 1.5, "all": false}},

		{given: nil, err: &ParamError{"q", "port", "is missing", ""}},
		{given: map[string]any{"prot": "1"}, err: &ParamError{"q", "prot", "is unknown", "port"}},
		{given: map[string]any{"zone": 1, "hots": "x"}, err: &ParamError{"q", "hots", "is unknown", "host"}},
		{given: map[string]any{"port": "http"}, err: &ParamError{"q", "port", `"http" is no int`, ""}},
		{given: map[string]any{"port": 1.5}, err: &ParamError{"q", "port", `1.5 is no int`, ""}},
		{given: map[string]any{"port": true}, err: &ParamError{"q", "port", `true is no int`, ""}},
		{given: map[string]any{"port": nil}, err: &ParamError{"q", "port", `<nil> is no int`, ""}},
		{given: map[string]any{"port": "1", "all": "maybe"}, err: &ParamError{"q", "all", `"maybe" is no bool`, ""}},
		{given: map[string]any{"port": "1", "host": []any{"x"}}, err: &ParamError{"q", "host", `[x] is no string`, ""}},
	}
	for _, tt := range tests {
		got, err := q.Convert(tt.given)
		var paramErr *ParamError
		errors.As(err, &paramErr)
		if !reflect.DeepEqual(got, tt.want) || !reflect.DeepEqual(paramErr, tt.err) {
			t.Errorf("%v: got %v, %v; want %v, %v", tt.given, got, err, tt.want, tt.err)
		}
	}
}

func TestConvertTypes(t *testing.T) {
	many := make([]any, maxElements+1)
	for i := range many {
		many[i] = "x"
	}
	tests := []struct {
		paramType string
		given     any
		want      any
		err       string
	}{
		{"ipaddr", "192.0.2.1", "192.0.2.1", ""},
		{"ipaddr", "2001:DB8:0:0::1", "2001:db8::1", ""},
		{"ipaddr", "::ffff:192.0.2.1", "192.0.2.1", ""},
		{"ipaddr", "fe80::1%eth0", "fe80::1", ""},
		{"ipaddr", "192.0.2.256", nil, `"192.0.2.256" is no ipaddr`},
		{"ipaddr", "", nil, `"" is no ipaddr`},
		{"macaddr", "02-00-5E-10-00-0A", "02:00:5e:10:00:0a", ""},
		{"macaddr", "0200.5e10.000a", "02:00:5e:10:00:0a", ""},
		{"macaddr", "02:00:5e:10:00", nil, `"02:00:5e:10:00" is no macaddr`},
		{"regex", "open.*", "open.*", ""},
		{"regex", "", "", ""},
		{"regex", "open(", nil, "\"open(\" is no regex: error parsing regexp: missing closing ): `open(`"},
		{"regex", 7, "7", ""},
		{"list", "web1, web2,,", []any{"web1", "web2"}, ""},
		{"list", "", []any{}, ""},
		{"list", []any{}, []any{}, ""},
		{"list", []any{"a,b", 2.0, true}, []any{"a,b", "2", "true"}, ""},
		{"list", []any{"a", nil}, nil, "[a <nil>] is no list of strings"},
		{"list", []any{[]any{"a"}}, nil, "[[a]] is no list of strings"},
		{"list", 5.0, nil, "5 is no list"},
		{"list", nil, nil, "<nil> is no list"},
		{"list", many[:maxElements], many[:maxElements], ""},
		{"list", many, nil, "has 10001 elements, at most 10000"},
	}
	for _, tt := range tests {
		got, err := Param{Type: tt.paramType}.convert(tt.given)
		message := ""
		if err != nil {
			message = err.Error()
		}
		if !reflect.DeepEqual(got, tt.want) || message != tt.err {
			t.Errorf("%s %.80v: got %.80v, %q; want %.80v, %q", tt.paramType, tt.given, got, message, tt.want, tt.err)
		}
	}
}
