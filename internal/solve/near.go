package solve

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// Near picks the names that somebody who wrote name may have meant, the likeliest
// first, at most limit of them: names a few typing errors away, then names that
// contain it.
func Near(name string, names iter.Seq[string], limit int) []string {
	type hit struct {
		name string
		far  int
	}
	var hits []hit
	typos := min(3, len(name)/3)
	for n := range names {
		if n == name {
			continue
		}
		far := typos + 1
		if d := len(n) - len(name); -typos <= d && d <= typos {
			far = distance(name, n, typos)
		}
		if far > typos {
			if len(name) < 3 || !strings.Contains(n, name) {
				continue
			}
			far = typos + len(n) - len(name)
		}
		hits = append(hits, hit{n, far})
	}
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(a.far-b.far, strings.Compare(a.name, b.name))
	})
	hits = slices.CompactFunc(hits, func(a, b hit) bool { return a.name == b.name })
	var out []string
	for _, h := range hits[:min(limit, len(hits))] {
		out = append(out, h.name)
	}
	return out
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour (Damerau 1964, as restricted by Wagner's recurrence) that
// lead from a to b; more than limit is not told apart.
func distance(a, b string, limit int) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row := rows[(i+1)%3], rows[(i-1)%3], rows[i%3]
		row[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			change := truth(a[i-1] != b[j-1])
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			best = min(best, row[j])
		}
		if best > limit {
			return limit + 1
		}
	}
	return rows[len(a)%3][len(b)]
}
