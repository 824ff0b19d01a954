// Package near finds the names that a person most likely meant when writing
// one that doesn't exist.
package near

import (
	"fmt"
	"slices"
	"strings"
)

const longest = 100

// DidYouMean offers the known names closest to a wrong one, ready to be
// appended to a message: `; did you mean "core"?`. It is empty where none is
// close. Case doesn't count; swapped neighbours count as one slip. A word of
// more than 100 bytes is no name that somebody mistyped.
func DidYouMean(wrong string, known []string) string {
	if len(wrong) > longest {
		return ""
	}
	limit := max(1, len(wrong)/3)
	var near []string
	for _, k := range slices.Compact(slices.Sorted(slices.Values(known))) {
		d := Distance(strings.ToLower(wrong), strings.ToLower(k), limit)
		switch {
		case d < limit:
			near, limit = []string{k}, d
		case d == limit:
			near = append(near, k)
		}
	}
	if len(near) == 0 {
		return ""
	}
	near = near[:min(3, len(near))]
	quoted := make([]string, len(near))
	for i, n := range near {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return "; did you mean " + strings.Join(quoted, " or ") + "?"
}

// Distance is the number of insertions, deletions, replacements and swaps of
// neighbours (in bytes) that turn a into b (optimal string alignment: Damerau
// 1964, by Wagner's recurrence), or limit+1 where that is more than limit.
func Distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	older, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
			best = min(best, row[j])
		}
		if best > limit {
			return limit + 1
		}
		older, last, row = last, row, older
	}
	return min(last[len(b)], limit+1)
}
