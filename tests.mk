# Set-up, lint, tests and benchmarks.

# The real programs that judge our output, and QEMU. All are Debian packages.
JUDGES := apt-utils binutils bsdutils btrfs-progs bzip2 cpio createrepo-c cryptsetup-bin debsums dnf dosfstools dpkg-dev e2fsprogs gdisk genisoimage gir1.2-modulemd-2.0 gpg gpgconf \
	gpgv grub-common isomd5sum kmod libxml2-utils lvm2 mdadm mmdebstrap mtools openssh-client ovmf p7zip-full python3-createrepo-c python3-gi python3-libcomps python3-librepo python3-minimal python3-rpm \
	qemu-system-x86 rpm util-linux xfsprogs xorriso xz-utils zstd zypper

STATICCHECK  := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCILINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# What make hands down to the tools is not meant for the tests.
UNTOLD := env -u CDB_PRODUCT -u CDB_BUILD -u CDB_CACHE -u CDB_LOCK CDB_TEST=full

ROOTLY := $(if $(filter 0,$(shell id -u)),,sudo -n )

setup:
	@missing=; for p in $(JUDGES); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	echo "setup: installing$$missing"; \
	if [ "$$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then \
		echo "setup: neither root nor sudo here; run this once as root: apt-get install -y$$missing" >&2; exit 1; fi; \
	$(ROOTLY)apt-get update -q && $(ROOTLY)env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing

lint:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt -w wants to change: $$unformatted" >&2; exit 1; fi
	@$(GO) vet ./...
	@$(GO) mod tidy -diff
	@$(GO) mod verify
	@$(GO) run $(STATICCHECK) ./...
	@$(GO) run $(GOLANGCILINT) run --allow-parallel-runners --timeout 15m

# The tests of the whole come last and alone: their machines take all processors.
test: setup lint
	@$(MAKE) iso
	$(UNTOLD) $(GO) test -timeout 40m $$($(GO) list ./... | grep -v /internal/acceptance)
	$(UNTOLD) $(GO) test -timeout 60m ./internal/acceptance

# The demo ISO installed in QEMU, a small system by BIOS and demo.ks by UEFI with
# Secure Boot, and what is installed looked at; make test has the same. RUN=
# picks by go test's -run.
.PHONY: install-test install-matrix
install-test: setup $(ISO)
	$(UNTOLD) $(GO) test -count=1 -timeout 180m -v -run '$(or $(call said,RUN),TestInstallsUnattended)' ./internal/acceptance

# All kinds of disks, faults and power cuts, with the long tests of the rooms
# below; the table in docs/ is renewed. RUN=raid1 does one row.
install-matrix: setup $(ISO)
	$(UNTOLD) CDB_TEST_INSTALL=yes CDB_MATRIX=$(CURDIR)/docs/install-matrix.md $(GO) test -count=1 -timeout 300m -v -run '$(if $(call said,RUN),TestMatrix.*/$(RUN),TestMatrix|TestInstallationFaults)' ./internal/acceptance
	$(if $(call said,RUN),,$(UNTOLD) CDB_TEST_INSTALL=yes $(GO) test -count=1 -timeout 180m ./internal/rootfs ./internal/storage ./internal/target)

bench: setup
	$(UNTOLD) $(GO) test -run '^$$' -bench . -benchmem ./...

# Each fuzzer for a while: make fuzz FUZZTIME=60s
FUZZTIME ?= 60s
fuzz:
	@for pkg in $$(git grep -l 'func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do \
		for f in $$(grep -ho 'func Fuzz[A-Za-z0-9_]*' $$pkg/*_test.go | cut -c6- | sort -u); do \
			echo "fuzz: $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) ./$$pkg || exit 1; done; done
