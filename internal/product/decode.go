package product

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"cdbuilder/internal/near"
	"cdbuilder/internal/product/tomlpos"
)

// decoder puts a decoded TOML table into a struct, by the names in the struct's
// toml tags. The library's own decoding into a struct ends at the first wrong
// type, and its MetaData.Undecoded does not say in which [[repository]] an
// unknown key stands; this one reports all of both, and goes on.
type decoder struct{ *faults }

// table fills a struct. Keys are taken in the order of the file.
func (d decoder) table(path string, raw map[string]any, to reflect.Value) {
	keys := slices.SortedFunc(maps.Keys(raw), func(a, b string) int {
		return cmp.Or(cmp.Compare(d.line(path, a), d.line(path, b)), strings.Compare(a, b))
	})
	fields := tags(to.Type())
	for _, k := range keys {
		at := slices.Index(fields, k)
		if at < 0 {
			d.unknown(path, k, fields)
			continue
		}
		d.value(tomlpos.Key(path, k), raw[k], to.Field(at))
	}
}

func (d decoder) line(path, key string) int { return d.doc.Line(tomlpos.Key(path, key)) }

func (d decoder) value(path string, raw any, to reflect.Value) {
	if date, ok := to.Addr().Interface().(*Date); ok {
		if *date, ok = localDate(raw); !ok {
			d.wrong(path, raw, "a date")
		}
		return
	}
	switch to.Kind() {
	case reflect.String:
		scalar(d, path, raw, "text", to.SetString)
	case reflect.Bool:
		scalar(d, path, raw, "true or false", to.SetBool)
	case reflect.Int:
		if n, ok := raw.(int64); ok && (n > math.MaxInt32 || n < math.MinInt32) {
			d.add(path, fmt.Sprintf("%s = %d is far too large", show(path), n), d.write(path))
			return
		}
		scalar(d, path, raw, "a whole number", to.SetInt)
	case reflect.Slice:
		d.list(path, raw, to)
	case reflect.Map:
		d.texts(path, raw, to)
	case reflect.Struct:
		if table, ok := raw.(map[string]any); ok {
			d.table(path, table, to)
			return
		}
		d.wrong(path, raw, "a table")
	}
}

func scalar[T any](d decoder, path string, raw any, want string, set func(T)) {
	v, ok := raw.(T)
	if !ok {
		d.wrong(path, raw, want)
		return
	}
	set(v)
}

// list fills a list of texts or of tables.
func (d decoder) list(path string, raw any, to reflect.Value) {
	var elements []any
	switch raw := raw.(type) {
	case []any:
		elements = raw
	case []map[string]any:
		for _, t := range raw {
			elements = append(elements, t)
		}
	default:
		if to.Type().Elem().Kind() == reflect.Struct {
			d.wrong(path, raw, "a list of tables")
			return
		}
		d.wrong(path, raw, "a list")
		return
	}
	list := reflect.MakeSlice(to.Type(), len(elements), len(elements))
	for i, e := range elements {
		d.value(tomlpos.Index(path, i), e, list.Index(i))
	}
	to.Set(list)
}

// texts fills a map of texts whose keys are free.
func (d decoder) texts(path string, raw any, to reflect.Value) {
	table, ok := raw.(map[string]any)
	if !ok {
		d.wrong(path, raw, "a table")
		return
	}
	m := make(map[string]string, len(table))
	for k, v := range table {
		text, ok := v.(string)
		if !ok {
			d.wrong(tomlpos.Key(path, k), v, "text")
			continue
		}
		m[k] = text
	}
	to.Set(reflect.ValueOf(m))
}

func (d decoder) wrong(path string, raw any, want string) {
	what := show(path)
	if strings.HasSuffix(path, "]") {
		what = "a value of " + what
	}
	d.add(path, fmt.Sprintf("%s is %s, not %s", what, kind(raw), want), d.write(path))
	d.spoil(path)
	if strings.HasSuffix(path, "]") { // a list with a wrong element is not judged as a list
		d.spoil(tomlpos.Parent(path))
	}
}

func (d decoder) unknown(path, key string, fields []string) {
	full := tomlpos.Key(path, key)
	what := "unknown key " + show(full)
	meant, tables := nearest(key, fields), homes(key)
	typo := meant != "" && near.Distance(key, meant, 2) < 2
	switch {
	case meant != "" && (typo || len(tables) == 0):
		d.add(full, what, fmt.Sprintf("did you mean %q?", meant))
	case len(tables) > 0:
		d.add(full, what, fmt.Sprintf("%s belongs under %s", key, strings.Join(tables, " or ")))
	case path == "":
		d.add(full, "unknown table or key "+key, "there are "+join(fields))
	default:
		d.add(full, what, header(path)+" has "+join(fields))
	}
}

// join lists the names that the file can set.
func join(fields []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(fields), func(f string) bool { return f == "" }), ", ")
}

// homes lists the headers under which a key of that name is known.
func homes(key string) []string {
	var found []string
	file := reflect.TypeFor[File]()
	for i, table := range tags(file) {
		t := file.Field(i).Type
		switch {
		case table == "" || t.Kind() == reflect.Map:
		case t.Kind() == reflect.Slice && slices.Contains(tags(t.Elem()), key):
			found = append(found, "[["+table+"]]")
		case t.Kind() == reflect.Struct && slices.Contains(tags(t), key):
			found = append(found, "["+table+"]")
		}
	}
	return found
}

// header is a table as the file heads it.
func header(path string) string {
	if strings.HasSuffix(path, "]") {
		return "[[" + tomlpos.Parent(path) + "]]"
	}
	return "[" + path + "]"
}

// tags lists the toml names of a struct's fields; a field that the file cannot
// set has the empty name.
func tags(t reflect.Type) []string {
	names := make([]string, t.NumField())
	for i := range names {
		if names[i] = t.Field(i).Tag.Get("toml"); names[i] == "-" {
			names[i] = ""
		}
	}
	return names
}

func kind(raw any) string {
	switch raw := raw.(type) {
	case string:
		return "text"
	case int64:
		return "a whole number"
	case float64:
		return "a number with a fraction"
	case bool:
		return "true or false"
	case time.Time:
		if _, ok := localDate(raw); ok {
			return "a date"
		}
		return "a time"
	case map[string]any:
		return "a table"
	}
	return "a list"
}
