package near

import (
	"strings"
	"testing"
)

func TestDidYouMean(t *testing.T) {
	known := []string{"core", "web-server", "ssh-server", "monitoring", "care"}
	cases := []struct{ wrong, want string }{
		{"cor", `; did you mean "core"?`},
		{"croe", `; did you mean "core"?`},
		{"CORE", `; did you mean "core"?`},
		{"cbre", `; did you mean "care" or "core"?`},
		{"web-sever", `; did you mean "web-server"?`},
		{"monitor", ""},
		{"monitorin", `; did you mean "monitoring"?`},
		{"", ""},
		{"xyz", ""},
		{strings.Repeat("x", 1<<24), ""},
	}
	for _, c := range cases {
		if got := DidYouMean(c.wrong, known); got != c.want {
			t.Errorf("%.60q: %q, want %q", c.wrong, got, c.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"abcdef", "uvwxyz", 4}} {
		if got := Distance(tc.a, tc.b, 3); got != tc.want {
			t.Errorf("%q to %q: got %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}
