package solve

import (
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/pkgset"
)

// lockGraph reads a lock's Needs and Wants as edges between its packages.
type lockGraph struct {
	lock *pkgset.Lock
	at   map[string]int // by name, by name:arch and by ID
}

func newLockGraph(l *pkgset.Lock) *lockGraph {
	g := &lockGraph{l, make(map[string]int, 3*len(l.Package))}
	for i := range l.Package {
		p := &l.Package[i]
		for _, key := range []string{p.Name, p.Name + ":" + p.Arch, p.Name + "_" + p.Version + "_" + p.Arch} {
			if _, taken := g.at[key]; !taken {
				g.at[key] = i
			}
		}
	}
	return g
}

func (g *lockGraph) find(name string) (int, error) {
	if i, ok := g.at[name]; ok {
		return i, nil
	}
	near := Near(name, func(yield func(string) bool) {
		for i := range g.lock.Package {
			if !yield(g.lock.Package[i].Name) {
				return
			}
		}
	}, 3)
	if len(near) > 0 {
		return 0, fmt.Errorf("%s is not in the lock; did you mean: %s", name, strings.Join(near, ", "))
	}
	return 0, fmt.Errorf("%s is not in the lock", name)
}

// asked reports whether the package is in the lock for its own sake.
func asked(p *pkgset.Locked) bool {
	kind, _, found := strings.Cut(p.Why, ":")
	return !found || kind != "depends" && kind != "pre-depends" && kind != "recommends"
}

// Why gives the shortest chain from something that was asked for to the named
// package, one line a link: "openssh-server 1:10.0p1-7 (asked for by @core)",
// "  needs libwrap0 7.6.q-36". Needs are preferred to wants.
func Why(l *pkgset.Lock, name string) (string, error) {
	g := newLockGraph(l)
	goal, err := g.find(name)
	if err != nil {
		return "", err
	}
	from := make([]int, len(l.Package)) // the link before, -2 unseen, -1 none
	wants := make([]bool, len(l.Package))
	var queue []int
	for i := range l.Package {
		from[i] = -2
		if asked(&l.Package[i]) {
			from[i] = -1
			queue = append(queue, i)
		}
	}
	for _, weak := range []bool{false, true} {
		for k := 0; k < len(queue) && from[goal] == -2; k++ {
			i := queue[k]
			edges := l.Package[i].Needs
			if weak {
				edges = slices.Concat(edges, l.Package[i].Wants)
			}
			for n, e := range edges {
				if j, ok := g.at[e]; ok && from[j] == -2 {
					from[j], wants[j] = i, n >= len(l.Package[i].Needs)
					queue = append(queue, j)
				}
			}
		}
	}
	if from[goal] == -2 {
		p := &l.Package[goal]
		return fmt.Sprintf("%s %s (%s)\n", p.Name, p.Version, p.Why), nil
	}
	return chain(l, goal, from, wants), nil
}

func chain(l *pkgset.Lock, goal int, from []int, wants []bool) string {
	var links []int
	for i := goal; i >= 0; i = from[i] {
		links = append(links, i)
	}
	var b strings.Builder
	for depth, i := range slices.Backward(links) {
		p := &l.Package[i]
		depth = len(links) - 1 - depth
		switch {
		case from[i] < 0:
			fmt.Fprintf(&b, "%s %s (%s)\n", p.Name, p.Version, p.Why)
		case wants[i]:
			fmt.Fprintf(&b, "%swants %s %s\n", strings.Repeat("  ", depth), p.Name, p.Version)
		default:
			fmt.Fprintf(&b, "%sneeds %s %s\n", strings.Repeat("  ", depth), p.Name, p.Version)
		}
	}
	return b.String()
}

// Tree draws what the named package needs and wants, and what that needs and
// wants in turn. What was drawn before is not drawn again: it ends in an
// ellipsis.
func Tree(l *pkgset.Lock, name string) (string, error) {
	g := newLockGraph(l)
	root, err := g.find(name)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	p := &l.Package[root]
	fmt.Fprintf(&b, "%s %s\n", p.Name, p.Version)
	t := treeDrawing{g, &b, map[int]bool{root: true}}
	t.below(root, "")
	return b.String(), nil
}

type treeDrawing struct {
	*lockGraph
	b     *strings.Builder
	drawn map[int]bool
}

func (t *treeDrawing) below(i int, indent string) {
	p := &t.lock.Package[i]
	edges := slices.Concat(p.Needs, p.Wants)
	for n, e := range edges {
		fork, rest := "├─ ", "│  "
		if n == len(edges)-1 {
			fork, rest = "└─ ", "   "
		}
		wants := ""
		if n >= len(p.Needs) {
			wants = " (recommended)"
		}
		j, ok := t.at[e]
		if !ok {
			fmt.Fprintf(t.b, "%s%s%s%s\n", indent, fork, e, wants)
			continue
		}
		q := &t.lock.Package[j]
		again := t.drawn[j] && len(q.Needs)+len(q.Wants) > 0
		if again {
			wants += " …"
		}
		fmt.Fprintf(t.b, "%s%s%s %s%s\n", indent, fork, q.Name, q.Version, wants)
		if !again {
			t.drawn[j] = true
			t.below(j, indent+rest)
		}
	}
}
