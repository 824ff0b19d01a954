// Package product reads version.toml, the file that says what a product is:
// its names, its release, its target, its repositories, how it boots, who
// signs it and where it is published.
//
// A product lives in a directory of its own with a fixed layout: version.toml,
// comps/, kickstart/, splash/, isotree/, releases/. The repository's own top
// directory is such a directory; PRODUCT=dir names another.
//
// The file is TOML 1.1. Load and Parse report everything that is wrong with it
// at once, each fault with its line and with what to write instead; Edit changes
// single values and leaves every other byte as it is. docs/version-toml.md
// describes each key for who writes the file.
package product

import (
	"path/filepath"
	"time"
)

// FileName is the name of the file in the product's directory.
const FileName = "version.toml"

// File is version.toml, with the defaults filled in for what it leaves out.
type File struct {
	Product    Product      `toml:"product"`
	Release    Release      `toml:"release"`
	Target     Target       `toml:"target"`
	Packages   Packages     `toml:"packages"`
	Repository []Repository `toml:"repository"`
	Installer  Installer    `toml:"installer"`
	Boot       Boot         `toml:"boot"`
	Signing    Signing      `toml:"signing"`
	Mirror     Mirror       `toml:"mirror"`
	// Values are free for kickstarts and README: {{ .Values.name }}.
	Values map[string]string `toml:"values"`

	// Dir is the product's directory; paths in the file are relative to it.
	Dir string `toml:"-"`
	// Path is version.toml itself, as it stands in messages.
	Path string `toml:"-"`
	// Epoch is the build's clock: the release date at midnight UTC, unless
	// SOURCE_DATE_EPOCH says otherwise.
	Epoch time.Time `toml:"-"`
}

// Product names the thing.
type Product struct {
	ID      string `toml:"id"`      // first part of the release name: BlueOnyx
	Name    string `toml:"name"`    // for people: "cd-builder demo server"
	Vendor  string `toml:"vendor"`  // who makes it
	URL     string `toml:"url"`     // where to read about it
	Summary string `toml:"summary"` // one line
}

// Release makes the release name: id-series-base-YYYYMMDD-stage-NN.
type Release struct {
	Series string `toml:"series"` // 5107R
	Base   string `toml:"base"`   // SL-6.0
	Date   Date   `toml:"date"`   // 2011-07-15, a TOML local date, 1980 to 2099
	Stage  string `toml:"stage"`  // Alpha, Beta, RC, Final, …
	Number int    `toml:"number"` // 5, written 05; 0 to 99
}

// Target is what the medium installs.
type Target struct {
	Family    string `toml:"family"`    // debian or rpm
	Suite     string `toml:"suite"`     // the medium's own suite: trixie
	Version   string `toml:"version"`   // 13
	Arch      string `toml:"arch"`      // amd64, arm64; of the rpm family x86_64, aarch64
	Kickstart string `toml:"kickstart"` // syntax version of the kickstarts: RHEL9
}

// Packages steers the resolver.
type Packages struct {
	Recommends bool     `toml:"recommends"` // take Recommends as apt does by default
	Extra      []string `toml:"extra"`      // on the medium although no kickstart asks for it
	Exclude    []string `toml:"exclude"`    // never
}

// Repository is a source of packages.
type Repository struct {
	ID string `toml:"id"`
	// Mirror is a base URL, or "host": the mirror this machine's apt uses.
	Mirror string `toml:"mirror"`
	// Archive picks among the host's mirrors: debian (default) or debian-security.
	Archive    string   `toml:"archive"`
	Suites     []string `toml:"suites"`
	Components []string `toml:"components"`
	Keys       []string `toml:"keys"`    // armoured public keys, relative to the product
	Trusted    bool     `toml:"trusted"` // take it unsigned
	Pin        int      `toml:"pin"`     // a higher pin wins over a newer version; 0 to 1000
}

// Installer says what the medium boots into.
type Installer struct {
	Kind   string `toml:"kind"`   // stage2
	Kernel string `toml:"kernel"` // package that brings the kernel: linux-image-amd64
	Shell  string `toml:"shell"`  // package with a static shell: busybox-static
	// Packages lend their programs to the installer: e2fsprogs, lvm2. They
	// come into its initramfs with the libraries that they need.
	Packages []string `toml:"packages"`
	// Kickstart is the file in kickstart/ that the menu's Install starts with;
	// empty: the installer asks.
	Kickstart string `toml:"kickstart"`
	// Drop are kernel module directories, and programs, left out of the initramfs.
	Drop []string `toml:"drop"`
}

// Boot says how the medium boots.
type Boot struct {
	Label    string   `toml:"label"`    // volume label; empty: VolumeLabel makes it of the release name
	Firmware []string `toml:"firmware"` // bios, uefi
	Packages []string `toml:"packages"` // packages that lend the boot loaders
	Args     []string `toml:"args"`     // added to every kernel command line
	Timeout  int      `toml:"timeout"`  // seconds before the default entry starts; 0 waits
	Default  string   `toml:"default"`  // install, check, rescue or local
	Serial   string   `toml:"serial"`   // ttyS0,115200n8; empty: no serial console
}

// Signing names the product's own key.
type Signing struct {
	Key string `toml:"key"` // armoured secret key, relative to the product or absolute; Join finds it
	// Passphrase names the environment variable that holds the passphrase.
	Passphrase string `toml:"passphrase_env"`
	// Demo marks a published key: store refuses it.
	Demo bool `toml:"demo"`
}

// Mirror is where store publishes.
type Mirror struct {
	// Directory may be overridden by MIRROR_DIR; Load makes it absolute. In the
	// file it is relative to the product. Empty: store has nowhere to publish.
	Directory string `toml:"directory"`
	Keep      int    `toml:"keep"` // releases kept in the directory; 0: all
}

// Join finds a path of the file: a relative one is below the product's directory.
func (f *File) Join(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(f.Dir, path)
}
