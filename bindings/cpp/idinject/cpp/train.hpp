/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/cpp/train.hpp - training networks from nothing, in a folder that a training can be
 * stopped in and gone on with. */
#ifndef IDINJECT_CPP_TRAIN_HPP
#define IDINJECT_CPP_TRAIN_HPP

#include <idinject/cpp/context.hpp>

#include <functional>
#include <string>
#include <utility>

namespace idinject {
inline namespace IDINJECT_WAY {

/** Trains the network of a recipe: step_done (may be empty) hears of each step, before the first
 * one too, and returns false to stop. An exception of its stops the training and is thrown on. Both
 * write a checkpoint, from which the same call goes on. */
class training {
  public:
    using step_done = std::function<bool(const idi_training_progress &progress)>;

    /** network: "recogniser" or "generator", which the recipe then has to be of; NULL: either.
     * Stopped by step_done: CANCELLED. */
    static returns<idi_training_progress> run(const context &context, const std::string &recipe,
                                              const std::string &folder, step_done done = {},
                                              const char *network = nullptr)
    {
        training calls{std::move(done), {}};
        auto options = defaults<idi_training_options>();
        options.recipe = recipe.c_str();
        options.folder = folder.c_str();
        options.network = network;
        options.progress = on_step;
        options.user = &calls;
        idi_training_progress report = {};
        report.struct_size = sizeof report;
        const idi_status status = idi_train(context.get(), &options, &report);
        calls.guarded.rethrow();
        return detail::give(status, [&] { return report; });
    }

  private:
    training(step_done d, detail::guard g) : done(std::move(d)), guarded(std::move(g)) {}
    static int on_step(void *user, const idi_training_progress *progress)
    {
        auto *self = static_cast<training *>(user);
        return self->guarded.run(1, [&] { return self->done && !self->done(*progress) ? 1 : 0; });
    }
    step_done done;
    detail::guard guarded;
};

} // namespace IDINJECT_WAY
} // namespace idinject

#endif
