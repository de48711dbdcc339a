/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/cpp/batch.hpp - files in, files out: one image or many. */
#ifndef IDINJECT_CPP_BATCH_HPP
#define IDINJECT_CPP_BATCH_HPP

#include <idinject/cpp/session.hpp>

#include <cstdint>
#include <functional>

namespace idinject {
inline namespace IDINJECT_WAY {

/** Files in, file out. */
inline returns<void> generate_file(const context &context, const idi_generate_file_options &options)
{
    return detail::give(idi_generate_file(context.get(), &options));
}

/** Makes an image for each job: `next` fills one and returns true, or false: there are no more.
 * `done` (may be empty) hears of each in order, `file` (the same) before that of what was made;
 * both return false to stop. An exception of theirs stops the run and is thrown on. A job's values
 * are get() of bitmaps, styles and identities, which stay as they are until `done`. */
class batch {
  public:
    using next_job = std::function<bool(std::int64_t index, idi_job &job)>;
    using job_done = std::function<bool(std::int64_t index, idi_status status)>;
    using job_file = std::function<bool(std::int64_t index, const idi_job_file &file)>;

    static returns<idi_batch_report> run(const model &generator, const model *recogniser,
                                         next_job next, job_done done = {},
                                         idi_batch_options options = defaults<idi_batch_options>(),
                                         job_file file = {})
    {
        batch calls{std::move(next), std::move(done), std::move(file), {}};
        options.generator = generator.get();
        options.recogniser = recogniser ? recogniser->get() : nullptr;
        options.next = on_next;
        options.done = on_done;
        if (calls.file) options.file = on_file;
        options.user = &calls;
        idi_batch_report report = {};
        report.struct_size = sizeof report;
        const idi_status status = idi_batch_run(&options, &report);
        calls.guarded.rethrow();
        return detail::give(status, [&] { return report; });
    }

  private:
    batch(next_job n, job_done d, job_file f, detail::guard g)
        : next(std::move(n)), done(std::move(d)), file(std::move(f)), guarded(std::move(g))
    {
    }
    static int on_next(void *user, std::int64_t index, idi_job *job)
    {
        auto *self = static_cast<batch *>(user);
        return self->guarded.run(0, [&] { return self->next(index, *job) ? 1 : 0; });
    }
    static int on_done(void *user, std::int64_t index, idi_status status)
    {
        auto *self = static_cast<batch *>(user);
        return self->guarded.run(1,
                                 [&] { return self->done && !self->done(index, status) ? 1 : 0; });
    }
    static int on_file(void *user, std::int64_t index, const idi_job_file *made)
    {
        auto *self = static_cast<batch *>(user);
        return self->guarded.run(1, [&] { return self->file(index, *made) ? 0 : 1; });
    }
    next_job next;
    job_done done;
    job_file file;
    detail::guard guarded;
};

} // namespace IDINJECT_WAY
} // namespace idinject

#endif
