/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/block.cpp - runs the threads of one block after another: the barriers, the warp
 * collectives and the shared memory of emulation.h. */
#include "block.h"
#include "asynchronous.h"
#include "emulation.h"
#include "fiber.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

uint3 threadIdx;
uint3 blockIdx;
dim3 blockDim;
dim3 gridDim;

namespace idi::emulation {

namespace {

constexpr int warp_lanes = 32;

enum class state { ready, waiting, at_barrier, at_collective, done };

struct thread {
    fiber context;
    state now;
    uint3 index;
    int number; /* in the block */
    /* the collective it waits in */
    collective what;
    unsigned mask;
    int source_lane;
    uint64_t value;
    uint64_t result;
    std::function<bool()> is_over; /* what it waits for otherwise */
};

struct block {
    const char *kernel;
    const std::function<void()> *body;
    std::vector<thread *> threads;
    std::vector<void *> shared; /* static arrays that were poisoned for this block */
    size_t shared_bytes;        /* of all kinds */
    size_t shared_limit;
    void *dynamic;
    size_t dynamic_bytes;
    std::vector<std::function<void()>> copies; /* on their way */
};

std::vector<std::unique_ptr<thread>> pool; /* threads of earlier blocks, with their stacks */
std::mt19937 order{std::random_device{}()};
block *current_block;
thread *current;

void thread_main(void *argument)
{
    auto *self = static_cast<thread *>(argument);
    begin_products();
    (*current_block->body)();
    end_products();
    self->now = state::done;
    self->context.leave_for_good();
}

void run_thread(thread *t)
{
    current = t;
    threadIdx = t->index;
    t->context.resume();
}

void wait_as(state what)
{
    current->now = what;
    current->context.leave();
}

/* Whether the collective that `t` waits in has all its lanes; if so, ends it. */
bool end_collective(block &b, thread *t)
{
    const int base = t->number / warp_lanes * warp_lanes;
    for (int lane = 0; lane < warp_lanes; lane++) {
        if (!(t->mask >> lane & 1)) continue;
        const bool exists = base + lane < static_cast<int>(b.threads.size());
        const thread *other = exists ? b.threads[base + lane] : nullptr;
        threadIdx = t->index;
        if (!exists || other->now == state::done)
            stop("a lane of the collective's mask has ended or does not exist");
        /* One that waits with other lanes may come here later. */
        if (other->now != state::at_collective || other->mask != t->mask) return false;
        if (other->what != t->what) stop("lanes of a warp meet in different collectives");
    }
    uint64_t votes = 0;
    for (int lane = 0; lane < warp_lanes; lane++)
        if ((t->mask >> lane & 1) && b.threads[base + lane]->value) votes |= 1ULL << lane;
    for (int lane = 0; lane < warp_lanes; lane++) {
        if (!(t->mask >> lane & 1)) continue;
        thread *other = b.threads[base + lane];
        if (t->what == collective::shuffle) {
            if (!(t->mask >> other->source_lane & 1))
                stop("a shuffle reads a lane outside its mask");
            other->result = b.threads[base + other->source_lane]->value;
        } else {
            other->result = votes;
        }
    }
    for (int lane = 0; lane < warp_lanes; lane++)
        if (t->mask >> lane & 1) b.threads[base + lane]->now = state::ready;
    return true;
}

/* A copy, any of them, is there. */
bool land_copy(block &b)
{
    if (b.copies.empty()) return false;
    const size_t which = order() % b.copies.size();
    const std::function<void()> copy = std::move(b.copies[which]);
    b.copies.erase(b.copies.begin() + static_cast<std::ptrdiff_t>(which));
    copy();
    return true;
}

bool end_barrier(block &b)
{
    for (const thread *t : b.threads)
        if (t->now != state::at_barrier && t->now != state::done) return false;
    bool any = false;
    for (thread *t : b.threads)
        if (t->now == state::at_barrier) {
            t->now = state::ready;
            any = true;
        }
    return any;
}

/* Runs the ready threads of the warp from thread `first` on, in a random order, to where each waits
 * next, and ends the collectives that are complete then. Returns false if there was nothing to do.
 */
bool step_warp(block &b, size_t first)
{
    const size_t end = std::min(first + warp_lanes, b.threads.size());
    thread *ready[warp_lanes];
    thread **last = ready;
    for (size_t i = first; i < end; i++) {
        thread *t = b.threads[i];
        if (t->now == state::waiting && t->is_over()) t->now = state::ready;
        if (t->now == state::ready) *last++ = t;
    }
    std::shuffle(ready, last, order);
    std::for_each(ready, last, run_thread);
    bool any = last != ready;
    for (size_t i = first; i < end; i++)
        if (b.threads[i]->now == state::at_collective && end_collective(b, b.threads[i]))
            any = true;
    return any;
}

bool is_done(const block &b)
{
    for (const thread *t : b.threads)
        if (t->now != state::done) return false;
    return true;
}

/* Runs all threads until each has ended or waits for threads of other warps. Warps drift apart: how
 * many steps one takes before it is the next one's turn is random, from one (all abreast) to as
 * many as it can (each far ahead of the next). A missing barrier shows even where a warp's own
 * collectives lie between the two accesses. */
void run_to_barrier(block &b)
{
    static constexpr int patiences[] = {1, 4, 1 << 20};
    const int patience = patiences[order() % 3];
    std::vector<size_t> warps;
    for (size_t first = 0; first < b.threads.size(); first += warp_lanes)
        warps.push_back(first);
    bool goes_on = true;
    while (goes_on) {
        goes_on = false;
        std::shuffle(warps.begin(), warps.end(), order);
        for (size_t first : warps)
            for (int i = 0; i < patience && step_warp(b, first); i++)
                goes_on = true;
        if (goes_on && order() % 4 == 0) (void)land_copy(b);
    }
}

/* Copies that have not landed yet do so when nobody can go on without. */
void run_threads(block &b)
{
    do
        run_to_barrier(b);
    while (end_barrier(b) || (!is_done(b) && land_copy(b)));
    for (const thread *t : b.threads) {
        threadIdx = t->index;
        if (t->now != state::done) stop("waits for ever: others are elsewhere or have ended");
    }
    if (!b.copies.empty()) stop("the block ends before its copies do");
    compare_warpgroups(static_cast<int>((b.threads.size() + warp_lanes - 1) / warp_lanes));
}

void prepare_threads(block &b)
{
    const size_t count = static_cast<size_t>(blockDim.x) * blockDim.y * blockDim.z;
    while (pool.size() < count)
        pool.push_back(std::make_unique<thread>());
    b.threads.clear();
    for (size_t i = 0; i < count; i++) {
        thread *t = pool[i].get();
        const auto n = static_cast<unsigned>(i);
        t->now = state::ready;
        t->number = static_cast<int>(i);
        t->index = {n % blockDim.x, n / blockDim.x % blockDim.y, n / blockDim.x / blockDim.y};
        t->context.prepare(thread_main, t);
        b.threads.push_back(t);
    }
}

} // namespace

void stop(const char *what)
{
    std::fprintf(stderr, "emulation: kernel %s, block (%u, %u, %u), thread (%u, %u, %u): %s\n",
                 current_block->kernel, blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x,
                 threadIdx.y, threadIdx.z, what);
    std::abort();
}

void run_grid(const char *kernel, dim3 grid, dim3 block_size, size_t shared_bytes,
              size_t shared_limit, const std::function<void()> &body)
{
    gridDim = grid;
    blockDim = block_size;
    const size_t count = static_cast<size_t>(grid.x) * grid.y * grid.z;
    std::vector<size_t> numbers(count);
    for (size_t i = 0; i < count; i++)
        numbers[i] = i;
    std::shuffle(numbers.begin(), numbers.end(), order);
    block b{kernel, &body, {}, {}, 0, shared_limit, nullptr, shared_bytes, {}};
    current_block = &b;
    for (size_t number : numbers) {
        const auto n = static_cast<uint64_t>(number);
        blockIdx = {static_cast<unsigned>(n % grid.x), static_cast<unsigned>(n / grid.x % grid.y),
                    static_cast<unsigned>(n / grid.x / grid.y)};
        b.shared.clear();
        b.shared_bytes = shared_bytes;
        /* A block of its own each time, so that a sanitizer sees its ends. */
        b.dynamic = shared_bytes ? std::malloc(shared_bytes) : nullptr;
        if (b.dynamic) std::memset(b.dynamic, 0xFF, shared_bytes);
        prepare_threads(b);
        run_threads(b);
        std::free(b.dynamic);
    }
    current_block = nullptr;
}

void enter_shared(void *memory, size_t bytes)
{
    block &b = *current_block;
    if (std::find(b.shared.begin(), b.shared.end(), memory) != b.shared.end()) return;
    b.shared.push_back(memory);
    b.shared_bytes += bytes;
    if (b.shared_bytes > b.shared_limit) stop("uses more shared memory than it may");
    std::memset(memory, 0xFF, bytes);
}

void *dynamic_shared()
{
    return current_block->dynamic;
}

size_t dynamic_shared_bytes()
{
    return current_block->dynamic_bytes;
}

void wait_until(std::function<bool()> is_over)
{
    current->is_over = std::move(is_over);
    wait_as(state::waiting);
}

void enqueue_copy(std::function<void()> copy)
{
    current_block->copies.push_back(std::move(copy));
}

int lane()
{
    return current->number % warp_lanes;
}

uint64_t warp_collective(collective what, unsigned mask, uint64_t value, int source_lane)
{
    if (!(mask >> lane() & 1)) stop("takes part in a collective outside its mask");
    current->what = what;
    current->mask = mask;
    current->value = value;
    current->source_lane = source_lane;
    wait_as(state::at_collective);
    return current->result;
}

void barrier()
{
    wait_as(state::at_barrier);
}

} // namespace idi::emulation

void __syncthreads()
{
    idi::emulation::barrier();
}
