package migrate

import (
	"bytes"
	"fmt"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// marked reads the new text by the new version and puts a comment above each
// line that still has something wrong. In a script the comment stands above
// the section's header, because a line of the script may be anything.
func marked(name string, text []byte, to kickstart.Syntax, further []Check) ([]byte, []kickstart.Finding) {
	file, err := kickstart.Parse(name, text, to)
	recipe, found := language.Read(to, file.All())
	found = append(kickstart.Findings(err), found...)
	for _, check := range further {
		found = append(found, check(recipe, file)...)
	}
	kickstart.Sort(found)
	above := make(map[int][]string)
	var left []kickstart.Finding
	for _, f := range found {
		if f.Level == kickstart.Note {
			continue
		}
		at, say := f.Line, f.Text
		if script := file.ScriptAt(f.Line); script != nil && f.Line > script.Number {
			at, say = script.Number, fmt.Sprintf("line %d of this script: %s", f.Line-script.Number, f.Text)
		}
		above[at] = append(above[at], mark+say+" ["+f.Rule+"]")
		left = append(left, f)
	}
	return insert(text, above, left), left
}

// insert puts the comments above their lines and moves the findings' lines along.
func insert(text []byte, above map[int][]string, left []kickstart.Finding) []byte {
	var out []byte
	number, added := 0, 0
	moved := make(map[int]int)
	for raw := range bytes.Lines(text) {
		number++
		for _, comment := range above[number] {
			out = append(append(out, comment...), '\n')
			added++
		}
		moved[number] = number + added
		out = append(out, raw...)
	}
	for i := range left {
		if to, ok := moved[left[i].Line]; ok {
			left[i].Line = to
		}
	}
	return out
}
