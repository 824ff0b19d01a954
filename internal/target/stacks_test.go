package target

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
)

// What reads the files of the three stacks says whether it understands them.
func TestStacksAreUnderstood(t *testing.T) {
	judge.Root(t)
	judge.Installation(t)
	m := &machine{root: t.TempDir()}
	m.install(t, packages(t, "systemd", "dbus", "ifupdown", "network-manager", "iproute2"))
	t.Run("networkd", m.networkdReads)
	t.Run("NetworkManager", m.networkManagerReads)
	t.Run("ifupdown", m.ifupdownReads)
}

// plan puts the files of a plan's network step into the target.
func (m *machine) plan(t *testing.T, name string) (files []string) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".ks")
	if err != nil {
		t.Fatal(err)
	}
	facts := plans[name]
	facts.Random = zeroes{}
	if name == "ifupdown" {
		facts.Packages = append(facts.Packages, "ifupdown")
	}
	config, _ := Plan(read(t, string(text)), facts)
	only := &Config{}
	for _, s := range config.Steps {
		if s.Name != "network" {
			continue
		}
		only.Steps = append(only.Steps, s)
		for _, action := range s.Actions {
			if f, ok := action.(File); ok && f.Path != "/etc/resolv.conf" {
				files = append(files, f.Path)
			}
		}
	}
	m.doing(t, only)
	return files
}

// networkdReads runs systemd-networkd in a network of its own: it reads all files
// when it starts, and tells what it does not know.
func (m *machine) networkdReads(t *testing.T) {
	files := m.plan(t, "networkd")
	m.inside(t, "mkdir", "-p", "/run/systemd/netif")
	m.inside(t, "chown", "systemd-network:", "/run/systemd/netif")
	run := func() string {
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, judge.Program(t, "unshare"), "--net", judge.Program(t, "chroot"), m.root, "/usr/lib/systemd/systemd-networkd")
		cmd.Env = []string{"SYSTEMD_LOG_LEVEL=debug", "SYSTEMD_LOG_TARGET=console"}
		out, _ := cmd.CombinedOutput() // the time ends it
		return string(out)
	}
	said := run()
	for line := range strings.Lines(said) {
		if strings.Contains(line, "/etc/systemd/network/") && (strings.Contains(line, "ignoring") || strings.Contains(line, "Failed") || strings.Contains(line, "nvalid")) {
			t.Errorf("systemd-networkd: %s", line)
		}
	}
	for _, f := range files {
		if strings.HasSuffix(f, ".netdev") && !strings.Contains(said, strings.TrimSuffix(filepath.Base(f), ".netdev")[len("10-"):]) {
			t.Errorf("systemd-networkd did not read %s:\n%s", f, said)
		}
	}
	// That it would tell is tried too.
	if err := os.WriteFile(filepath.Join(m.root, "etc/systemd/network/10-ens3.network"), []byte("[Match]\nName=ens3\n[Network]\nNonsense=1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if said := run(); !strings.Contains(said, "Nonsense") {
		t.Errorf("systemd-networkd did not mind nonsense:\n%s", said)
	}
}

// networkManagerReads has nmcli read each keyfile and write it again.
func (m *machine) networkManagerReads(t *testing.T) {
	for _, f := range m.plan(t, "networkmanager") {
		cmd := exec.Command("chroot", m.root, "/usr/bin/nmcli", "--offline", "connection", "modify", "connection.autoconnect-priority", "1")
		data := string(m.file(t, f))
		cmd.Stdin = strings.NewReader(data)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", f, err, out)
		}
		for line := range strings.Lines(data) {
			key, value, found := strings.Cut(strings.TrimSpace(line), "=")
			// What is the default is not written again, and some keys have newer names.
			if !found || key == "master" || key == "slave-type" || value == "true" {
				continue
			}
			if !strings.Contains(string(out), value) {
				t.Errorf("%s: nmcli lost %s=%s:\n%s", f, key, value, out)
			}
		}
	}
}

func (m *machine) ifupdownReads(t *testing.T) {
	m.plan(t, "ifupdown")
	listed := m.inside(t, "ifquery", "--list", "--all") + "\n" + m.inside(t, "ifquery", "--list", "--allow=hotplug")
	for _, name := range []string{"ens3", "ens3.171", "bond0", "br0", "bond1", "uplink"} {
		if !strings.Contains("\n"+listed+"\n", "\n"+name+"\n") {
			t.Errorf("ifquery does not list %s:\n%s", name, listed)
		}
	}
	if got := m.inside(t, "ifquery", "ens3"); !strings.Contains(got, "address: 192.0.2.10/24") && !strings.Contains(got, "address: 192.0.2.10") {
		t.Errorf("ifquery ens3: %s", got)
	}
	would := m.inside(t, "ifup", "--no-act", "--verbose", "ens3", "ens3.171")
	for _, want := range []string{"192.0.2.10/255.255.255.0", "192.0.2.1", "2001:db8::10", "198.51.100.2", "vlan"} {
		if !strings.Contains(would, want) {
			t.Errorf("ifup would not do anything with %s:\n%s", want, would)
		}
	}
}
