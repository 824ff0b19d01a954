package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/solve"
)

// refusals collects why kickstarts can't be resolved. What several of them
// suffer from is told once.
type refusals struct {
	problems []string            // in the order they came
	from     map[string][]string // the kickstarts of each
	others   []error
}

func (f *refusals) add(from string, err error) {
	var unsolvable *solve.Unsolvable
	if !errors.As(err, &unsolvable) {
		f.others = append(f.others, fmt.Errorf("%s: %w", from, err))
		return
	}
	if f.from == nil {
		f.from = make(map[string][]string)
	}
	for i := range unsolvable.Problems {
		text := unsolvable.Problems[i].String()
		if f.from[text] == nil {
			f.problems = append(f.problems, text)
		}
		f.from[text] = append(f.from[text], from)
	}
}

func (f *refusals) err() error {
	faults := slices.Clone(f.others)
	for _, text := range f.problems {
		faults = append(faults, fmt.Errorf("%s: %s", strings.Join(f.from[text], ", "), text))
	}
	return errors.Join(faults...)
}

// nearNames is a hint at what was meant by a name that no package has.
func nearNames(set *pkgset.Set, name string) string {
	near := solve.Near(name, func(yield func(string) bool) {
		for _, n := range set.Names() {
			if !yield(n) {
				return
			}
		}
	}, 3)
	if len(near) == 0 {
		return ""
	}
	return ", did you mean: " + strings.Join(near, ", ")
}
