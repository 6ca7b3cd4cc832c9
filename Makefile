# pg_debrief: `make help` prints the targets.
#
# `make && make install` builds and installs the extension for the PostgreSQL of PG_CONFIG, with
# nothing but its own libraries. Everything else (demo, check and their parts) is in make/targets.mk.

.DEFAULT_GOAL := all

EXTENSION = pg_debrief
DEBRIEF_SQL_VERSION := $(shell sed -n "s/^default_version = '\(.*\)'$$/\1/p" pg_debrief.control)
# What CREATE EXTENSION runs; and a way from this version to itself that runs the function files again,
# which check_installation() names where a function was changed.
DEBRIEF_FUNCTIONS = $(filter-out %/96_create.sql,$(sort $(wildcard sql/[0-9]*.sql)))
DEBRIEF_CREATE = build/pg_debrief--$(DEBRIEF_SQL_VERSION).sql
DEBRIEF_REINSTALL = build/pg_debrief--$(DEBRIEF_SQL_VERSION)--reinstall.sql build/pg_debrief--reinstall--$(DEBRIEF_SQL_VERSION).sql
# sql/updates/1.0--1.1.sql and its way back 1.1--1.0.sql hold what CREATE OR REPLACE cannot do.
DEBRIEF_UPDATES = $(patsubst sql/updates/%,build/pg_debrief--%,$(wildcard sql/updates/*--*.sql))
DATA_built = $(DEBRIEF_CREATE) $(DEBRIEF_REINSTALL) $(DEBRIEF_UPDATES) build/pg_debrief_predecessor.sql
SCRIPTS = $(wildcard packaging/setup/*)
MODULE_big = pg_debrief
# Two libraries: what the postmaster preloads and every session maps is small; the launcher and the
# workers alone load the other, each when it starts.
OBJS = $(patsubst %.cpp,%.o,$(wildcard extension/*.cpp))
WORKER = pg_debrief_worker
WORKER_OBJS = $(patsubst %.cpp,%.o,$(shell find bgworker -name '*.cpp'))
# The same worker as a program: its objects are the library's, but for what differs (make outside-worker).
OUTSIDE = build/outside/pg_debrief_worker
OUTSIDE_OWN = $(patsubst %.cpp,%.o,$(wildcard outside/*.cpp) console/database.cpp console/option_file.cpp)
OUTSIDE_OBJS = $(OUTSIDE_OWN) $(filter-out bgworker/worker/main.o,$(filter bgworker/core/% bgworker/database/% bgworker/worker/%,$(WORKER_OBJS)))
EXTRA_CLEAN = $(WORKER)$(DLSUFFIX) $(WORKER_OBJS) $(OUTSIDE_OWN) $(OUTSIDE) $(patsubst %.o,%.d,$(OBJS) $(WORKER_OBJS) $(OUTSIDE_OWN))

TESTS = $(sort $(wildcard test/sql/*.sql))
REGRESS = $(patsubst test/sql/%.sql,%,$(TESTS))
REGRESS_OPTS = --inputdir=test --load-extension=pgtap

# GCC 12 asks for the attribute format where it is there.
PG_CXXFLAGS = -std=c++20 -Wall -Wextra -Wno-register -Wno-deprecated-volatile -Wno-missing-field-initializers -Wno-missing-format-attribute -MMD -MP $(COPT)
SHLIB_LINK = -Wl,--version-script=extension/exports.map
WORKER_LINK = -lcurl -lcrypto -lexpat -Wl,--version-script=bgworker/exports.map

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2> /dev/null)
# PostgreSQL's own headers are not ours to warn about.
PG_CPPFLAGS = -isystem $(shell $(PG_CONFIG) --includedir-server 2> /dev/null)
# As PostgreSQL's own: assertions are for servers that are built with them.
PG_CPPFLAGS += $(if $(findstring --enable-cassert,$(shell $(PG_CONFIG) --configure 2> /dev/null)),,-DNDEBUG)

# META.json is the one place that says which version this is; four objects carry it.
DEBRIEF_VERSION := $(shell sed -n 's/^  "version": "\(.*\)",$$/\1/p' META.json)

include make/targets.mk

# Our own targets may have to install PostgreSQL first, so they cannot include its makefile; and PGXS
# has a `check` of its own, which only says that there is none.
ifeq ($(filter $(OWN_TARGETS),$(MAKECMDGOALS)),)
# C++ bitcode for inlining into queries would gain a background worker nothing.
override with_llvm = no
include $(PGXS)
-include $(OBJS:.o=.d) $(WORKER_OBJS:.o=.d) $(OUTSIDE_OWN:.o=.d)
$(shlib): extension/exports.map
all: $(WORKER)$(DLSUFFIX)
$(WORKER)$(DLSUFFIX): $(WORKER_OBJS) bgworker/exports.map
	$(CXX) $(CXXFLAGS) -shared -o $@ $(WORKER_OBJS) $(LDFLAGS) $(LDFLAGS_SL) $(WORKER_LINK)
install: install-worker
install-worker: all installdirs
	$(INSTALL_SHLIB) $(WORKER)$(DLSUFFIX) '$(DESTDIR)$(pkglibdir)/$(WORKER)$(DLSUFFIX)'
# What make cost runs: the objects that are shipped, with a world in place of PostgreSQL and the network.
COST_CORE = $(filter bgworker/core/%,$(WORKER_OBJS))
COST_WORKER = $(filter-out %/main.o %/version_gate.o,$(filter bgworker/worker/%,$(WORKER_OBJS))) \
              bgworker/backend/settings_reload.o bgworker/backend/termination.o
COST_WORLD = $(patsubst %.cpp,build/cost/%.o,$(filter-out %_test.cpp,$(wildcard test/worker/*.cpp)) test/cost/worker_cost.cpp)
COST_LIBS = -lcurl -lcrypto -lexpat
build/cost/%.o: %.cpp
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(CPPFLAGS) -DDEBRIEF_TEST_SOURCE='"test/worker"' -c -o $@ $<
build/cost/core.a: $(COST_CORE)
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^
build/cost/worker_cost: $(COST_WORLD) $(COST_WORKER) build/cost/core.a
	$(CXX) $(CXXFLAGS) -o $@ $^ $(COST_LIBS)
build/cost/client_cost: build/cost/test/cost/client_cost.o build/cost/core.a
	$(CXX) $(CXXFLAGS) -o $@ $^ $(COST_LIBS)
-include $(wildcard build/cost/test/*/*.d)
uninstall: uninstall-worker
uninstall-lib uninstall-worker: refuse-in-use
# Without the library every write to a table with our triggers fails.
refuse-in-use:
	@[ -z '$(DESTDIR)' ] && command -v pg_lsclusters > /dev/null && [ -x '$(bindir)/pg_debrief_setup' ] || exit 0; \
	in_use=$$('$(bindir)/pg_debrief_setup' --in-use '$(MAJORVERSION)' < /dev/null) || [ $$? -ne 4 ] || [ "$(PG_DEBRIEF_REMOVE)" = anyway ] || { \
	  printf '%s\n' 'pg_debrief is not uninstalled: these databases have the extension:' "$$in_use" >&2; \
	  echo 'HINT:  pg_debrief_setup --remove --cluster CLUSTER DATABASE... drops it and keeps the data; make uninstall PG_DEBRIEF_REMOVE=anyway removes the files all the same.' >&2; \
	  exit 1; }
uninstall-worker:
	rm -f '$(DESTDIR)$(pkglibdir)/$(WORKER)$(DLSUFFIX)'
outside-worker: $(OUTSIDE)
$(OUTSIDE_OWN): CPPFLAGS += -isystem $(shell $(PG_CONFIG) --includedir)
$(OUTSIDE): $(OUTSIDE_OBJS)
	mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) -o $@ $(OUTSIDE_OBJS) $(LDFLAGS) -lpq -lcurl -lcrypto -lexpat
.PHONY: install-worker uninstall-worker refuse-in-use outside-worker
# What was there before CREATE EXTENSION is not replaced: it might be a trap.
$(DEBRIEF_CREATE): $(DEBRIEF_FUNCTIONS) sql/96_create.sql
	{ printf '%s\n' '\echo Use "CREATE EXTENSION pg_debrief" to load this file. \quit'; \
	  cat $^ | sed 's/^\( *\)create or replace function /\1create function /'; } > $@
$(word 1,$(DEBRIEF_REINSTALL)): $(DEBRIEF_FUNCTIONS)
	{ printf '%s\n' '\echo Use "SELECT * FROM debrief.check_installation()" to see whether this file is needed. \quit'; cat $^; } > $@
$(word 2,$(DEBRIEF_REINSTALL)): sql/updates/end.sql
	cp $< $@
$(DEBRIEF_UPDATES): build/pg_debrief--%: sql/updates/% $(DEBRIEF_FUNCTIONS) sql/updates/begin.sql sql/updates/end.sql
	make/update_script $< > $@
build/pg_debrief_predecessor.sql: $(sort $(wildcard sql/predecessor/*.sql))
	cat $^ > $@
extension/%.o: CXXFLAGS += -fno-exceptions -fno-rtti
VERSIONED = extension/version.o extension/module.o bgworker/backend/module.o extension/status_functions.o outside/process.o outside/wakes.o
$(VERSIONED): CXXFLAGS += -DDEBRIEF_VERSION='"$(DEBRIEF_VERSION)"'
$(VERSIONED): META.json
endif
