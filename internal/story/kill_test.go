package story

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cdbuilder/internal/judge"
)

// shelfOfMany is an archive that takes a while over a slow line.
func shelfOfMany() string {
	var b strings.Builder
	for i := range 24 {
		fmt.Fprintf(&b, "\nPackage: part%02d\nBulk: %d\n", i, 4000+i*1500)
	}
	b.WriteString("\nPackage: many\nDepends: part00")
	for i := 1; i < 24; i++ {
		fmt.Fprintf(&b, ", part%02d", i)
	}
	return b.String() + "\n"
}

// openMany is a session whose kickstart asks for them.
func openMany(t testing.TB) *session {
	t.Helper()
	s := open(t)
	data, err := os.ReadFile(s.path("packages"))
	must(t, err)
	must(t, os.WriteFile(s.path("packages"), append(data, shelfOfMany()...), 0o644))
	s.edit("kickstart/server.ks", "@web\n", "@web\nmany\n")
	s.shelf()
	s.does("kick")
	return s
}

// killed runs a program and kills it after a time; it reports whether the
// program was still at work.
func (s *session) killed(after time.Duration, name string, args ...string) bool {
	s.t.Helper()
	cmd, _, _ := s.command(name, args...)
	must(s.t, cmd.Start())
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if err != nil && !status.Signaled() {
		s.t.Errorf("%s: %v", name, err)
	}
	return status.Signaled()
}

const rate = 120_000 // bytes a second of the slow mirror

// revisor is killed at twenty moments, each time in a fresh directory; the next
// run makes what an undisturbed one makes.
func TestRevisorKilled(t *testing.T) {
	judge.Slow(t)
	whole := openMany(t)
	whole.mirror.Slow(rate)
	begun := time.Now()
	whole.does("revisor")
	took := time.Since(begun)
	want := whole.state()
	r := rand.New(rand.NewPCG(2, 9))
	hit := 0
	for i := range 20 {
		after := time.Duration(r.Int64N(int64(took)))
		s := openMany(t)
		s.mirror.Slow(rate)
		if s.killed(after, "revisor") {
			hit++
		}
		s.mirror.Slow(0)
		s.does("revisor")
		if got := s.state(); got != want {
			t.Errorf("moment %d, after %s:\n%s\nwant\n%s", i, after, got, want)
		}
		s.absent("build/cache/sha256/*/*.part", "build/isotree.d/tmp-*", "build/.*")
	}
	t.Logf("an undisturbed run takes %s; %d of 20 runs were killed at work", took.Round(time.Millisecond), hit)
	if hit < 10 {
		t.Errorf("only %d of 20 kills came in time", hit)
	}
}

// One directory, killed again and again while packages change on the mirror:
// what was half done never shows.
func TestRevisorKilledAgainAndAgain(t *testing.T) {
	judge.Slow(t)
	s := openMany(t)
	r := rand.New(rand.NewPCG(3, 1))
	s.does("revisor")
	for i := range 8 {
		s.edit("packages", fmt.Sprintf("Package: part%02d\n", i), fmt.Sprintf("Package: part%02d\nVersion: 2\n", i))
		s.shelf()
		s.mirror.Slow(rate)
		s.killed(time.Duration(r.Int64N(int64(time.Second))), "revisor", "--update")
		s.mirror.Slow(0)
	}
	s.does("revisor", "--update")
	got := s.state()
	must(t, os.RemoveAll(s.path("build", "isotree")))
	must(t, os.RemoveAll(s.path("build", "isotree.d")))
	must(t, os.RemoveAll(s.path("build", "cache")))
	must(t, os.Remove(s.path("build", "packages.lock")))
	s.does("kick")
	s.does("revisor")
	if want := s.state(); got != want {
		t.Errorf("after the kills:\n%s\nfrom nothing:\n%s", got, want)
	}
}

// iso is killed at twenty moments. What stands under the ISO's name is then
// the whole ISO or nothing; the next run makes the same bytes as ever.
func TestISOKilled(t *testing.T) {
	judge.Slow(t)
	s := open(t)
	big := s.path("isotree", "files", "big")
	must(t, os.MkdirAll(filepath.Dir(big), 0o755))
	must(t, os.WriteFile(big, make([]byte, 24<<20), 0o644))
	s.build("kick", "isotree")
	releases := s.path("releases")
	begun := time.Now()
	s.does("iso")
	took := time.Since(begun)
	want, err := list(releases)
	must(t, err)
	final, err := filepath.Glob(filepath.Join(releases, "*", "*.iso"))
	must(t, err)
	sumOf := func() string {
		text, err := list(final[0])
		must(t, err)
		return text
	}
	iso := sumOf()
	r := rand.New(rand.NewPCG(5, 6))
	hit, early := 0, 0
	for i := range 20 {
		must(t, os.RemoveAll(releases))
		if s.killed(time.Duration(r.Int64N(int64(took))), "iso") {
			hit++
		}
		if _, err := os.Lstat(final[0]); err == nil {
			if sumOf() != iso {
				t.Fatalf("moment %d: another ISO under the final name", i)
			}
		} else {
			early++
		}
		s.does("iso")
		if got, err := list(releases); err != nil || got != want {
			t.Fatalf("moment %d: %v\n%s\nwant\n%s", i, err, got, want)
		}
	}
	t.Logf("an undisturbed run takes %s; %d of 20 runs were killed at work, %d before the ISO had its name", took.Round(time.Millisecond), hit, early)
	if hit < 10 {
		t.Errorf("only %d of 20 kills came in time", hit)
	}
}
