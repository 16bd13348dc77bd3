# convened - `make run` sets up, builds and serves the demo event; `make test` sets up, builds and tests.
# Output goes to build/. Sources are found by pattern: a new file needs no edit here.

CC       ?= gcc
CFLAGS   ?= -O2 -g
WERROR   ?= $(if $(CI),-Werror)
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wno-missing-field-initializers
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
CPPFLAGS += -D_GNU_SOURCE -Iserver
LIBS     := -lcivetweb -ljwt -ljansson -lsqlite3 -lsodium -lssl -lcrypto -lz -lqrencode -lpthread -ldl -lm
LDFLAGS  += -rdynamic -pie -Wl,-z,relro,-z,now,--as-needed
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unreleased)

PREFIX   ?= build
SRC      := $(filter-out server/main.c,$(wildcard server/*/*.c))
GEN      := build/gen
EMBED    := $(sort $(wildcard server/db/migrations/*.sql)) $(GEN)/openapi.json $(GEN)/docs.html $(wildcard server/web/*.html)

# --- flavours: the same sources, other flags ---
OBJ      := $(SRC:server/%.c=$(PREFIX)/obj/%.o) $(PREFIX)/obj/embed.o
SAN      := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
SAN_OBJ  := $(SRC:server/%.c=build/asan/obj/%.o) build/asan/obj/embed.o

.PHONY: all
all: build/convened

build/convened: $(OBJ) $(PREFIX)/obj/main.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

build/asan/convened: $(SAN_OBJ) build/asan/obj/main.o
	$(CC) -g $(SAN) $(LDFLAGS) -o $@ $^ $(LIBS)

$(PREFIX)/obj/%.o: server/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(CPPFLAGS) $(CFLAGS) $(HARDEN) $(WARN) $(WERROR) -MMD -MP -c -o $@ $<

build/asan/obj/%.o: server/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(CPPFLAGS) -O1 -g -fPIE $(SAN) $(WARN) $(WERROR) -MMD -MP -c -o $@ $<

build/asan/obj/embed.o $(PREFIX)/obj/embed.o: $(GEN)/embed.S $(EMBED)
	@mkdir -p $(@D)
	$(CC) -fPIE -c -o $@ $<

# The version changes with every commit; only the file that prints it follows.
$(PREFIX)/obj/cli/version.o build/asan/obj/cli/version.o: CPPFLAGS += -DCONVENED_VERSION='"$(VERSION)"'

# --- generated: files built into the binary ---
$(GEN)/openapi.json $(GEN)/docs.html &: api-spec/openapi.yaml api-spec/build.py
	@mkdir -p $(GEN)
	/usr/bin/python3 api-spec/build.py api-spec/openapi.yaml $(GEN)/openapi.json $(GEN)/docs.html

# A table of (name, data, size) in assembler: `.incbin` takes bytes as they are.
embed_name = $(if $(filter %.sql,$(1)),migrations/)$(notdir $(1))
$(GEN)/embed.S: Makefile $(EMBED)
	@mkdir -p $(GEN)
	@{ echo '.section .rodata'; n=0; \
	   for f in $(foreach f,$(EMBED),$(f):$(call embed_name,$(f))); do n=$$((n+1)); \
	     printf 'n%d: .asciz "%s"\nd%d: .incbin "%s"\ne%d: .byte 0\n' $$n "$${f#*:}" $$n "$${f%%:*}" $$n; done; \
	   echo '.section .data.rel.ro,"aw"'; echo '.balign 8'; echo '.globl embedded'; echo 'embedded:'; \
	   i=0; while [ $$i -lt $$n ]; do i=$$((i+1)); printf '.quad n%d, d%d, e%d - d%d\n' $$i $$i $$i $$i; done; \
	   echo '.quad 0, 0, 0'; echo '.section .note.GNU-stack,"",@progbits'; } > $@

-include $(wildcard build/obj/*/*.d build/obj/*.d build/asan/obj/*/*.d build/asan/obj/*.d build/asan/tests/*/*.d)
