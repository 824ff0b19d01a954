package debian

import (
	"runtime"
	"testing"
	"time"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/solve"
)

// server is a set of the demo product's kind and size.
var server = []string{"linux-image-amd64", "systemd-sysv", "openssh-server", "apt", "sudo", "nginx", "postfix",
	"mariadb-server", "php-fpm", "certbot", "vim", "less", "grub-efi-amd64", "shim-signed", "initramfs-tools", "lvm2", "xfsprogs", "network-manager"}

func BenchmarkIndexTrixie(b *testing.B) {
	set, _ := loadTrixie(b)
	for b.Loop() {
		NewIndex(set, "amd64").mentions()
	}
}

func BenchmarkServer(b *testing.B)  { benchmark(b, baseRequest(true, server...)) }
func BenchmarkBase(b *testing.B)    { benchmark(b, baseRequest(false)) }
func BenchmarkDesktop(b *testing.B) { benchmark(b, baseRequest(true, "gnome", "task-kde-desktop")) }

// BenchmarkRefusal resolves a request that cannot be met, explanation included.
func BenchmarkRefusal(b *testing.B) {
	benchmark(b, baseRequest(true, "exim4-daemon-light", "postfix", "nosuchpackage", "libreoffice-core", "libreoffice-core-nogui"))
}

func benchmark(b *testing.B, req Request) {
	set, _ := loadTrixie(b)
	x := NewIndex(set, "amd64")
	x.mentions()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if sol, err := x.Solve(b.Context(), req); err == nil {
			n = len(sol.Packages)
		}
	}
	b.ReportMetric(float64(n), "packages")
}

// TestServer resolves a server's set from the whole of trixie main within the bounds
// on memory.
func TestServer(t *testing.T) {
	if testing.Short() {
		t.Skip("loads all of trixie")
	}
	set, _ := loadTrixie(t)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	sol, err := Solve(set, baseRequest(true, server...))
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	total := (after.TotalAlloc - before.TotalAlloc) >> 20
	t.Logf("server: %d packages, %d dropped, %+v, %d MB allocated in all", len(sol.Packages), len(sol.Dropped), sol.Stats, total)
	if total > 150 {
		t.Errorf("the resolver allocated %d MB in all, more than 150", total)
	}
	checkClosed(t, set, sol)
}

// TestWholeTrixieAtOnce asks for every package of trixie main, each as an
// optional want: nearly all of them go together, and each that does not has its
// reason.
func TestWholeTrixieAtOnce(t *testing.T) {
	judge.Slow(t)
	set, _ := loadTrixie(t)
	req := baseRequest(true)
	for _, n := range set.Names() {
		req.Wants = append(req.Wants, Want{Name: n, Optional: true})
	}
	start := time.Now()
	sol, err := Solve(set, req)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d packages, %d dropped, %+v in %v", len(sol.Packages), len(set.All), len(sol.Dropped), sol.Stats, time.Since(start))
	if len(sol.Packages) < len(set.All)*9/10 {
		t.Error("too few packages go together")
	}
	for _, d := range sol.Dropped {
		if d.Because == "" {
			t.Errorf("%s is dropped without a reason", d.Want)
		}
	}
	checkClosed(t, set, sol)
}

// checkClosed proves a solution with the plain definitions: every clause met,
// no conflict, one version a package.
func checkClosed(t *testing.T, set *pkgset.Set, sol *Solution) {
	t.Helper()
	u := &universe{Index: NewIndex(set, "amd64")}
	here := make(map[solve.ID]bool)
	for _, c := range sol.Packages {
		here[u.ids[c.Package]] = true
	}
	for _, c := range sol.Packages {
		for _, r := range u.Rules(u.ids[c.Package]) {
			met := len(r.If) > 1 && !here[r.If[1]]
			for _, id := range r.Any {
				met = met || here[id]
			}
			if !met && !r.Weak {
				t.Errorf("not met: %s", r.Why.Sentence())
			}
		}
	}
}
