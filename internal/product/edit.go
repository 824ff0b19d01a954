package product

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/internal/product/tomlpos"
)

// Change sets one value of [release].
type Change struct {
	Key   string // SERIES, BASE, DATE, STAGE or NUMBER, in any case
	Value string // NUMBER also takes +1, for one more than now
}

// Settable are the keys that Edit can change, in the order of the release's name.
var Settable = []string{"SERIES", "BASE", "DATE", "STAGE", "NUMBER"}

// UnknownKey is a change of something that Edit cannot set.
type UnknownKey struct{ Key string }

func (e *UnknownKey) Error() string {
	meant := nearest(e.Key, Settable)
	if meant != "" {
		meant = fmt.Sprintf("; did you mean %s?", meant)
	}
	return fmt.Sprintf("%s cannot be set%s; what can be is %s", e.Key, meant, strings.Join(Settable, ", "))
}

// Edit changes values in version.toml and leaves every byte outside them as it
// is: comments, order, blank lines, line ends; a text keeps its kind of quotes.
// The result has passed Parse. The name is what messages call the file.
func Edit(name string, data []byte, changes []Change) ([]byte, error) {
	var errs []error
	for _, change := range changes {
		edited, err := edit(name, data, change)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		data = edited
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if _, err := Parse(name, data); err != nil {
		return nil, fmt.Errorf("the changed file would not be right:\n%w", err)
	}
	return data, nil
}

func edit(name string, data []byte, change Change) ([]byte, error) {
	key := strings.ToUpper(change.Key)
	if !slices.Contains(Settable, key) {
		return nil, &UnknownKey{change.Key}
	}
	doc, err := tomlpos.Scan(data)
	if err != nil {
		return nil, depthFault(name, err)
	}
	path := "release." + strings.ToLower(key)
	place, ok := doc.Lookup(path)
	if !ok || place.Start == place.End {
		return nil, fmt.Errorf("%s has no %s to change; write %s = %s under [release]", name, path, lastKey(path), example(path))
	}
	old := data[place.Start:place.End]
	value, err := literal(key, string(old), change.Value)
	if err != nil {
		return nil, fmt.Errorf("%s=%s: %w", key, change.Value, err)
	}
	return slices.Concat(data[:place.Start], []byte(value), data[place.End:]), nil
}

// literal is the new value as TOML, in the style of the old one.
func literal(key, old, value string) (string, error) {
	switch key {
	case "NUMBER":
		return number(old, value)
	case "DATE":
		d, err := ParseDate(value)
		if err != nil {
			return "", fmt.Errorf("%w; write a date such as 2026-11-20", err)
		}
		return d.String(), nil
	}
	form, hint := namePart, nameHint
	if key == "STAGE" {
		form, hint = stageForm, `only letters, digits, "_" and "." can stand in a stage`
	}
	if !form.MatchString(value) {
		return "", fmt.Errorf("%q is impossible; %s", value, hint)
	}
	quote := `"`
	for _, style := range []string{`"""`, "'''", "'"} {
		if strings.HasPrefix(old, style) && (len(style) == 1 || len(old) >= 6) {
			quote = style
			break
		}
	}
	return quote + value + quote, nil
}

// number reads 7, or +1 as one more than the old number.
func number(old, value string) (string, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return "", errors.New("write a number from 0 to 99, or +1 for one more than now")
	}
	if strings.HasPrefix(value, "+") {
		now, err := strconv.ParseInt(strings.ReplaceAll(old, "_", ""), 0, 32)
		if err != nil {
			return "", fmt.Errorf("the number now is %s, to which nothing can be added; write the new number itself", old)
		}
		n += int(now)
	}
	if n > 99 {
		return "", fmt.Errorf("%d does not fit the two digits it has in the release's name; a new stage starts again at 1", n)
	}
	return strconv.Itoa(n), nil
}
