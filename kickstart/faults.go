package kickstart

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// maxFaults is how many faults are told in full. Whoever has more of them has
// handed over something that is no kickstart.
const maxFaults = 200

// faults collects what is wrong with a file, or with all files of a tree.
// What is wrong twice in the same way, because a file is included twice, is
// said once.
type faults struct {
	all  []*Fault
	said map[Fault]bool
	more int    // how many were left out
	last *Fault // the first of those
}

func (fs *faults) add(file string, line int, format string, args ...any) {
	if len(fs.all) == maxFaults && fs.last != nil {
		fs.more++
		return
	}
	f := Fault{file, line, fmt.Sprintf(format, args...)}
	if fs.said[f] {
		return
	}
	if fs.said == nil {
		fs.said = make(map[Fault]bool)
	}
	fs.said[f] = true
	if len(fs.all) < maxFaults {
		fs.all = append(fs.all, &f)
		return
	}
	fs.last = &f
	fs.more++
}

// err joins the faults in the order of the files and of their lines.
func (fs *faults) err(files ...*File) error {
	at := make(map[string]int)
	for _, f := range files {
		if _, ok := at[f.Name]; !ok {
			at[f.Name] = len(at)
		}
	}
	slices.SortStableFunc(fs.all, func(a, b *Fault) int {
		return cmp.Or(cmp.Compare(at[a.File], at[b.File]), cmp.Compare(a.Line, b.Line))
	})
	errs := make([]error, 0, len(fs.all)+1)
	for _, f := range fs.all {
		errs = append(errs, f)
	}
	if fs.more > 0 {
		errs = append(errs, &Fault{fs.last.File, fs.last.Line, fmt.Sprintf("and %d more faults from here on", fs.more)})
	}
	return errors.Join(errs...)
}

// clip shortens a word from the file so that a message stays a line.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
