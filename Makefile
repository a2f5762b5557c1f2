# Everything a learner or a developer types. The logic is in Go.

GO ?= go
# The compiler uses a quarter less of the processors where its garbage is collected less
# often, and half as much memory again. Tests run as everybody's programs do.
COMPILE = GOGC=800 $(GO)
BUILD = $(COMPILE) build -buildvcs=false -ldflags='-s -w'
RELEASE = k8s.io/component-base/version.git
KUBECTL = $(COMPILE) build -buildvcs=false -ldflags='-s -w -X $(RELEASE)Version=v1.37.2 -X $(RELEASE)Major=1 -X $(RELEASE)Minor=37'
AXE = 4.10.3
AXE_SUM = 0f2b4d7dcdf7d1219df8d1959ad68e565f51d14c3f0d88bb71cd59abeb956292
export CGO_ENABLED = 0
# Paths of this machine in what is compiled would keep builds, tests, proofs and
# learners' trees from sharing it.
export GOFLAGS := $(GOFLAGS) -trimpath

.PHONY: start build early box tutor whole orchestrator kubectl test test-crash test-vm test-kernel test-peers test-buildkit conformance conformance-registry test-clients test-book lint bench man clean uninstall help

# What a machine without Go gets to read instead of "Error 127".
GO_FOUND := $(shell command -v $(GO) 2>/dev/null)
ifeq ($(GO_FOUND),)
define NO_GO
There is no Go on this machine, or not in PATH: drydock is built with it, and
its build labs use it. Go 1.26 or newer is at https://go.dev/dl: unpack it, and
put its bin folder into PATH, for example
    export PATH=$$PATH:/usr/local/go/bin
endef
$(if $(filter-out help clean,$(or $(MAKECMDGOALS),start)),$(info $(NO_GO))$(error go is not to be found))
endif

# In a fresh clone the first lesson is on the screen before the engine is built: its
# first pieces need no more than Linux. What comes after is built beside the reading.
FIRST := $(if $(wildcard bin/mini-docker),tutor,early)

start: $(FIRST) ## build what the first lesson needs, then begin, or go on where you were
	@bin/drydock start $(if $(filter early,$(FIRST)),--meanwhile mini-docker='$(MAKE) -s tutor') \
	  --meanwhile mini-k8s='$(MAKE) -s orchestrator whole'

build: tutor orchestrator ## put box, mini-docker, mini-k8s and drydock into bin/, each usable alone
	@$(MAKE) -s whole

# Two cores are busy only where one go command has much to do, and what embeds a
# program waits for it: so all packages that wait for nothing come first, at once.
WAITS = drydock/(labs/source|mini-docker/(image/base|(shim|sandbox)/program)|labs/world/runner)
DEPS = $(GO) list -deps -f '{{.ImportPath}} {{join .Deps " "}} '
AT_ONCE = grep -vE '(^| )$(WAITS) |^unsafe ' | cut -d ' ' -f 1 | xargs env $(COMPILE) build

early:
	@echo 'compiling the tutor: a minute when it is the first time'
	@all=$$($(DEPS) -tags early ./cmd/box ./cmd/drydock) && echo "$$all" | $(AT_ONCE)
	@$(MAKE) -s box
	@$(COMPILE) run ./labs/source/gen
	@$(BUILD) -tags early -o bin/ ./cmd/drydock

box:
	@echo 'building box: the programs inside the first image'
	@$(BUILD) -o bin/box ./cmd/box
	@$(COMPILE) run ./mini-docker/image/base/gen bin/box

# What the linker has written lies in memory in pages one by one, and is mapped so at
# each start. A copy lies there in larger pieces: a start takes a quarter less.
COPIED = for p in $(1); do cp bin/$$p bin/.$$p && mv bin/.$$p bin/$$p || exit; done

tutor:
	@echo '$(if $(wildcard bin/mini-docker),compiling what has changed,compiling: a minute when it is the first time)'
	@all=$$($(DEPS) ./cmd/box ./cmd/mini-docker ./cmd/drydock) && echo "$$all" | $(AT_ONCE)
	@$(MAKE) -s box
	@echo 'building the shim: the small program that stays beside each container'
	@$(BUILD) -o mini-docker/shim/program/embedded/shim ./mini-docker/shim
	@echo 'building the init: the small program that a container begins as'
	@$(BUILD) -o mini-docker/shim/program/embedded/init ./mini-docker/runtime/init
	@echo "building the small program that a sandbox's own processes are"
	@$(BUILD) -o mini-docker/sandbox/program/embedded/helper ./mini-docker/sandbox/helper/program
	@echo 'building the runner: the small program that runs the scripts of checks'
	@$(BUILD) -o labs/world/runner/embedded/runner ./labs/world/runner/program
	@echo 'building mini-docker, the engine, with that image and both programs in it,'
	@echo 'and drydock, the tutor, with its own source'
	@$(COMPILE) run ./labs/source/gen
	@$(BUILD) -o bin/ ./cmd/mini-docker ./cmd/drydock
	@$(call COPIED,mini-docker drydock)

# Only the lessons that need a cluster wait for it, and they are not the first pages.
orchestrator:
	@echo 'building mini-k8s: the orchestrator'
	@$(BUILD) -o bin/mini-k8s ./cmd/mini-k8s
	@$(call COPIED,mini-k8s)

# Until then drydock takes the engine that stands beside it.
whole:
	@echo 'building drydock once more, with the engine in it'
	@$(COMPILE) run ./labs/source/gen -mini-docker bin/mini-docker
	@$(BUILD) -o bin/drydock ./cmd/drydock
	@$(call COPIED,drydock)

kubectl: ## put the real kubectl, from its own modules, into bin/
	@cd cmd/kubectl && $(KUBECTL) -o ../../bin/kubectl .

# Most tests wait, for processes and for each other: with as many packages at once as
# there are processors, these are idle for nearly half of the time.
PACKAGES = $$((2 * $$(nproc)))

test: build ## run every test that needs nothing from outside
	DRYDOCK_BIN=$(CURDIR)/bin $(GO) test -p $(PACKAGES) -vet=off -timeout 30m ./...
	bin/drydock verify

test-crash: build ## kill mini-docker at ten thousand moments, and cut a machine's power at a hundred
	$(GO) test ./testscripts/crash -count=1 -timeout 6h -v -points 10000
	$(GO) run ./testscripts/vm -v -cuts 100 -timeout 2h -deadline 3h -run '^TestAStoreOfImagesSurvivesPowerCuts$$' ./testscripts/crash

test-vm: build ## run the tests on Debian's own kernel, in a virtual machine: hours without KVM
	$(GO) run ./testscripts/vm -timeout 45m -deadline 4h

test-kernel: build ## of these, run what another kernel can change
	$(GO) run ./testscripts/vm -kernel

test-peers: build ## exchange images with docker, podman, skopeo, buildkitd and debootstrap, and run their bundles here and on Debian's kernel
	$(GO) test ./testscripts/peers -peers -count=1 -timeout 45m -v
	$(GO) run ./testscripts/vm -v -peers runc,crun,podman,conmon -run '^Test(TheBundlesOfOthers|PodmanRuns)' ./testscripts/peers

test-buildkit: build ## of these, build each Dockerfile of the corpus beside buildkitd
	$(GO) test ./testscripts/peers -peers -count=1 -timeout 30m -run '^TestTheCorpusIsBuiltAsBuildKitBuildsIt$$' -v

conformance-registry: build ## hold mini-docker registry against the OCI distribution-spec's own suite
	$(GO) test ./testscripts/peers -peers -count=1 -run '^TestTheRegistryConforms$$' -v

conformance: build ## hold the OCI runtime against runtime-tools' programs, beside runc
	cd testscripts/conformance && $(GO) test -count=1 -timeout 30m -v ./...

test-clients: build kubectl ## have Kubernetes' own client library follow what kubectl shows
	cd cmd/kubectl && $(GO) test -count=1 ./...

test-book: build ## open the book in chromium, and hold it against axe-core
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	bin/drydock book --out "$$dir/book" && \
	npm pack --silent --pack-destination "$$dir" axe-core@$(AXE) > /dev/null && \
	echo "$(AXE_SUM)  $$dir/axe-core-$(AXE).tgz" | sha256sum --check --quiet && \
	tar -C "$$dir" -xzf "$$dir/axe-core-$(AXE).tgz" package/axe.min.js && \
	cd book/browser && TMPDIR="$$dir" BOOK="$$dir/book" AXE="$$dir/package/axe.min.js" $(GO) test -count=1 -timeout 30m ./... $(LOOKS)

lint: ## complain about format and mistakes
	@test -z "$$(gofmt -l cmd lessons mini-docker mini-k8s labs testscripts book | tee /dev/stderr)"
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(GO) vet -tags early ./cmd/drydock
	GOARCH=arm64 $(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

bench: build ## time containers and clusters beside those of others
	$(GO) run ./mini-docker/bench
	$(GO) run ./mini-k8s/bench

man: build ## write the manual pages into bin/man/man1
	@bin/drydock man --dir bin/man/man1
	@bin/mini-docker man --dir bin/man/man1

clean: ## remove what the build made
	rm -rf bin mini-docker/image/base/embedded/base.* mini-docker/shim/program/embedded/shim mini-docker/shim/program/embedded/init mini-docker/sandbox/program/embedded/helper labs/world/runner/embedded/runner labs/source/embedded/*.gz

uninstall: ## leave nothing of this on the machine but what you wrote, if you keep it
	@test ! -x bin/drydock || bin/drydock uninstall $(if $(KEEP),--yes --keep) $(if $(ALL),--yes --all)
	@$(MAKE) -s clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10
