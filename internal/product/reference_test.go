package product

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/judge"
)

// TestReferenceNamesEveryKey holds docs/version-toml.md to the types: the same
// tables, in each the same keys in the same order, and as many required.
func TestReferenceNamesEveryKey(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(judge.Repository(t), "docs", "version-toml.md"))
	if err != nil {
		t.Fatal(err)
	}
	heading, row := regexp.MustCompile(`^## \[+([a-z]+)\]+$`), regexp.MustCompile("^\\| `([a-z_]+)` \\| ([a-z ]+) \\|")
	types := map[string]string{"string": "text", "int": "whole number", "bool": "true or false", "slice": "list of texts", "struct": "date"}
	var documented, known []string
	table := ""
	for line := range strings.SplitSeq(string(data), "\n") {
		if m := heading.FindStringSubmatch(line); m != nil {
			table = m[1]
			documented = append(documented, table)
		} else if m := row.FindStringSubmatch(line); m != nil {
			documented = append(documented, table+"."+m[1]+": "+m[2])
		}
	}
	file := reflect.TypeFor[File]()
	for i, table := range tags(file) {
		if table == "" {
			continue
		}
		known = append(known, table)
		section := file.Field(i).Type
		if section.Kind() == reflect.Slice {
			section = section.Elem()
		}
		if section.Kind() != reflect.Struct {
			continue
		}
		for j, key := range tags(section) {
			known = append(known, table+"."+key+": "+types[section.Field(j).Type.Kind().String()])
		}
	}
	if diff := cmp.Diff(known, documented); diff != "" {
		t.Errorf("keys (-types +docs/version-toml.md):\n%s", diff)
	}
}

// TestEveryKeyHasAnExample holds the hints to the types.
func TestEveryKeyHasAnExample(t *testing.T) {
	file := reflect.TypeFor[File]()
	var used []string
	for i, table := range tags(file) {
		section := file.Field(i).Type
		if section.Kind() == reflect.Slice {
			table, section = table+"[0]", section.Elem()
		}
		if table == "" || section.Kind() != reflect.Struct {
			continue
		}
		for _, key := range tags(section) {
			path := table + "." + key
			used = append(used, indices.ReplaceAllString(path, "[]"))
			text := "[" + strings.TrimSuffix(table, "[0]") + "]\n" + key + " = " + example(path)
			if strings.HasSuffix(table, "[0]") {
				text = "[" + strings.Replace(text, "]", "]]", 1)
			}
			_, err := Parse("version.toml", []byte(text))
			if err == nil || strings.Contains(err.Error(), ":2: ") && key != "mirror" {
				t.Errorf("the example of %s is wrong: %q\n%v", path, example(path), err)
			}
		}
	}
	for path := range examples {
		if base := strings.TrimSuffix(path, "[]"); !slices.Contains(used, base) {
			t.Errorf("there is an example of %s, which does not exist", path)
		}
	}
}
