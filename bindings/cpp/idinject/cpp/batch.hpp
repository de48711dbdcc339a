/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/cpp/batch.hpp - files in, files out: one image or many. */
#ifndef IDINJECT_CPP_BATCH_HPP
#define IDINJECT_CPP_BATCH_HPP

#include <idinject/cpp/session.hpp>

#include <cstdint>
#include <exception>
#include <functional>

namespace idinject {
inline namespace IDINJECT_WAY {

/** Files in, file out. */
inline returns<void> generate_file(const context &context, const idi_generate_file_options &options)
{
    return detail::give(idi_generate_file(context.get(), &options));
}

/** Makes an image for each job: `next` fills one and returns true, or false: there are no more.
 * `done` (may be empty) hears of each in order, and returns false to stop. An exception of theirs
 * stops the run and is thrown on. */
class batch {
  public:
    using next_job = std::function<bool(std::int64_t index, idi_job &job)>;
    using job_done = std::function<bool(std::int64_t index, idi_status status)>;

    static returns<idi_batch_report> run(const model &generator, const model *recogniser,
                                         next_job next, job_done done = {},
                                         idi_batch_options options = defaults<idi_batch_options>())
    {
        batch calls{std::move(next), std::move(done), nullptr};
        options.generator = generator.get();
        options.recogniser = recogniser ? recogniser->get() : nullptr;
        options.next = on_next;
        options.done = on_done;
        options.user = &calls;
        idi_batch_report report = {};
        report.struct_size = sizeof report;
        const idi_status status = idi_batch_run(&options, &report);
#ifndef IDINJECT_NO_EXCEPTIONS
        if (calls.thrown) std::rethrow_exception(calls.thrown);
#endif
        return detail::give(status, [&] { return report; });
    }

  private:
    batch(next_job n, job_done d, std::exception_ptr t)
        : next(std::move(n)), done(std::move(d)), thrown(std::move(t))
    {
    }
    template <class F>
    int guarded(int stopped, F &&call)
    {
#ifdef IDINJECT_NO_EXCEPTIONS
        (void)stopped;
        return call();
#else
        if (thrown) return stopped;
        try {
            return call();
        } catch (...) {
            thrown = std::current_exception();
            return stopped;
        }
#endif
    }
    static int on_next(void *user, std::int64_t index, idi_job *job)
    {
        auto *self = static_cast<batch *>(user);
        return self->guarded(0, [&] { return self->next(index, *job) ? 1 : 0; });
    }
    static int on_done(void *user, std::int64_t index, idi_status status)
    {
        auto *self = static_cast<batch *>(user);
        return self->guarded(1, [&] { return self->done && !self->done(index, status) ? 1 : 0; });
    }
    next_job next;
    job_done done;
    std::exception_ptr thrown;
};

} // namespace IDINJECT_WAY
} // namespace idinject

#endif
