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
