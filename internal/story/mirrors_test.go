package story

import (
	"regexp"
	"strings"
	"testing"

	"cdbuilder/internal/testrepo"
)

// A mirror that can't be believed is refused in one clear line. Nothing of it
// is on the medium, there is no lock, and the next run with a good mirror
// succeeds.
func TestBadMirrors(t *testing.T) {
	const release, index, web = "InRelease", "Packages.gz", "/web_1.4-1_amd64.deb"
	spoil := func(part string, fault testrepo.Fault) func(*session) {
		return func(s *session) { s.mirror.Spoil(part, fault) }
	}
	tests := map[string]struct {
		spoil func(*session)
		want  string // a regular expression for the whole line
	}{
		"wrong signature": {spoil(release, testrepo.Flip),
			`repository debian: dists/trixie/InRelease: no good signature: key [0-9A-F]{40} did not sign this: the signature does not fit the data`},
		"signature of something else": {func(s *session) { s.mirror.Spoil(release, testrepo.Instead([]byte("Suite: trixie\n"))) },
			`repository debian: dists/trixie/InRelease: .*`},
		"unknown key": {func(s *session) { s.shelf("key=stranger") },
			`repository debian: dists/trixie/InRelease: no good signature: key [0-9A-F]{40} is not among the trusted keys.*`},
		"no signature": {func(s *session) { s.shelf("unsigned") },
			`repository debian: dists/trixie/Release: it is not signed: there is no Release.gpg; set trusted = true in version.toml to take it unsigned`},
		"expired": {func(s *session) { s.shelf("date=-48h", "valid=-24h") },
			`repository debian: dists/trixie/InRelease: it was valid until .* and has expired .*`},
		"from the future": {func(s *session) { s.shelf("date=72h") },
			`repository debian: dists/trixie/InRelease: .*`},
		"index with a flipped bit": {spoil(index, testrepo.Flip),
			`repository debian: fetching dists/trixie/main/binary-amd64/Packages.gz: http\S+: the file is not the right one: digest .*, expected .*`},
		"index cut short": {spoil(index, testrepo.Cut),
			`repository debian: fetching dists/trixie/main/binary-amd64/Packages.gz: http\S+: ends after \d+ of \d+ bytes`},
		"index that hangs": {spoil(index, testrepo.Hang),
			`repository debian: fetching dists/trixie/main/binary-amd64/Packages.gz: http\S+: nothing came for 300ms`},
		"Release that hangs": {spoil(release, testrepo.Hang),
			`repository debian: dists/trixie/InRelease: fetching http\S+: nothing came for 300ms`},
		"Release out of order": {spoil(release, testrepo.Broken),
			`repository debian: dists/trixie/InRelease: fetching http\S+: the server answers 503 Service Unavailable`},
		"package with a flipped bit": {spoil(web, testrepo.Flip),
			`fetching package web 1.4-1 of repository debian: http\S+: the file is not the right one: digest .*, expected .*`},
		"package cut short": {spoil(web, testrepo.Cut),
			`fetching package web 1.4-1 of repository debian: http\S+: ends after \d+ of \d+ bytes`},
		"package that breaks off": {spoil(web, testrepo.Drop),
			`fetching package web 1.4-1 of repository debian: http\S+: .*`},
		"package that hangs": {spoil(web, testrepo.Hang),
			`fetching package web 1.4-1 of repository debian: http\S+: nothing came for 300ms`},
		"package that stalls": {spoil(web, testrepo.Stall),
			`fetching package web 1.4-1 of repository debian: http\S+: nothing came for 300ms`},
		"package missing": {spoil(web, testrepo.Missing),
			`fetching package web 1.4-1 of repository debian: http\S+: not found`},
		"package path that leads out": {listed("pool/../../../../../etc/cron.d/web"),
			`repository debian: dists/trixie/main/binary-amd64/Packages.gz:\d+: package "web": Filename: "pool/../../../../../etc/cron.d/web" is not a path below the repository`},
		"package path from the root": {listed("/etc/cron.d/web"),
			`repository debian: dists/trixie/main/binary-amd64/Packages.gz:\d+: package "web": Filename: "/etc/cron.d/web" is not a path below the repository`},
		"package path over the boot menu": {listed("isolinux/isolinux.cfg"),
			`package web 1.4-1: the repository debian keeps it at "isolinux/isolinux.cfg", which is not below pool/`},
		"nothing there": {spoil("", testrepo.Missing),
			`repository debian: dists/trixie: the mirror http\S+ has neither InRelease nor Release for this suite`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.does("kick")
			test.spoil(s)
			s.refuses(test.want)
			s.mirror.Mend()
			s.shelf()
			s.does("revisor", "--quiet")
			s.complete()
		})
	}
}

// An archive older than the one seen before is a mirror that holds updates
// back; the first run's set stays as it is.
func TestMirrorThatGoesBack(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.does("kick")
	s.does("revisor")
	before := s.state()
	s.shelf("date=-72h")
	code, _, stderr := s.ends("revisor", "--quiet", "--update")
	want := regexp.MustCompile(`\Arevisor: repository debian: dists/trixie/InRelease: it is of .*, older than the one of .* seen before: .*\n\z`)
	if code != 1 || !want.MatchString(stderr) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if after := s.state(); after != before {
		t.Errorf("the tree has changed:\n%s", after)
	}
	s.shelf()
	s.does("revisor", "--quiet", "--update")
	s.complete()
}

// listed states a path for the package web that is not the true one.
func listed(name string) func(*session) {
	return func(s *session) {
		s.edit("packages", "Package: web\n", "Package: web\nFilename: "+name+"\n")
		s.shelf()
		s.edit("packages", "Filename: "+name+"\n", "")
		// The file itself is there under whatever name is asked for.
		if strings.HasPrefix(name, "isolinux/") {
			s.serveAlso(name, "pool/main/w/web/web_1.4-1_amd64.deb")
		}
	}
}

// refuses runs revisor, which must say one line and leave nothing behind.
func (s *session) refuses(want string) {
	s.t.Helper()
	code, stdout, stderr := s.ends("revisor", "--quiet", "--idle", "300ms")
	if code != 1 || stdout != "" {
		s.t.Errorf("exit code %d, on stdout %q", code, stdout)
	}
	if !regexp.MustCompile(`\Arevisor: ` + want + `\n\z`).MatchString(stderr) {
		s.t.Errorf("got  %swant revisor: %s", stderr, want)
	}
	s.absent("build/packages.lock", "build/isotree/pool", "build/isotree/dists", "build/isotree/keys", "build/isotree.d/revisor.toml", "build/isotree.d/tmp-*", "releases", "etc")
}

// complete says that revisor's share of the tree is there.
func (s *session) complete() {
	s.t.Helper()
	for _, name := range []string{"build/packages.lock", "build/isotree.d/revisor.toml", "build/isotree/dists/trixie/InRelease", "build/isotree/pool/main/w/web/web_1.4-1_amd64.deb"} {
		if text, err := list(s.path(name)); err != nil || text == "" {
			s.t.Errorf("%s: %v", name, err)
		}
	}
	s.absent("build/isotree.d/tmp-*")
}
