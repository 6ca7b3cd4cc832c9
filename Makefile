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
DATA_built = $(DEBRIEF_CREATE) $(DEBRIEF_REINSTALL) build/pg_debrief_predecessor.sql
SCRIPTS = $(wildcard packaging/setup/*)
MODULE_big = pg_debrief
OBJS = $(patsubst %.cpp,%.o,$(shell find extension bgworker -name '*.cpp'))

TESTS = $(sort $(wildcard test/sql/*.sql))
REGRESS = $(patsubst test/sql/%.sql,%,$(TESTS))
REGRESS_OPTS = --inputdir=test --load-extension=pgtap

PG_CXXFLAGS = -std=c++20 -Wall -Wextra -Wno-register -Wno-deprecated-volatile -Wno-missing-field-initializers -MMD -MP $(COPT)
SHLIB_LINK = -lcurl -lcrypto -lexpat -lstdc++ -Wl,--exclude-libs,ALL

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2> /dev/null)
# PostgreSQL's own headers are not ours to warn about.
PG_CPPFLAGS = -isystem $(shell $(PG_CONFIG) --includedir-server 2> /dev/null)

# META.json is the one place that says which version this is; two objects carry it.
DEBRIEF_VERSION := $(shell sed -n 's/^  "version": "\(.*\)",$$/\1/p' META.json)

include make/targets.mk

# Our own targets may have to install PostgreSQL first, so they cannot include its makefile; and PGXS
# has a `check` of its own, which only says that there is none.
ifeq ($(filter $(OWN_TARGETS),$(MAKECMDGOALS)),)
# C++ bitcode for inlining into queries would gain a background worker nothing.
override with_llvm = no
include $(PGXS)
-include $(OBJS:.o=.d)
# What was there before CREATE EXTENSION is not replaced: it might be a trap.
$(DEBRIEF_CREATE): $(DEBRIEF_FUNCTIONS) sql/96_create.sql
	{ printf '%s\n' '\echo Use "CREATE EXTENSION pg_debrief" to load this file. \quit'; \
	  cat $^ | sed 's/^\( *\)create or replace function /\1create function /'; } > $@
$(word 1,$(DEBRIEF_REINSTALL)): $(DEBRIEF_FUNCTIONS)
	{ printf '%s\n' '\echo Use "SELECT * FROM debrief.check_installation()" to see whether this file is needed. \quit'; cat $^; } > $@
$(word 2,$(DEBRIEF_REINSTALL)): sql/updates/end.sql
	cp $< $@
build/pg_debrief_predecessor.sql: $(sort $(wildcard sql/predecessor/*.sql))
	cat $^ > $@
extension/%.o: CXXFLAGS += -fno-exceptions -fno-rtti
extension/version.o extension/module.o: CXXFLAGS += -DDEBRIEF_VERSION='"$(DEBRIEF_VERSION)"'
extension/version.o extension/module.o: META.json
endif
