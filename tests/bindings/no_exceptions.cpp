/* SPDX-License-Identifier: Apache-2.0 */
/* bindings/no_exceptions.cpp - the C++ binding without exceptions: every failure is a result. In a
 * folder with the files of tests/bindings/cpp.sh. */
#include "check.hpp"

#include <idinject/idinject.hpp>

static idi_status make_face(const char *model)
{
    auto context = idinject::context::create("cpu");
    if (!context) return context.status();
    auto generator = idinject::model::load(*context, model);
    if (!generator) return generator.status();
    auto recogniser = idinject::model::load(*context, "recogniser.safetensors");
    auto photo = idinject::bitmap::load(*context, "how.png");
    auto labels = idinject::bitmap::load_labels(*context, "where.png");
    auto face = idinject::bitmap::load(*context, "who.png");
    if (!recogniser || !photo || !labels || !face) return IDI_ERR_IO;
    auto style = idinject::style::from_image(*generator, *photo, *labels);
    auto who = idinject::identity::from_image(*recogniser, *face);
    auto session = idinject::session::create(*generator);
    if (!style || !who || !session) return IDI_ERR_INTERNAL;
    auto image = session->generate({labels->pixels(), {&*style}, {&*who}});
    if (!image) return image.status();
    auto wrong = session->generate({labels->pixels(), {}, {}});
    CHECK(!wrong && wrong.status() == IDI_ERR_SHAPE);
    auto info = generator->info();
    CHECK(info && info->size == 64);
    return idinject::bitmap_view(*image, 64, 64).save(*context, "face.png").status();
}

static void stopped_ones_are_results()
{
    auto context = idinject::context::create("cpu");
    auto recogniser = idinject::model::load(*context, "recogniser.safetensors");
    if (!context || !recogniser) return;
    auto options = idinject::defaults<idi_evaluate_options>();
    options.data.people = 12;
    options.data.photos = 4;
    auto found = idinject::evaluate_recogniser(
        *recogniser, options, [](const char *, std::int64_t, std::int64_t) { return false; });
    CHECK(!found && found.status() == IDI_ERR_CANCELLED);
    auto training = idinject::training::run(*context, "missing.json", "no");
    CHECK(!training && training.status() == IDI_ERR_IO);
}

int main()
{
    stopped_ones_are_results();
    CHECK(make_face("generator.safetensors") == IDI_OK);
    CHECK(make_face("recogniser.safetensors") != IDI_OK);
    CHECK(make_face("missing.safetensors") == IDI_ERR_IO);
    auto context = idinject::context::create("toaster");
    CHECK(!context && context.status() == IDI_ERR_DEVICE);
    CHECK(std::string(context.failure().what()).find("toaster") != std::string::npos);
    return check_failures;
}
