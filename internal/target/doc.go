// Package target makes a freshly installed Debian root into the system that a
// kickstart describes, and makes it boot.
//
// Plan reads the kickstart's commands in the light of Facts: of the machine, of
// what the disks became, of which packages there are. Its Config is a plain
// value with every file, link and command in it, to be printed, tested and
// logged; nothing is touched. Apply then does it: files are written through the
// root directory, commands run in it as their root, after the packages are
// configured and before %post.
//
// What a command means is what Anaconda makes of it on a Fedora (its
// documentation, and the code where that is silent), done by Debian's means:
// locale-gen, console-setup, systemd-networkd or ifupdown or NetworkManager,
// nftables, shadow's tools, GRUB as grub-install sets it up. Support is the table
// of all commands and options with what becomes of them; Plan's findings of what
// is understood and not done come from it too.
package target
