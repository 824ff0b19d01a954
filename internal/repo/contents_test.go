package repo

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/fetch"
	"cdbuilder/internal/filelist"
	"cdbuilder/internal/judge"

	"github.com/google/go-cmp/cmp"
)

const contentsText = `bin/a b                                                 admin/ab
usr/bin/dialog					misc/dialog
usr/bin/vi main/editors/vim,contrib/editors/nvi
usr/share/doc/x                                         doc/x
usr/share/perl5/Foo/Bar.pm                              perl/libfoo-bar-perl
`

func TestContents(t *testing.T) {
	m := newMirror(t)
	serve := func(name string) {
		m.files["dists/demo/"+name+".gz"] = gz(t, contentsText)
		m.release(t, listed(name, contentsText)+listed(name+".gz", m.files["dists/demo/"+name+".gz"]))
	}
	for _, name := range []string{"main/Contents-amd64", "Contents-amd64", "main/Contents-all"} {
		serve(name)
		client := quickClient(t)
		for range 2 { // the second time from the cache
			c, err := LoadContents(t.Context(), client, m.source(), testOptions)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string][]string{}
			for key := range c.Keys() {
				got[key] = c.Providers(key)
			}
			want := map[string][]string{"/usr/bin/a b": {"ab"}, "/usr/bin/dialog": {"dialog"}, "/usr/bin/vi": {"vim", "nvi"}, "perl:Foo/Bar": {"libfoo-bar-perl"}}
			if diff := cmp.Diff(want, got); diff != "" || len(c.Silent) > 0 {
				t.Errorf("%s: silent %q\n%s", name, c.Silent, diff)
			}
		}
	}
	m.index(t, plainIndex)
	c, err := LoadContents(t.Context(), quickClient(t), m.source(), testOptions)
	if err != nil || len(c.Silent) != 1 || c.Silent[0] != "test demo" {
		t.Errorf("an archive without Contents: %+v, %v", c, err)
	}
	serve("main/Contents-amd64")
	m.files["dists/demo/main/Contents-amd64.gz"] = m.files["dists/demo/main/Contents-amd64.gz"][:40]
	_, err = LoadContents(t.Context(), quickClient(t), m.source(), testOptions)
	if err == nil || !strings.Contains(err.Error(), "ends after 40 of ") {
		t.Errorf("cut short: %v", err)
	}
}

// All of trixie main: time, memory, and the same owners as zgrep finds.
func TestContentsOfTrixie(t *testing.T) {
	src := hostSource(t, "debian", "main", "trixie")
	client := &fetch.Client{Dir: t.TempDir()}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	load := func() (*Contents, time.Duration) {
		start := time.Now()
		c, err := LoadContents(t.Context(), client, src, Options{Now: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		return c, time.Since(start)
	}
	c, first := load()
	again, second := load()
	runtime.ReadMemStats(&after)
	keys, size := 0, 0
	for _, table := range c.Tables {
		keys, size = keys+table.Len(), size+table.Size()
	}
	t.Logf("%d keys in %d kB: %v from the mirror, %v from the cache; taken from the system %d MB", keys, size>>10,
		first.Round(time.Millisecond), second.Round(time.Millisecond), after.Sys>>20)
	if second > 20*time.Second || keys < 100_000 || len(again.Tables) != len(c.Tables) {
		t.Errorf("second load %v, %d keys", second, keys)
	}
	for name, want := range zgrep(t, client, src, commands) {
		got := map[string]bool{}
		for _, dir := range filelist.Bins {
			for _, p := range c.Providers(dir + "/" + name) {
				got[p] = true
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

var commands = strings.Fields(`ls cat grep sed find tar gzip xz ssh sshd curl wget rsync git vim.tiny nano dialog lynx logwatch htop
	lsof strace tcpdump ip ss ping dig nginx apache2 mysqld postfix dovecot python3 perl ruby node gcc make gdb awk mawk useradd
	adduser systemctl parted mkfs.ext4 lvm cryptsetup grub-install efibootmgr nft fail2ban-server jq socat screen tmux`)

// zgrep finds the owners of commands in the raw indexes.
func zgrep(t *testing.T, client *fetch.Client, src Source, names []string) map[string]map[string]bool {
	t.Helper()
	r := &reader{Source: &src, Options: Options{Now: time.Now()}, ctx: t.Context(), fetch: client}
	rel, _, err := r.release("trixie")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]bool{}
	for _, name := range names {
		want[name] = map[string]bool{}
	}
	for _, arch := range []string{"amd64", "all"} {
		c, _ := rel.contents("main", arch)
		args := []string{"-hE", `^(usr/(local/)?)?s?bin/(` + strings.ReplaceAll(strings.Join(names, "|"), ".", `\.`) + `)[[:space:]]`, filepath.Join(client.Dir, "sha256", c.SHA256[:2], c.SHA256)}
		out, err := exec.Command(judge.Program(t, "zgrep"), args...).Output()
		if err != nil && len(out) > 0 {
			t.Fatal(err)
		}
		for l := range bytes.Lines(out) {
			f := strings.Fields(string(l))
			for owner := range strings.SplitSeq(f[len(f)-1], ",") {
				want[filepath.Base(f[0])][filepath.Base(owner)] = true
			}
		}
	}
	return want
}

func FuzzContents(f *testing.F) {
	f.Add([]byte(contentsText))
	f.Add([]byte("FILE LOCATION\nusr/bin/a\tb,c/d\nusr/lib/python3/dist-packages/x/__init__.py y/z"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := readContents(bytes.NewReader(data))
		if err != nil {
			return
		}
		again, ok := filelist.Decode(table.Encode())
		if !ok || again.Len() != table.Len() {
			t.Fatalf("cannot be read back: %d keys", table.Len())
		}
		for key := range table.Keys() {
			if cmp.Diff(table.Providers(key), again.Providers(key)) != "" || len(table.Providers(key)) == 0 {
				t.Errorf("%q: %q", key, table.Providers(key))
			}
		}
	})
}
