// Package modulemd reads modules.yaml, which says which packages of a
// repository belong to module streams, and works out which of them are to be
// seen.
//
// The format is that of the modulemd documents of the libmodulemd project:
// streams (document modulemd, versions 1, 2 and 3), modulemd-defaults,
// modulemd-obsoletes, modulemd-translations and modulemd-packager. A file holds
// many; each has a verdict of its own, so that one bad document does not hide
// the others, as dnf has it too. Keys that are not known are no fault.
//
// Of each module at most one stream is active: the one that was enabled, else
// the default. Index.Select finds the active streams, with what they depend on,
// and Selection.Hides tells the packages that dnf would not offer.
package modulemd
