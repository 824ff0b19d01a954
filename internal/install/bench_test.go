package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/pgp"
	"cdbuilder/internal/repo"
	"cdbuilder/internal/rootfs"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// bench is a job in a directory with a signed medium, whose hands take notes.
type bench struct {
	*Job
	t        *testing.T
	calls    []string
	said     []string
	fail     map[string]error // by what is called, or by a script's text
	disks    []string         // packages that they need
	capacity int64
	panics   bool
	onRun    func(script string)
	pool     map[string]string // package to file
	recipe   *language.Recipe
}

func newBench(t *testing.T, text string) *bench {
	b := &bench{t: t, fail: map[string]error{}, disks: []string{"lvm", "grub"}, capacity: 8 << 30, pool: map[string]string{}}
	b.Job = &Job{
		Root: t.TempDir(), Kickstart: Source{Name: "demo.ks", Text: []byte(text)},
		Medium: Medium{Dir: "/run/install/repo", Device: "sr0", Suite: "trixie", Arch: "amd64", Syntax: kickstart.Syntax{Family: "RHEL", Number: 9}, Built: built},
		Now:    func() time.Time { return time.Unix(0, 0) }, // the battery is dead
		Say:    func(format string, args ...any) { b.said = append(b.said, fmt.Sprintf(format, args...)) },
		Screen: io.Discard, Log: io.Discard,
		Hands: Hands{Plan: b.plan, Target: b.target, Packages: b.install, Kernel: b.kernel, Program: b.program, Release: func() error { return b.note("release") }},
	}
	b.put("/tmp/.keep", "")
	if err := os.Remove(b.path("/tmp/.keep")); err != nil {
		t.Fatal(err)
	}
	b.put("/run/log/stage2.log", "the log so far\n")
	b.LogFile = b.path("/run/log/stage2.log")
	b.fillMedium()
	return b
}

var built = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

func (b *bench) put(name, text string) {
	b.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(b.path(name)), 0o755), os.WriteFile(b.path(name), []byte(text), 0o644)); err != nil {
		b.t.Fatal(err)
	}
}

// fillMedium makes the medium's packages: one essential, one that a kickstart
// may ask for, one each for the disks and the boot loader.
func (b *bench) fillMedium() {
	b.t.Helper()
	signer, keys := newKey(b.t)
	b.Medium.Keys = keys
	var entries []repo.Entry
	for _, p := range []struct{ name, more string }{{"base", "Essential: yes\n"}, {"demo", "Depends: base\n"}, {"lvm", ""}, {"grub", ""}} {
		file := fmt.Sprintf("pool/main/%s_1_amd64.deb", p.name)
		b.pool[p.name] = file
		b.put("/run/install/repo/"+file, "package "+p.name)
		control, err := deb.ReadParagraph(strings.NewReader(fmt.Sprintf("Package: %s\nVersion: 1\nArchitecture: amd64\nInstalled-Size: 20000\nMaintainer: A <a@example.org>\nDescription: x\n%s", p.name, p.more)))
		if err != nil {
			b.t.Fatal(err)
		}
		entries = append(entries, repo.Entry{Control: control, Component: "main", Filename: file, Size: int64(len("package " + p.name)), SHA256: strings.Repeat("ab", 32)})
	}
	err := repo.WriteDists(repo.Archive{Suite: "trixie", Codename: "trixie", Origin: "x", Label: "x", Version: "13", Description: "x", Architectures: []string{"amd64"}, Components: []string{"main"}, Date: built},
		entries, signer, func(name string, data []byte) error { b.put("/run/install/repo/"+name, string(data)); return nil })
	if err != nil {
		b.t.Fatal(err)
	}
}

// spoil changes a byte in the middle of every form of a file on the medium.
func (b *bench) spoil(name string) {
	files, err := filepath.Glob(b.path("/run/install/repo/" + name + "*"))
	if err != nil || len(files) == 0 {
		b.t.Fatalf("%s: %v", name, err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			b.t.Fatal(err)
		}
		text[len(text)/2] ^= 1
		if err := os.WriteFile(f, text, 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
}

func newKey(t *testing.T) (*pgp.Signer, *pgp.Keyring) {
	t.Helper()
	var secret, public bytes.Buffer
	if err := pgp.Generate("Test", "", "test@example.org", built.Add(-time.Hour), nil, &secret); err != nil {
		t.Fatal(err)
	}
	signer, err := pgp.ReadSigner(&secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := signer.PublicKey(&public); err != nil {
		t.Fatal(err)
	}
	keys, err := pgp.ReadKeyring(&public)
	if err != nil {
		t.Fatal(err)
	}
	return signer, keys
}

func otherKey(t *testing.T) *pgp.Keyring { _, keys := newKey(t); return keys }

func (b *bench) note(call string) error {
	b.calls = append(b.calls, call)
	first, _, _ := strings.Cut(call, " ")
	return b.fail[first]
}

func (b *bench) short(path string) string {
	if s := strings.TrimPrefix(path, filepath.Clean(b.Root)); s != "" {
		return s
	}
	return "/"
}

func (b *bench) plan(r *language.Recipe) (Disks, error) {
	b.recipe = r
	if b.panics {
		panic("index out of range")
	}
	return benchDisks{b}, b.note("plan")
}

func (b *bench) target(*language.Recipe, Disks, []string, []byte) (Target, error) {
	return benchTarget{b}, b.note("target")
}

func (b *bench) install(_ context.Context, o rootfs.Options) error {
	var names []string
	for _, p := range o.Packages {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	o.Progress(rootfs.Event{Step: rootfs.Unpacking, Package: "base", Done: 1, Total: 2})
	o.Progress(rootfs.Event{Step: rootfs.Configuring, Package: "base", Done: 1, Total: 2})
	if err := os.MkdirAll(filepath.Join(o.Root, "tmp"), 0o755); err != nil {
		return err
	}
	return b.note("packages " + strings.Join(names, " "))
}

func (b *bench) kernel(root string) (func() error, error) {
	return func() error { return b.note("unmount kernel") }, b.note("kernel " + b.short(root))
}

func (b *bench) program(_ context.Context, root string, c rootfs.Command) error {
	call, script := "run "+b.short(root)+" "+c.Argv[0], ""
	if len(c.Argv) > 1 {
		text, err := os.ReadFile(filepath.Join(root, c.Argv[1]))
		if err != nil {
			return err
		}
		script = strings.TrimSpace(string(text))
		call += " " + script
	}
	b.calls = append(b.calls, call)
	if b.onRun != nil {
		b.onRun(script)
	}
	if c.Output != nil {
		fmt.Fprintln(c.Output, "said")
	}
	return errors.Join(b.fail[script], b.fail[c.Argv[0]])
}

type benchDisks struct{ *bench }

func (d benchDisks) String() string        { return "sda: all of it\n" }
func (d benchDisks) Packages() []string    { return d.disks }
func (d benchDisks) Capacity(string) int64 { return d.capacity }
func (d benchDisks) Mount(root string) error {
	return d.note("mount " + d.short(root))
}

func (d benchDisks) Prepare(_ context.Context, step func(n, of int, does string)) error {
	step(1, 1, "make a file system")
	return d.note("prepare")
}

type benchTarget struct{ *bench }

func (benchTarget) String() string     { return "a host name" }
func (benchTarget) Warnings() []string { return []string{"nothing for it"} }

func (t benchTarget) Configure(_ context.Context, root string, log io.Writer, step func(n, of int, does string), warn func(string)) error {
	step(1, 1, "boot loader")
	warn("no such entry")
	fmt.Fprintln(log, "no such device")
	return t.note("configure " + t.short(root))
}
