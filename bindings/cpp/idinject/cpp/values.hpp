/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/cpp/values.hpp - who and how: identities and styles. */
#ifndef IDINJECT_CPP_VALUES_HPP
#define IDINJECT_CPP_VALUES_HPP

#include <idinject/cpp/bitmap.hpp>

#include <cstdint>

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
