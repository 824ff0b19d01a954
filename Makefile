# The order of work: what is made from what. Every step is one small program in
# tools/, usable by hand (build/bin/revisor --help); make knows which of them a
# change concerns. Bare "make" prints the menu.
#
#   make iso                      build the product in this directory
#   make iso PRODUCT=../myspin    build another one
#   make version NUMBER=+1        the next beta
#
# Needs Go, make and a network. Nothing of the target distribution, no root.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := menu

# What the environment happens to call PRODUCT, BUILD or CACHE is not meant for
# us; the tools' own variables begin with CDB_.
ifneq ($(origin PRODUCT),command line)
PRODUCT := .
endif
ifneq ($(words $(PRODUCT)),1)
$(error PRODUCT="$(PRODUCT)": make cannot work in a directory whose name holds a space)
endif

# One directory for this repository's own programs, one for each product's
# intermediate files, one cache of downloads for all.
BIN   := build/bin
ifneq ($(origin CACHE),command line)
CACHE := build/cache
endif
P     := $(if $(filter .,$(PRODUCT)),,$(PRODUCT)/)
ifneq ($(origin BUILD),command line)
BUILD := $(P)build
endif
STAMP := $(BUILD)/stamps
export CDB_PRODUCT := $(PRODUCT)
export CDB_BUILD   := $(BUILD)
export CDB_CACHE   := $(CACHE)
said = $(if $(filter command,$(origin $(1))),$($(1)))
export CDB_LOCK    := $(call said,LOCK)
export CDB_OUT     := $(call said,OUT)
export CDB_PUBLIC  := $(call said,PUBLIC)

# What Go's environment could change in the bytes of stage2 is pinned here.
GO      := go
GOBUILD := CGO_ENABLED=0 GOAMD64=v1 GOARM64=v8.0 GOFLAGS= GOWORK=off GOEXPERIMENT= $(GO) build -trimpath -buildvcs=false

GOFILES := $(filter-out %_test.go,$(wildcard *.go */*.go */*/*.go */*/*/*.go)) go.mod go.sum \
	$(wildcard kickstart/*/*.toml kickstart/*/tables/*.toml kickstart/*/data/*)
TOOLS   := $(filter-out cd-builder stage2,$(notdir $(wildcard tools/*)))
BINS    := $(addprefix $(BIN)/,$(TOOLS))

VERSION    := $(P)version.toml
KICKSTARTS := $(wildcard $(P)kickstart/*.ks $(P)kickstart/*/*.ks)
KEYS       := $(wildcard $(P)isotree/keys/*)
STATIC     := $(wildcard $(P)isotree/files/* $(P)isotree/files/*/* $(P)isotree/files/*/*/*)
ARTWORK    := $(wildcard $(P)splash/*.svg $(P)splash/*.png $(P)splash/*.jpg)
COMPS      := $(wildcard $(P)comps/*.xml)

# release.mk holds the release's name, made from version.toml; make reads itself
# again when it changes.
ifeq ($(filter clean lint setup tools,$(MAKECMDGOALS)),)
include $(BUILD)/release.mk
endif
ISO = $(P)releases/$(NAME)/$(NAME).iso

.PHONY: menu version spec installer revisor import kick readme splash menus backup iso \
	verify update clean distclean store key comps boot boot-shot tools setup lint test bench fuzz FORCE

menu: $(BINS)
	@$(BIN)/menu

# The tools are built by one go build, which is the fastest way there.
$(BIN)/.built: $(GOFILES)
	@mkdir -p $(@D)
	@$(GOBUILD) -ldflags=-s -o $(BIN)/ ./tools/...
	@touch $@
$(BINS): $(BIN)/.built ;
tools: $(BINS)

$(BUILD)/release.mk: $(VERSION) | $(BINS)
	@mkdir -p $(@D)
	@$(BIN)/version make > $@.tmp && mv -f $@.tmp $@

# --- the steps ---------------------------------------------------------------

$(STAMP):
	@mkdir -p $@

$(STAMP)/kick: $(KICKSTARTS) $(VERSION) $(BIN)/kick | $(STAMP)
	@$(BIN)/kick $(if $(call said,EDIT),--edit) $(if $(call said,FIX),--fix)
	@touch $@

# make kick EDIT=1 opens the kickstarts first; FIX=1 mends what can be mended.
ifneq ($(call said,EDIT)$(call said,FIX),)
$(STAMP)/kick: FORCE
endif

# kick writes this only when the kickstarts ask for other packages than before:
# an edit elsewhere in a kickstart does not resolve anew.
$(BUILD)/packages.request: $(STAMP)/kick ;

$(STAMP)/revisor: $(BUILD)/packages.request $(COMPS) $(KEYS) $(VERSION) $(BIN)/revisor | $(STAMP)
	@$(BIN)/revisor
	@touch $@

# make iso LOCK=file builds from the lock of an earlier release.
ifeq ($(origin LOCK),command line)
$(STAMP)/revisor: $(LOCK) FORCE
endif
FORCE:

$(BUILD)/packages.lock $(BUILD)/medium.asc: $(STAMP)/revisor ;

$(STAMP)/import: $(BUILD)/packages.lock $(VERSION) $(BIN)/import | $(STAMP)
	@$(BIN)/import
	@touch $@

$(BUILD)/stage2/init: $(GOFILES)
	@mkdir -p $(@D)
	@GOOS=linux GOARCH=$(TARGET_GOARCH) $(GOBUILD) -ldflags="-s -w -buildid=" -o $@ ./tools/stage2

# The next beta of one day has the same initramfs: of version.toml only the
# clock and [installer] go into it.
$(STAMP)/installer.inputs: $(VERSION) $(BIN)/installer | $(STAMP)
	@$(BIN)/installer inputs
	@touch $@

$(BUILD)/installer.inputs: $(STAMP)/installer.inputs ;

$(STAMP)/installer: $(BUILD)/packages.lock $(BUILD)/medium.asc $(BUILD)/installer.inputs $(BUILD)/stage2/init $(BIN)/installer | $(STAMP)
	@$(BIN)/installer
	@touch $@

$(STAMP)/readme: $(VERSION) $(wildcard $(P)isotree/README.in) $(STATIC) $(BIN)/readme | $(STAMP)
	@$(BIN)/readme
	@touch $@

$(STAMP)/splash: $(VERSION) $(ARTWORK) $(BIN)/splash | $(STAMP)
	@$(BIN)/splash
	@touch $@

# The heads of the kickstarts say what their entries are called. An edit below
# the head leaves the menus alone.
$(STAMP)/menus.inputs: $(STAMP)/kick $(VERSION) $(BIN)/isotree | $(STAMP)
	@$(BIN)/isotree inputs
	@touch $@

$(BUILD)/menus.inputs: $(STAMP)/menus.inputs ;

$(STAMP)/menus: $(VERSION) $(BUILD)/menus.inputs $(STAMP)/import $(BIN)/isotree | $(STAMP)
	@$(BIN)/isotree menus
	@touch $@

# What the kickstarts call and name is held against the packages that are there.
$(STAMP)/medium: $(STAMP)/kick $(STAMP)/revisor $(BIN)/kick | $(STAMP)
	@$(BIN)/kick medium
	@touch $@

STEPS := kick revisor medium import installer readme splash menus
$(ISO): $(addprefix $(STAMP)/,$(STEPS)) $(BIN)/iso
	@$(BIN)/iso
	$(eval BUILT := yes)

kick revisor import installer readme splash menus: %: $(STAMP)/%

# --- what a person says --------------------------------------------------------

iso: $(ISO)
	@$(if $(BUILT),:,echo "$(ISO) is up to date: nothing to do")

verify: $(ISO) $(BIN)/isotree
	@$(BIN)/isotree verify $(ISO)

# Only what stands on make's command line is set, never what the environment
# happens to hold; make hands the values down in the environment, unquoted.
SETTABLE := NUMBER STAGE SERIES BASE DATE
version: $(BIN)/version
	@CDB_SET="$(foreach v,$(SETTABLE),$(if $(filter command,$(origin $(v))),$(v)))" $(BIN)/version

spec: $(BIN)/spec
	@$(BIN)/spec

comps: $(BIN)/comps
	@$(BIN)/comps

update: $(BUILD)/packages.request $(BIN)/revisor | $(STAMP)
	@$(BIN)/revisor --update
	@touch $(STAMP)/revisor

backup: $(BUILD)/packages.lock $(BIN)/backup
	@$(BIN)/backup

store: $(ISO) $(BIN)/store
	@$(BIN)/store

key: $(BIN)/key
	@$(BIN)/key

boot: $(ISO) $(BIN)/boot
	@$(BIN)/boot $(if $(FIRMWARE),--firmware $(FIRMWARE)) $(if $(AS),--as $(AS))

boot-shot: $(ISO) $(BIN)/boot
	@$(BIN)/boot shot

# Downloads stay: they cost minutes, and every byte of them is verified again.
clean:
	@echo "clean: removing $(BUILD)/{isotree,isotree.d,stamps,stage2,packages.request,medium.asc,installer.inputs,menus.inputs,release.mk,shots} and $(BIN); releases, the lock and downloads stay (make distclean removes $(BUILD) whole)"
	@rm -rf $(BUILD)/isotree $(BUILD)/isotree.d $(STAMP) $(BUILD)/stage2 $(BUILD)/packages.request $(BUILD)/medium.asc $(BUILD)/installer.inputs $(BUILD)/menus.inputs $(BUILD)/release.mk $(BUILD)/shots $(BIN)

distclean:
	@echo "distclean: removing $(BUILD) and build, with all downloads and the lock"
	@rm -rf $(BUILD) build

include tests.mk
