/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/cpp/values.hpp - who and how: identities and styles. */
#ifndef IDINJECT_CPP_VALUES_HPP
#define IDINJECT_CPP_VALUES_HPP

#include <idinject/cpp/bitmap.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace idinject {
inline namespace IDINJECT_WAY {

/** Who: a unit vector of a recogniser. Immutable. */
class identity : public detail::handle<idi_identity> {
  public:
    static returns<identity> from_image(const model &recogniser, const bitmap_view &face)
    {
        idi_identity *raw = nullptr;
        const idi_status status = idi_identity_from_image(recogniser.get(), face.get(), &raw);
        return adopt(status, raw, recogniser.shared());
    }
    static returns<identity> from_array(const context &context, view<const float> numbers,
                                        const char *fingerprint = nullptr)
    {
        idi_identity *raw = nullptr;
        const idi_status status =
            idi_identity_from_array(context.get(), numbers.data(),
                                    static_cast<std::int64_t>(numbers.size()), fingerprint, &raw);
        return adopt(status, raw, context.shared());
    }
    view<const float> data() const
    {
        std::int64_t count = 0;
        const float *numbers = idi_identity_data(get(), &count);
        return {numbers, static_cast<std::size_t>(count)};
    }
    const char *fingerprint() const { return idi_identity_fingerprint(get()); }
    returns<double> similarity(const identity &other) const
    {
        double cosine = 0.0;
        const idi_status status = idi_identity_similarity(get(), other.get(), &cosine);
        return detail::give(status, [&] { return cosine; });
    }
    /** 0 gives this one, 1 gives `other`. */
    returns<identity> slerp(const identity &other, double t) const
    {
        idi_identity *raw = nullptr;
        const idi_status status = idi_identity_slerp(get(), other.get(), t, &raw);
        return adopt(status, raw, shared());
    }
    /** Several people in one; no weights: in equal parts. */
    static returns<identity> mix(const std::vector<const identity *> &people,
                                 view<const double> weights = {})
    {
        if (people.empty() || (weights.data() && weights.size() != people.size()))
            return detail::fail<identity>(error(IDI_ERR_SHAPE, "mix: want a weight for each"));
        const auto list = detail::handles<idi_identity>(people);
        idi_identity *raw = nullptr;
        const idi_status status = idi_identity_mix(list.data(), weights.data(),
                                                   static_cast<std::int64_t>(list.size()), &raw);
        return adopt(status, raw, people[0]->shared());
    }
    /** One person from photographs, and which of them count. */
    static returns<std::pair<identity, std::vector<int>>>
    average(const std::vector<const identity *> &photographs, double least_similarity)
    {
        using both = std::pair<identity, std::vector<int>>;
        if (photographs.empty())
            return detail::fail<both>(error(IDI_ERR_ARG, "average: of no identity"));
        const auto list = detail::handles<idi_identity>(photographs);
        std::vector<int> is_kept(list.size());
        idi_identity *raw = nullptr;
        const idi_status status =
            idi_identity_average(list.data(), static_cast<std::int64_t>(list.size()),
                                 least_similarity, is_kept.data(), nullptr, &raw);
        return detail::give(status, [&] {
            return both(identity(detail::own(raw, idi_identity_destroy, photographs[0]->shared())),
                        is_kept);
        });
    }

  private:
    using handle::handle;
    static returns<identity> adopt(idi_status status, idi_identity *raw,
                                   std::shared_ptr<void> origin)
    {
        return detail::give(status, [&] {
            return identity(detail::own(raw, idi_identity_destroy, std::move(origin)));
        });
    }
};

/** How: one style code a class, of a generator. Immutable. */
class style : public detail::handle<idi_style> {
  public:
    static returns<style> from_image(const model &generator, const bitmap_view &photo,
                                     const bitmap_view &labels)
    {
        idi_style *raw = nullptr;
        const idi_status status =
            idi_style_from_image(generator.get(), photo.get(), labels.get(), &raw);
        return adopt(status, raw, generator.shared());
    }
    /** [classes, width], row-major. */
    static returns<style> from_array(const context &context, view<const float> numbers,
                                     std::int64_t classes, std::int64_t width)
    {
        if (static_cast<std::int64_t>(numbers.size()) != classes * width)
            return detail::fail<style>(error(IDI_ERR_SHAPE, "style: want classes x width numbers"));
        idi_style *raw = nullptr;
        const idi_status status =
            idi_style_from_array(context.get(), numbers.data(), classes, width, &raw);
        return adopt(status, raw, context.shared());
    }
    /** A look of noise, by the model's mapping network. */
    static returns<style> from_noise(const model &generator, std::uint64_t seed,
                                     const bitmap_view &labels)
    {
        idi_style *raw = nullptr;
        const idi_status status = idi_style_from_noise(generator.get(), seed, labels.get(), &raw);
        return adopt(status, raw, generator.shared());
    }
    /** amounts: one a class; 0 keeps this one's code, 1 is `other`'s. */
    returns<style> mix(const style &other, view<const double> amounts) const
    {
        idi_style *raw = nullptr;
        const idi_status status = idi_style_mix(get(), other.get(), amounts.data(),
                                                static_cast<std::int64_t>(amounts.size()), &raw);
        return adopt(status, raw, shared());
    }
    /** Styles for a batch: table [samples, classes] has places in the pool. */
    static returns<std::vector<style>> table(const std::vector<const style *> &pool,
                                             view<const std::int32_t> table, std::int64_t classes)
    {
        const auto count = static_cast<std::int64_t>(table.size());
        if (pool.empty() || classes < 1 || count < classes || count % classes)
            return detail::fail<std::vector<style>>(
                error(IDI_ERR_SHAPE, "style table: want samples x classes places in a pool"));
        const auto list = detail::handles<idi_style>(pool);
        std::vector<idi_style *> raw(static_cast<std::size_t>(count / classes));
        const idi_status status =
            idi_style_table(list.data(), static_cast<std::int64_t>(list.size()), table.data(),
                            count / classes, classes, raw.data());
        return detail::give(status, [&] {
            std::vector<style> made;
            for (idi_style *one : raw)
                made.push_back(style(detail::own(one, idi_style_destroy, pool[0]->shared())));
            return made;
        });
    }
    /** Each class's mean code, without those of absent classes. */
    static returns<style> average(const std::vector<const style *> &styles)
    {
        if (styles.empty())
            return detail::fail<style>(error(IDI_ERR_ARG, "style: the average of no styles"));
        const auto list = detail::handles<idi_style>(styles);
        idi_style *raw = nullptr;
        const idi_status status =
            idi_style_average(list.data(), static_cast<std::int64_t>(list.size()), &raw);
        return adopt(status, raw, styles[0]->shared());
    }
    /** This style with `mean`'s codes for the classes whose code is zeros (SEAN: absent ones). */
    returns<style> complete(const style &mean) const
    {
        idi_style *raw = nullptr;
        const idi_status status = idi_style_complete(get(), mean.get(), &raw);
        return adopt(status, raw, shared());
    }
    view<const float> data() const
    {
        std::int64_t classes = 0, width = 0;
        const float *numbers = idi_style_data(get(), &classes, &width);
        return {numbers, static_cast<std::size_t>(classes * width)};
    }

  private:
    using handle::handle;
    static returns<style> adopt(idi_status status, idi_style *raw, std::shared_ptr<void> origin)
    {
        return detail::give(
            status, [&] { return style(detail::own(raw, idi_style_destroy, std::move(origin))); });
    }
};

} // namespace IDINJECT_WAY
} // namespace idinject

#endif
