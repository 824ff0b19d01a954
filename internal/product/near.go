package product

import (
	"strings"

	"cdbuilder/internal/near"
)

// nearest picks the candidate that a person most likely meant, or "".
func nearest(word string, candidates []string) string {
	best, least := "", 1+max(1, len(word)/3)
	for _, c := range candidates {
		if d := near.Distance(strings.ToLower(word), strings.ToLower(c), least-1); d < least {
			best, least = c, d
		}
	}
	return best
}
