// Package filelist answers which package brings a command, a module or a unit.
//
// Of the hundreds of megabytes of file names that the packages of a
// distribution have, a few kinds alone are looked for by name: what stands in
// $PATH, modules of Perl and Python, units of systemd, scripts in /etc/init.d.
// Key tells these from the rest and gives each one name, wherever its package
// puts it: /bin/ls and /usr/bin/ls are the same file on a system with a merged
// /usr, and a module is found below any directory of @INC or sys.path.
//
// A Table holds keys and owners in one piece of text; it is small enough to be
// kept whole and is written to a file as it is.
package filelist

import (
	"path"
	"regexp"
	"strings"
)

// Prefixes of keys that aren't paths.
const (
	perlPrefix    = "perl:"
	python3Prefix = "python3:"
	python2Prefix = "python2:"
	unitPrefix    = "unit:"
)

// Bins are the directories of root's $PATH with a merged /usr, in its order.
var Bins = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"}

// Path gives an absolute path the form that it has with a merged /usr.
func Path(name string) string {
	name = path.Clean("/" + name)
	for _, top := range []string{"/bin/", "/sbin/", "/lib/", "/lib64/"} {
		if strings.HasPrefix(name, top) {
			return "/usr" + name
		}
	}
	return name
}

// Perl is the key of a module: Foo::Bar.
func Perl(module string) string { return perlPrefix + strings.ReplaceAll(module, "::", "/") }

// Python is the key of a module, a.b, of a major version, 2 or 3.
func Python(major byte, module string) string {
	if major == '2' {
		return python2Prefix + module
	}
	return python3Prefix + module
}

// Unit is the key of a unit of systemd or of an init script, which systemd
// takes for a unit: sshd.service.
func Unit(name string) string { return unitPrefix + name }

// Is takes a key apart: the kind is "unit", "perl", "python2", "python3" or, for
// a path, empty.
func Is(key string) (kind, name string) {
	if kind, name, ok := strings.Cut(key, ":"); ok && !strings.HasPrefix(key, "/") {
		return kind, name
	}
	return "", key
}

// Worth reports whether a path, without the slash in front, may have a key. It
// is quick.
func Worth(p []byte) bool {
	if len(p) < 5 {
		return false
	}
	switch p[0] {
	case 'u':
		return len(p) > 10 && string(p[:4]) == "usr/" && (string(p[4:7]) == "bin" || string(p[4:8]) == "sbin" || string(p[4:7]) == "lib" ||
			string(p[4:9]) == "local" || string(p[4:10]) == "share/" && len(p) > 14 && string(p[10:14]) == "perl" || string(p[4:9]) == "games")
	case 'b':
		return string(p[:4]) == "bin/"
	case 's':
		return string(p[:5]) == "sbin/"
	case 'l':
		return string(p[:3]) == "lib"
	case 'e':
		return len(p) > 11 && (string(p[:11]) == "etc/init.d/" || string(p[:9]) == "etc/rc.d/")
	}
	return false
}

var (
	// Debian: /usr/share/perl5, /usr/share/perl/5.40.1, /usr/lib/TRIPLET/perl5/5.40,
	// /usr/lib/TRIPLET/perl/5.40.1, /usr/lib/TRIPLET/perl-base. RPM family:
	// /usr/share/perl5, /usr/lib64/perl5, both with vendor_perl.
	perlRoot = regexp.MustCompile(`^/usr/(?:share|lib|lib64|local/share|local/lib)/(?:[a-z0-9_]+-linux-gnu[a-z0-9]*/)?(?:perl5|perl|perl-base)/(?:5\.[0-9.]+/)?(?:vendor_perl/)?(.+)\.pm$`)
	// /usr/lib/python3/dist-packages, /usr/lib/python3.13, its lib-dynload, site-packages.
	pythonRoot = regexp.MustCompile(`^/usr/(?:local/)?lib(?:64)?/python([23])[0-9.]*/(?:dist-packages/|site-packages/|lib-dynload/)?([^/.]+(?:/[^/.]+)?(?:/__init__)?)(?:\.py|(?:\.[^/]*)?\.so)$`)
)

// Key gives the key of a path, with or without the slash in front; ok is false
// where nobody looks for the file by name.
func Key(name string) (key string, ok bool) {
	name = Path(name)
	dir, base := path.Split(name)
	switch dir {
	case "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/", "/usr/libexec/", "/usr/games/":
		return name, true
	case "/etc/init.d/", "/etc/rc.d/init.d/":
		if base != "README" && base != "functions" {
			return Unit(base + ".service"), true
		}
	case "/usr/lib/systemd/system/":
		if unitTypes[path.Ext(base)] {
			return Unit(base), true
		}
	}
	// The patterns are slow: most files are none of these by their ends.
	switch path.Ext(base) {
	case ".pm":
		if m := perlRoot.FindStringSubmatch(name); m != nil {
			return perlPrefix + m[1], true
		}
	case ".py", ".so":
		if m := python(name); m != nil {
			return pythonKey(m[1][0], m[2])
		}
	}
	return "", false
}

// python takes a module's path apart: modules of modules of modules are left out.
func python(name string) []string {
	const most = "/usr/lib/python3/dist-packages/a/b/__init__.py"
	if strings.Count(name, "/") > strings.Count(most, "/") || !strings.Contains(name, "/python") {
		return nil
	}
	return pythonRoot.FindStringSubmatch(name)
}

var unitTypes = map[string]bool{".service": true, ".socket": true, ".timer": true, ".target": true, ".path": true, ".mount": true, ".slice": true}

func pythonKey(major byte, file string) (string, bool) {
	parts := strings.Split(file, "/")
	if parts[len(parts)-1] == "__init__" {
		parts = parts[:len(parts)-1]
	}
	for _, p := range parts {
		if p == "" || strings.ContainsAny(p, " -.") || p == "test" || p == "tests" || p == "__pycache__" {
			return "", false
		}
	}
	return Python(major, strings.Join(parts, ".")), len(parts) > 0
}
