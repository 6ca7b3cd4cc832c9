# Targets beside PGXS's own: demo, check and their parts. Included by Makefile.

BUILD = build
JOBS ?= $(shell nproc)
CLANG_FORMAT ?= clang-format-14
SOURCES = $(shell git ls-files '*.cpp' '*.h')
REGRESS_DIR = $(shell dirname $(PGXS))/../test
WITH_CLUSTER = PG_CONFIG=$(PG_CONFIG) test/support/with_cluster

# Every target of this file: none of them is PGXS's.
OWN_TARGETS := $(shell sed -n 's/^\([a-z][a-z-]*\):.*/\1/p' make/targets.mk)
.PHONY: $(OWN_TARGETS)

define HELP
make && make install     build and install the extension for PG_CONFIG ($(PG_CONFIG))
make demo [VIDEO=file]   a video becomes spoken feedback, in a throw-away cluster
make provider, console   build the local provider, the console;  make deps installs the Debian packages needed

Tests
make check-quick         between commits: lint, unit tests, pgTAP, the main TAP file; five minutes
make check               before a push: every test, as CI runs it; its parts:
    lint unit fuzz emulators judge model monitoring packages cost sql isolation tap console-test chaos check-versions
    sql [REGRESS="030_claim"]  isolation [SPECS="name"]  tap [TAP="test/t/001_pipeline.pl"]
make check-long          about six hours; its parts:
    coverage schedules valgrind asan leak chaos-long outages outside-chaos outside-tap quirks failover bench-smoke fuzz-long mutants packages-test ten-million
    client-soak
    mutants [MUTANTS="names"]  asan [ASAN_TAP="files"]  check-versions [VERSIONS="17 18"]
make installcheck        pgTAP against a running server that preloads pg_debrief

Measure
make bench [SCENARIOS="names"] [RUNS=7]                          min, median, max
make bench-compare A=commit B=commit [SCENARIOS="names"] [RUNS=7]    two commits in turn
make bench-rivals [RUNS=7]                                       pg-boss, Graphile Worker and ours in turn

Write: format (all C++), reference (docs/reference.md), types (client/types.ts), expected (what check_installation() expects), page (console/dist)
Pack:  deb (Debian packages), dist (PGXN archive), npm, release (all of them); make help-all: every target, a line each
endef
export HELP
help: ## what is used most, on one screen
	@echo "$$HELP"

help-all: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-17s %s\n", $$1, $$2}' make/targets.mk

deps: ## install the Debian packages that demo, deb and check need
	@make/install-packages

demo: ## a video becomes spoken feedback, in a throw-away cluster: make demo [VIDEO=file]
	@local_provider/demo/run --plan "$(VIDEO)"
	@make/install-packages demo
	@echo "[2/4] Building (a few minutes the first time; $(BUILD_LOG) has the details)"
	@echo "      the extension ..."
	@$(MAKE) --no-print-directory -j$(JOBS) all > $(BUILD_LOG) 2>&1 || { tail -n 40 $(BUILD_LOG); exit 1; }
	@$(MAKE) --no-print-directory install >> $(BUILD_LOG) 2>&1 || { tail -n 40 $(BUILD_LOG); exit 1; }
	@echo "      the local provider ..."
	@$(MAKE) --no-print-directory provider >> $(BUILD_LOG) 2>&1 || { tail -n 40 $(BUILD_LOG); exit 1; }
	@echo "      the console ..."
	@$(MAKE) --no-print-directory console >> $(BUILD_LOG) 2>&1 || { tail -n 40 $(BUILD_LOG); exit 1; }
	@PG_CONFIG=$(PG_CONFIG) local_provider/demo/run "$(VIDEO)"

BUILD_LOG = $(BUILD)/build.log
$(shell mkdir -p $(BUILD))

provider: ## build the local provider
	cmake -S . -B $(BUILD)/release > /dev/null
	cmake --build $(BUILD)/release -j$(JOBS) --target pg_debrief_local_provider

console: ## build the console
	cmake -S . -B $(BUILD)/release > /dev/null
	cmake --build $(BUILD)/release -j$(JOBS) --target pg_debrief_console

suite-%: # a suite of check, its outcome and time written down
	+@make/suite $*

ifneq ($(filter $(OWN_TARGETS),$(MAKECMDGOALS)),)
check: deps ## every test, as CI runs it; at the end a line for each suite
	@rm -f $(BUILD)/suites
	@$(MAKE) --no-print-directory check-suites; status=$$?; make/suite --sum; exit $$status

# The chroots of check-versions come to be, from the network, while the processor does the rest.
check-suites:
	@VERSIONS=18 make/check-versions prepare > $(BUILD)/chroots.log 2>&1 &
	@$(MAKE) --no-print-directory suite-lint
	@$(MAKE) --no-print-directory suite-unit
	@$(MAKE) --no-print-directory suite-fuzz
	@$(MAKE) --no-print-directory -j$(JOBS) suite-emulators suite-judge suite-model suite-packages suite-monitoring
	$(MAKE) --no-print-directory -j$(JOBS) all
	$(MAKE) --no-print-directory install
	@$(MAKE) --no-print-directory -j2 suite-sql suite-cost
	@$(MAKE) --no-print-directory suite-isolation
	$(MAKE) --no-print-directory provider console
	$(MAKE) --no-print-directory -j$(JOBS) outside-worker
	@$(MAKE) --no-print-directory -j2 check-installed suite-check-versions-quick

# Wait more than they work; what is built and tested in the chroots meanwhile gives way to them.
check-installed:
	@$(MAKE) --no-print-directory suite-tap
	@$(MAKE) --no-print-directory -j$(JOBS) suite-console-test suite-chaos
# The newest; 15 is what all else runs on, 17 and pg_upgrade are in check-long: each costs eight minutes.
check-versions-quick:
	VERSIONS=18 CHECK_VERSIONS_COMPILERS=clang CHECK_VERSIONS_TAP="$(OTHER_VERSIONS_TAP)" nice make/check-versions
endif

check-quick: ## lint, unit tests, pgTAP and the main TAP file: five minutes on a built tree
	$(MAKE) --no-print-directory lint
	@cmake -S . -B $(BUILD)/sanitize -DCMAKE_BUILD_TYPE=Debug -DDEBRIEF_SANITIZE=ON > /dev/null
	@cmake --build $(BUILD)/sanitize -j$(JOBS) --target unit_test > $(BUILD_LOG) 2>&1 || { tail -n 40 $(BUILD_LOG); exit 1; }
	@cd $(BUILD)/sanitize && ./unit_test --gtest_brief=1
	@$(MAKE) --no-print-directory -j$(JOBS) all > $(BUILD_LOG) 2>&1 || { tail -n 40 $(BUILD_LOG); exit 1; }
	@$(MAKE) --no-print-directory install >> $(BUILD_LOG) 2>&1 || { tail -n 40 $(BUILD_LOG); exit 1; }
	$(MAKE) --no-print-directory sql
	$(MAKE) --no-print-directory tap TAP=test/t/001_pipeline.pl

# What is most likely to differ between versions; 15 runs them all.
# What depends on the server; the faults of 002 do not.
OTHER_VERSIONS_TAP = $(wildcard test/t/00[13456]_*.pl)
check-versions: ## PostgreSQL 15, 17, 18 in chroots [VERSIONS="17 18"] [CHECK_VERSIONS_TAP="all"|"none"|files]
	make/check-versions

lint: ## format, static analysis and the rules of the house
	@$(CLANG_FORMAT) --dry-run --Werror $(SOURCES)
	test/support/lint
	cppcheck --quiet --std=c++20 --language=c++ --error-exitcode=1 --inline-suppr \
	  --enable=warning,portability --suppress=missingInclude --suppress=unknownMacro \
	  -I . bgworker/core $(wildcard local_provider/*.cpp console/*.cpp)
	@mkdir -p $(BUILD)/long && $(MAKE) --no-print-directory -n check-long > /dev/null # which nobody runs each day

tidy: ## clang-tidy's few checks of .clang-tidy over the core: minutes
	@cmake -S . -B $(BUILD)/fuzz -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_COMPILER=clang++ -DDEBRIEF_FUZZ=ON > /dev/null
	@find bgworker/core -name '*.cpp' -print0 | xargs -0 -n 4 -P $(JOBS) clang-tidy --quiet -p $(BUILD)/fuzz

unit: ## the core and the local provider without PostgreSQL, under sanitizers
	cmake -S . -B $(BUILD)/sanitize -DCMAKE_BUILD_TYPE=Debug -DDEBRIEF_SANITIZE=ON > /dev/null
	cmake --build $(BUILD)/sanitize -j$(JOBS)
	cd $(BUILD)/sanitize && ctest -j$(JOBS) --output-on-failure

FUZZ_SECONDS ?= 5
fuzz: ## every fuzzer for FUZZ_SECONDS from its seeds in test/fuzz/corpus
	@cmake -S . -B $(BUILD)/fuzz -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_COMPILER=clang++ -DDEBRIEF_FUZZ=ON > /dev/null
	@cmake --build $(BUILD)/fuzz -j$(JOBS) --target fuzzers > $(BUILD_LOG) 2>&1 || { tail -n 40 $(BUILD_LOG); exit 1; }
	@JOBS=$(JOBS) test/support/run_fuzzers $(BUILD)/fuzz $(FUZZ_SECONDS)

emulators: ## the emulators of the services against their own tests
	cd test/support/emulators && PYTHONDONTWRITEBYTECODE=1 python3 -m unittest --quiet

judge: ## the services' own SDKs (npm) against the emulators
	test/judge/run

page: ## build console/dist, which is committed, from console/page and client (Node 22 and packages from npm)
	make/install-npm console/page && PATH="$$(make/install-node):$$PATH" node console/page/build.mjs

# Its part pipeline needs make install, provider and console before.
console-test: ## console/dist as built, the client, the page in Chromium and on a real pipeline [CONSOLE_TEST="client browser"]
	test/console/run $(CONSOLE_TEST)

model: ## the row protocol in Promela: its promises hold, and fail where a mechanism is taken out
	test/model/check

monitoring: ## alerts, dashboard and runbooks for Prometheus and Grafana: promtool's checks and tests
	promtool check rules monitoring/*.rules.yml
	promtool test rules test/monitoring/*.test.yml
	test/monitoring/check_files

mutants: ## each mechanism taken out in turn: the test of its promise must fail [MUTANTS="names"]
	PG_CONFIG=$(PG_CONFIG) JOBS=$(JOBS) test/mutants/run

sql: ## pgTAP through pg_regress, on a throw-away cluster
	$(WITH_CLUSTER) $(MAKE) --no-print-directory installcheck
	@$(MAKE) --no-print-directory reference-check types-check

reference: ## write docs/reference.md from the comments in the catalog
	@$(WITH_CLUSTER) test/support/reference

reference-check: # every object has a comment, and docs/reference.md is what they say
	@$(WITH_CLUSTER) test/support/reference --check

types: ## write client/types.ts from the catalog
	@$(WITH_CLUSTER) test/support/types

types-check: # client/types.ts is what the catalog says
	@$(WITH_CLUSTER) test/support/types --check

SPECS = $(patsubst test/specs/%.spec,%,$(wildcard test/specs/*.spec))
isolation: ## isolation specs, on a throw-away cluster
	@mkdir -p $(BUILD)/isolation && ln -sfn $(CURDIR)/expected $(BUILD)/isolation/expected
	$(WITH_CLUSTER) $(REGRESS_DIR)/isolation/pg_isolation_regress --bindir=$(shell $(PG_CONFIG) --bindir) \
	  --inputdir=test --outputdir=$(BUILD)/isolation $(SPECS)

tap: ## processes, crashes, restores: TAP on real clusters
	test/support/run_tap $(TAP)

chaos: ## rows, faults, kills, edits and locks by chance, then reconciled [CHAOS_SECONDS=40] [CHAOS_SEED=n]
	test/support/run_tap test/chaos/chaos.pl

# What takes longer than anybody waits for. Each is a target of its own; check-long runs all.
LONG_TARGETS = coverage schedules valgrind asan leak chaos-long outages outside-chaos outside-tap quirks failover bench-smoke fuzz-long mutants packages-test check-versions ten-million client-soak

check-long: deps ## about six hours: every long variant, and how each ended; goes on after an interruption
	@mkdir -p $(BUILD)/long
	@$(MAKE) --no-print-directory -j$(JOBS) all install > $(BUILD)/long/build.log 2>&1 || { tail -n 40 $(BUILD)/long/build.log; exit 1; }
	@$(MAKE) --no-print-directory -j$(JOBS) provider console >> $(BUILD)/long/build.log 2>&1 || { tail -n 40 $(BUILD)/long/build.log; exit 1; }
	@$(MAKE) --no-print-directory -j$(JOBS) outside-worker >> $(BUILD)/long/build.log 2>&1 || { tail -n 40 $(BUILD)/long/build.log; exit 1; }
	@test/long/run $(BUILD)/long $(LONG_TARGETS)

asan-build:
	@$(MAKE) --no-print-directory -j$(JOBS) all > $(BUILD_LOG) 2>&1 || { tail -n 40 $(BUILD_LOG); exit 1; }
	@cmake -S . -B $(BUILD)/sanitize -DCMAKE_BUILD_TYPE=Debug -DDEBRIEF_SANITIZE=ON \
	  -DPG_CONFIG=$(shell command -v $(PG_CONFIG)) > /dev/null
	@cmake --build $(BUILD)/sanitize -j$(JOBS) --target pg_debrief pg_debrief_worker planted_faults

# 046 limits the address space, of which ASan takes terabytes.
ASAN_TAP ?= $(filter-out test/t/046_%,$(wildcard test/t/*.pl))
asan: asan-build ## pgTAP, isolation and TAP with the extension under ASan and UBSan [ASAN_TAP="files"]
	test/asan/with_sanitizers $(BUILD)/sanitize sql isolation tap TAP="$(ASAN_TAP)"

ASAN_QUICK = $(addprefix test/t/,001_pipeline.pl 002_faults.pl 008_gemini.pl)
asan-quick: asan-build # the ways of success and of failure
	test/asan/with_sanitizers $(BUILD)/sanitize sql tap TAP="$(ASAN_QUICK)"

coverage-build:
	@cmake -S . -B $(BUILD)/coverage -DCMAKE_BUILD_TYPE=Debug -DDEBRIEF_COVERAGE=ON > /dev/null
	@cmake --build $(BUILD)/coverage -j$(JOBS) --target unit_test worker_test

valgrind: coverage-build ## the tests of core and worker under memcheck
	test/long/valgrind $(BUILD)/coverage

COVERAGE_MIN ?= 95
coverage: coverage-build ## lines of bgworker/core that its tests run: COVERAGE_MIN percent at least
	@find $(BUILD)/coverage -name '*.gcda' -delete
	@cd $(BUILD)/coverage && ctest --output-on-failure -R '^(unit|worker)$$'
	@gcovr --root . --filter bgworker/core/ --object-directory $(BUILD)/coverage --sort-uncovered \
	  --txt $(BUILD)/coverage/lines.txt --fail-under-line $(COVERAGE_MIN) $(BUILD)/coverage; \
	  status=$$?; awk '$$2 > $$3 || /^TOTAL/' $(BUILD)/coverage/lines.txt; exit $$status

cost-build:
	@$(MAKE) --no-print-directory -j$(JOBS) all build/cost/worker_cost build/cost/client_cost > $(BUILD)/cost.log 2>&1 || { tail -n 40 $(BUILD)/cost.log; exit 1; }

cost: cost-build ## instructions that a feedback costs worker and HTTP client, against test/cost/instructions
	@test/cost/run $(BUILD)/cost

cost-write: cost-build ## write test/cost/instructions again
	@test/cost/run --write $(BUILD)/cost

SCHEDULES ?= 20000
schedules: unit ## many schedules of the worker's turn [SCHEDULES=20000]
	DEBRIEF_SCHEDULES=$(SCHEDULES) $(BUILD)/sanitize/worker_test --gtest_filter='*Schedules*'

leak: ## the worker's memory over 50,000 rows [LEAK_ROWS=n]
	test/support/run_tap test/long/leak.pl

quirks: ## what real services do to good answers, by their emulators: what is lost, what is bought again
	test/support/run_tap test/long/quirks.pl

failover: ## Patroni and pg_auto_failover, synchronous and not: machine killed, switchover, frozen; the provider's log reconciled each time
	@make/install-packages long
	test/support/run_tap $(wildcard test/failover/*.pl)
	FAILOVER_SYNCHRONOUS=off test/support/run_tap $(wildcard test/failover/*.pl)

FUZZ_LONG ?= 60
fuzz-long: ## each fuzzer for FUZZ_LONG=60 seconds, from a new seed
	FUZZ_SEED=$${FUZZ_SEED:-$$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')} $(MAKE) --no-print-directory fuzz FUZZ_SECONDS=$(FUZZ_LONG)

CHAOS_LONG ?= 150
outside-chaos: ## 20,000 rows, one worker inside and two outside; kills, a restart, a failover [OUTSIDE_ROWS=20000]
	test/support/run_tap test/chaos/outside.pl

# Those of a promise that holds for both homes; docs/testing.md says why the others are not among them. The longest come first.
OUTSIDE_TAP = $(foreach number,080 020 008 003 001 002 004 006 007 009 010 011 012 013 014 015 016 017 018 019 024 025 031 035 040 041 042 046 047 061, \
  $(wildcard test/t/$(number)_*.pl)) test/chaos/chaos.pl
outside-tap: ## the TAP files of both homes and chaos with the worker outside the server [OUTSIDE_TAP="files"] [CHAOS_SEED=n]
	DEBRIEF_HOME=outside test/support/run_tap $(OUTSIDE_TAP)

outages: ## a provider that answers 503, 502, 529, 500, resets or nothing for half a minute each [OUTAGE_SECONDS=30]
	test/support/run_tap test/chaos/outages.pl

chaos-long: ## chaos for ten minutes: four new seeds, CHAOS_LONG=150 seconds each
	for run in 1 2 3 4; do CHAOS_SECONDS=$(CHAOS_LONG) test/support/run_tap test/chaos/chaos.pl || exit 1; done

SOAK_SECONDS ?= 600
client-soak: provider console ## the client's store while console, server and network fail by chance [SOAK_SECONDS=600] [SOAK_SEED=n]
	SOAK_SECONDS=$(SOAK_SECONDS) test/console/run soak

RUNS ?= 1
bench: deps ## measure, ten minutes: a table, and bench/results.json [SCENARIOS=...] [RUNS=1] [PERF=1]
	$(MAKE) --no-print-directory -j$(JOBS) all
	$(MAKE) --no-print-directory install
	$(MAKE) --no-print-directory bench-tools console
	$(MAKE) --no-print-directory -j$(JOBS) outside-worker
	PG_CONFIG=$(PG_CONFIG) bench/run --runs=$(RUNS) $(SCENARIOS)

bench-compare: deps ## measure two commits in turn: A=commit B=commit [SCENARIOS=...] [RUNS=3]
	@PG_CONFIG=$(PG_CONFIG) bench/compare "$(A)" "$(B)" "$(if $(filter 1,$(RUNS)),3,$(RUNS))" $(SCENARIOS)

bench-rivals: deps ## pg-boss, Graphile Worker and ours, the same job in turn [RUNS=7] (Node 22 and packages from npm)
	$(MAKE) --no-print-directory -j$(JOBS) all
	$(MAKE) --no-print-directory install
	$(MAKE) --no-print-directory bench-tools
	PG_CONFIG=$(PG_CONFIG) bench/rivals/run --runs=$(if $(filter 1,$(RUNS)),7,$(RUNS))

DONE_ROWS ?= 10000000
ten-million: ## ten million feedback that are done: as fast as none, no statement over 50 ms [DONE_ROWS=10000000]
	$(MAKE) --no-print-directory -j$(JOBS) all
	$(MAKE) --no-print-directory install
	$(MAKE) --no-print-directory bench-tools console
	DONE_ROWS=$(DONE_ROWS) PG_CONFIG=$(PG_CONFIG) bench/run ten_million_done

bench-tools:
	cmake -S . -B $(BUILD)/release > /dev/null
	cmake --build $(BUILD)/release -j$(JOBS) --target bench_tools

bench-smoke: bench-tools console # every scenario in small: it must finish and be well-formed, whatever the figures
	PG_CONFIG=$(PG_CONFIG) bench/run --quick

expected: ## write down what a fresh installation has, for debrief.check_installation()
	@$(MAKE) --no-print-directory -j$(JOBS) all > $(BUILD_LOG) 2>&1 || { tail -n 40 $(BUILD_LOG); exit 1; }
	@PG_CONFIG=$(PG_CONFIG) test/support/write_expected

format: ## format all C++
	$(CLANG_FORMAT) -i $(SOURCES)

PACKAGING = packaging
CLEAN_MACHINE = $(PACKAGING)/clean_machine run

dist: ## a PGXN archive of HEAD, in build/dist
	@$(PACKAGING)/build_dist $(BUILD)/dist

release: deps ## all that a release of HEAD publishes, in build/publish (packaging/RELEASING.md)
	@$(PACKAGING)/build_all $(BUILD)/publish

npm: ## the npm package of HEAD, client/ as JavaScript, in build/npm
	@$(PACKAGING)/build_npm $(BUILD)/npm

deb: ## Debian packages of HEAD, in build/deb
	@make/install-packages deb
	@$(PACKAGING)/build_deb $(BUILD)/deb

packages: ## the archive is reproducible, complete, and by the rules of PGXN; compose.yaml fits the tree; Node 20 and 22 import the npm package
	@$(PACKAGING)/checks/dist
	@$(PACKAGING)/checks/compose
	@$(PACKAGING)/checks/npm

packages-test: demo-test deb-test pgxn-test docker-test cnpg-test # each as below, from a minimal Debian: half an hour

demo-test: ## make demo on a minimal Debian
	$(CLEAN_MACHINE) demo /src/$(PACKAGING)/checks/demo

deb-test: ## the Debian packages from a minimal Debian to spoken feedback, upgrade and purge [SUITE=trixie: 17; sid: 18]
	$(CLEAN_MACHINE) deb-build /src/$(PACKAGING)/checks/deb_build
	$(CLEAN_MACHINE) deb-installcheck /src/$(PACKAGING)/checks/deb_installcheck /out/deb
	$(CLEAN_MACHINE) deb-life /src/$(PACKAGING)/checks/deb_life /out/deb

pgxn-test: ## the PGXN archive from a minimal Debian to spoken feedback
	@mkdir -p $(BUILD)/clean/out && rm -f $(BUILD)/clean/out/*.zip && $(PACKAGING)/build_dist $(BUILD)/clean/out
	$(CLEAN_MACHINE) pgxn-life /src/$(PACKAGING)/checks/pgxn_life

docker-test: ## the images for Docker, built on a minimal Debian, let to speak
	$(CLEAN_MACHINE) docker /src/$(PACKAGING)/checks/docker

cnpg-test: ## the image volume for CloudNativePG, with PostgreSQL 18
	SUITE=$(CNPG_SUITE) $(CLEAN_MACHINE) cnpg /src/$(PACKAGING)/checks/cnpg
CNPG_SUITE ?= sid
