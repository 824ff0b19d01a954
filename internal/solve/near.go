package solve

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"cdbuilder/internal/near"
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
			far = near.Distance(name, n, typos)
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
