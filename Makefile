# SPDX-License-Identifier: BSD-2-Clause
# Makefile - one plain, quiet build, out of tree in $(B); `make help` lists what there is
#
# The same file runs on the host (tools, tests, image) and inside the build root (`make target`: what goes
# into the image). Honours CC CFLAGS LDFLAGS DESTDIR PREFIX V=1.

VERSION := 0.1.0
export SOURCE_DATE_EPOCH ?= 1795305600
export LC_ALL := C
export TZ := UTC

B ?= build
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
CLANG ?= clang
CFLAGS ?= -O2 -g
PREFIX ?= /usr
Q := $(if $(V),,@)
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
HOST_FLAGS := -D_GNU_SOURCE -DHM_VERSION='"$(VERSION)"' -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
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

.PHONY: all
all: $(B)/hallmark $(B)/hallmark-guest

# --- objects -----------------------------------------------------------------------------------------------------
# obj: what ships. san: the same sources with sanitizers. efi/core: the core as it is in the stub (efi/Makefile.inc).

$(B)/obj/core/%.o: core/%.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC      $@")
	$(Q)$(CC) $(COMMON) $(CFLAGS) $(CORE_FLAGS) -fPIE -c -o $@ $<

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC      $@")
	$(Q)$(CC) $(COMMON) $(CFLAGS) $(HOST_FLAGS) -c -o $@ $<

$(B)/san/core/%.o: core/%.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC      $@")
	$(Q)$(CC) $(COMMON) -O1 -g $(SAN_FLAGS) $(CORE_FLAGS) -c -o $@ $<

$(B)/san/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC      $@")
	$(Q)$(CC) $(COMMON) -O1 -g $(SAN_FLAGS) -D_GNU_SOURCE -DHM_VERSION='"$(VERSION)"' -c -o $@ $<

$(B)/obj/parts.a: $(call core_objs,obj) $(call objs,obj,$(TOOL_C) $(HOSTLIB_C))
	$(if $(V),,@echo "  AR      $@")
	$(Q)rm -f $@ && ar rcsD $@ $^

$(B)/hallmark: $(B)/obj/tools/main.o $(B)/obj/parts.a
	$(if $(V),,@echo "  LINK    $@")
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pie -Wl,-z,relro,-z,now -o $@ $^ $(LIB_LIBS)

$(B)/hallmark-guest: $(B)/obj/tools/guest_main.o $(B)/obj/parts.a
	$(if $(V),,@echo "  LINK    $@")
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pie -Wl,-z,relro,-z,now -o $@ $^ $(GUEST_LIBS)

$(B)/hallmark-boot: $(call core_objs,obj) $(call objs,obj,$(BOOT_C) $(BOOT_HOSTLIB_C))
	$(if $(V),,@echo "  LINK    $@")
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pie -Wl,-z,relro,-z,now -o $@ $^ $(BOOT_LIBS)

# --- library -----------------------------------------------------------------------------------------------------
# libhallmark: the verifier. Of the archive of everything that could be needed the linker keeps what the functions of
# hallmark.h reach, section by section, in the .so and in the .a. Only hallmark_* can be seen from outside.

$(B)/lib/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC      $@")
	$(Q)$(CC) $(COMMON) $(CFLAGS) -D_GNU_SOURCE -DHM_VERSION='"$(VERSION)"' -fPIC -fvisibility=hidden -ffunction-sections \
		-fdata-sections -fstack-protector-strong -D_FORTIFY_SOURCE=2 -c -o $@ $<

$(B)/lib/parts.a: $(call core_objs,lib) $(call objs,lib,$(LIB_C))
	$(if $(V),,@echo "  AR      $@")
	$(Q)rm -f $@ && ar rcsD $@ $^

# The two objects with the functions of hallmark.h.
LIB_API_O := $(B)/lib/lib/verify/verifier.o $(B)/lib/lib/verify/codes.o

$(B)/libhallmark.so: $(B)/lib/parts.a lib/hallmark.map
	$(if $(V),,@echo "  LINK    $@")
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libhallmark.so.0 -Wl,-z,relro,-z,now,-z,defs -Wl,--gc-sections \
		-Wl,--version-script=lib/hallmark.map -o $@ $(LIB_API_O) $(B)/lib/parts.a $(LIB_LIBS)

$(B)/libhallmark.a: $(B)/lib/parts.a
	$(if $(V),,@echo "  AR      $@")
	$(Q)ld -r --gc-sections $$(nm --defined-only --extern-only $(LIB_API_O) | sed -nE 's/.* (hallmark_.*)/-u \1/p') \
		-o $(B)/lib/hallmark.o $(LIB_API_O) $(B)/lib/parts.a
	$(Q)objcopy --wildcard --keep-global-symbol='hallmark_*' --strip-unneeded-symbol='!hallmark_*' --strip-unneeded-symbol='*' $(B)/lib/hallmark.o
	$(Q)rm -f $@ && ar rcsD $@ $(B)/lib/hallmark.o

.PHONY: lib
lib: $(B)/libhallmark.so $(B)/libhallmark.a

-include efi/Makefile.inc

# What runs in the image. `make image` calls this inside the build root, so that the host's release does not matter.
.PHONY: target
target: $(B)/hallmark-guest $(B)/hallmark-boot $(B)/stub.efi

.PHONY: install
install: $(B)/hallmark $(B)/hallmark-guest lib
	install -D -m 0755 -t $(DESTDIR)$(PREFIX)/bin $(B)/hallmark $(B)/hallmark-guest
	install -D -m 0644 lib/hallmark.h $(DESTDIR)$(PREFIX)/include/hallmark.h
	install -D -m 0644 $(B)/libhallmark.a $(DESTDIR)$(PREFIX)/lib/libhallmark.a
	install -D -m 0755 $(B)/libhallmark.so $(DESTDIR)$(PREFIX)/lib/libhallmark.so.0
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man1 docs/man/*.1
	ln -sf libhallmark.so.0 $(DESTDIR)$(PREFIX)/lib/libhallmark.so

# The dracut modules, the kernel-install plugin and what they need, for general Debian images (hooks/README.md).
DRACUT_MODULES := $(DESTDIR)$(PREFIX)/lib/dracut/modules.d
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

.PHONY: deps
deps:
	@image/install-host-packages

.PHONY: clean
clean:
	$(SUDO) rm -rf --one-file-system $(B)

.PHONY: help
help:
	@echo 'make demo                     build everything, boot the demo image, compare every register'
	@echo 'make check                    all tests; make check-long: the longer ones'
	@echo 'make image APP=dir WEIGHTS=dir   an image with your own application and weights'
	@echo 'make demo APP=dir WEIGHTS=dir    the same, booted and compared'
	@echo 'make published | audit | reproduce   what an auditor gets; audit it; build it again elsewhere (docs/AUDIT.md)'
	@echo "make lock                     today's packages into image/packages.lock"
	@echo 'make all | target | install | deps | clean'

-include $(shell find $(B)/obj $(B)/san $(B)/fuzz/obj $(B)/efi $(B)/lib -name '*.d' -type f 2>/dev/null)
