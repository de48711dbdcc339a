/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/asynchronous.cpp - see asynchronous.h. */
#include "asynchronous.h"
#include "block.h"
#include "emulation.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace idi::emulation {

namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/* A barrier's 64 bits. Fresh shared memory is all ones, which no barrier that was made is. */
struct counts {
    uint64_t pending : 15; /* arrivals that the phase lacks */
    uint64_t count : 15;
    uint64_t bytes : 33; /* announced less copied, plus bytes_zero: copies may be first */
    uint64_t parity : 1;
};
static_assert(sizeof(counts) == sizeof(uint64_t), "as on a device");

constexpr uint64_t bytes_zero = (uint64_t)1 << 32;
constexpr unsigned most_arrivals = (1u << 15) - 2;

counts read(const uint64_t *barrier)
{
    counts c;
    std::memcpy(&c, barrier, sizeof c);
    if (c.count > most_arrivals) stop("uses a barrier that was not made");
    return c;
}

void write(uint64_t *barrier, counts c)
{
    if (c.pending == 0 && c.bytes == bytes_zero) {
        c.pending = c.count;
        c.parity ^= 1;
    }
    std::memcpy(barrier, &c, sizeof c);
}

bool is_aligned(const void *p)
{
    return reinterpret_cast<uintptr_t>(p) % 16 == 0;
}

/* b as the descriptor says it lies in shared memory. */
struct matrix {
    size_t start, k_bytes, n_bytes;

    explicit matrix(uint64_t bits)
        : start((bits & 0x3FFF) << 4), k_bytes((bits >> 16 & 0x3FFF) << 4),
          n_bytes((bits >> 32 & 0x3FFF) << 4)
    {
        if (bits >> 49) stop("a matrix with a swizzle, which is not modelled");
    }

    /* 16 bytes: eight numbers of a column. */
    const unsigned char *column(int k_unit, int n) const
    {
        const size_t at = start + k_unit * k_bytes + n / 8 * n_bytes + n % 8 * 16;
        if (at + 16 > dynamic_shared_bytes()) stop("a matrix beyond the shared memory");
        return static_cast<const unsigned char *>(dynamic_shared()) + at;
    }
};

struct product {
    float *c;
    const uint32_t *a;
    uint32_t a_then[4];
    uint64_t b;
    int n;
    std::vector<unsigned char> b_then; /* [2][n][16], lane 0's alone */
    int group;
};

/* What registers will hold when the products in flight are done. */
struct sums {
    float *c;
    std::vector<float> value;
    int products;
};

struct flight {
    std::vector<product> products;
    std::vector<sums> accumulators;
    int groups; /* committed */
    bool is_fenced;
};

constexpr int most_threads = 1024;
flight flights[most_threads]; /* one block runs at a time */

int thread_number()
{
    return (int)((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x);
}

flight &own_flight()
{
    return flights[thread_number()];
}

/* A warp's operands as floats, for a moment between two of its collectives. */
struct operands {
    uint32_t a[32][4];
    float b[16][256];
};
operands warps[most_threads / 32];
uint64_t histories[most_threads / 32]; /* what a warp's products were, in one number */

/* A thread of each warp keeps the history. */
void remember(uint64_t what)
{
    uint64_t &history = histories[thread_number() / 32];
    if (lane() == 0) history = (history + what) * 0x9E3779B97F4A7C15u + 1;
}

void read_matrix(operands &o, const product &p, float (*to_float)(const void *))
{
    const matrix b(p.b);
    for (int n = lane(); n < p.n; n += 32)
        for (int k = 0; k < 16; k++)
            o.b[k][n] = to_float(b.column(k / 8, n) + k % 8 * 2);
}

std::vector<unsigned char> copy_matrix(const product &p)
{
    const matrix b(p.b);
    std::vector<unsigned char> bytes;
    for (int k = 0; k < 2; k++)
        for (int n = 0; n < p.n; n++)
            bytes.insert(bytes.end(), b.column(k, n), b.column(k, n) + 16);
    return bytes;
}

/* The thread's sums: rows lane/4 and 8 more, columns 2*(lane%4) and one more of each eight. */
void add_products(sums &to, const operands &o, int n, float (*to_float)(const void *))
{
    for (int half = 0; half < 2; half++) {
        float row[16];
        for (int k = 0; k < 16; k++) {
            const uint32_t *a = o.a[lane() / 4 * 4 + k % 8 / 2];
            row[k] = to_float(reinterpret_cast<const uint16_t *>(a + half + k / 8 * 2) + k % 2);
        }
        for (int i = 0; i < n / 4; i++) {
            const int column = i / 2 * 8 + lane() % 4 * 2 + i % 2;
            float &sum = to.value[i / 2 * 4 + half * 2 + i % 2];
            for (int k = 0; k < 16; k++)
                sum += row[k] * o.b[k][column];
        }
    }
}

/* The accumulator's future; its present becomes NaN. */
sums &take_sums(flight &f, float *c, int n, bool adds)
{
    auto found = std::find_if(f.accumulators.begin(), f.accumulators.end(),
                              [c](const sums &s) { return s.c == c; });
    if (found == f.accumulators.end()) {
        f.accumulators.push_back({c, std::vector<float>(c, c + n / 2), 0});
        found = f.accumulators.end() - 1;
        std::fill(c, c + n / 2, nan);
    }
    if (!adds) std::fill(found->value.begin(), found->value.end(), 0.0f);
    found->products++;
    return *found;
}

void finish(flight &f, const product &p)
{
    if (std::memcmp(p.a, p.a_then, sizeof p.a_then) != 0)
        stop("registers of a product in flight have changed");
    if (lane() == 0 && p.b_then != copy_matrix(p))
        stop("shared memory of a product in flight has changed");
    const auto done = std::find_if(f.accumulators.begin(), f.accumulators.end(),
                                   [&p](const sums &s) { return s.c == p.c; });
    if (--done->products > 0) return;
    std::copy(done->value.begin(), done->value.end(), done->c);
    f.accumulators.erase(done);
}

} // namespace

void barrier_init(uint64_t *barrier, unsigned count)
{
    if (count == 0 || count > most_arrivals) stop("a barrier of an impossible count");
    counts c = {};
    c.pending = count;
    c.count = count;
    c.bytes = bytes_zero;
    write(barrier, c);
}

void barrier_arrive(uint64_t *barrier, unsigned bytes)
{
    counts c = read(barrier);
    if (c.pending == 0) stop("one arrival more than a barrier counts");
    c.bytes += bytes;
    c.pending--;
    write(barrier, c);
}

void barrier_wait(uint64_t *barrier, unsigned parity)
{
    (void)read(barrier);
    wait_until([=] { return read(barrier).parity != parity; });
}

void copy_bulk(void *to, const void *from, size_t bytes, uint64_t *barrier)
{
    if (!is_aligned(to) || !is_aligned(from) || bytes % 16 != 0)
        stop("a bulk copy that is not of whole 16 bytes");
    (void)read(barrier);
    if (shared_offset(to) + bytes > dynamic_shared_bytes())
        stop("a bulk copy beyond the shared memory");
    std::memset(to, 0xFF, bytes);
    enqueue_copy([=] {
        std::memcpy(to, from, bytes);
        counts c = read(barrier);
        c.bytes -= bytes;
        write(barrier, c);
    });
}

unsigned shared_offset(const void *p)
{
    const auto offset = static_cast<const char *>(p) - static_cast<const char *>(dynamic_shared());
    if (offset < 0 || static_cast<size_t>(offset) >= dynamic_shared_bytes())
        stop("an address that is not in the dynamic shared memory");
    return static_cast<unsigned>(offset);
}

void wgmma(float *c, int n, const uint32_t *a, uint64_t b, bool adds,
           float (*to_float)(const void *bits))
{
    flight &f = own_flight();
    if (!f.is_fenced) stop("a product without a fence before it");
    product p = {c, a, {}, b, n, {}, f.groups};
    std::memcpy(p.a_then, a, sizeof p.a_then);
    if (lane() == 0) p.b_then = copy_matrix(p);
    remember(b ^ (uint64_t)n << 50 ^ (uint64_t)adds << 60);
    operands &o = warps[thread_number() / 32];
    std::memcpy(o.a[lane()], a, sizeof p.a_then);
    read_matrix(o, p, to_float);
    __syncwarp();
    add_products(take_sums(f, c, n, adds), o, n, to_float);
    f.products.push_back(std::move(p));
    __syncwarp(); /* before a next call writes */
}

void wgmma_fence()
{
    __syncwarp();
    own_flight().is_fenced = true;
}

void wgmma_commit()
{
    __syncwarp();
    remember(1);
    own_flight().groups++;
}

void wgmma_wait(int groups)
{
    __syncwarp();
    remember(2 + (uint64_t)groups);
    flight &f = own_flight();
    f.is_fenced = false;
    while (!f.products.empty() && f.products.front().group < f.groups - groups) {
        finish(f, f.products.front());
        f.products.erase(f.products.begin());
    }
}

void begin_products()
{
    own_flight() = {};
    if (lane() == 0) histories[thread_number() / 32] = 0;
}

void end_products()
{
    if (!own_flight().products.empty()) stop("ends before its products do");
}

void compare_warpgroups(int warps)
{
    for (int warp = 0; warp < warps; warp++)
        if (histories[warp] != histories[warp / 4 * 4])
            stop("warps of a warpgroup made different products");
}

} // namespace idi::emulation
