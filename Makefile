# seechange: build, test, install. `make help` lists the targets.
#
# Everything is built under $O (build), out of the tree; another sanitizer is another folder. CC, CFLAGS, LDFLAGS,
# prefix and DESTDIR may come from outside; what we need ourselves is added to them.

VERSION   := $(shell sed -n 's/^\#define SC_VERSION "\(.*\)"/\1/p' include/seechange.h)
O         ?= build
V         ?= 0
prefix    ?= /usr/local
bindir    ?= $(prefix)/bin
libdir    ?= $(prefix)/lib
includedir ?= $(prefix)/include
libexecdir ?= $(prefix)/libexec
datadir   ?= $(prefix)/share
mandir    ?= $(datadir)/man
docdir    ?= $(datadir)/doc/seechange
pkgconfigdir ?= $(libdir)/pkgconfig
bashcompdir ?= $(datadir)/bash-completion/completions
zshcompdir ?= $(datadir)/zsh/site-functions
fishcompdir ?= $(datadir)/fish/vendor_completions.d
CC        ?= cc
CFLAGS    ?= -O2 -g
PKG_CONFIG ?= pkg-config
INSTALL   ?= install
CLANG     ?= clang
T ?= 60

ifeq ($(V),0)
Q   := @
endif
ifeq ($(V)$(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),0)
say  = @printf '  %-7s %s\n' $(1) $(@:$O/%=%);
endif

# What each half links. The program and the library know no libav; the worker knows no network.
LIB_PKGS   := libcurl jansson libcrypto sqlite3 zlib
MEDIA_PKGS := libavformat libavcodec libavutil libswscale libswresample libpng libturbojpeg libjpeg libwebp \
              libwebpdemux libseccomp
ALL_PKGS   := $(LIB_PKGS) $(MEDIA_PKGS)
TEST_PKGS  := cmocka
KIT_PKGS   := libssl

# The terminal front end's: the program alone.
TUI_PKGS   := ncursesw chafa glib-2.0
ALL_PKGS   += $(TUI_PKGS)

NO_PKGS   := clean help layers lint dist uninstall coverage fuzz check-asan check-tsan
NEED_PKGS := $(if $(filter-out $(NO_PKGS),$(or $(MAKECMDGOALS),all)),$(ALL_PKGS))
ifneq ($(NEED_PKGS),)
MISSING := $(shell for p in $(NEED_PKGS); do $(PKG_CONFIG) --exists $$p 2>/dev/null || echo $$p; done)
ifneq ($(strip $(MISSING)),)
$(error missing: $(MISSING). On Debian and Ubuntu tools/check installs what is needed; docs/DEPENDENCIES.md lists it)
endif
LIB_LIBS   := $(shell $(PKG_CONFIG) --libs $(LIB_PKGS)) -lm
MEDIA_LIBS := $(shell $(PKG_CONFIG) --libs $(MEDIA_PKGS)) -lm
TEST_LIBS  := $(shell $(PKG_CONFIG) --libs $(TEST_PKGS) 2>/dev/null)
KIT_LIBS   := $(shell $(PKG_CONFIG) --libs $(KIT_PKGS) 2>/dev/null)
TUI_LIBS   := $(shell $(PKG_CONFIG) --libs $(TUI_PKGS))
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(ALL_PKGS) $(TEST_PKGS) 2>/dev/null)
endif

# Hardening, as far as this compiler and machine have it; the sanitizers bring their own checks.
HARD_FLAGS := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard
HARD_LINK  := -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
ifneq ($(NEED_PKGS),)
override CFLAGS += $(shell for f in $(HARD_FLAGS); do \
                     echo | $(CC) -Werror $$f -x c -c -o /dev/null - 2>/dev/null && echo $$f; done)
endif
ifeq ($(SAN)$(filter -O0,$(CFLAGS)),)
override CPPFLAGS += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
override LDFLAGS += $(HARD_LINK)
PIE := -pie

ifneq ($(SAN),)
override CFLAGS  += -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
override LDFLAGS += -fsanitize=$(SAN)
endif
override CPPFLAGS += -I. -I$O/gen -D_GNU_SOURCE $(PKG_CFLAGS)
override CFLAGS   += -std=c11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wvla -Wmissing-prototypes \
                     -fvisibility=hidden -fPIC -pthread $(if $(CI),-Werror)
override LDFLAGS  += -pthread -Wl,--as-needed

# The two halves share base/ and the plain data of frames/ and worker/.
SHARED_SRC := $(wildcard base/*.c) frames/signature.c frames/plan.c worker/protocol.c worker/pack.c
LIB_SRC    := $(sort $(SHARED_SRC) $(wildcard archive/*.c \
                frames/*.c fusion/*.c client/*.c client/dialects/*.c api/*.c worker/*.c))
MEDIA_SRC  := $(wildcard decode/*.c frames/pixels/*.c worker/serve/*.c)
CLI_SRC    := $(wildcard ui-cli/*.c)
TUI_SRC    := $(wildcard ui-tui/*.c)
WORKER_MAIN := worker/serve/main.c
SONAME     := libseechange.so.0
DATA_FILES := $(wildcard fusion/*.json fusion/prompts/*.txt fusion/schemas/*.json client/*.json archive/schema/*.sql)

obj = $(patsubst %.c,$O/%.o,$(1))
DATA_OBJ   := $(DATA_FILES:%=$O/gen/%.o)
LIB_OBJ    := $(call obj,$(LIB_SRC)) $(DATA_OBJ)
MEDIA_OBJ  := $(call obj,$(filter-out $(WORKER_MAIN),$(MEDIA_SRC)))
CLI_OBJ    := $(call obj,$(CLI_SRC) $(TUI_SRC))
TEST_SRC   := $(wildcard tests/unit/test_*.c)
TESTS      := $(TEST_SRC:%.c=$O/%)
# The tests' kit: what asserts goes to tests only, so that tools need no test library.
KIT_SRC    := $(wildcard tests/kit/*.c)
KIT_ASSERT := $(if $(KIT_SRC),$(shell grep -l '[<]cmocka.h' $(KIT_SRC)))
TEST_KIT   := $(call obj,$(KIT_ASSERT)) $O/libkit.a
TEST_TOOLS := $(patsubst %.c,$O/%,$(wildcard tests/tools/*.c))
PRELOADS   := $(patsubst %.c,$O/%.so,$(wildcard tests/preload/*.c))
FUZZ_SRC   := $(wildcard tests/fuzz/fuzz_*.c)
FUZZERS    := $(FUZZ_SRC:%.c=$O/%)
REPLAYS    := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=$O/tests/fuzz/replay_%)

.SECONDARY:
.PHONY: all test-programs check check-asan check-tsan check-valgrind check-slurm bench bench-archive \
        bench-client bench-quality bench-tokens fuzz fuzzers coverage layers lint analyze tidy install uninstall dist clean \
        bench-tui help FORCE

PRODUCTS := seechange seechange-worker libseechange.a libseechange.so seechange.pc \
            completion/seechange.bash completion/seechange.zsh completion/seechange.fish
all: $(PRODUCTS:%=$O/%) ## the programs and the library

# What is done for every picture is loops over blocks and samples: let the compiler make vector code of them. Numbers
# stay the same: no mathematics is reordered.
HOT_CFLAGS := $(if $(filter -O2,$(CFLAGS)),-O3 )-fno-math-errno -fno-trapping-math
$(call obj,$(wildcard frames/*.c frames/pixels/*.c)): override CFLAGS += $(HOT_CFLAGS)

# Other flags than last time make everything anew.
FLAGS := $(CC) $(filter-out -Werror,$(CPPFLAGS) $(CFLAGS) $(LDFLAGS))
$O/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@

$O/%.o: %.c $O/flags
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Where things will be installed is compiled in: another place than last time makes these anew.
$O/paths: FORCE
	@mkdir -p $(@D)
	@echo '$(prefix) $(libdir) $(includedir) $(libexecdir)' | cmp -s - $@ || \
	    echo '$(prefix) $(libdir) $(includedir) $(libexecdir)' > $@
$O/worker/process.o: $O/paths
$O/worker/process.o: override CPPFLAGS += -DSC_LIBEXECDIR='"$(libexecdir)"'

# Data files become C strings: fusion/models.json is fusion_models_json, with all but letters and digits as _.
$(DATA_OBJ): $O/gen/%.o: %
	$(call say,DATA)
	@mkdir -p $(@D)
	$(Q)name=$$(printf %s '$<' | tr -c 'A-Za-z0-9' _); \
	{ printf 'extern const char %s[];\nconst char %s[] =\n' $$name $$name; \
	    sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/' $<; printf ';\n'; } > $(@:.o=.c)
	$(Q)$(CC) $(CFLAGS) -c -o $@ $(@:.o=.c)

# One object whose hidden names are local, so that a program linked with the archive can use any name of its own.
$O/libseechange.o: $(LIB_OBJ)
	$(Q)$(CC) -r -nostdlib -o $@ $^
	$(Q)objcopy --localize-hidden $@
$O/libseechange.a: $O/libseechange.o
	$(call say,AR)
	$(Q)rm -f $@ && ar rcs $@ $^
$O/libseechange.so: $(LIB_OBJ)
	$(call say,LD)
	$(Q)$(CC) -shared -Wl,-soname,$(SONAME) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)
$O/seechange: $(CLI_OBJ) $O/libseechange.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(PIE) $(LDFLAGS) -o $@ $^ $(TUI_LIBS) $(LIB_LIBS)
$O/seechange-worker: $(call obj,$(WORKER_MAIN) $(SHARED_SRC)) $O/libmedia.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(PIE) $(LDFLAGS) -o $@ $^ $O/libmedia.a $(MEDIA_LIBS)

# For the worker and the tests, which may use what is hidden.
$O/libmedia.a: $(MEDIA_OBJ) $(call obj,$(wildcard frames/*.c))
	$(Q)rm -f $@ && ar qcs $@ $^
$O/libcore.a: $(LIB_OBJ)
	$(Q)rm -f $@ && ar qcs $@ $^

$O/libkit.a: $(call obj,$(filter-out $(KIT_ASSERT),$(KIT_SRC)))
	$(Q)rm -f $@ && ar qcs $@ $^

$O/seechange.pc: Makefile include/seechange.h $O/paths
	@mkdir -p $(@D)
	$(Q)printf '%s\n' 'prefix=$(prefix)' 'libdir=$(libdir)' 'includedir=$(includedir)' '' 'Name: seechange' \
	    'Description: See what changed in your videos' 'Version: $(VERSION)' 'Libs: -L$${libdir} -lseechange' \
	    'Libs.private: -pthread -lm' 'Requires.private: $(LIB_PKGS)' 'Cflags: -I$${includedir}' > $@

$O/completion/seechange.%: $O/seechange
	@mkdir -p $(@D)
	$(Q)$O/seechange completion $* > $@.new && mv $@.new $@

$O/tests/unit/%: $O/tests/unit/%.o $(TEST_KIT) $O/libcore.a $O/libmedia.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(TEST_KIT) $O/libmedia.a $O/libcore.a $O/libmedia.a \
	    $(LIB_LIBS) $(MEDIA_LIBS) $(KIT_LIBS) $(TEST_LIBS)
$O/tests/tools/%: $O/tests/tools/%.o $O/libkit.a $O/libcore.a $O/libmedia.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $O/libkit.a $O/libmedia.a $O/libcore.a $O/libmedia.a \
	    $(LIB_LIBS) $(MEDIA_LIBS) $(KIT_LIBS)

# What is put in front of the C library.
$O/tests/preload/%.so: $O/tests/preload/%.o
	$(call say,LD)
	$(Q)$(CC) -shared $(CFLAGS) $(LDFLAGS) -o $@ $<

# Reading the command line: all of the front ends but their main().
$O/tests/fuzz/replay_arguments $O/tests/fuzz/fuzz_arguments: $(filter-out $O/ui-cli/main.o,$(CLI_OBJ))
$O/tests/fuzz/replay_arguments $O/tests/fuzz/fuzz_arguments: LIB_LIBS += $(TUI_LIBS)
$O/tests/fuzz/replay_%: $O/tests/fuzz/fuzz_%.o $O/tests/fuzz/replay.o $O/libcore.a $O/libmedia.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $O/libcore.a $(LIB_LIBS) $(MEDIA_LIBS)
$O/tests/fuzz/fuzz_%: $O/tests/fuzz/fuzz_%.o $O/libcore.a $O/libmedia.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $O/libcore.a $(LIB_LIBS) $(MEDIA_LIBS)
fuzzers: $(FUZZERS)

test-programs: $(TESTS) $(TEST_TOOLS) $(PRELOADS) $(REPLAYS) ## build the tests, run none

check: all test-programs ## all tests but the slow ones
	$(Q)O=$O CC='$(CC)' tests/run $(TESTS)

check-asan: ## the tests under the address and undefined behaviour sanitizers
	$(Q)$(MAKE) --no-print-directory O=$O/asan SAN=address,undefined CFLAGS='-O1 -g' check

check-tsan: ## the tests under the thread sanitizer
	$(Q)TSAN_OPTIONS="suppressions=$(CURDIR)/tests/tsan.supp history_size=4 $$TSAN_OPTIONS" \
	    $(MAKE) --no-print-directory O=$O/tsan SAN=thread CFLAGS='-O1 -g' check

check-valgrind: all $(TESTS) ## the unit tests, program and worker under valgrind
	$(Q)O=$O sh tests/long/valgrind.sh

bench: all $(TEST_TOOLS) ## CPU, time and memory against a full decode by ffmpeg (FILE=...)
	$(Q)O=$O tests/bench $(FILE)

bench-quality: all ## what is found in the labelled videos, against their labels (ARGS=...)
	$(Q)O=$O ARGS='$(ARGS)' tests/bench-quality

bench-tokens: all $(TEST_TOOLS) ## clip, packing, model: tokens and what is shown (CLIPS=..., MODELS=...)
	$(Q)O=$O CLIPS='$(CLIPS)' MODELS='$(MODELS)' tests/bench-tokens

bench-client: $O/tests/tools/bench-client ## many requests at once: share of the server's limit, memory, CPU
	$(Q)$<

bench-archive: all $(TEST_TOOLS) ## a catalogue of a million videos: status, search, start, a run with nothing to do
	$(Q)O=$O tests/bench-archive

bench-tui: all $(TEST_TOOLS) ## the terminal front end: first frame, keys, memory, with 100,000 videos and ten hours
	$(Q)O=$O tests/bench-tui

check-slurm: all $(TEST_TOOLS) ## a job array on a real Slurm of our own, with a node lost
	$(Q)O=$O tools/check-slurm

fuzz: ## T (60) seconds of libFuzzer for each kind of input from outside
	$(Q)$(MAKE) --no-print-directory O=$O/fuzz CC='$(CLANG)' SAN=address,undefined,fuzzer-no-link CFLAGS='-O1 -g' \
	    fuzzers
	$(Q)O=$O/fuzz FUZZ_SECONDS=$(T) tests/fuzz/run

coverage: ## which lines the tests reach
	$(Q)$(MAKE) --no-print-directory O=$O/coverage CFLAGS='-O0 -g --coverage' LDFLAGS='--coverage' check
	$(Q)tools/coverage $O/coverage

layers: ## do the includes point down?
	$(Q)tools/layers

lint: layers ## the checkers of code, scripts and manual
	$(Q)tools/lint

analyze: ## gcc -fanalyzer, some minutes
	$(Q)FLAGS='-I. -D_GNU_SOURCE $(PKG_CFLAGS)' tools/analyze

tidy: ## clang-tidy, some minutes
	$(Q)FLAGS='-I. -D_GNU_SOURCE $(PKG_CFLAGS)' tools/tidy

install: all ## into $(DESTDIR)$(prefix)
	$(Q)$(INSTALL) -d $(addprefix $(DESTDIR),$(bindir) $(libexecdir) $(libdir) $(pkgconfigdir) $(includedir) $(docdir) \
	    $(mandir)/man1 $(bashcompdir) $(zshcompdir) $(fishcompdir))
	$(Q)$(INSTALL) -m 755 $O/seechange $(DESTDIR)$(bindir)
	$(Q)$(INSTALL) -m 755 $O/seechange-worker $(DESTDIR)$(libexecdir)
	$(Q)$(INSTALL) -m 644 $O/libseechange.a $(DESTDIR)$(libdir)
	$(Q)$(INSTALL) -m 755 $O/libseechange.so $(DESTDIR)$(libdir)/libseechange.so.$(VERSION)
	$(Q)ln -sf libseechange.so.$(VERSION) $(DESTDIR)$(libdir)/$(SONAME)
	$(Q)ln -sf $(SONAME) $(DESTDIR)$(libdir)/libseechange.so
	$(Q)$(INSTALL) -m 644 $O/seechange.pc $(DESTDIR)$(pkgconfigdir)
	$(Q)$(INSTALL) -m 644 include/seechange.h $(DESTDIR)$(includedir)
	$(Q)$(INSTALL) -m 644 docs/seechange.1 $(DESTDIR)$(mandir)/man1
	$(Q)$(INSTALL) -m 644 $O/completion/seechange.bash $(DESTDIR)$(bashcompdir)/seechange
	$(Q)$(INSTALL) -m 644 $O/completion/seechange.zsh $(DESTDIR)$(zshcompdir)/_seechange
	$(Q)$(INSTALL) -m 644 $O/completion/seechange.fish $(DESTDIR)$(fishcompdir)/seechange.fish
	$(Q)$(INSTALL) -m 644 LICENSE README.md NEWS.md docs/*.md $(DESTDIR)$(docdir)
	$(Q)$(INSTALL) -d $(DESTDIR)$(docdir)/packings $(DESTDIR)$(docdir)/maps
	$(Q)$(INSTALL) -m 644 docs/packings/*.jpg $(DESTDIR)$(docdir)/packings
	$(Q)$(INSTALL) -m 644 docs/maps/*.jpg $(DESTDIR)$(docdir)/maps

uninstall: ## remove what install put there
	$(Q)rm -f $(addprefix $(DESTDIR),$(bindir)/seechange $(libexecdir)/seechange-worker \
	    $(libdir)/libseechange.a $(libdir)/libseechange.so.$(VERSION) $(libdir)/$(SONAME) $(libdir)/libseechange.so \
	    $(pkgconfigdir)/seechange.pc $(includedir)/seechange.h $(mandir)/man1/seechange.1 \
	    $(bashcompdir)/seechange $(zshcompdir)/_seechange $(fishcompdir)/seechange.fish)
	$(Q)rm -rf $(DESTDIR)$(docdir)

DIST := seechange-$(VERSION)
dist: ## a source tarball of the tracked files
	@mkdir -p $O
	$(Q)git ls-files -z | tar --null -T - --transform 's,^,$(DIST)/,' --sort=name --owner=0 --group=0 --numeric-owner \
	    --mtime=@$$(git log -1 --format=%ct) -cf - | gzip -n9 > $O/$(DIST).tar.gz
	@echo $O/$(DIST).tar.gz

clean: ## remove what was built
	rm -rf $O

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

-include $(shell [ -d $O ] && find $O -name '*.d' 2>/dev/null)
