# pg_debrief: `make help` prints the targets.
#
# `make && make install` builds and installs the extension for the PostgreSQL of PG_CONFIG, with
# nothing but its own libraries. Everything else (demo, check and their parts) is in make/targets.mk.

.DEFAULT_GOAL := all

EXTENSION = pg_debrief
DATA = $(wildcard sql/pg_debrief--*.sql) sql/pg_debrief_predecessor.sql
# What CREATE EXTENSION runs, in order; and a way from the newest version to itself that makes every
# function again: a mend of debrief.check_installation().
INSTALLS = sql/pg_debrief--1.0.sql sql/pg_debrief--1.0--1.1.sql
SQL_VERSION = $(lastword $(subst --, ,$(basename $(lastword $(INSTALLS)))))
DATA_built = build/pg_debrief--$(SQL_VERSION)--reinstall.sql build/pg_debrief--reinstall--$(SQL_VERSION).sql
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
build/pg_debrief--$(SQL_VERSION)--reinstall.sql: sql/reinstall.awk $(INSTALLS)
	awk -f $^ > $@
build/pg_debrief--reinstall--$(SQL_VERSION).sql:
	echo '-- Nothing is left to do.' > $@
extension/%.o: CXXFLAGS += -fno-exceptions -fno-rtti
extension/version.o extension/module.o: CXXFLAGS += -DDEBRIEF_VERSION='"$(DEBRIEF_VERSION)"'
extension/version.o extension/module.o: META.json
endif
