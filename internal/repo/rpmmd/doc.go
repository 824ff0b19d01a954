// Package rpmmd reads and writes the metadata of RPM repositories, rpm-md: the
// files under repodata/ as createrepo_c writes them and dnf and zypper read
// them.
//
// repomd.xml is the root: it names each file of metadata with its checksum,
// and primary.xml each package with its own. ReadRepomd reads it; whether its
// signature is good is for package pgp to say of the same bytes. Data.Read
// then unpacks one file (plain, gzip, xz, zstd or bzip2) while holding it to
// its sizes and checksums, and hands it to a reader: ReadPrimary, ReadFilelists
// and ReadOther give packages one at a time, ReadUpdateinfo advisories; group
// is for package comps and modules for package modulemd below this one.
// ReadMetalink and ReadMirrorlist tell where copies of a repository are.
//
// Write makes the repodata for a list of packages. It depends on nothing but
// what it is given, so that the same packages give the same bytes.
//
// There is no standard for the format. What is written here is what
// createrepo_c 0.17 writes; what is read is also what the older createrepo,
// yum and the Open Build Service wrote.
package rpmmd
