# SPDX-License-Identifier: BSD-2-Clause
# Makefile - one plain, quiet build, out of tree in $(B); `make help` lists what there is
#
# The same file runs on the host (tools, tests, image) and inside the build root (`make target`: what goes
# into the image). Honours CC CFLAGS LDFLAGS DESTDIR PREFIX V=1.

VERSION := 0.1.0
# Scripts that are called alone use the same one.
export SOURCE_DATE_EPOCH ?= $(shell sed -n 's/.*SOURCE_DATE_EPOCH:=\([0-9]*\).*/\1/p' image/lib.sh)
export LC_ALL := C
export TZ := UTC

B ?= build
# Recipes make what is in it, and remove it, as root too: images hold files that belong to root.
ifneq ($(filter-out 1,$(words $(B)))$(filter /,$(abspath $(B)))$(filter $(abspath $(B))/%,$(CURDIR)/),)
$(error B= must be a directory of its own, neither empty nor one that holds this tree: '$(B)')
endif
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
CLANG ?= clang
CFLAGS ?= -O2 -g
PREFIX ?= /usr
Q := $(if $(V),,@)
comma := ,
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	-Wcast-qual -Wundef -Wvla -Wpointer-arith -Wdate-time -Werror
# -ffile-prefix-map: no build path in the objects.
COMMON := -std=c11 -I. -MMD -MP $(WARN) -ffile-prefix-map=$(CURDIR)=. -fno-strict-overflow
# The core sees the compiler's own headers and nothing else.
CORE_FLAGS = -ffreestanding -nostdinc -isystem $(shell $(CC) -print-file-name=include)
SAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

CORE_C := $(wildcard core/*.c)
LIB_C := $(wildcard lib/*/*.c)
HOST_C := $(wildcard host/*/*.c)
GUEST_C := $(wildcard guest/*.c)
# All that programs are made of, beside the core and their own files.
HOSTLIB_C := $(LIB_C) $(HOST_C) $(GUEST_C)
# The two programs' main functions; each takes of all the rest what it needs.
MAIN_C := tools/main.c tools/guest_main.c
TOOL_C := $(filter-out $(MAIN_C),$(wildcard tools/*.c))
BOOT_C := $(wildcard initramfs/*.c)
BOOT_HOSTLIB_C := host/base/file.c host/base/disk.c host/tpm/tpm.c lib/crypto/hash.c
UNIT_C := $(wildcard tests/core/test_*.c tests/lib/*/test_*.c tests/host/*/test_*.c tests/guest/test_*.c tests/support/test_*.c)
UNIT_SUPPORT_C := tests/support/support.c tests/support/evidence.c tests/support/rows.c
UNIT_NAMES := $(patsubst tests/%.c,%,$(UNIT_C))

# What libhallmark needs, and the command: libssl, liblzma and libarchive are not here (host/base/lazy.h).
LIB_LIBS := -lcrypto -ljansson
TPM_LIBS := -ltss2-esys -ltss2-sys -ltss2-tctildr -ltss2-mu -ltss2-rc
GUEST_LIBS := $(TPM_LIBS) $(LIB_LIBS) -lmicrohttpd
BOOT_LIBS := $(TPM_LIBS) -lcrypto -ldevmapper

core_objs = $(patsubst %.c,$(B)/$(1)/%.o,$(CORE_C))
objs = $(patsubst %.c,$(B)/$(1)/%.o,$(2))

## make [all]              both programs: hallmark and hallmark-guest
.PHONY: all
all: $(B)/hallmark $(B)/hallmark-guest

# --- how things are made ------------------------------------------------------------------------------------------

say = $(if $(V),,@printf '  %-7s %s\n' $(1) $@)

# compile FOLDER,SOURCES,COMMAND: $(B)/FOLDER/SOURCES%.o of SOURCES%.c. The command is in a file that changes with it:
# other flags, other objects. Where two rules match, make takes the one with the longer SOURCES.
define compile
$(B)/$(1)/$(2)%.o: $(2)%.c $(B)/$(1)/$(2)flags
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(Q)$(3) -c -o $$@ $$<
$(B)/$(1)/$(2)flags: FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' $$(call quoted,$(3) $$(LDFLAGS)) | cmp -s - $$@ || printf '%s\n' $$(call quoted,$(3) $$(LDFLAGS)) >$$@
COMPILED += $(1)
endef
quoted = '$(subst ','\'',$(1))'
.PHONY: FORCE
FORCE:

# link COMMAND,LIBRARIES: the objects and archives that the target needs, and the libraries
define link
@mkdir -p $(@D)
$(call say,LINK)
$(Q)$(1) -o $@ $(filter %.o %.a,$^) $(2)
endef

define archive
@mkdir -p $(@D)
$(call say,AR)
$(Q)rm -f $@ && ar rcsD $@ $^
endef

# --- objects -----------------------------------------------------------------------------------------------------
# obj: what ships. san: the same sources with sanitizers. lib: for libhallmark. efi: what is in the stub
# (efi/Makefile.inc).

DEFINES := -D_GNU_SOURCE -DHM_VERSION='"$(VERSION)"'
HARDENING := -fstack-protector-strong -D_FORTIFY_SOURCE=2
$(eval $(call compile,obj,,$$(CC) $$(COMMON) $$(CFLAGS) $$(DEFINES) $$(HARDENING) -fPIE))
$(eval $(call compile,obj,core/,$$(CC) $$(COMMON) $$(CFLAGS) $$(CORE_FLAGS) -fPIE))
$(eval $(call compile,san,,$$(CC) $$(COMMON) -O1 -g $$(SAN_FLAGS) $$(DEFINES)))
$(eval $(call compile,san,core/,$$(CC) $$(COMMON) -O1 -g $$(SAN_FLAGS) $$(CORE_FLAGS)))
$(eval $(call compile,lib,,$$(CC) $$(COMMON) $$(CFLAGS) $$(DEFINES) -fPIC -fvisibility=hidden -ffunction-sections \
	-fdata-sections $$(HARDENING)))

PROGRAM = $(CC) $(CFLAGS) $(LDFLAGS) -pie -Wl,-z,relro,-z,now

$(B)/obj/parts.a: $(call core_objs,obj) $(call objs,obj,$(TOOL_C) $(HOSTLIB_C))
	$(archive)

$(B)/hallmark: $(B)/obj/tools/main.o $(B)/obj/parts.a
	$(call link,$(PROGRAM),$(LIB_LIBS))

$(B)/hallmark-guest: $(B)/obj/tools/guest_main.o $(B)/obj/parts.a
	$(call link,$(PROGRAM),$(GUEST_LIBS))

$(B)/hallmark-boot: $(call core_objs,obj) $(call objs,obj,$(BOOT_C) $(BOOT_HOSTLIB_C))
	$(call link,$(PROGRAM),$(BOOT_LIBS))

# --- library -----------------------------------------------------------------------------------------------------
# libhallmark: the verifier. Of the archive of everything that could be needed the linker keeps what the functions of
# hallmark.h reach, section by section, in the .so and in the .a. Only hallmark_* can be seen from outside.

$(B)/lib/parts.a: $(call core_objs,lib) $(call objs,lib,$(LIB_C))
	$(archive)

# The two objects with the functions of hallmark.h.
LIB_API_O := $(B)/lib/lib/verify/verifier.o $(B)/lib/lib/verify/codes.o

$(B)/libhallmark.so: $(B)/lib/parts.a lib/hallmark.map
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libhallmark.so.0 -Wl,-z,relro,-z,now,-z,defs -Wl,--gc-sections \
		-Wl,--version-script=lib/hallmark.map -o $@ $(LIB_API_O) $(B)/lib/parts.a $(LIB_LIBS)

$(B)/libhallmark.a: $(B)/lib/parts.a
	$(call say,AR)
	$(Q)ld -r --gc-sections $$(nm --defined-only --extern-only $(LIB_API_O) | sed -nE 's/.* (hallmark_.*)/-u \1/p') \
		-o $(B)/lib/hallmark.o $(LIB_API_O) $(B)/lib/parts.a
	$(Q)objcopy --wildcard --keep-global-symbol='hallmark_*' --strip-unneeded-symbol='!hallmark_*' --strip-unneeded-symbol='*' $(B)/lib/hallmark.o
	$(Q)rm -f $@ && ar rcsD $@ $(B)/lib/hallmark.o

# libhallmark-client: the connection. It needs libhallmark.so, and has no function of it a second time.
CLIENT_C := host/client/connect.c host/client/attested.c host/client/http.c host/crypto/tls_client.c host/crypto/tls_connection.c \
	host/base/clock.c host/base/file.c host/base/lazy.c
$(B)/libhallmark-client.so: $(call objs,lib,$(CLIENT_C)) $(B)/libhallmark.so $(B)/lib/parts.a host/client/hallmark_client.map
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libhallmark-client.so.0 -Wl,-z,relro,-z,now,-z,defs -Wl,--gc-sections \
		-Wl,--version-script=host/client/hallmark_client.map -o $@ $(call objs,lib,$(CLIENT_C)) $(B)/libhallmark.so \
		$(B)/lib/parts.a -lcrypto

## make lib                libhallmark, as a shared object and as an archive
.PHONY: lib
lib: $(B)/libhallmark.so $(B)/libhallmark.a

## make lib-client         libhallmark-client, as a shared object
.PHONY: lib-client
lib-client: $(B)/libhallmark-client.so

-include efi/Makefile.inc

# What runs in the image. `make image` calls this inside the build root, so that the host's release does not matter.
## make target             what runs in the image: hallmark-guest, hallmark-boot, the stub
.PHONY: target
target: $(B)/hallmark-guest $(B)/hallmark-boot $(B)/stub.efi

## make man                a manual page for each command, of the tables that --help is made of
.PHONY: man
man: $(B)/man/hallmark.1
$(B)/man/hallmark.1: $(B)/hallmark $(B)/hallmark-guest
	$(call say,MAN)
	$(Q)rm -rf $(@D) && $(B)/hallmark-guest --man-pages $(@D) && $(B)/hallmark --man-pages $(@D)

## make install            programs, library, header, manual pages (DESTDIR= PREFIX=)
.PHONY: install
install: $(B)/hallmark $(B)/hallmark-guest $(B)/man/hallmark.1 lib lib-client
	install -D -m 0755 -t $(DESTDIR)$(PREFIX)/bin $(B)/hallmark $(B)/hallmark-guest
	install -D -m 0644 lib/hallmark.h $(DESTDIR)$(PREFIX)/include/hallmark.h
	install -D -m 0644 host/client/hallmark_client.h $(DESTDIR)$(PREFIX)/include/hallmark_client.h
	install -D -m 0755 $(B)/libhallmark-client.so $(DESTDIR)$(PREFIX)/lib/libhallmark-client.so.0
	ln -sf libhallmark-client.so.0 $(DESTDIR)$(PREFIX)/lib/libhallmark-client.so
	install -D -m 0644 $(B)/libhallmark.a $(DESTDIR)$(PREFIX)/lib/libhallmark.a
	install -D -m 0755 $(B)/libhallmark.so $(DESTDIR)$(PREFIX)/lib/libhallmark.so.0
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(B)/man/*.1
	ln -sf libhallmark.so.0 $(DESTDIR)$(PREFIX)/lib/libhallmark.so

# The dracut modules, the kernel-install plugin and what they need, for general Debian images (hooks/README.md).
DRACUT_MODULES := $(DESTDIR)$(PREFIX)/lib/dracut/modules.d
## make install-dracut     programs, dracut modules, kernel-install plugin (hooks/README.md)
.PHONY: install-dracut
install-dracut: $(B)/hallmark $(B)/hallmark-guest $(B)/hallmark-boot $(B)/stub.efi
	install -D -m 0755 -t $(DESTDIR)$(PREFIX)/bin $(B)/hallmark $(B)/hallmark-guest
	install -D -m 0755 $(B)/hallmark-boot $(DESTDIR)$(PREFIX)/lib/hallmark/hallmark-boot
	install -D -m 0644 $(B)/stub.efi $(DESTDIR)$(PREFIX)/lib/hallmark/stub.efi
	install -d $(DRACUT_MODULES)/90hallmark $(DRACUT_MODULES)/99hallmark-hooks
	install -m 0755 initramfs/dracut/90hallmark/*.sh $(DRACUT_MODULES)/90hallmark/
	install -m 0755 hooks/dracut/99hallmark-hooks/*.sh $(DRACUT_MODULES)/99hallmark-hooks/
	install -m 0644 hooks/dracut/99hallmark-hooks/fail.service hooks/dracut/99hallmark-hooks/*.conf $(DRACUT_MODULES)/99hallmark-hooks/
	install -D -m 0755 hooks/kernel-install/60-hallmark.install $(DESTDIR)$(PREFIX)/lib/kernel/install.d/60-hallmark.install

# --- image -------------------------------------------------------------------------------------------------------

-include image/Makefile.inc

# --- tests -------------------------------------------------------------------------------------------------------

# Absent in an audit's copy of the sources.
-include tests/Makefile.inc

## make deps               install the packages that image/packages/host lists
.PHONY: deps
deps:
	@image/install-host-packages

## make clean              remove the build directory (B=)
.PHONY: clean
clean:
	$(SUDO) rm -rf --one-file-system $(B)

## make help               this list; V=1 shows each command, B= is the build directory
.PHONY: help
help:
	@sed -n 's/^## //p' $(wildcard Makefile image/Makefile.inc tests/Makefile.inc)

# What was compiled before says what it is made of.
-include $(wildcard $(foreach f,$(sort $(COMPILED)),$(patsubst %.c,$(B)/$(f)/%.d,$(CORE_C) $(HOSTLIB_C) $(TOOL_C) $(MAIN_C) \
	$(BOOT_C) $(EFI_C) $(TEST_C))))
