// Package deb speaks the formats of Debian's binary packages: the control data
// they carry and indexes are made of, and the archive itself.
//
// Control data are paragraphs of "Field: value" lines (Debian Policy chapter 5,
// deb822(5)). Scanner reads them in a stream without keeping anything;
// ReadParagraphs gives each as a value of its own. Compare orders versions
// (Policy §5.6.12), Relations reads the relationship fields (Policy chapter 7)
// into the clauses of package pkgset.
//
// Reader opens a package file: an ar(5) archive whose members are
// debian-binary, control.tar and data.tar (deb(5)).
package deb
