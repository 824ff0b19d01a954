package rootfs

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const liveScript = "#!/bin/sh\nmkdir -p /var/lib/something\n"

func TestOrderOfTheWork(t *testing.T) {
	_, f := mustInstall(t,
		one(t, "base-files", field("Essential: yes"), script("preinst", liveScript)),
		one(t, "libc6", script("preinst", liveScript)),
		one(t, "base-passwd", field("Essential: yes"), field("Depends: libc6"), script("preinst", liveScript)),
		one(t, "quiet", script("preinst", "#!/bin/sh\nset -e\n")),
		one(t, "early", script("preinst", liveScript), field("Pre-Depends: helper | other-helper")),
		one(t, "helper", field("Depends: helper-data")),
		one(t, "helper-data"),
		one(t, "late", script("preinst", liveScript), field("Pre-Depends: early")),
		one(t, "circle-a", script("preinst", liveScript), field("Pre-Depends: circle-b")),
		one(t, "circle-b", script("preinst", liveScript), field("Pre-Depends: circle-a")),
	)
	want := []string{
		"preinst of base-files", "preinst of base-passwd", "preinst of libc6",
		"--configure -- base-files libc6 base-passwd dpkg",
		"--configure -- helper-data helper", "preinst of early",
		"--configure -- early", "preinst of late",
		"preinst of circle-b", "--configure -- circle-b", "preinst of circle-a",
		"--configure --pending",
	}
	if diff := cmp.Diff(want, f.calls); diff != "" {
		t.Error(diff)
	}
}

func TestPreinstFindsWhatDpkgGivesIt(t *testing.T) {
	root := t.TempDir()
	f := &fake{root: root}
	var env []string
	f.before = func(c Command) error {
		if strings.HasSuffix(c.Argv[0], "preinst") {
			env = c.Env
			for name, want := range map[string]string{"preinst": liveScript, "templates": "Template: x\n"} {
				if got := read(t, root, controlDir, name); got != want {
					t.Errorf("%s holds %q", name, got)
				}
			}
			if !strings.Contains(read(t, root, controlDir, "control"), "Package: asks\n") {
				t.Error("no control file, by which debconf finds the package's name")
			}
		}
		return nil
	}
	packages := []Package{theDpkg(t), one(t, "asks", script("preinst", liveScript), script("templates", "Template: x\n"))}
	if err := Install(t.Context(), Options{Root: root, Arch: "amd64", Packages: packages, Chroot: f, NoInitramfs: true, Selections: []byte("a b c d\n")}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"DPKG_MAINTSCRIPT_PACKAGE=asks", "DPKG_MAINTSCRIPT_ARCH=amd64", "DPKG_MAINTSCRIPT_NAME=preinst", "DPKG_RUNNING_VERSION=1.0", "DEBIAN_FRONTEND=noninteractive", "INITRD=No"} {
		if !slices.Contains(env, want) {
			t.Errorf("%s is not in %q", want, env)
		}
	}
	if f.calls[0] != "/usr/bin/debconf-set-selections" {
		t.Errorf("the answers came late: %q", f.calls)
	}
	if _, err := os.Lstat(root + "/" + controlDir); err == nil {
		t.Error(controlDir + " is left")
	}
}

func TestInertPreinsts(t *testing.T) {
	helper := "#!/bin/sh\nset -e\n# Automatically added by dh_installdeb/13.24.2\ndpkg-maintscript-helper "
	for text, want := range map[string]kind{
		"#!/bin/sh\nset -e\n\nexit 0\n":                                   inert,
		helper + "rm_conffile /etc/x.d/20changelog 1.2.4\\~ -- \"$@\"\n":  inert,
		helper + "mv_conffile /etc/a /etc/b 1:7.9p1-8\\~ pkg -- \"$@\"\n": inert,
		"#!/bin/sh\nif [ \"$1\" = \"install\" ] && [ -n \"$2\" ] && [ -e \"/etc/init.d/cron\" ] ; then\n\tchmod +x \"/etc/init.d/cron\" >/dev/null || true\nfi\n": inert,
		helper + "symlink_to_dir /usr/share/doc/x y 1.0 -- \"$@\"\n":                                                                             live,
		helper + "dir_to_symlink /usr/share/doc/x y 1.0 -- \"$@\"\n":                                                                             live,
		helper + "rm_conffile /etc/x 1.2 -- \"$@\"; rm -rf /\n":                                                                                  live,
		helper + "rm_conffile /etc/$(reboot) 1.2 -- \"$@\"\n":                                                                                    live,
		"#!/bin/sh\nif [ \"$1\" = \"install\" ] && [ -e \"/etc/init.d/cron\" ] ; then\n\tchmod +x \"/etc/init.d/cron\" >/dev/null || true\nfi\n": live,
		"#!/bin/sh\ndpkg-divert --add /x\n":                                                                                                      live,
		"#!/usr/bin/perl\nexit 0\n":                                                                                                              live,
		"":                                                                                                                                       live,
	} {
		if got := liveness([]byte(text)); got != want {
			t.Errorf("%q is judged %d, want %d", text, got, want)
		}
	}
}

func TestFailuresAreThePackagesOwn(t *testing.T) {
	output := `Setting up good (1.0) ...
Setting up bad (1.0) ...
cannot frobnicate
dpkg: error processing package bad (--configure):
 installed bad package post-installation script subprocess returned error exit status 3
dpkg: dependency problems prevent configuration of above:
 above depends on bad; however:
  Package bad is not configured yet.

dpkg: error processing package above (--configure):
 dependency problems - leaving unconfigured
Errors were encountered while processing:
 bad
 above
`
	root := t.TempDir()
	f := &fake{root: root}
	f.before = func(c Command) error {
		if slices.Contains(c.Argv, "--pending") {
			_, _ = c.Output.Write([]byte(output))
			return errors.New("exit status 1")
		}
		return nil
	}
	err := Install(t.Context(), Options{Root: root, Arch: "amd64", Chroot: f,
		Packages: []Package{theDpkg(t), one(t, "above", field("Depends: bad")), one(t, "bad", script("postinst", "#!/bin/sh\nexit 3\n")), one(t, "good")}})
	var first *PackageError
	if !errors.As(err, &first) || first.Package != "bad_1.0_amd64" || first.Step != Configuring {
		t.Fatalf("got %v", err)
	}
	want := &PackageError{Package: "bad_1.0_amd64", File: "pool/bad.deb", Step: Configuring, Output: "Setting up bad (1.0) ...\ncannot frobnicate"}
	got := *first
	got.Err = nil
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(first.Err.Error(), "exit status 3") || !strings.Contains(err.Error(), "above_1.0_amd64: dependency problems") {
		t.Errorf("got %v", err)
	}
}

// dpkg says that all is well, and leaves a package as it was.
func TestPackagesLeftUnconfiguredAreNoticed(t *testing.T) {
	root := t.TempDir()
	f := &fake{root: root}
	quiet := runnerFunc(func(c Command) error {
		if slices.Contains(c.Argv, "--pending") {
			return nil
		}
		return f.Run(t.Context(), c)
	})
	err := Install(t.Context(), Options{Root: root, Arch: "amd64", Packages: []Package{theDpkg(t), one(t, "left")}, Chroot: quiet})
	if err == nil || !strings.Contains(err.Error(), `configuring left_1.0_amd64: dpkg left it "install ok unpacked"`) {
		t.Errorf("got %v", err)
	}
}

func TestProgressAddsUp(t *testing.T) {
	root := t.TempDir()
	last := map[Step]Event{}
	err := Install(t.Context(), Options{Root: root, Arch: "amd64", Chroot: &fake{root: root}, Packages: []Package{theDpkg(t), one(t, "other")},
		Progress: func(e Event) {
			if e.Done < last[e.Step].Done {
				t.Errorf("%v after %v", e, last[e.Step])
			}
			last[e.Step] = e
		}})
	if err != nil {
		t.Fatal(err)
	}
	if u := last[Unpacking]; u.Done != u.Total || u.Total == 0 {
		t.Errorf("unpacking ended with %+v", u)
	}
	if c := last[Configuring]; c.Total != 2 {
		t.Errorf("configuring ended with %+v", c)
	}
}
