package filelist

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKey(t *testing.T) {
	for name, want := range map[string]string{
		"bin/ls":                                                     "/usr/bin/ls",
		"./usr/bin/ls":                                               "/usr/bin/ls",
		"/sbin/ip":                                                   "/usr/sbin/ip",
		"usr/local/bin/x":                                            "/usr/local/bin/x",
		"usr/bin/sub/x":                                              "",
		"usr/libexec/platform-python":                                "/usr/libexec/platform-python",
		"usr/share/doc/x":                                            "",
		"lib/systemd/system/ssh.service":                             "unit:ssh.service",
		"usr/lib/systemd/system/a@.timer":                            "unit:a@.timer",
		"usr/lib/systemd/system/a.wants":                             "",
		"usr/lib/systemd/system/a.wants/b.service":                   "",
		"etc/init.d/cron":                                            "unit:cron.service",
		"etc/rc.d/init.d/network":                                    "unit:network.service",
		"etc/rc.d/init.d/functions":                                  "",
		"usr/share/perl5/Foo/Bar.pm":                                 "perl:Foo/Bar",
		"usr/share/perl5/vendor_perl/Foo.pm":                         "perl:Foo",
		"usr/lib64/perl5/vendor_perl/auto/Foo.pm":                    "perl:auto/Foo",
		"usr/share/perl/5.40.1/CPAN.pm":                              "perl:CPAN",
		"usr/lib/x86_64-linux-gnu/perl5/5.40/JSON/XS.pm":             "perl:JSON/XS",
		"usr/lib/x86_64-linux-gnu/perl/5.40.1/Socket.pm":             "perl:Socket",
		"usr/lib/x86_64-linux-gnu/perl-base/strict.pm":               "perl:strict",
		"usr/lib/python3/dist-packages/yaml/__init__.py":             "python3:yaml",
		"usr/lib/python3/dist-packages/yaml/loader.py":               "python3:yaml.loader",
		"usr/lib/python3/dist-packages/six.py":                       "python3:six",
		"usr/lib/python3/dist-packages/a/b/c.py":                     "",
		"usr/lib/python3/dist-packages/a/b/__init__.py":              "python3:a.b",
		"usr/lib/python3/dist-packages/_y.cpython-313-x86_64-l.so":   "python3:_y",
		"usr/lib/python3.13/os.py":                                   "python3:os",
		"usr/lib/python3.13/lib-dynload/_ssl.cpython-313-x86_64.so":  "python3:_ssl",
		"usr/lib64/python2.7/site-packages/foo/__init__.py":          "python2:foo",
		"usr/lib/python3.6/site-packages/dnf/__init__.py":            "python3:dnf",
		"usr/lib/python3/dist-packages/yaml-6.0.dist-info/x.py":      "",
		"usr/lib/python3/dist-packages/setuptools/tests/__init__.py": "",
	} {
		if got, _ := Key(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if _, ok := Key(name); ok && !Worth([]byte(strings.TrimPrefix(strings.TrimPrefix(name, "."), "/")+" admin/x")) {
			t.Errorf("%s is worth a look", name)
		}
	}
	if Perl("Foo::Bar") != "perl:Foo/Bar" || Python('3', "a.b") != "python3:a.b" {
		t.Error("keys of modules")
	}
}

func TestTable(t *testing.T) {
	var b Builder
	for _, kv := range [][2]string{{"/usr/bin/b", "x"}, {"/usr/bin/a", "y"}, {"/usr/bin/b", "z"}, {"/usr/bin/b", "x"}, {"/usr/bin/\t", "x"}, {"/c", ""}} {
		b.Add(kv[0], kv[1])
	}
	table, ok := Decode(b.Table().Encode())
	if !ok {
		t.Fatal("cannot be read back")
	}
	for key, want := range map[string][]string{"/usr/bin/b": {"x", "z"}, "/usr/bin/a": {"y"}, "/usr/bin": nil, "": nil, "/usr/bin/c": nil} {
		if diff := cmp.Diff(want, table.Providers(key)); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	if got := (Tables{table, nil, table}).Providers("/usr/bin/b"); cmp.Diff([]string{"x", "z"}, got) != "" {
		t.Error(got)
	}
	data := b.Table().Encode()
	for i := range data {
		data[i] ^= 1
		if _, ok := Decode(data); ok {
			t.Errorf("a flip of byte %d isn't noticed", i)
		}
		data[i] ^= 1
	}
	var none *Table
	if none.Providers("x") != nil {
		t.Error("no table")
	}
	if empty, ok := Decode((&Builder{}).Table().Encode()); !ok || empty.Len() != 0 {
		t.Error("an empty table")
	}
}
