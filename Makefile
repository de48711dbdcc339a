# SPDX-License-Identifier: Apache-2.0
# Doors in front of CMake: `make demo` and `make test` work on a fresh Debian or Ubuntu machine.
BUILD    ?= build
SANITIZE ?= build-sanitize
TSAN     ?= build-tsan
JOBS     ?= $(shell nproc)
# This machine's GPU as nvcc names it; without one, Hopper. CMake alone builds for all.
CUDA_ARCHITECTURES ?= $(or $(subst 90,90a,$(shell nvidia-smi --query-gpu=compute_cap \
    --format=csv,noheader 2>/dev/null | head -n 1 | tr -d .)),90a)
CMAKE_FLAGS = -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CUDA_ARCHITECTURES=$(CUDA_ARCHITECTURES)

.PHONY: all setup configure build demo test test-plain test-sanitize tsan soak bench format lint clean

all: build

setup:
	@bash scripts/setup.sh

configure: setup
	@cmake -S . -B $(BUILD) $(CMAKE_FLAGS) > $(BUILD).log 2>&1 || (cat $(BUILD).log; exit 1)
	@grep -E '^-- CUDA:' $(BUILD).log || true
	@rm -f $(BUILD).log

build: configure
	@cmake --build $(BUILD) -j $(JOBS)

# The program alone: nobody who wants to see a picture waits for the tests to be compiled.
demo: configure
	@cmake --build $(BUILD) -j $(JOBS) --target idinject-cli
	@bash scripts/demo.sh $(BUILD)

test: test-plain test-sanitize

test-plain: setup
	@cmake -S . -B $(BUILD) $(CMAKE_FLAGS) -DIDI_WERROR=ON
	@cmake --build $(BUILD) -j $(JOBS)
	@ctest --test-dir $(BUILD) --output-on-failure

# The second pass: the same tests under AddressSanitizer and UndefinedBehaviorSanitizer.
test-sanitize: setup
	@cmake -S . -B $(SANITIZE) -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="-O1 -g" \
	    -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g" -DIDI_WERROR=ON -DIDI_SANITIZE=address,undefined -DIDI_CUDA=off -DIDI_BUILD_BENCH=OFF
	@cmake --build $(SANITIZE) -j $(JOBS)
	@ctest --test-dir $(SANITIZE) --output-on-failure -LE slow -E '^lint\.'

# Threads under ThreadSanitizer, for which clang is needed: tests/tsan/run.sh says why.
tsan:
	@bash scripts/setup.sh clang libclang-rt-dev
	@cmake --preset tsan -B $(TSAN)
	@cmake --build $(TSAN) -j $(JOBS) --target tsan_threads idinject-cli
	@bash tests/tsan/run.sh . $(TSAN)

# A batch of 10,000 jobs, killed 20 times, into files and into tar shards. Four minutes of one core.
soak: build
	@IDI_BATCH_JOBS=10000 IDI_BATCH_KILLS=20 bash tests/cli/batch_resume.sh . $(BUILD)

bench: build
	@bash scripts/bench.sh $(BUILD)

format:
	@clang-format -i $$(git ls-files '*.c' '*.h' '*.cu' '*.cuh' '*.cpp' '*.hpp')

lint: setup
	@for check in tests/lint/*.sh; do echo "$$check"; bash $$check . $(BUILD) || exit 1; done

clean:
	@rm -rf $(BUILD) $(SANITIZE) $(TSAN)
