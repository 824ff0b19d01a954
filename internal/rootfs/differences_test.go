package rootfs

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// What may differ between a root of ours and one of mmdebstrap's.
var (
	// In one only.
	mmdebstrapsOwn = regexp.MustCompile(`^(etc/(\.resolv\.conf.*|resolv\.conf|hostname|hosts|fstab|apt/apt\.conf\.d/99mmdebstrap|apt/sources\.list|machine-id)` +
		`|var/(cache/apt|lib/apt/lists|cache/ldconfig|log|lib/dbus)/.*|var/lib/dpkg/(arch|available|diversions-old|statoverride-old|lock.*|status-old)|var/lib/apt/(daily_lock|extended_states))$`)
	// Of other content each time: keys, caches, backups, records of the time.
	everNew = regexp.MustCompile(`^(etc/ssh/ssh_host_.*|etc/ssl/private/ssl-cert-snakeoil\.key|etc/ssl/certs/.*|etc/.*-|var/cache/(debconf|man)/.*|boot/initrd\.img.*|etc/mdadm/mdadm\.conf|etc/aliases\.db` +
		`|var/log/.*|etc/shadow|etc/postfix/.*|var/lib/systemd/catalog/database|etc/console-setup/cached_.*|var/lib/dpkg/(status-old|diversions|triggers/.*|statoverride.*)` +
		// The order of lines follows the order of configuring; compared as sets of lines elsewhere.
		`|etc/(passwd|group|gshadow|subuid|subgid|shells)|var/lib/(ucf|dpkg)/.*-old|var/lib/ucf/.*|etc/network/interfaces|etc/ld\.so\.cache|var/lib/python/.*` +
		`|usr/lib/.*/__pycache__/.*|var/lib/(systemd/random-seed|initramfs-tools/.*))$`)
	// Files whose lines come in another order.
	unordered = []string{"etc/shells", "var/lib/dpkg/triggers/File"}
	// apt makes these its own account's when it first runs.
	aptsOwn = regexp.MustCompile(`^var/(cache/apt/archives|lib/apt/lists)/(partial|auxfiles)$`)
)

// differences compares two roots: which files there are, their types, modes,
// owners by name, link targets, contents; and dpkg's status word for word.
func differences(t *testing.T, theirs, ours string) (out []string) {
	t.Helper()
	a, b := survey(t, theirs), survey(t, ours)
	for name := range a {
		if _, ok := b[name]; !ok && !mmdebstrapsOwn.MatchString(name) {
			out = append(out, "missing: "+name)
		}
	}
	for name, is := range b {
		was, ok := a[name]
		switch {
		case !ok && !mmdebstrapsOwn.MatchString(name):
			out = append(out, "added: "+name)
		case ok && was != is && !mmdebstrapsOwn.MatchString(name) && !aptsOwn.MatchString(name):
			out = append(out, fmt.Sprintf("%s: theirs %s, ours %s", name, was, is))
		}
	}
	if len(b) < 5000 {
		out = append(out, fmt.Sprintf("only %d files were compared", len(b)))
	}
	for _, name := range unordered {
		if x, y := sortedLines(read(t, theirs, name)), sortedLines(read(t, ours, name)); x != y {
			out = append(out, fmt.Sprintf("%s: theirs\n%sours\n%s", name, x, y))
		}
	}
	return append(out, diversionsDiffer(t, theirs, ours)...)
}

func sortedLines(s string) string {
	lines := strings.SplitAfter(s, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func diversionsDiffer(t *testing.T, theirs, ours string) []string {
	const name = "var/lib/dpkg/diversions"
	a, err1 := parseDiversions([]byte(read(t, theirs, name)))
	b, err2 := parseDiversions([]byte(read(t, ours, name)))
	if err1 != nil || err2 != nil || fmt.Sprint(a) != fmt.Sprint(b) {
		return []string{fmt.Sprintf("diversions: theirs %v (%v), ours %v (%v)", a, err1, b, err2)}
	}
	return nil
}

// survey describes each file below a root in a line. Owners stand by name, since
// accounts that scripts make are numbered in the order in which they run.
func survey(t *testing.T, root string) map[string]string {
	t.Helper()
	users, groups := byNumber(read(t, root, "etc/passwd")), byNumber(read(t, root, "etc/group"))
	out := make(map[string]string)
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if top, _, below := strings.Cut(name, "/"); below && slices.Contains([]string{"proc", "sys", "dev", "run", "tmp"}, top) {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		line := fmt.Sprintf("%s %s:%s", info.Mode(), users[st.Uid], groups[st.Gid])
		switch {
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			// Before systemctl is there, deb-systemd-helper writes links another way. mmdebstrap has
			// every file of the set on the disk before any script runs.
			line += " -> " + strings.Replace(target, "/usr/lib/systemd/", "/lib/systemd/", 1)
		case d.Type().IsRegular() && !everNew.MatchString(name):
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %d bytes %x, %d names", len(data), sha256.Sum256(data), st.Nlink)
		}
		out[name] = line
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// byNumber reads passwd(5) or group(5).
func byNumber(text string) map[uint32]string {
	out := make(map[uint32]string)
	for line := range bytes.Lines([]byte(text)) {
		f := strings.Split(string(line), ":")
		var n uint32
		if _, err := fmt.Sscan(f[2], &n); err == nil {
			out[n] = f[0]
		}
	}
	return out
}
