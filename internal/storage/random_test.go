package storage_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"cdbuilder/internal/storage"
	"cdbuilder/internal/storage/table"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// TestRandomLayouts plans kickstarts put together by chance, for machines put
// together by chance: often refused, never unsound, and always the same twice.
func TestRandomLayouts(t *testing.T) {
	rounds := 8000
	if testing.Short() {
		rounds = 2000
	}
	planned := 0
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		text := randomKickstart(r)
		v := []kickstart.Syntax{{Family: "F", Number: 40}, {Family: "RHEL", Number: 9}}[seed%2]
		file, err := kickstart.Parse("ks.cfg", []byte(text), v)
		if err != nil {
			t.Fatal(err)
		}
		recipe, _ := language.Read(v, file.All())
		m := randomMachine(r)
		p, err := storage.Make(recipe, m, storage.Options{Random: seeded(), FS: pick(r, "ext4", "xfs")})
		if err != nil {
			if strings.Contains(err.Error(), "fault of the planner") {
				t.Fatalf("seed %d: %v\n%s", seed, err, text)
			}
			continue
		}
		planned++
		holds(t, fmt.Sprintf("seed %d\n%s", seed, text), p)
		again, err := storage.Make(recipe, m, storage.Options{Random: seeded(), FS: "ext4"})
		if err == nil && again.String() != p.String() && !strings.Contains(p.String(), "xfs") {
			t.Errorf("seed %d: two plans of one kickstart differ\n%s\n%s", seed, p, again)
		}
		if t.Failed() {
			t.Fatalf("seed %d:\n%s\n%s", seed, text, p)
		}
	}
	t.Logf("%d of %d random layouts can be planned", planned, rounds)
	if planned < rounds/20 {
		t.Errorf("only %d of %d random layouts can be planned", planned, rounds)
	}
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func maybe(r *rand.Rand, s string) string {
	if r.IntN(3) > 0 {
		return ""
	}
	return s
}

func randomKickstart(r *rand.Rand) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("zerombr")
	line("clearpart %s %s", pick(r, "--all --initlabel", "--all --initlabel", "--linux", "--none"), maybe(r, pick(r, "--disklabel=msdos", "--disklabel=gpt", "--drives=sda")))
	if r.IntN(5) == 0 {
		line("autopart --type=%s %s %s", pick(r, "lvm", "plain", "btrfs"), maybe(r, "--nohome"), maybe(r, "--encrypted --passphrase=x"))
		return b.String()
	}
	line("reqpart %s", maybe(r, "--add-boot"))
	size := func() string {
		s := fmt.Sprintf("--size=%d", 1+r.IntN(pick(r, 700, 4000, 20000)))
		return s + " " + maybe(r, "--grow") + " " + maybe(r, fmt.Sprintf("--grow --maxsize=%d", 20000+r.IntN(30000)))
	}
	where := func() string { return maybe(r, pick(r, "--ondisk=sda", "--ondisk=sdb", "--asprimary")) }
	crypt := func() string { return maybe(r, maybe(r, "--encrypted --passphrase=x")) }
	mounts := []string{"/", "/home", "/var", "/srv", "/opt", "swap", "/boot"}
	next := func() string {
		if len(mounts) == 0 {
			return "swap"
		}
		m := mounts[0]
		mounts = mounts[1:]
		return m
	}
	r.Shuffle(len(mounts), func(i, j int) { mounts[i], mounts[j] = mounts[j], mounts[i] })
	for range r.IntN(6) {
		line("part %s --fstype=%s %s %s %s", next(), pick(r, "ext4", "xfs", "ext3", "btrfs"), size(), where(), crypt())
	}
	pvs := ""
	for i := range r.IntN(4) {
		line("part pv.%d %s %s %s", i, size(), where(), crypt())
		pvs += fmt.Sprintf(" pv.%d", i)
	}
	for i := range r.IntN(3) {
		members := ""
		for j := range 2 + r.IntN(3) {
			line("part raid.%d%d %s %s", i, j, size(), where())
			members += fmt.Sprintf(" raid.%d%d", i, j)
		}
		target := next()
		if r.IntN(2) == 0 {
			target = fmt.Sprintf("pv.r%d", i)
			pvs += " " + target
		}
		line("raid %s --device=md%d --level=%s --fstype=ext4 %s %s", target, i, pick(r, "0", "1", "5", "10"), crypt(), members)
	}
	if pvs != "" {
		line("volgroup vg%s %s", pvs, maybe(r, pick(r, "--pesize=32768", "--reserved-percent=20", "--reserved-space=500")))
		for i := range 1 + r.IntN(4) {
			amount := size()
			if r.IntN(4) == 0 {
				amount = fmt.Sprintf("--percent=%d", 1+r.IntN(60))
			}
			line("logvol %s --vgname=vg --name=lv%d --fstype=%s %s %s", next(), i, pick(r, "ext4", "xfs"), amount, crypt())
		}
	}
	return b.String()
}

func randomMachine(r *rand.Rand) storage.Machine {
	m := machine(pick(r, storage.BIOS, storage.UEFI))
	for _, name := range []string{"sda", "sdb", "sdc"}[:1+r.IntN(3)] {
		d := disk(name, int64(4+r.IntN(200))*gib+int64(r.IntN(2000))*512)
		if r.IntN(4) == 0 {
			randomPartitions(r, &d)
		}
		if r.IntN(8) == 0 {
			d.Sector = 4096
			d.Size = d.Size / 4096 * 4096
		}
		m.Disks = append(m.Disks, d)
	}
	return m
}

func randomPartitions(r *rand.Rand, d *storage.Disk) {
	d.Table, d.TableID = table.GPT, "11111111-2222-4333-8444-555555555555"
	at := int64(1 << 20)
	for n := 1; n <= 1+r.IntN(5); n++ {
		at += int64(r.IntN(4000)) * 4096
		size := int64(1+r.IntN(200000)) * 4096
		if at+size > d.Size-100<<20 {
			return
		}
		part := storage.Partition{Name: fmt.Sprintf("%s%d", d.Name, n)}
		part.Entry = table.Entry{Number: n, Start: at, Size: size, Type: pick(r, table.TypeLinux, table.TypeMicrosoft), GUID: fmt.Sprintf("99999999-0000-4000-8000-%012d", n)}
		part.Content.Type = pick(r, "ext4", "ntfs", "", "LVM2_member")
		d.Partitions = append(d.Partitions, part)
		at += size
	}
}
