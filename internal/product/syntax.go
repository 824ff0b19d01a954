package product

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"cdbuilder/internal/product/tomlpos"
)

// maxRepairs bounds how many broken values one run reports.
const maxRepairs = 20

// decode reads the TOML. The library ends at the first value it cannot read,
// such as a text without quotes or the 31st of November. Such a value is then
// noted, blanked out and the rest read again, so that everything is reported at
// once; after any other error of syntax there is no telling what the rest means.
func decode(name string, data []byte) (map[string]any, *faults) {
	c := newFaults(name, nil)
	if len(data) > maxSize {
		c.list = append(c.list, &Fault{File: name, Line: 1, What: fmt.Sprintf("is larger than %d KiB", maxSize>>10),
			Hint: "this is not a version.toml"})
		return nil, c
	}
	text, repaired := bytes.Clone(data), []*Fault{}
	for {
		doc, err := tomlpos.Scan(text)
		if err != nil {
			return nil, fatal(c, repaired, depthFault(name, err))
		}
		c.doc = doc
		raw := map[string]any{}
		err = toml.Unmarshal(text, &raw)
		if err == nil {
			for _, f := range repaired {
				c.spoil(f.Key)
			}
			c.list = repaired
			return raw, c
		}
		place, fault := c.syntax(text, err)
		if place == nil || len(repaired) == maxRepairs {
			return nil, fatal(c, repaired, fault)
		}
		repaired = append(repaired, fault)
		copy(text[place.Start:place.End], append([]byte{'0'}, bytes.Repeat([]byte{' '}, place.End)...))
	}
}

func fatal(c *faults, repaired []*Fault, last *Fault) *faults {
	c.list = slices.Concat(repaired, []*Fault{last})
	return c
}

func depthFault(name string, err error) *Fault {
	f := &Fault{File: name, Line: 1, What: err.Error()}
	var depth *tomlpos.DepthError
	if errors.As(err, &depth) {
		f.Line, f.What = depth.Line, fmt.Sprintf("tables and lists nest deeper than %d levels", tomlpos.MaxDepth)
		f.Hint = "nothing in this file nests deeper than three"
	}
	return f
}

// syntax words the library's error, and finds the value that can be blanked out.
func (c *faults) syntax(text []byte, err error) (*tomlpos.Place, *Fault) {
	f := &Fault{File: c.file, Line: 1, What: err.Error()}
	var pe toml.ParseError
	if !errors.As(err, &pe) {
		return nil, f
	}
	at := pe.Position.Start + len(text) - len(bytes.TrimPrefix(text, []byte("\ufeff")))
	f.Line, f.What = lineOf(text, at), "syntax error: "+printable(pe.Message)
	place := c.broken(text, at)
	if place == nil {
		return nil, f
	}
	f.Line, f.Key = place.Line, place.Path
	f.What = fmt.Sprintf("%s = %s cannot be read: %s", show(place.Path), printable(string(text[place.Start:place.End])), printable(pe.Message))
	if example(place.Path) != "" {
		f.Hint = c.write(place.Path)
	}
	return place, f
}

// printable keeps a message to one short line whatever the file holds.
func printable(s string) string {
	q := strconv.Quote(s)
	s = strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
	if runes := []rune(s); len(runes) > 120 {
		s = string(runes[:120]) + "…"
	}
	return s
}

// lineOf counts for itself: the library's own line is the next one where it
// stumbles over the end of a line.
func lineOf(text []byte, at int) int {
	return 1 + bytes.Count(text[:max(0, min(at, len(text)))], []byte("\n"))
}

// broken finds the value on one line in which the byte at stands, or on whose
// line it stands when there is only that value.
func (c *faults) broken(text []byte, at int) *tomlpos.Place {
	var found *tomlpos.Place
	line := lineOf(text, at)
	for _, p := range c.doc.Places() {
		value := text[p.Start:p.End]
		if p.Line != line || len(value) == 0 || bytes.ContainsAny(value, "\n") || bytes.IndexByte([]byte("[{"), value[0]) >= 0 {
			continue
		}
		if p.Start <= at && at <= p.End {
			return &p
		}
		if found != nil {
			return nil
		}
		found = &p
	}
	if found != nil && at > found.End {
		return nil
	}
	return found
}
