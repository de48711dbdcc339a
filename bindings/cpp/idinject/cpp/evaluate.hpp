/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/cpp/evaluate.hpp - how well a recogniser tells people apart, and what images with an
 * injected identity achieve. */
#ifndef IDINJECT_CPP_EVALUATE_HPP
#define IDINJECT_CPP_EVALUATE_HPP

#include <idinject/cpp/context.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace idinject {
inline namespace IDINJECT_WAY {

/** options: defaults<idi_evaluate_options>() with, at least, data. */
inline returns<idi_recogniser_result>
evaluate_recogniser(const model &recogniser, idi_evaluate_options options, progress_heard hear = {})
{
    detail::listener listener{std::move(hear), {}};
    listener.listen(options);
    idi_recogniser_result found = {};
    found.struct_size = sizeof found;
    const idi_status status = idi_evaluate_recogniser(recogniser.get(), &options, &found);
    listener.calls.rethrow();
    return detail::give(status, [&] { return found; });
}

/** recognisers: the first reads the identities, the others judge alone. */
inline returns<idi_generator_result>
evaluate_generator(const model &generator, const std::vector<const model *> &recognisers,
                   idi_evaluate_options options, progress_heard hear = {})
{
    detail::listener listener{std::move(hear), {}};
    listener.listen(options);
    const auto judges = detail::handles<idi_model>(recognisers);
    idi_generator_result found = {};
    found.struct_size = sizeof found;
    const idi_status status = idi_evaluate_generator(
        generator.get(), judges.data(), static_cast<std::int64_t>(judges.size()), &options, &found);
    listener.calls.rethrow();
    return detail::give(status, [&] { return found; });
}

} // namespace IDINJECT_WAY
} // namespace idinject

#endif
