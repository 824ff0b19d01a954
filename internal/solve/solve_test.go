package solve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// pigeons asks for n pigeons, each in one of n-1 holes, no two in one hole: the
// classic family on which every proof by resolution is of exponential length.
func pigeons(n int) Task {
	u := &fixed{rules: make([][]Rule, n+n*(n-1))}
	place := func(pigeon, hole int) ID { return ID(n + pigeon*(n-1) + hole) }
	var roots []Rule
	for p := range n {
		roots = append(roots, Rule{Any: []ID{ID(p)}, Order: p + 1, Why: said(fmt.Sprintf("pigeon %d", p))})
		var holes []ID
		for h := range n - 1 {
			holes = append(holes, place(p, h))
			for q := range p {
				u.rules[place(p, h)] = append(u.rules[place(p, h)], Rule{If: []ID{place(p, h), place(q, h)}, Why: said("one a hole")})
			}
		}
		u.rules[p] = []Rule{{If: []ID{ID(p)}, Any: holes, Why: said("some hole")}}
	}
	return Task{Universe: u, Roots: roots}
}

func TestPigeonholes(t *testing.T) {
	_, err := Solve(t.Context(), pigeons(6))
	u, ok := errors.AsType[*Unsolvable](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if len(u.Problems) != 1 || len(u.Problems[0].Asked) != 6 {
		t.Errorf("the explanation should need all 6 pigeons once:\n%v", err)
	}
}

func TestHopelessTasksEnd(t *testing.T) {
	hard := pigeons(12)
	hard.MaxConflicts = 3000
	if _, err := Solve(t.Context(), hard); !errors.Is(err, ErrTooHard) {
		t.Errorf("got %v, want ErrTooHard", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := Solve(ctx, pigeons(14)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	if took := time.Since(start); took > 2*time.Minute {
		t.Errorf("a cancelled search went on for %v", took)
	}
}

// chains makes a chain of choices of which only the last alternative of each
// works, and that is known only at the chain's end.
func chains(depth, width int) Task {
	u := &fixed{rules: make([][]Rule, depth*width+1)}
	bad := ID(depth * width)
	u.rules[bad] = []Rule{{If: []ID{bad}, Why: said("bad is broken")}}
	for level := range depth {
		for alt := range width {
			id := ID(level*width + alt)
			if alt < width-1 {
				u.rules[id] = append(u.rules[id], Rule{If: []ID{id}, Any: []ID{bad}, Why: said("bad")})
			}
			if level+1 < depth {
				var next []ID
				for a := range width {
					next = append(next, ID((level+1)*width+a))
				}
				u.rules[id] = append([]Rule{{If: []ID{id}, Any: next, Why: said("next")}}, u.rules[id]...)
			}
		}
	}
	var first []ID
	for a := range width {
		first = append(first, ID(a))
	}
	return Task{Universe: u, Roots: []Rule{{Any: first, Order: 1, Why: said("start")}}}
}

func TestDeepChains(t *testing.T) {
	res, err := Solve(t.Context(), chains(2000, 5))
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Chosen) != 2000 {
		t.Errorf("%d chosen, want 2000", len(res.Chosen))
	}
}

func TestRulesAreFetchedOnceAndOnlyWhenChosen(t *testing.T) {
	c := &counting{fixed: fixed{rules: [][]Rule{
		{{If: []ID{0}, Any: []ID{1, 2}, Why: said("0 needs 1 or 2")}}, nil, nil, nil,
	}}, calls: make(map[ID]int)}
	if _, err := Solve(t.Context(), Task{Universe: c, Roots: []Rule{{Any: []ID{0}, Why: said("0")}}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[ID]int{0: 1, 1: 1}, c.calls); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

type counting struct {
	fixed
	calls map[ID]int
}

func (c *counting) Rules(id ID) []Rule { c.calls[id]++; return c.fixed.Rules(id) }

func TestNear(t *testing.T) {
	names := []string{"libfoo1", "foobar", "fob", "foo-doc", "bar", "nginx", "nginx-light", "python3", "python3-apt", "openssh-server"}
	for name, want := range map[string]string{
		"foo":            "fob foobar foo-doc",
		"ngnix":          "nginx",
		"nginx":          "nginx-light",
		"opensshserver":  "openssh-server",
		"python-apt":     "python3-apt",
		"x":              "",
		"entirely-other": "",
	} {
		if got := strings.Join(Near(name, slices.Values(names), 3), " "); got != want {
			t.Errorf("near %s: got %q, want %q", name, got, want)
		}
	}
}

func TestLuby(t *testing.T) {
	var got []int
	for i := 1; i <= 15; i++ {
		got = append(got, luby(i))
	}
	if diff := cmp.Diff([]int{1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func BenchmarkDeepChains(b *testing.B) {
	for b.Loop() {
		if _, err := Solve(b.Context(), chains(1000, 5)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPigeonholes(b *testing.B) {
	for b.Loop() {
		if _, err := Solve(b.Context(), pigeons(7)); err == nil {
			b.Fatal("seven pigeons in six holes")
		}
	}
}
