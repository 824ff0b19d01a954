package lint

import (
	"bytes"
	"cmp"
	"slices"

	"cdbuilder/kickstart"
)

// Apply carries the fixes of one file's findings out and says how many. Of
// fixes that would touch the same line the first is done; the others are for
// another round, after the result has been checked again. Lines that are
// replaced end in a line feed alone, all others stay as they are.
func Apply(src []byte, findings []kickstart.Finding) ([]byte, int) {
	lines := bytes.SplitAfter(src, []byte("\n"))
	if n := len(lines); n > 0 && len(lines[n-1]) == 0 {
		lines = lines[:n-1]
	}
	var out bytes.Buffer
	next, done := 1, 0 // the first line that is still to be written
	for _, f := range fixes(findings) {
		if f.First < next || f.First > len(lines)+1 || f.Last > len(lines) {
			continue
		}
		for ; next < f.First; next++ {
			out.Write(lines[next-1])
		}
		if n := out.Len(); n > 0 && out.Bytes()[n-1] != '\n' {
			out.WriteByte('\n') // something is put after a last line without an end
		}
		for _, l := range f.With {
			out.WriteString(l)
			out.WriteByte('\n')
		}
		next = max(next, f.Last+1)
		done++
	}
	for ; next <= len(lines); next++ {
		out.Write(lines[next-1])
	}
	return out.Bytes(), done
}

// fixes gives the fixes in the order of their lines, each once.
func fixes(findings []kickstart.Finding) []*kickstart.Fix {
	var list []*kickstart.Fix
	for i := range findings {
		if f := findings[i].Fix; f != nil && f.First >= 1 {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(a, b *kickstart.Fix) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last), slices.Compare(a.With, b.With))
	})
	return slices.CompactFunc(list, same)
}

func same(a, b *kickstart.Fix) bool {
	return a.First == b.First && a.Last == b.Last && slices.Equal(a.With, b.With)
}
