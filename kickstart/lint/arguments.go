package lint

import (
	"slices"
	"strings"

	"cdbuilder/kickstart"
)

// Arguments: what bootloader --append gives to the kernel of the installed
// system.
var argumentRules = []rule{
	{Rule{"append-installer", kickstart.Warning, "arguments for the installer mean nothing to the installed system", true}, appendInstaller, false},
	{Rule{"append-crashkernel", kickstart.Warning, "crashkernel=auto is understood by the kernels of Red Hat Enterprise Linux 6 to 8 only", false}, appendCrashkernel, false},
	{Rule{"append-obsolete", kickstart.Note, "the kernel of this version does nothing on that argument", true}, appendObsolete, false},
	{Rule{"append-twice", kickstart.Note, "of an argument said twice the kernel takes the last", false}, appendTwice, false},
}

// forInstaller are the arguments that only the installer reads, without the
// prefix that they need since Fedora 34 and Red Hat Enterprise Linux 9.
var forInstaller = []string{"ks", "ks.device", "ks.sendmac", "ks.sendsn", "ksdevice", "kssendmac", "kssendsn", "ksstrict",
	"repo", "method", "stage2", "askmethod", "asknetwork", "addrepo", "noverifyssl"}

// installers picks the arguments that are for the installer.
func installers(words []string) (found []string) {
	for _, w := range words {
		name, value, has := strings.Cut(w, "=")
		switch {
		case strings.HasPrefix(name, "inst.") && name != "inst.gpt" && name != "inst.nogpt":
			found = append(found, w)
		case slices.Contains(forInstaller, name) && (has && filled(value) || strings.HasPrefix(name, "ask") || name == "noverifyssl"):
			found = append(found, w)
		}
	}
	return found
}

func appendInstaller(v *view) {
	b := v.Last("bootloader")
	if b == nil {
		return
	}
	args := strings.Fields(b.Get("--append"))
	wrong := installers(args)
	if len(wrong) == 0 {
		return
	}
	now := ""
	if v.since(34, 9) && !strings.HasPrefix(wrong[0], "inst.") {
		now = ", and there it is called inst." + strings.TrimPrefix(wrong[0], "inst.")
	}
	v.say(at(b), "%s is for the installer and belongs to the command line that starts it%s; --append is for the installed system", both(wrong), now)
	if g, ok := given(b, "--append"); ok {
		rest := slices.DeleteFunc(args, func(a string) bool { return slices.Contains(wrong, a) })
		v.rewrite(b, "remove "+strings.Join(wrong, " "), withOption(b.Node.Text(), g, strings.Join(rest, " ")))
	}
}

func appendCrashkernel(v *view) {
	b := v.Last("bootloader")
	if b == nil || v.Version.Family != "RHEL" || !v.since(0, 9) {
		return
	}
	if slices.Contains(strings.Fields(b.Get("--append")), "crashkernel=auto") {
		v.say(at(b), "crashkernel=auto reserves nothing since Red Hat Enterprise Linux 9; write crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M, which kdump has for a default there, or leave it out")
	}
}

// obsolete are arguments that a kernel has stopped to listen to.
var obsolete = []struct {
	name         string
	fedora, rhel int // since
	why          string
}{
	{"elevator", 31, 9, "the kernel has no such argument any more; set a scheduler by a udev rule"},
	{"scsi_mod.use_blk_mq", 31, 9, "there is nothing but blk-mq any more"},
	{"dm_mod.use_blk_mq", 31, 9, "there is nothing but blk-mq any more"},
}

func appendObsolete(v *view) {
	b := v.Last("bootloader")
	if b == nil || v.Version.Family == "" {
		return
	}
	args := strings.Fields(b.Get("--append"))
	for _, o := range obsolete {
		i := slices.IndexFunc(args, func(a string) bool { return strings.HasPrefix(a, o.name+"=") })
		if i < 0 || !v.since(o.fedora, o.rhel) {
			continue
		}
		v.say(at(b), "%s does nothing in %s: %s", args[i], v.Version, o.why)
		if g, ok := given(b, "--append"); ok {
			rest := slices.Delete(slices.Clone(args), i, i+1)
			v.rewrite(b, "remove "+args[i], withOption(b.Node.Text(), g, strings.Join(rest, " ")))
		}
		return // the others after this one is fixed
	}
}

// single are arguments of which the kernel, or systemd, takes the last.
var single = []string{"selinux", "audit", "quiet", "net.ifnames", "biosdevname", "crashkernel", "rd.luks", "rd.lvm", "rd.md", "rd.dm", "transparent_hugepage", "elevator"}

func appendTwice(v *view) {
	b := v.Last("bootloader")
	if b == nil {
		return
	}
	first := make(map[string]string)
	for _, a := range strings.Fields(b.Get("--append")) {
		name, _, _ := strings.Cut(a, "=")
		if !slices.Contains(single, name) {
			continue
		}
		if o, ok := first[name]; ok {
			v.say(at(b), "--append says %s and %s; the last one counts", o, a)
		}
		first[name] = a
	}
}
