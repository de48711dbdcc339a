/* SPDX-License-Identifier: Apache-2.0 */
/* bindings/scene.hpp - what the programs with exceptions have: tiny models and people in the folder
 * of tests/bindings/cpp.sh, and what a call throws. */
#ifndef IDI_TESTS_BINDINGS_SCENE_HPP
#define IDI_TESTS_BINDINGS_SCENE_HPP

#include "check.hpp"

#include <idinject/idinject.hpp>

#include <string>

template <class F>
static void throws(idi_status status, const char *words, F &&call)
{
    try {
        call();
    } catch (const idinject::error &e) {
        CHECK(e.status() == status);
        CHECK(std::string(e.what()).find(words) != std::string::npos);
        return;
    }
    CHECK(!"thrown");
}

struct scene {
    idinject::context context = idinject::context::create("cpu");
    idinject::model generator = idinject::model::load(context, "generator.safetensors");
    idinject::model recogniser = idinject::model::load(context, "recogniser.safetensors");
    idinject::bitmap photo = idinject::bitmap::load(context, "how.png");
    idinject::bitmap labels = idinject::bitmap::load_labels(context, "where.png");
    idinject::style style = idinject::style::from_image(generator, photo, labels);
    idinject::identity who =
        idinject::identity::from_image(recogniser, idinject::bitmap::load(context, "who.png"));
};

#endif
