/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/cpp/attack.hpp - an injected identity that is searched by gradient. */
#ifndef IDINJECT_CPP_ATTACK_HPP
#define IDINJECT_CPP_ATTACK_HPP

#include <idinject/cpp/values.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace idinject {
inline namespace IDINJECT_WAY {

/** Whom an attack is searched for: recognisers, and as whom each of them shall see the image. */
struct attack_target {
    std::vector<const model *> recognisers;
    std::vector<const identity *> seen_as; /**< one a recogniser, by it */
};

/** What idi_attack_search() found. */
class attack : public detail::handle<idi_attack_result> {
  public:
    /** own, token: who is in the picture and who is injected, by the generator's recogniser. */
    static returns<attack> search(const model &generator, const attack_target &target,
                                  const bitmap_view &labels, const style &style,
                                  const identity &own, const identity &token,
                                  idi_attack_options options = defaults<idi_attack_options>(),
                                  progress_heard hear = {})
    {
        if (target.recognisers.size() != target.seen_as.size())
            return detail::fail<attack>(error(IDI_ERR_SHAPE, "attack: want a target for each"));
        const auto recognisers = detail::handles<idi_model>(target.recognisers);
        const auto targets = detail::handles<idi_identity>(target.seen_as);
        detail::listener listener{std::move(hear), {}};
        listener.listen(options);
        idi_attack_result *raw = nullptr;
        const idi_status status =
            idi_attack_search(generator.get(), recognisers.data(), targets.data(),
                              static_cast<std::int64_t>(recognisers.size()), labels.get(),
                              style.get(), own.get(), token.get(), &options, &raw);
        listener.calls.rethrow();
        return detail::give(status, [&] {
            return attack(detail::own(raw, idi_attack_result_destroy, generator.shared()));
        });
    }
    /** These four are this object's, as long as it is there. */
    bitmap_view image() const { return *idi_attack_result_image(get()); }
    bitmap_view reference() const { return *idi_attack_result_reference(get()); }
    view<const float> identity_numbers() const
    {
        std::int64_t count = 0;
        const float *numbers = idi_identity_data(idi_attack_result_identity(get()), &count);
        return {numbers, static_cast<std::size_t>(count)};
    }
    view<const float> style_numbers() const
    {
        std::int64_t classes = 0, width = 0;
        const float *numbers = idi_style_data(idi_attack_result_style(get()), &classes, &width);
        return {numbers, static_cast<std::size_t>(classes * width)};
    }
    double ssim() const { return idi_attack_result_ssim(get()); }
    /** Cosines to the target by a recogniser, of the reference and of the image. */
    returns<std::pair<double, double>> cosine(std::int64_t recogniser) const
    {
        double before = 0.0, after = 0.0;
        const idi_status status = idi_attack_result_cosine(get(), recogniser, &before, &after);
        return detail::give(status, [&] { return std::make_pair(before, after); });
    }

  private:
    using handle::handle;
};

} // namespace IDINJECT_WAY
} // namespace idinject

#endif
