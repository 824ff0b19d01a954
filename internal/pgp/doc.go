// Package pgp verifies and makes OpenPGP signatures (RFC 9580): the clearsigned
// InRelease and the detached Release.gpg of Debian archives, repomd.xml.asc, and
// the signatures of a product of our own.
//
// A Keyring holds the public keys somebody decided to trust, and every key in it
// is trusted fully. A message passes when at least one of its signatures is
// good: made by a key of the ring that is now neither expired nor revoked, with
// a digest stronger than SHA-1, not expired and not from the future.
//
// A Signer makes version 4 signatures that come out the same each time, for the
// same key, text and time, and that gpg, apt and rpm accept.
package pgp
