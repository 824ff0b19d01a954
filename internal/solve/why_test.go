package solve

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/pkgset"
)

func sampleLock() *pkgset.Lock {
	p := func(name, why, needs, wants string) pkgset.Locked {
		return pkgset.Locked{Name: name, Version: "1", Arch: "amd64", Why: why, Needs: strings.Fields(needs), Wants: strings.Fields(wants)}
	}
	return &pkgset.Lock{Package: []pkgset.Locked{
		p("bash", "essential", "libc6", ""),
		p("libc6", "depends: bash", "libgcc-s1", ""),
		p("libgcc-s1", "depends: libc6", "libc6", ""),
		p("openssh-server", "asked for by @core", "libc6 openssh-client", "ncurses-term xauth"),
		p("openssh-client", "depends: openssh-server", "libc6 passwd", ""),
		p("passwd", "depends: openssh-client", "libc6", ""),
		p("ncurses-term", "recommends: openssh-server", "", ""),
		p("xauth", "recommends: openssh-server", "libx11-6", ""),
		p("libx11-6", "depends: xauth", "libc6", ""),
	}}
}

func TestWhy(t *testing.T) {
	for name, want := range map[string]string{
		"bash":      "bash 1 (essential)\n",
		"libgcc-s1": "bash 1 (essential)\n  needs libc6 1\n    needs libgcc-s1 1\n",
		"passwd":    "openssh-server 1 (asked for by @core)\n  needs openssh-client 1\n    needs passwd 1\n",
		"libx11-6":  "openssh-server 1 (asked for by @core)\n  wants xauth 1\n    needs libx11-6 1\n",
	} {
		got, err := Why(sampleLock(), name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func TestTree(t *testing.T) {
	got, err := Tree(sampleLock(), "openssh-server:amd64")
	if err != nil {
		t.Fatal(err)
	}
	want := `openssh-server 1
├─ libc6 1
│  └─ libgcc-s1 1
│     └─ libc6 1 …
├─ openssh-client 1
│  ├─ libc6 1 …
│  └─ passwd 1
│     └─ libc6 1 …
├─ ncurses-term 1 (recommended)
└─ xauth 1 (recommended)
   └─ libx11-6 1
      └─ libc6 1 …
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNotInTheLock(t *testing.T) {
	_, err := Why(sampleLock(), "opensshserver")
	if want := "opensshserver is not in the lock; did you mean: openssh-server"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := Tree(sampleLock(), "zzz"); err == nil || err.Error() != "zzz is not in the lock" {
		t.Errorf("got %v", err)
	}
}
