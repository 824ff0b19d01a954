package install

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const good = `text
reboot --eject
zerombr
clearpart --all --initlabel
autopart
%pre
echo before
%end
%packages --nocore
demo
%end
%pre-install
echo mounted
%end
%post --log=/var/log/post.log
echo inside
%end
%post --nochroot
echo outside
%end
%onerror
echo pity
%end
`

func TestOrder(t *testing.T) {
	b := newBench(t, good)
	end, err := b.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if want := (Ending{Do: "reboot", Eject: true}); end != want {
		t.Errorf("the ending is %v", end)
	}
	want := []string{
		"run / /bin/sh echo before",
		"plan", "target", "prepare", "mount /mnt/sysimage", "kernel /mnt/sysimage",
		"run / /bin/sh echo mounted",
		"packages base demo grub lvm", "configure /mnt/sysimage",
		"run /mnt/sysimage /bin/sh echo inside", "run / /bin/sh echo outside",
		"unmount kernel", "release",
	}
	if diff := cmp.Diff(want, b.calls); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{
		KickstartFile: good, LogDir + "/install.log": "the log so far\n", LogDir + "/disks.txt": "sda: all of it\n", "/var/log/post.log": "said\n",
	} {
		if text, err := os.ReadFile(b.inTarget(name)); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	for _, dir := range []string{b.path("/tmp"), b.inTarget("/tmp")} {
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: %v is left", dir, left)
		}
	}
	for _, want := range []string{"step 1 of 12: reading the kickstart", "sda: all of it", "warning: nothing for it", "4 packages", "warning: no such entry"} {
		if !slices.Contains(b.said, want) {
			t.Errorf("not said: %q", want)
		}
	}
}

// Whatever is wrong and can be seen beforehand is seen beforehand.
func TestFaultsStopBeforeTheDisks(t *testing.T) {
	tests := []struct {
		name, kickstart string
		prepare         func(*bench)
		step            string
		want            []string
	}{
		{"an unknown command", "autopart\nfrobnicate\n", nil, "reading the kickstart", []string{"demo.ks:2", "frobnicate"}},
		{"two unknown options", "autopart --x\nreboot --y\n", nil, "reading the kickstart", []string{"--x", "--y"}},
		{"no %end", "%packages\n@core\n", nil, "reading the kickstart", []string{"%end"}},
		{"an include that %pre does not write", "%include /tmp/none\n", nil, "checking the kickstart", []string{"demo.ks:1: /tmp/none cannot be included", "also after %pre"}},
		{"an include from the network", "%include https://example.org/x\n", nil, "checking the kickstart", []string{"no network"}},
		{"%pre", "%pre --erroronfail\nexit 3\n%end\n", func(b *bench) { b.fail["exit 3"] = errors.New("exit status 3") }, "running %pre", []string{"%pre of demo.ks:1 failed", "exit status 3"}},
		{"the disks", "autopart\n", func(b *bench) { b.fail["plan"] = errors.New("no disk") }, "planning the disks", []string{"no disk"}},
		{"the target", "autopart\n", func(b *bench) { b.fail["target"] = errors.New("no such zone") }, "planning the system", []string{"no such zone"}},
		{"a package that is not there", "%packages --nocore\nnonesuch\n%end\n", nil, "choosing the packages", []string{"nonesuch"}},
		{"a package of the disks that is not there", "%packages --nocore\n%end\n", func(b *bench) { b.disks = []string{"zfs"} }, "choosing the packages", []string{"zfs", "the disks"}},
		{"a group that is not there", "%packages --nocore\n@games\n%end\n", nil, "choosing the packages", []string{"games"}},
		{"a file that is gone", "%packages --nocore\ndemo\n%end\n", func(b *bench) { os.Remove(b.path("/run/install/repo/" + b.pool["demo"])) }, "choosing the packages", []string{"demo_1_amd64 is not on the medium"}},
		{"a file that was cut", "%packages --nocore\ndemo\n%end\n", func(b *bench) { os.Truncate(b.path("/run/install/repo/"+b.pool["demo"]), 5) }, "choosing the packages", []string{"demo_1_amd64 on the medium is damaged"}},
		{"no room", "%packages --nocore\ndemo\n%end\n", func(b *bench) { b.capacity = 10 << 20 }, "choosing the packages", []string{"too small", "are missing"}},
		{"a key of somebody else", "%packages --nocore\ndemo\n%end\n", func(b *bench) { b.Medium.Keys = otherKey(b.t) }, "choosing the packages", []string{"InRelease"}},
		{"no key", "%packages --nocore\ndemo\n%end\n", func(b *bench) { b.Medium.Keys = nil }, "choosing the packages", []string{"holds no key"}},
		{"an index that was changed", "%packages --nocore\ndemo\n%end\n", func(b *bench) { b.spoil("dists/trixie/main/binary-amd64/Packages") }, "choosing the packages", []string{"Packages"}},
		{"a mistake of ours", "autopart\n", func(b *bench) { b.panics = true }, "planning the disks", []string{"made a mistake (index out of range)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, tt.kickstart+"%onerror\necho pity\n%end\n%traceback\necho trace\n%end\n")
			if strings.Contains(tt.kickstart, "%packages\n@core") {
				b = newBench(t, tt.kickstart)
			}
			if tt.prepare != nil {
				tt.prepare(b)
			}
			_, err := b.Run(context.Background())
			var f *Failure
			if !errors.As(err, &f) {
				t.Fatalf("no failure: %v", err)
			}
			if f.Step != tt.step || !f.Untouched {
				t.Errorf("step %q, untouched %v: %v", f.Step, f.Untouched, err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("missing %q in: %v", want, err)
				}
			}
			for _, call := range b.calls {
				if strings.HasPrefix(call, "prepare") || strings.HasPrefix(call, "mount") || strings.HasPrefix(call, "packages") {
					t.Errorf("%s was done", call)
				}
			}
			if onerror := slices.Contains(b.calls, "run / /bin/sh echo pity"); !onerror && !strings.Contains(tt.kickstart, "@core") {
				t.Errorf("%%onerror did not run: %v", b.calls)
			}
			if trace := slices.Contains(b.calls, "run / /bin/sh echo trace"); trace != b.panics {
				t.Errorf("%%traceback: %v", trace)
			}
		})
	}
}

func TestFailuresOnTheWay(t *testing.T) {
	tests := []struct {
		name, fail, step string
		never            []string
	}{
		{"a disk that fails", "prepare", "preparing the disks", []string{"mount", "packages"}},
		{"a file system that does not mount", "mount", "preparing the disks", []string{"packages"}},
		{"a package", "packages", "installing the packages", []string{"configure", "release"}},
		{"the boot loader", "configure", "configuring the system", []string{"run /mnt/sysimage /bin/sh", "release"}},
		{"%post", "exit 1", "running %post", []string{"release"}},
		{"letting go", "release", "finishing", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, "autopart\nreboot\n%packages --nocore\ndemo\n%end\n%post --erroronfail\nexit 1\n%end\n%onerror\necho pity\n%end\n")
			b.fail[tt.fail] = errors.New("input/output error")
			_, err := b.Run(context.Background())
			var f *Failure
			if !errors.As(err, &f) || f.Step != tt.step || f.Untouched || !strings.Contains(err.Error(), "input/output error") {
				t.Fatalf("%+v", err)
			}
			if last := b.calls[len(b.calls)-1]; last != "run / /bin/sh echo pity" {
				t.Errorf("the last thing done is %q", last)
			}
			for _, call := range b.calls {
				for _, never := range tt.never {
					if strings.HasPrefix(call, never) {
						t.Errorf("%s was done", call)
					}
				}
			}
			if tt.fail == "exit 1" {
				if diff := cmp.Diff([]string{"said"}, f.Tail); diff != "" {
					t.Error(diff)
				}
				if _, err := os.Stat(b.inTarget(LogDir + "/install.log")); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestWhatPreWritesIsIncluded(t *testing.T) {
	b := newBench(t, "%include /tmp/disks\n%include /run/install/repo/ks/more.ks\nreboot\n%pre\nwrite\n%end\n%packages --nocore\n%include /tmp/list\n%end\n")
	b.put("/run/install/repo/ks/more.ks", "poweroff\n")
	b.onRun = func(script string) {
		if script == "write" {
			b.put("/tmp/disks", "autopart\n")
			b.put("/tmp/list", "demo\n")
		}
	}
	end, err := b.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if end.Do != "reboot" {
		t.Errorf("%v", end)
	}
	if !slices.Contains(b.calls, "packages base demo grub lvm") || b.recipe.Last("autopart") == nil {
		t.Errorf("%v", b.calls)
	}
}

func TestAScriptThatMayFailDoesNotStop(t *testing.T) {
	b := newBench(t, "lang en_US.UTF-8\n%packages --nocore\n%end\n%post --interpreter=/usr/bin/perl\nexit 1\n%end\n%post\necho two\n%end\n")
	b.fail["exit 1"] = errors.New("exit status 1")
	end, err := b.Run(context.Background())
	if err != nil || end.Do != "halt" {
		t.Fatal(end, err)
	}
	if !slices.Contains(b.calls, "run /mnt/sysimage /usr/bin/perl exit 1") || !slices.Contains(b.calls, "run /mnt/sysimage /bin/sh echo two") {
		t.Errorf("%v", b.calls)
	}
	said := strings.Join(b.said, "\n")
	for _, want := range []string{"warning: %post of demo.ks:4 failed: exit status 1"} {
		if !strings.Contains(said, want) {
			t.Errorf("missing %q in\n%s", want, said)
		}
	}
}

func TestIgnoreMissing(t *testing.T) {
	b := newBench(t, "%packages --nocore --ignoremissing\ndemo\nnonesuch\n@games\n%end\n")
	if _, err := b.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(b.calls, "packages base demo grub lvm") {
		t.Errorf("%v", b.calls)
	}
}

func TestProgress(t *testing.T) {
	var screen bytes.Buffer
	clock := time.Unix(0, 0)
	b := newBar(&screen, func() time.Time { return clock }, []step{{does: "one", weight: 25}, {does: "two", weight: 75}})
	b.begin(0)
	b.note("a thing with a name that is far too long for a line of eighty columns, and then some")
	clock = clock.Add(30 * time.Second)
	b.begin(1)
	b.to(0, "unpacking 1 of 9: demo")
	b.to(0.1, "too soon")
	clock = clock.Add(70 * time.Second)
	b.to(1, "done")
	b.clear()
	lines := strings.Split(screen.String(), "\r")[1:]
	want := []string{
		"[....................]   0 %  a thing with a name that is far too long for a line o",
		"[#####...............]  25 %  unpacking 1 of 9: demo                    2 min left",
		"[####################] 100 %  done                                      < 1 min left",
	}
	var got []string
	for _, l := range lines {
		if len(l) > 79 {
			t.Errorf("%d columns: %q", len(l), l)
		}
		if strings.TrimSpace(l) != "" {
			got = append(got, l)
		}
	}
	for i := range want {
		if i >= len(got) || strings.Join(strings.Fields(got[i]), " ")[:40] != strings.Join(strings.Fields(want[i]), " ")[:40] {
			t.Errorf("line %d: %q", i, got)
		}
	}
}

// A kickstart that names its version is read by that one, not by the medium's.
func TestTheKickstartsOwnVersion(t *testing.T) {
	const text = "zerombr\nclearpart --all\npart btrfs.01 --size=1000\nbtrfs / btrfs.01\n%packages\ndemo\n%end\n"
	for head, want := range map[string]string{"": "Btrfs is not supported", "#version=F41\n": "", "# a comment\n#version=XY3\n": "demo.ks:2: "} {
		_, err := newBench(t, head+text).Run(t.Context())
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v instead of %q", head, err, want)
		}
	}
}
