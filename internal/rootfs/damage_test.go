package rootfs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"cdbuilder/internal/judge"

	"golang.org/x/sys/unix"
)

// damaged is a package whose file differs from what its digest is of.
func damaged(p Package, data []byte) Package {
	p.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	return p
}

func TestDamageIsNamedBeforeAnythingIsConfigured(t *testing.T) {
	for _, preinst := range []string{"", "#!/bin/sh\ntrue\n"} {
		parts := []func(*made){dir("usr", 0o755), file("usr/data", strings.Repeat("some text, ", 500), 0o644), script("postinst", "#!/bin/sh\n")}
		if preinst != "" {
			parts = append(parts, script("preinst", preinst))
		}
		data := pack(t, "victim", parts...)
		sound := pkgOf("victim", data)
		random := rand.New(rand.NewPCG(1, 2))
		bad := map[string][]byte{"one byte more": append(bytes.Clone(data), 0), "cut off": data[:len(data)-1], "cut in half": data[:len(data)/2], "empty": nil}
		for _, at := range append([]int{0, 10, 60, 72, len(data) - 1}, random.IntN(len(data)), random.IntN(len(data)), random.IntN(len(data))) {
			flipped := bytes.Clone(data)
			flipped[at] ^= 0x10
			bad["byte "+strings.Repeat("I", at%7)+string(rune('a'+at%26))] = flipped
		}
		for name, bytes := range bad {
			_, f, err := install(t, one(t, "other", dir("usr", 0o755), file("usr/x", "x", 0o644)), damaged(sound, bytes))
			var sum *ChecksumError
			var of *PackageError
			if !errors.As(err, &sum) || !errors.As(err, &of) || of.Package != "victim_1.0_amd64" || of.File != "pool/victim.deb" {
				t.Errorf("%s: got %v", name, err)
			}
			for _, call := range f.calls {
				if strings.Contains(call, "configure") || strings.Contains(call, "victim") {
					t.Errorf("%s: %q ran all the same", name, call)
				}
			}
		}
	}
}

func TestAnotherPackageInTheFile(t *testing.T) {
	p := pkgOf("wanted", pack(t, "other"))
	_, _, err := install(t, p)
	if err == nil || !strings.Contains(err.Error(), "holds the package other_1.0_amd64, not wanted_1.0_amd64") {
		t.Errorf("got %v", err)
	}
}

func TestNotAPackageAtAll(t *testing.T) {
	_, _, err := install(t, pkgOf("text", []byte("this is no archive\n")))
	if err == nil || !strings.Contains(err.Error(), "reading text_1.0_amd64 (pool/text.deb): not an ar archive") {
		t.Errorf("got %v", err)
	}
}

func TestFaultsOfTheRequestComeAllAtOnce(t *testing.T) {
	p := pkgOf("ok", []byte("x"))
	foreign, unnamed := p, p
	foreign.Name, foreign.Arch = "foreign", "i386"
	unnamed.Name = "../x"
	err := Install(t.Context(), Options{Root: "relative", Arch: "amd64", Packages: []Package{p, p, foreign, unnamed, {Name: "empty", Version: "1", Arch: "all"}}})
	for _, want := range []string{`root "relative"`, "nothing to run", "ok is there twice", "neither amd64 nor all", `"../x" is not a package name`, "sha256", "dpkg is not among"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
}

func TestFullDisk(t *testing.T) {
	judge.Root(t)
	root := t.TempDir()
	if err := unix.Mount("tmpfs", root, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no tmpfs can be mounted here: %v", err)
	}
	defer func() { _ = unix.Unmount(root, unix.MNT_DETACH) }()
	noise := make([]byte, 2<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	f := &fake{root: root}
	err := Install(t.Context(), Options{Root: root, Arch: "amd64", Chroot: f, Packages: []Package{theDpkg(t), one(t, "large", dir("usr", 0o755), file("usr/large", string(noise), 0o644))}})
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "unpacking large_1.0_amd64") || !strings.Contains(err.Error(), "/usr/large") {
		t.Errorf("got %v", err)
	}
	for _, call := range f.calls {
		if strings.Contains(call, "configure") {
			t.Errorf("%q ran all the same", call)
		}
	}
}

func TestCancelledWork(t *testing.T) {
	for _, when := range []string{"preinst of waits", "--configure -- dpkg", "--configure --pending"} {
		root := t.TempDir()
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("the user had enough")
		f := &fake{root: root}
		f.before = func(Command) error {
			if f.calls[len(f.calls)-1] == when {
				cancel(why)
				return ctx.Err()
			}
			return nil
		}
		packages := []Package{theDpkg(t), one(t, "waits", script("preinst", "#!/bin/sh\ntrue\n")), one(t, "other")}
		err := Install(ctx, Options{Root: root, Arch: "amd64", Packages: packages, Chroot: f})
		if !errors.Is(err, context.Canceled) && !errors.Is(err, why) {
			t.Errorf("%s: got %v", when, err)
		}
		if got := f.calls[len(f.calls)-1]; got != when {
			t.Errorf("%s: went on to %s", when, got)
		}
		if _, err := os.Lstat(filepath.Join(root, policy)); err == nil {
			t.Errorf("%s: policy-rc.d is left", when)
		}
		if _, _, err := install(t, packages[1:]...); err != nil {
			t.Errorf("again into a fresh root: %v", err)
		}
	}
}
