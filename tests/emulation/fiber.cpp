/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/fiber.cpp - see fiber.h. A switch is a handful of instructions on x86-64 and
 * AArch64: the C library's own would make a system call each time. */
#include "fiber.h"

#include <cstdint>
#include <cstdlib>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#else
static void __sanitizer_start_switch_fiber(void **, const void *, size_t) {}
static void __sanitizer_finish_switch_fiber(void *, const void **, size_t *) {}
#endif

/* Saves what a function call must keep, stores the stack pointer in *from, continues at `to`. */
extern "C" void idi_fiber_switch(void **from, void *to);

#if defined(__x86_64__)
asm(R"(
.text
.globl idi_fiber_switch
.type idi_fiber_switch, @function
idi_fiber_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size idi_fiber_switch, .-idi_fiber_switch
)");
constexpr int saved_words = 6; /* then the return address */
#elif defined(__aarch64__)
asm(R"(
.text
.globl idi_fiber_switch
.type idi_fiber_switch, %function
idi_fiber_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp d8, d9, [sp, #80]
    stp d10, d11, [sp, #96]
    stp d12, d13, [sp, #112]
    stp d14, d15, [sp, #128]
    stp x29, x30, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp d8, d9, [sp, #80]
    ldp d10, d11, [sp, #96]
    ldp d12, d13, [sp, #112]
    ldp d14, d15, [sp, #128]
    ldp x29, x30, [sp, #144]
    add sp, sp, #160
    ret
.size idi_fiber_switch, .-idi_fiber_switch
)");
constexpr int saved_words = 19; /* x30 is word 19 */
#else
#error "tests/emulation/fiber.cpp: no stack switch for this processor"
#endif

namespace idi::emulation {

static fiber *entering; /* the fiber that fiber_entry() begins */

void fiber_entry()
{
    fiber *self = entering;
    __sanitizer_finish_switch_fiber(nullptr, &self->outside_bottom_, &self->outside_bytes_);
    self->function_(self->argument_);
    std::abort(); /* functions end with leave_for_good() */
}

fiber::fiber()
{
    void *memory = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    stack_ = static_cast<char *>(memory);
}

void fiber::prepare(void (*function)(void *), void *argument)
{
    function_ = function;
    argument_ = argument;
    fake_inside_ = nullptr;
    /* As if idi_fiber_switch had been called from the start of fiber_entry. */
    auto *top = reinterpret_cast<uintptr_t *>(stack_ + stack_bytes) - 2;
#if defined(__x86_64__)
    uintptr_t *sp = top - 1 - saved_words - 1;
#else
    uintptr_t *sp = top - 20;
#endif
    for (int i = 0; i < saved_words; i++)
        sp[i] = 0;
    sp[saved_words] = reinterpret_cast<uintptr_t>(&fiber_entry);
    inside_ = sp;
}

void fiber::resume()
{
    entering = this;
    void *fake_outside = nullptr;
    __sanitizer_start_switch_fiber(&fake_outside, stack_, stack_bytes);
    idi_fiber_switch(&outside_, inside_);
    __sanitizer_finish_switch_fiber(fake_outside, nullptr, nullptr);
}

void fiber::switch_out(bool is_last)
{
    __sanitizer_start_switch_fiber(is_last ? nullptr : &fake_inside_, outside_bottom_,
                                   outside_bytes_);
    idi_fiber_switch(&inside_, outside_);
    __sanitizer_finish_switch_fiber(fake_inside_, &outside_bottom_, &outside_bytes_);
}

void fiber::leave()
{
    switch_out(false);
}

void fiber::leave_for_good()
{
    switch_out(true);
    std::abort();
}

} // namespace idi::emulation
