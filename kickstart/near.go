package kickstart

import (
	"fmt"
	"slices"
	"strings"
)

// didYouMean offers the known names closest to a wrong one, ready to be
// appended to a message; it is empty where none is close.
func didYouMean(wrong string, known []string) string {
	limit := max(1, len(wrong)/3)
	var near []string
	for _, k := range slices.Sorted(slices.Values(known)) {
		d := distance(strings.ToLower(wrong), strings.ToLower(k))
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
	if len(near) > 3 {
		near = near[:3]
	}
	quoted := make([]string, len(near))
	for i, n := range near {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return "; did you mean " + strings.Join(quoted, " or ") + "?"
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
