// Package repo reads package repositories and writes them.
//
// Load reads one Debian archive whole, as apt does (the format is that of
// wiki.debian.org/DebianRepository/Format and apt-secure(8)): the Release file,
// held to the keys of the source, names the digest of each index, and each
// index the digest of each package, so that nothing is believed that the chain
// does not reach. It gives the packages as package pkgset knows them.
//
// WriteDists writes the dists/ tree of an archive for the packages of a medium,
// which apt takes as a cdrom, file or http source. Base finds the mirror that
// a repository of version.toml stands for.
//
// What only Debian has lives in the files deb_*.go.
package repo
