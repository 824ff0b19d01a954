// Package rootfs puts a set of Debian packages into an empty root directory:
// the mounted file systems of a disk, or a directory of which an image is made.
//
// What it leaves is what dpkg(1) would have left. The archives are unpacked
// here, several at a time, each held to its SHA-256 while it is read; dpkg's
// database is written as dpkg keeps it (Debian Policy chapter 6, dpkg(1),
// deb-conffiles(5), deb-triggers(5)); then the target's own dpkg, in a chroot,
// configures the packages. It needs no program of the host.
//
// # Order
//
// A preinst runs before its package is unpacked, with what the package
// Pre-Depends on configured (Policy §6.5, §7.2). Most preinsts do nothing in an
// installation from nothing, and are told by their text (inert.go); their
// packages are unpacked at once. Where one does something, its package waits:
//
//  1. The Essential packages and all they depend on are unpacked; then their
//     preinsts run, since nothing can run before. Every other bootstrap does so.
//  2. Beside that the packages without such a preinst are unpacked, and
//     those with one are read and held to their checksums: a damaged package
//     stops the work before anything is configured.
//  3. dpkg configures the Essential packages and what the preinsts wait for; the
//     preinsts run; their packages are unpacked, diversions honoured.
//  4. dpkg configures what is left.
//
// A package is unpacked after those that it depends on, as far as there is no
// circle, so that symbolic links to directories stand before what lies behind
// them.
package rootfs
