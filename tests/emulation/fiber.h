/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/fiber.h - functions that can be left in the middle and entered again. */
#ifndef IDI_TESTS_EMULATION_FIBER_H
#define IDI_TESTS_EMULATION_FIBER_H

#include <cstddef>

namespace idi::emulation {

/* A stack and a place on it. Stacks are kept for the process's life and used again. */
class fiber {
  public:
    fiber();
    fiber(const fiber &) = delete;
    fiber &operator=(const fiber &) = delete;

    /* The next resume() begins `function(argument)`, which must end with leave_for_good(). */
    void prepare(void (*function)(void *), void *argument);
    /* From outside: runs the fiber until it leaves. */
    void resume();
    /* From inside: back to resume()'s caller. */
    void leave();
    [[noreturn]] void leave_for_good();

  private:
    friend void fiber_entry();
    void switch_out(bool is_last);

    static constexpr size_t stack_bytes = 256 * 1024;
    char *stack_;
    void *inside_ = nullptr;  /* stack pointer while outside */
    void *outside_ = nullptr; /* stack pointer of resume()'s caller */
    void (*function_)(void *) = nullptr;
    void *argument_ = nullptr;
    /* AddressSanitizer's view of the two stacks. */
    void *fake_inside_ = nullptr;
    const void *outside_bottom_ = nullptr;
    size_t outside_bytes_ = 0;
};

} // namespace idi::emulation

#endif
