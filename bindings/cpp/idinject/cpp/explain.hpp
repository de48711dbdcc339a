/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/cpp/explain.hpp - which tokens a generator's cross-attention draws on, and where. */
#ifndef IDINJECT_CPP_EXPLAIN_HPP
#define IDINJECT_CPP_EXPLAIN_HPP

#include <idinject/cpp/values.hpp>

#include <cstdint>

namespace idinject {
inline namespace IDINJECT_WAY {

/** One image and its attention at every resolution. What it shows is its own, as long as it is
 * there. */
class explanation : public detail::handle<idi_explanation> {
  public:
    /** identity: NULL for a model without. */
    static returns<explanation> of(const model &generator, const bitmap_view &labels,
                                   const style &style, const identity *identity)
    {
        idi_explanation *raw = nullptr;
        const idi_status status = idi_explain(generator.get(), labels.get(), style.get(),
                                              identity ? identity->get() : nullptr, &raw);
        return detail::give(status, [&] {
            return explanation(detail::own(raw, idi_explanation_destroy, generator.shared()));
        });
    }
    idi_explanation_info info() const
    {
        idi_explanation_info info = {};
        info.struct_size = sizeof info;
        (void)(idi_explanation_get_info(get(), &info) == IDI_OK); /* zeros after a move */
        return info;
    }
    bitmap_view image() const { return *idi_explanation_image(get()); }
    /** A block's shares [side, side, tokens]; empty: no such block. */
    view<const float> map(std::int64_t block) const
    {
        std::int64_t side = 0;
        const float *shares = idi_explanation_map(get(), block, &side);
        return {shares, shares ? static_cast<std::size_t>(side * side * info().tokens) : 0};
    }
    /** The block's shares [classes, tokens] by region; NaN in rows of classes that are not there.
     */
    view<const float> regions(std::int64_t block) const
    {
        const auto i = info();
        const float *shares = idi_explanation_regions(get(), block);
        return {shares, shares ? static_cast<std::size_t>(i.classes * i.tokens) : 0};
    }

  private:
    using handle::handle;
};

} // namespace IDINJECT_WAY
} // namespace idinject

#endif
