package product

import (
	"fmt"
	"regexp"
	"strings"
)

// examples are right values, as hints show them. A key that is not required
// and takes any text has none.
//
//nolint:gosec // G101: the names of a key file and a variable are no credentials
var examples = map[string]string{
	"product.id":              `"CDdemo"`,
	"product.name":            `"Demo server"`,
	"product.vendor":          `"Example Inc."`,
	"product.url":             `"https://www.example.org/"`,
	"product.summary":         `"A small server"`,
	"release.series":          `"13R"`,
	"release.base":            `"Debian-13"`,
	"release.date":            `2026-11-20`,
	"release.stage":           `"Beta"`,
	"release.number":          `1`,
	"target.family":           `"debian"`,
	"target.suite":            `"trixie"`,
	"target.version":          `"13"`,
	"target.arch":             `"amd64"`,
	"target.kickstart":        `"RHEL9"`,
	"packages.recommends":     `false`,
	"packages.extra":          `["tmux"]`,
	"packages.extra[]":        `"tmux"`,
	"packages.exclude":        `["nano"]`,
	"packages.exclude[]":      `"nano"`,
	"repository[].id":         `"debian"`,
	"repository[].mirror":     `"host"`,
	"repository[].archive":    `"debian"`,
	"repository[].suites":     `["trixie"]`,
	"repository[].suites[]":   `"trixie"`,
	"repository[].components": `["main"]`,
	"repository[].keys":       `["isotree/keys/archive-key.asc"]`,
	"repository[].keys[]":     `"isotree/keys/archive-key.asc"`,
	"repository[].trusted":    `false`,
	"repository[].pin":        `0`,
	"installer.kind":          `"stage2"`,
	"installer.kernel":        `"linux-image-amd64"`,
	"installer.shell":         `"busybox-static"`,
	"installer.packages":      `["e2fsprogs", "lvm2"]`,
	"installer.packages[]":    `"e2fsprogs"`,
	"installer.kickstart":     `"server.ks"`,
	"installer.drop":          `["drivers/gpu"]`,
	"installer.drop[]":        `"drivers/gpu"`,
	"boot.label":              `"CDdemo-13R-Beta-01"`,
	"boot.firmware":           `["bios", "uefi"]`,
	"boot.packages":           `["isolinux", "syslinux-common"]`,
	"boot.args":               `["net.ifnames=0"]`,
	"boot.args[]":             `"net.ifnames=0"`,
	"boot.timeout":            `60`,
	"boot.default":            `"local"`,
	"boot.serial":             `"ttyS0,115200n8"`,
	"signing.key":             `"isotree/keys/my-signing-key.asc"`,
	"signing.passphrase_env":  `"SIGNING_PASSPHRASE"`,
	"signing.demo":            `false`,
	"mirror.directory":        `"/srv/mirror/demo"`,
	"mirror.keep":             `5`,
}

var indices = regexp.MustCompile(`\[[0-9]+\]`)

// example is a right value for the path, or "".
func example(path string) string {
	general := indices.ReplaceAllString(path, "[]")
	if strings.HasPrefix(general, "values.") {
		return `"some text"`
	}
	return examples[general]
}

// write is the hint that shows a right value.
func (c *faults) write(path string) string {
	eg := example(path)
	switch {
	case path == "repository":
		return `write [[repository]] on a line of its own above each repository's keys`
	case strings.HasSuffix(path, "]") && eg != "":
		return "write " + eg
	case eg != "":
		return fmt.Sprintf("write %s = %s", lastKey(path), eg)
	case strings.HasSuffix(path, "]"):
		return "write text in quotes"
	}
	return fmt.Sprintf("write [%s] on a line of its own and its keys below", path)
}
