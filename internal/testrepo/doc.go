// Package testrepo makes small Debian repositories for tests, of packages that
// dpkg installs and with indexes that apt accepts, and serves them well or
// badly. It takes control fields and gives the files that an archive has: .deb
// files (deb(5)) under pool/, and under dists/ what Debian's repository format
// names: Packages, Packages.gz, their by-hash copies, Release, InRelease,
// Release.gpg.
//
// The archives and indexes are written here, so that the readers under test are
// not judged by writers of their own house; fields of control files and
// signatures are internal/deb's and internal/pgp's.
package testrepo
