# convened - `make run` sets up, builds and serves the demo event; `make test` sets up, builds and tests.
# Output goes to build/. Sources are found by pattern: a new file needs no edit here.

CC       ?= gcc
CFLAGS   ?= -O2 -g
WERROR   ?= $(if $(CI),-Werror)
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wno-missing-field-initializers
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
CPPFLAGS += -D_GNU_SOURCE -Iserver
LIBS     := -lcivetweb -ljwt -ljansson -lsqlite3 -lsodium -lssl -lcrypto -lz -lexpat -lqrencode -lmd4c -lpthread -ldl -lm
LDFLAGS  += -rdynamic -pie -Wl,-z,relro,-z,now,--as-needed
Q        := $(if $(V),,@)
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unreleased)

SRC      := $(filter-out server/main.c,$(wildcard server/*/*.c))
GEN      := build/gen
EMBED    := $(sort $(wildcard server/db/migrations/*.sql)) $(GEN)/openapi.json $(GEN)/docs.html $(wildcard server/web/*.html server/web/*.css)

# --- flavours: the same sources, other flags ---
OBJ      := $(SRC:server/%.c=build/obj/%.o) build/obj/embed.o
SANDIR   ?= build/asan
SAN      ?= -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
SAN_OBJ  := $(SRC:server/%.c=$(SANDIR)/obj/%.o) $(SANDIR)/obj/embed.o

.PHONY: all
all: build/convened

build/convened: $(OBJ) build/obj/main.o
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(SANDIR)/convened: $(SAN_OBJ) $(SANDIR)/obj/main.o
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) -g $(SAN) $(LDFLAGS) -o $@ $^ $(LIBS)

build/obj/%.o: server/%.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC    $@")
	$(Q)$(CC) -std=gnu11 $(CPPFLAGS) $(CFLAGS) $(HARDEN) $(WARN) $(WERROR) -MMD -MP -c -o $@ $<

$(SANDIR)/obj/%.o: server/%.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC    $@")
	$(Q)$(CC) -std=gnu11 $(CPPFLAGS) -O1 -g -fPIE $(SAN) $(WARN) $(WERROR) -MMD -MP -c -o $@ $<

$(SANDIR)/obj/embed.o build/obj/embed.o: $(GEN)/embed.S $(EMBED)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  AS    $@")
	$(Q)$(CC) -fPIE -c -o $@ $<

# The version changes with every commit; only the file that prints it follows.
build/obj/cli/version.o $(SANDIR)/obj/cli/version.o: CPPFLAGS += -DCONVENED_VERSION='"$(VERSION)"'

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

# --- running ---
DATA   ?= data
LISTEN ?= 127.0.0.1:8080

.PHONY: run
run: ## set up, build, load the demo event and serve it
	@server/packages.sh run
	@$(MAKE) --no-print-directory build/convened
	build/convened demo --data $(DATA) --listen $(LISTEN)

.PHONY: build
build: build/convened ## build the program

.PHONY: install
install: build/convened ## install to $(DESTDIR)/usr/local/bin
	install -D -m 0755 build/convened $(DESTDIR)/usr/local/bin/convened

# --- tests: built with ASan and UBSan, each prints TAP ---
TEST_LIB := $(SANDIR)/libconvened.a
UNIT     := $(patsubst tests/unit/%.c,$(SANDIR)/tests/unit/%,$(wildcard tests/unit/*_test.c))
API      := $(patsubst tests/api/%.c,$(SANDIR)/tests/api/%,$(wildcard tests/api/*_test.c))
HARNESS  := $(patsubst tests/harness/%.c,$(SANDIR)/tests/harness/%.o,$(wildcard tests/harness/*.c))
NODE     := build/npm.stamp

$(TEST_LIB): $(SAN_OBJ)
	@rm -f $@
	$(if $(V),,@echo "  AR    $@")
	$(Q)ar rcs $@ $^

$(SANDIR)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC    $@")
	$(Q)$(CC) -std=gnu11 $(CPPFLAGS) -Itests -O1 -g $(SAN) $(WARN) $(WERROR) -MMD -MP -c -o $@ $<

# The whole archive, so that the stack size guard stands in the tests' symbols, too.
link_test = $(CC) -g $(SAN) -rdynamic -o $@ $(filter %.o,$^) -Wl,--whole-archive $(TEST_LIB) -Wl,--no-whole-archive -lcmocka $(LIBS)

$(UNIT): $(SANDIR)/tests/unit/%: $(SANDIR)/tests/unit/%.o $(TEST_LIB)
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(link_test)

# Another's parser judges what is written for other programs; the program itself does not use it.
$(SANDIR)/tests/api/calendar_test: LIBS += -lical

$(API): $(SANDIR)/tests/api/%: $(SANDIR)/tests/api/%.o $(HARNESS) $(TEST_LIB)
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(link_test)

.SECONDARY: $(UNIT:=.o) $(API:=.o) $(HARNESS)

$(NODE): tests/package-lock.json
	@mkdir -p build
	cd tests && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: test
test: ## set up, build and run every test; the last line counts them
	@server/packages.sh test
	@$(MAKE) --no-print-directory build/convened $(SANDIR)/convened $(NODE) test-programs
	@tests/run.sh all

.PHONY: test-programs
test-programs: $(UNIT) $(API)

.PHONY: unit api smoke
unit: $(UNIT) ## the unit tests alone
	@tests/run.sh unit
api: $(API) $(NODE) build/convened ## the API scenarios alone, each reply held against the contract
	@tests/run.sh api
smoke: build/convened $(SANDIR)/convened $(NODE) ## the tests on real processes alone
	@tests/run.sh smoke

.PHONY: judges
judges: ## formats and pages, held against programs that others wrote
	@server/packages.sh judges
	@$(MAKE) --no-print-directory build/convened $(NODE)
	@tests/run.sh judges

.PHONY: tsan
tsan: ## the unit and API tests under ThreadSanitizer
	@server/packages.sh test
	@$(MAKE) --no-print-directory SANDIR=build/tsan SAN='-fsanitize=thread -fno-omit-frame-pointer' test-programs
	@SANDIR=build/tsan tests/run.sh threads

.PHONY: model soak
model: build/convened $(NODE) ## the sync model with faults, the mutants, an unmodified RxDB client
	@tests/model/run.sh
SOAK ?= 600
soak: build/convened $(NODE) ## the sync model for SOAK seconds
	@SOAK=$(SOAK) node tests/model/model.mjs

# --- what must hold of the text ---
TIDY_SRC := $(wildcard server/*.c server/*/*.c)
TEXT_SRC := $(wildcard server/*.[ch] server/*/*.[ch] tests/*/*.[ch])

.PHONY: lint
lint: ## format, static analysis, layers, sizes, banned calls, the contract
	@server/packages.sh lint
	@$(MAKE) --no-print-directory build/convened $(NODE)
	@clang-format --dry-run -Werror $(TEXT_SRC) && echo "format: as clang-format has it"
	tests/lint/layers.sh
	tests/lint/sizes.sh
	tests/lint/claims.sh
	tests/lint/banned.sh build/convened
	tests/lint/readme.sh build/convened
	tests/lint/spec.sh
	shellcheck -S warning -e SC2046,SC2048,SC2254,SC3013 server/*.sh tests/*.sh tests/*/*.sh tests/smoke/deploy/*.sh # words that are to split, -nt
	build/convened routes | node tests/lint/routes-equal-spec.mjs
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	    --suppress=missingIncludeSystem --suppress=unknownMacro --suppress=internalAstError -Iserver -D_GNU_SOURCE server
	@printf '%s\n' $(TIDY_SRC) | xargs -P 2 -n 8 sh -c 'clang-tidy --quiet "$$@" -- -std=gnu11 -D_GNU_SOURCE -Iserver 2>/dev/null' tidy
	@echo 'lint: clean'

# --- figures ---
.PHONY: cover
cover: ## line coverage of the tests (gcovr)
	@server/packages.sh cover
	tests/cover.sh

.PHONY: bench
bench: build/convened ## speed and memory, nginx beside it in the same run
	@server/packages.sh bench
	@$(MAKE) --no-print-directory $(NODE)
	tests/bench/bench.sh

FUZZ_SECONDS ?= 20
.PHONY: fuzz
fuzz: ## libFuzzer over every parser, FUZZ_SECONDS each
	@server/packages.sh test
	tests/fuzz/run.sh $(FUZZ_SECONDS)

.PHONY: clean
clean: ## remove build/
	rm -rf build

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

-include $(wildcard build/obj/*/*.d build/obj/*.d $(SANDIR)/obj/*/*.d $(SANDIR)/obj/*.d $(SANDIR)/tests/*/*.d)
