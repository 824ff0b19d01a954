// Package rpm reads, verifies, writes and signs RPM packages, and compares
// what they say: versions and dependencies.
//
// A package file is a lead of 96 bytes, a signature header, a main header and
// a compressed cpio archive, as "RPM v4 package format" and "RPM v6 package
// format" in rpm's own manual and the Linux Standard Base Core 5.0, chapter 22,
// define them. Read takes the headers, Verify holds a file to its digests and
// signatures as rpmkeys --checksig does, and Payload hands out the files'
// contents. Builder writes packages of format 4.
//
// Nothing is believed: sizes that a file claims are held against limits and
// against what is there before memory is given to them, and foreign bytes end
// in errors.
package rpm
