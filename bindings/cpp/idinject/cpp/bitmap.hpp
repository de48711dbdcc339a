/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/cpp/bitmap.hpp - pictures and label maps. */
#ifndef IDINJECT_CPP_BITMAP_HPP
#define IDINJECT_CPP_BITMAP_HPP

#include <idinject/cpp/context.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace idinject {
inline namespace IDINJECT_WAY {

/** A picture or a label map in somebody's memory. */
class bitmap_view {
  public:
    bitmap_view(const idi_bitmap &bitmap) : bitmap_(bitmap) {}
    bitmap_view(view<const std::uint8_t> pixels, std::int64_t width, std::int64_t height)
        : bitmap_{const_cast<std::uint8_t *>(pixels.data()), width, height,
                  width * height > 0 ? static_cast<int>(static_cast<std::int64_t>(pixels.size()) /
                                                        (width * height))
                                     : 0}
    {
    }
    std::int64_t width() const { return bitmap_.width; }
    std::int64_t height() const { return bitmap_.height; }
    int channels() const { return bitmap_.channels; }
    view<const std::uint8_t> pixels() const
    {
        return {bitmap_.data, static_cast<std::size_t>(width() * height() * channels())};
    }
    const idi_bitmap *get() const { return &bitmap_; }
    returns<void> save(const context &context, const std::string &path,
                       unsigned flags = IDI_SAVE_DEFAULT) const
    {
        return detail::give(idi_bitmap_save(context.get(), path.c_str(), &bitmap_, flags));
    }

  private:
    idi_bitmap bitmap_; /* never written through */
};

/** Writes an animated PNG: frames of one size, each shown for so many milliseconds. */
inline returns<void> save_animation(const context &context, const std::string &path,
                                    const std::vector<bitmap_view> &frames, std::int64_t delay_ms,
                                    unsigned flags = IDI_SAVE_DEFAULT)
{
    std::vector<idi_bitmap> raw;
    for (const bitmap_view &frame : frames)
        raw.push_back(*frame.get());
    return detail::give(idi_bitmap_save_animation(context.get(), path.c_str(), raw.data(),
                                                  static_cast<std::int64_t>(raw.size()), delay_ms,
                                                  flags));
}

/** A picture or a label map of its own. */
class bitmap : public bitmap_view {
  public:
    static returns<bitmap> load(const context &context, const std::string &path)
    {
        idi_bitmap raw = {};
        return adopt(idi_bitmap_load(context.get(), path.c_str(), &raw), raw, context);
    }
    /** In the order "celebamask", whatever the file's scheme is. */
    static returns<bitmap> load_labels(const context &context, const std::string &path,
                                       const char *scheme = nullptr)
    {
        idi_bitmap raw = {};
        return adopt(idi_bitmap_load_labels(context.get(), path.c_str(), scheme, &raw), raw,
                     context);
    }
    static returns<bitmap> resize(const context &context, const bitmap_view &from,
                                  std::int64_t width, std::int64_t height)
    {
        idi_bitmap raw = {};
        return adopt(idi_bitmap_resize(context.get(), from.get(), width, height, &raw), raw,
                     context);
    }
    /** As JPEG, resampled, blurred or with noise: what befalls pictures on their way. */
    static returns<bitmap> degrade(const context &context, const bitmap_view &from,
                                   idi_degradation degradation, std::uint64_t seed = 0)
    {
        idi_bitmap raw = {};
        return adopt(idi_bitmap_degrade(context.get(), from.get(), degradation, seed, &raw), raw,
                     context);
    }
    /** `base` with parts of another person's label map. */
    static returns<bitmap> take_labels(const context &context, const bitmap_view &base,
                                       const bitmap_view &other, view<const std::int64_t> classes)
    {
        idi_bitmap raw = {};
        return adopt(idi_labels_take(context.get(), base.get(), other.get(), classes.data(),
                                     static_cast<std::int64_t>(classes.size()), &raw),
                     raw, context);
    }
    /** A procedural portrait and its label map. */
    static returns<std::pair<bitmap, bitmap>>
    portrait(const context &context, std::uint64_t identity, std::uint64_t photo, std::int64_t size)
    {
        idi_bitmap rgb = {}, labels = {};
        const idi_status status =
            idi_portrait_draw(context.get(), identity, photo, size, &rgb, &labels, nullptr);
        return detail::give(status, [&] {
            bitmap first(rgb, context), second(labels, context);
            return std::make_pair(std::move(first), std::move(second));
        });
    }

  private:
    struct freer {
        idi_bitmap raw;
        std::shared_ptr<idi_context> origin;
        void operator()(std::uint8_t *) { idi_bitmap_free(origin.get(), &raw); }
    };
    bitmap(const idi_bitmap &raw, const context &context)
        : bitmap_view(raw), owner_(raw.data, freer{raw, context.shared()})
    {
    }
    static returns<bitmap> adopt(idi_status status, const idi_bitmap &raw, const context &context)
    {
        return detail::give(status, [&] { return bitmap(raw, context); });
    }
    std::unique_ptr<std::uint8_t, freer> owner_;
};

} // namespace IDINJECT_WAY
} // namespace idinject

#endif
