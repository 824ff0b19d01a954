package near

import "testing"

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
	}
	for _, c := range cases {
		if got := DidYouMean(c.wrong, known); got != c.want {
			t.Errorf("%q: %q, want %q", c.wrong, got, c.want)
		}
	}
}
