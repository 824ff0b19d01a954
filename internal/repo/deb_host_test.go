package repo

import (
	"strings"
	"testing"
	"testing/fstest"

	"cdbuilder/internal/product"
)

func apt(files map[string]string) fstest.MapFS {
	fsys := make(fstest.MapFS)
	for name, text := range files {
		fsys["etc/apt/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestHostMirror(t *testing.T) {
	tests := map[string]struct {
		files            map[string]string
		debian, security string
	}{
		"nothing": {nil, "", ""},
		"one-line": {map[string]string{"sources.list": `# deb http://commented.example/debian trixie main
deb-src http://source.example/debian trixie main
deb cdrom:[Debian 13 _Trixie_]/ trixie main
deb [ arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg ] http://one.example/debian/ trixie main # home
deb http://two.example/debian trixie-updates main
deb http://sec.example/debian-security trixie-security main
`}, "http://one.example/debian", "http://sec.example/debian-security"},
		"deb822": {map[string]string{"sources.list.d/debian.sources": `# from the installer
Types: deb deb-src
# a remark inside
URIs: http://one.example/debian
 http://second.example/debian
Suites: trixie trixie-updates
Components: main non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://one.example/debian-security
Suites: trixie-security
Components: main
`}, "http://one.example/debian", "http://one.example/debian-security"},
		"disabled and source only": {map[string]string{"sources.list.d/a.sources": "Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: trixie\nComponents: main\n\nTypes: deb-src\nURIs: http://src.example/debian\nSuites: trixie\nComponents: main\n"}, "", ""},
		"third parties": {map[string]string{
			"sources.list.d/a.sources": "Types: deb\nURIs: https://vendor.example/debian\nSuites: trixie\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDME\n -----END PGP PUBLIC KEY BLOCK-----\n",
			"sources.list.d/b.list":    "deb [signed-by=/etc/apt/keyrings/v.gpg] https://vendor.example/debian bookworm main\ndeb https://node.example/node_20.x nodistro main\n",
			"sources.list.d/c.sources": "Types: deb\nURIs: http://real.example/mirrors/deb\nSuites: bookworm\nComponents: main\n",
		}, "http://real.example/mirrors/deb", ""},
		"a path that fits wins":    {map[string]string{"sources.list": "deb http://x.example/os trixie main\ndeb http://y.example/pub/debian trixie main\n"}, "http://y.example/pub/debian", ""},
		"lists of mirrors skipped": {map[string]string{"sources.list": "deb mirror+file:/etc/apt/mirrors/debian.list trixie main\ndeb tor+http://a.example/debian trixie main\n"}, "", ""},
		"old security suite":       {map[string]string{"sources.list": "deb http://s.example/sec buster/updates main\n"}, "", "http://s.example/sec"},
		"disabled by its name":     {map[string]string{"sources.list.d/debian.sources.bak": "Types: deb\nURIs: http://bak.example/debian\nSuites: trixie\nComponents: main\n"}, "", ""},
		"Ubuntu":                   {map[string]string{"sources.list": "deb http://archive.example/ubuntu noble main universe\ndeb http://archive.example/ubuntu noble-security main\n"}, "", ""},
		"a local mirror":           {map[string]string{"sources.list": "deb file:///srv/debian trixie main\n"}, "file:///srv/debian", ""},
		"not a sources file":       {map[string]string{"sources.list.d/x.sources": "\x00garbage\n"}, "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for archive, want := range map[string]string{"debian": test.debian, "debian-security": test.security} {
				got, ok := HostMirror(apt(test.files), archive)
				if got != want || ok != (want != "") {
					t.Errorf("%s: got %q, %v; want %q", archive, got, ok, want)
				}
			}
		})
	}
}

func TestBase(t *testing.T) {
	host := apt(map[string]string{"sources.list": "deb http://host.example/debian trixie main\n"})
	tests := map[string]struct {
		repository   product.Repository
		mirror, want string
	}{
		"the host's":             {product.Repository{Mirror: "host"}, "", "http://host.example/debian"},
		"no host's for security": {product.Repository{Mirror: "host", Archive: "debian-security"}, "", "http://security.debian.org/debian-security"},
		"MIRROR":                 {product.Repository{Mirror: "host"}, "http://m.example:3142/pub/debian/", "http://m.example:3142/pub/debian"},
		"MIRROR for security":    {product.Repository{Mirror: "host", Archive: "debian-security"}, "http://m.example/pub/debian/", "http://m.example/pub/debian-security"},
		"MIRROR on disk":         {product.Repository{Mirror: "host", Archive: "debian-security"}, "file:///srv/debian", "file:///srv/debian-security"},
		"its own":                {product.Repository{Mirror: "https://vendor.example/apt/"}, "http://m.example/debian", "https://vendor.example/apt"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Base(test.repository, host, func(string) string { return test.mirror })
			if err != nil || got != test.want {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
	none := func(string) string { return "" }
	if got, err := Base(product.Repository{Mirror: "host"}, apt(nil), none); err != nil || got != "http://ftp.debian.org/debian" {
		t.Errorf("without apt: %q, %v", got, err)
	}
	for want, r := range map[string]product.Repository{
		`this machine's apt uses no mirror of the archive "ports"`: {ID: "p", Mirror: "host", Archive: "ports"},
		`the mirror "nowhere" is not an http, https or file URL`:   {ID: "p", Mirror: "nowhere"},
	} {
		if _, err := Base(r, apt(nil), none); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
