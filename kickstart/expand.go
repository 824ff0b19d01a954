package kickstart

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"text/template"
	"text/template/parse"
)

// Expand fills a text template with data; name stands in its messages. A
// variable that data doesn't have is an error wherever it stands, also in a
// branch that isn't taken; all such errors are reported at once, each a
// *Fault with the line and the names that come close.
func Expand(name, text string, data any) ([]byte, error) {
	trees, err := parseTemplate(name, text)
	if err != nil {
		return nil, err
	}
	if err := check(name, text, trees, data); err != nil {
		return nil, err
	}
	t, err := template.New(name).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, templateFault(name, err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return nil, templateFault(name, err)
	}
	return out.Bytes(), nil
}

// parseTemplate parses without looking at function names, which check reports
// together with everything else.
func parseTemplate(name, text string) (map[string]*parse.Tree, error) {
	t := parse.New(name)
	t.Mode = parse.SkipFuncCheck
	trees := make(map[string]*parse.Tree)
	if _, err := t.Parse(text, "", "", trees); err != nil {
		return nil, templateFault(name, err)
	}
	return trees, nil
}

// check resolves every variable of every template in the text.
func check(name, text string, trees map[string]*parse.Tree, data any) error {
	c := checker{name: name, text: text, root: reflect.ValueOf(data)}
	for _, t := range trees {
		dot := c.root
		if t.Name != name {
			dot = reflect.Value{} // {{ define }}: called with whatever it is called with
		}
		c.list(t.Root, dot)
	}
	slices.SortStableFunc(c.faults, func(a, b *Fault) int { return a.Line - b.Line })
	errs := make([]error, len(c.faults))
	for i, f := range c.faults {
		errs[i] = f
	}
	return errors.Join(errs...)
}

// text/template begins its messages with the template's name and line.
var templateMessage = regexp.MustCompile(`(?s)^template: .*?:(\d+):(?:\d+:)? (?:executing ".*?" at )?(.*)$`)

func templateFault(name string, err error) error {
	m := templateMessage.FindStringSubmatch(err.Error())
	if m == nil {
		return fmt.Errorf("%s: filling the template: %w", name, err)
	}
	line, convErr := strconv.Atoi(m[1])
	if convErr != nil {
		return fmt.Errorf("%s: filling the template: %w", name, err)
	}
	return &Fault{name, line, "filling the template: " + m[2]}
}
