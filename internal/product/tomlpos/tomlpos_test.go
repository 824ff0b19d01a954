package tomlpos

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

const sample = `# a comment with [brackets] and key = "value"
title = "one # not a comment"  # but this is

[product]
id = 'CDdemo'
"quoted.key" = """
first [x]
second = ""\"
third"""
date = 1979-05-27 07:32:00   # a space in a date

[[repository]]
id = "a"
keys = [
  "one",   # the first
  'two',
]
[repository.extra]
x.y = 1
[[repository]]
id = "b"
more = { n = 1, list = [ { z = true } ] }
`

func TestScanNamesEveryLine(t *testing.T) {
	doc, err := Scan([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range doc.Places() {
		got = append(got, fmt.Sprintf("%d %s = %s", p.Line, p.Path, sample[p.Start:p.End]))
	}
	want := []string{
		`2 title = "one # not a comment"`,
		`4 product = [product]`,
		`5 product.id = 'CDdemo'`,
		`6 product."quoted.key" = """` + "\nfirst [x]\nsecond = \"\"\\\"\nthird\"\"\"",
		`10 product.date = 1979-05-27 07:32:00`,
		`12 repository = [[repository]]`,
		`12 repository[0] = [[repository]]`,
		`13 repository[0].id = "a"`,
		`14 repository[0].keys = [` + "\n  \"one\",   # the first\n  'two',\n]",
		`15 repository[0].keys[0] = "one"`,
		`16 repository[0].keys[1] = 'two'`,
		`18 repository[0].extra = [repository.extra]`,
		`19 repository[0].extra.x = `,
		`19 repository[0].extra.x.y = 1`,
		`20 repository[1] = [[repository]]`,
		`21 repository[1].id = "b"`,
		`22 repository[1].more = { n = 1, list = [ { z = true } ] }`,
		`22 repository[1].more.n = 1`,
		`22 repository[1].more.list = [ { z = true } ]`,
		`22 repository[1].more.list[0] = { z = true }`,
		`22 repository[1].more.list[0].z = true`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

func TestLineFallsBackToWhatIsAround(t *testing.T) {
	doc, err := Scan([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"product.name":               4,
		"repository[1].keys[0]":      20,
		"mirror.directory":           1,
		`product."quoted.key"`:       6,
		`product."no \"such\". key"`: 4,
		"repository[0].extra.x.y":    19,
	} {
		if got := doc.Line(path); got != want {
			t.Errorf("line of %s: got %d, want %d", path, got, want)
		}
	}
}

func TestScanRefusesDepth(t *testing.T) {
	for name, text := range map[string]string{
		"arrays":        "\na = " + strings.Repeat("[", 200_000),
		"inline tables": "\n" + strings.Repeat("a={", 200_000),
		"dotted keys":   "\na" + strings.Repeat(".a", 200_000) + "=1",
		"headers":       "\n[a" + strings.Repeat(".a", 200_000) + "]",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Scan([]byte(text))
			var depth *DepthError
			if !errors.As(err, &depth) || depth.Line != 2 {
				t.Errorf("got %v, want a depth error in line 2", err)
			}
		})
	}
}

// FuzzScan holds the scanner to the decoder: what the decoder accepts has a
// place for every value, and the bytes at that place decode to that value.
func FuzzScan(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("\ufeffa.\"b\\u0041\" = [ '''x''''' ]\r\n[a.c]\r\n"))
	f.Add([]byte("a = [[[1,],],]\n[[b]]\n[[b.c]]\n[[b.c]]\n[b.c.d]\nx=2"))
	f.Add([]byte("x = {a = 1,\n# c\n 'b' = inf,}\ny = 2000-01-01T00:00:00Z"))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := Scan(data)
		if err != nil {
			return
		}
		for _, p := range doc.Places() {
			if p.Line < 1 || p.Line > 1+bytes.Count(data, []byte("\n")) {
				t.Fatalf("%s is in line %d", p.Path, p.Line)
			}
		}
		var raw map[string]any
		if len(data) > 1<<16 || toml.Unmarshal(data, &raw) != nil {
			return
		}
		compare(t, data, doc, "", raw)
	})
}

func compare(t *testing.T, data []byte, doc *Document, path string, v any) {
	p, ok := doc.Lookup(path)
	if !ok && path != "" && !implicit(v) {
		t.Fatalf("%q has no place", path)
	}
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			compare(t, data, doc, Key(path, k), e)
		}
	case []map[string]any:
		for i, e := range v {
			compare(t, data, doc, Index(path, i), e)
		}
	case []any:
		for i, e := range v {
			compare(t, data, doc, Index(path, i), e)
		}
	default:
		var again map[string]any
		text := "v = " + string(data[p.Start:p.End])
		if err := toml.Unmarshal([]byte(text), &again); err != nil {
			t.Fatalf("%s stands at %q, which does not decode: %v", path, data[p.Start:p.End], err)
		}
		if fmt.Sprint(again["v"]) != fmt.Sprint(v) || reflect.TypeOf(again["v"]) != reflect.TypeOf(v) {
			t.Fatalf("%s stands at %q, which is %v, not %v", path, data[p.Start:p.End], again["v"], v)
		}
	}
}

// implicit tells a table that only headers of its sub-tables have made.
func implicit(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}
