/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/cpp/session.hpp - a generator, planned for one batch and run often. */
#ifndef IDINJECT_CPP_SESSION_HPP
#define IDINJECT_CPP_SESSION_HPP

#include <idinject/cpp/values.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace idinject {
inline namespace IDINJECT_WAY {

/** What one run of a session reads, for each image of its batch. */
struct request {
    view<const std::uint8_t> labels;          /**< [batch, size, size] class indices */
    std::vector<const style *> styles;        /**< empty for models without styles */
    std::vector<const identity *> identities; /**< empty for models without identity */
    /** Of a session with a label mix: a second label map, and amounts of its codes [batch,
     * classes]; generate() alone. */
    view<const std::uint8_t> other_labels = {};
    view<const double> label_amounts = {};
    /** Of a session with noise: a seed for each image; generate() alone. */
    view<const std::uint64_t> noise_seeds = {};
    /** Called between steps; true stops the run (CANCELLED), an exception does and is thrown on.
     * May be empty; generate() alone. */
    std::function<bool()> should_stop = {};
    /** Each image's own status, in generate(): a bad one does not fail the others. May be empty. */
    view<idi_status> statuses = {};
};

/** A generator, planned for one batch. One thread at a time. */
class session : public detail::handle<idi_session> {
  public:
    static returns<session>
    create(const model &generator,
           const idi_session_options &options = defaults<idi_session_options>())
    {
        idi_model_info info = {};
        info.struct_size = sizeof info;
        idi_session *raw = nullptr;
        idi_status status = idi_model_get_info(generator.get(), &info);
        if (status == IDI_OK) status = idi_session_create(generator.get(), &options, &raw);
        return detail::give(status, [&] {
            return session(detail::own(raw, idi_session_destroy, generator.shared()), options.batch,
                           info);
        });
    }
    /** What create() would take. */
    static returns<idi_plan_report>
    plan(const model &generator,
         const idi_session_options &options = defaults<idi_session_options>())
    {
        idi_plan_report report = {};
        report.struct_size = sizeof report;
        const idi_status status = idi_session_plan(generator.get(), &options, &report);
        return detail::give(status, [&] { return report; });
    }
    std::int64_t batch() const { return batch_; }
    std::int64_t size() const { return size_; } /**< side of an image */

    /** [batch, size, size, 3] bytes. */
    returns<std::vector<std::uint8_t>> generate(const request &request)
    {
        std::vector<std::uint8_t> rgb(values());
        const maybe wrong = run(request, rgb, {});
        if (wrong) return detail::fail<std::vector<std::uint8_t>>(*wrong);
        return rgb;
    }
    /** Into the caller's memory: bytes, or floats from -1 to 1. */
    returns<void> generate(const request &request, view<std::uint8_t> rgb_out)
    {
        const maybe wrong = run(request, rgb_out, {});
        return wrong ? detail::fail(*wrong) : detail::done();
    }
    returns<void> generate(const request &request, view<float> image_out)
    {
        const maybe wrong = run(request, {}, image_out);
        return wrong ? detail::fail(*wrong) : detail::done();
    }
    /** In order on a stream of the caller's; labels and image are memory of the device. */
    returns<void> enqueue(void *stream, const request &request, view<float> image_out)
    {
        if (const maybe wrong = check(request, image_out.size())) return detail::fail(*wrong);
        const auto styles = detail::handles<idi_style>(request.styles);
        const auto identities = detail::handles<idi_identity>(request.identities);
        idi_enqueue run;
        idi_enqueue_init(&run);
        run.stream = stream;
        run.labels = request.labels.data();
        run.styles = styles.empty() ? nullptr : styles.data();
        run.identities = identities.empty() ? nullptr : identities.data();
        run.image_out = image_out.data();
        return detail::give(idi_session_enqueue(get(), &run));
    }

  private:
    using maybe = std::optional<error>;

    struct stopper {
        const std::function<bool()> &ask;
        detail::guard calls;
        static int on_step(void *user)
        {
            auto *self = static_cast<stopper *>(user);
            return self->calls.run(1, [&] { return self->ask() ? 1 : 0; });
        }
    };

    session(std::shared_ptr<idi_session> shared, std::int64_t batch, const idi_model_info &info)
        : handle(std::move(shared)), batch_(batch), size_(info.size), classes_(info.classes),
          style_width_(info.style_width)
    {
    }
    std::size_t values() const { return static_cast<std::size_t>(batch_ * size_ * size_ * 3); }
    maybe check(const request &request, std::size_t out) const
    {
        const auto batch = static_cast<std::size_t>(batch_);
        if (request.labels.size() != values() / 3)
            return error(IDI_ERR_SHAPE, "session: want labels of batch x size x size");
        if (request.styles.size() != (style_width_ || !request.styles.empty() ? batch : 0))
            return error(IDI_ERR_SHAPE, "session: want a style for each image");
        if (request.other_labels.data() && request.other_labels.size() != values() / 3)
            return error(IDI_ERR_SHAPE, "session: want other_labels of batch x size x size");
        if (request.label_amounts.data() &&
            request.label_amounts.size() != batch * static_cast<std::size_t>(classes_))
            return error(IDI_ERR_SHAPE, "session: want label_amounts of batch x classes");
        if (request.noise_seeds.data() && request.noise_seeds.size() != batch)
            return error(IDI_ERR_SHAPE, "session: want a noise seed for each image");
        if (request.statuses.data() && request.statuses.size() != batch)
            return error(IDI_ERR_SHAPE, "session: want room for a status for each image");
        if (!request.identities.empty() && request.identities.size() != batch)
            return error(IDI_ERR_SHAPE, "session: want an identity for each image");
        if (out != values())
            return error(IDI_ERR_SHAPE, "session: want room for batch x size x size x 3 values");
        return std::nullopt;
    }
    maybe run(const request &request, view<std::uint8_t> rgb_out, view<float> image_out)
    {
        if (maybe wrong = check(request, rgb_out.data() ? rgb_out.size() : image_out.size()))
            return wrong;
        const auto styles = detail::handles<idi_style>(request.styles);
        const auto identities = detail::handles<idi_identity>(request.identities);
        idi_generate run;
        idi_generate_init(&run);
        run.labels = request.labels.data();
        run.styles = styles.empty() ? nullptr : styles.data();
        run.identities = identities.empty() ? nullptr : identities.data();
        run.other_labels = request.other_labels.data();
        run.label_amounts = request.label_amounts.data();
        run.noise_seeds = request.noise_seeds.data();
        run.sample_status = request.statuses.data();
        run.rgb_out = rgb_out.data();
        run.image_out = image_out.data();
        stopper stop{request.should_stop, {}};
        if (stop.ask) run.should_stop = stopper::on_step;
        run.stop_user = &stop;
        const idi_status status = idi_session_generate(get(), &run);
        stop.calls.rethrow();
        return status == IDI_OK ? maybe() : maybe(detail::last_error(status));
    }
    std::int64_t batch_, size_, classes_, style_width_;
};

} // namespace IDINJECT_WAY
} // namespace idinject

#endif
