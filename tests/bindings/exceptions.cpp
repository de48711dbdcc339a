/* SPDX-License-Identifier: Apache-2.0 */
/* bindings/exceptions.cpp - the C++ binding with exceptions: what it makes, what it throws, and
 * that handles may go in any order. In a folder with the files of tests/bindings/cpp.sh. */
#include "scene.hpp"

#include <algorithm>
#include <fstream>
#include <optional>

static void write(const char *path, const std::string &text)
{
    std::ofstream(path) << text;
}

static void handles_keep_alive_what_they_need()
{
    std::optional<scene> s(std::in_place);
    auto session = idinject::session::create(s->generator);
    auto style = std::move(s->style);
    auto who = std::move(s->who);
    auto labels = std::move(s->labels);
    CHECK(s->style.get() == nullptr && style.get() != nullptr);
    s.reset();
    const auto face = session.generate({labels.pixels(), {&style}, {&who}});
    CHECK(face.size() == 64 * 64 * 3);
}

static void session_makes_what_the_program_makes()
{
    scene s;
    auto session = idinject::session::create(s.generator);
    CHECK(session.size() == 64 && session.batch() == 1);
    const idinject::request request{s.labels.pixels(), {&s.style}, {&s.who}};
    const auto face = session.generate(request);
    idinject::bitmap_view(face, 64, 64).save(s.context, "face.png");
    std::vector<float> floats(face.size()), enqueued(face.size());
    session.generate(request, floats);
    session.enqueue(nullptr, request, enqueued);
    CHECK(floats == enqueued);
    std::vector<std::uint8_t> again(face.size());
    session.generate(request, again);
    CHECK(face == again);
    throws(IDI_ERR_SHAPE, "a style for each", [&] {
        session.generate({s.labels.pixels(), {}, {&s.who}});
    });
    throws(IDI_ERR_SHAPE, "labels of batch", [&] { session.generate({{}, {&s.style}, {&s.who}}); });
    throws(IDI_ERR_SHAPE, "room for",
           [&] { session.generate(request, idinject::view<float>(floats.data(), 3)); });
    throws(IDI_ERR_ARG, "", [&] { session.generate({s.labels.pixels(), {nullptr}, {&s.who}}); });
    const auto plan = idinject::session::plan(s.generator);
    CHECK(plan.activation_bytes > 0 && plan.macs > 0);
    CHECK(s.context.memory().activation_bytes >= plan.activation_bytes);
    CHECK(s.context.product_rate(64) > 1e5);
}

static void identities_and_styles()
{
    scene s;
    CHECK(s.who.data().size() == 32);
    CHECK(s.who.fingerprint() == std::string(s.recogniser.info().fingerprint));
    const auto copy = idinject::identity::from_array(s.context, s.who.data(), s.who.fingerprint());
    CHECK(copy.similarity(s.who) > 0.999999);
    const auto self = idinject::identity::from_image(s.recogniser, s.photo);
    const auto middle = self.slerp(s.who, 0.5);
    CHECK(middle.similarity(self) > self.similarity(s.who));
    const auto other = idinject::identity::from_array(s.context, s.who.data(), "another");
    throws(IDI_ERR_ENCODER, "another", [&] { (void)other.similarity(s.who); });
    const auto info = s.generator.info();
    const auto style =
        idinject::style::from_array(s.context, s.style.data(), info.classes, info.style_width);
    CHECK(style.data().size() == s.style.data().size());
    throws(IDI_ERR_SHAPE, "classes x width", [&] {
        (void)idinject::style::from_array(s.context, s.style.data(), info.classes,
                                          info.style_width + 1);
    });
    throws(IDI_ERR_ARG, "generator",
           [&] { (void)idinject::identity::from_image(s.generator, s.photo); });
}

static void edited_values()
{
    scene s;
    const std::int64_t classes = s.generator.info().classes;
    const auto drawn = idinject::bitmap::portrait(s.context, 2, 0, 64);
    const auto other = idinject::style::from_image(s.generator, drawn.first, drawn.second);
    const auto equal = [](idinject::view<const float> a, idinject::view<const float> b) {
        return std::vector<float>(a.begin(), a.end()) == std::vector<float>(b.begin(), b.end());
    };
    const std::vector<double> all(static_cast<std::size_t>(classes), 1.0), one(1, 1.0);
    CHECK(equal(s.style.mix(other, all).data(), other.data()));
    throws(IDI_ERR_SHAPE, "1 classes", [&] { (void)s.style.mix(other, one); });
    std::vector<std::int32_t> places(static_cast<std::size_t>(2 * classes), 0);
    places[0] = 1;
    const auto styles = idinject::style::table({&s.style, &other}, places, classes);
    CHECK(styles.size() == 2 && equal(styles[1].data(), s.style.data()));
    CHECK(!equal(styles[0].data(), s.style.data()));
    CHECK(equal(idinject::style::average({&other}).data(), other.data()));
    const auto noise = idinject::style::from_noise(s.generator, 1, s.labels);
    CHECK(noise.data().size() == other.data().size());
    const auto self = idinject::identity::from_image(s.recogniser, s.photo);
    const std::vector<double> weights = {1.0, 3.0};
    CHECK(equal(idinject::identity::mix({&self, &s.who}, weights).data(),
                self.slerp(s.who, 0.75).data()));
    throws(IDI_ERR_SHAPE, "a weight for each", [&] {
        (void)idinject::identity::mix({&self, &s.who}, one);
    });
    const auto average = idinject::identity::average({&self}, 0.5);
    CHECK(equal(average.first.data(), self.data()) && average.second == std::vector<int>{1});
    const std::vector<std::int64_t> nose = {idi_class_index("nose")};
    const auto labels = idinject::bitmap::take_labels(s.context, s.labels, drawn.second, nose);
    CHECK(labels.width() == 64 && labels.channels() == 1);

    auto options = idinject::defaults<idi_session_options>();
    options.has_label_mix = 1;
    auto mixed = idinject::session::create(s.generator, options);
    auto usual = idinject::session::create(s.generator);
    CHECK(mixed.generate({s.labels.pixels(), {&s.style}, {&s.who}, drawn.second.pixels(), all}) ==
          usual.generate({drawn.second.pixels(), {&s.style}, {&s.who}}));
    throws(IDI_ERR_SHAPE, "batch x classes", [&] {
        (void)mixed.generate({s.labels.pixels(), {&s.style}, {&s.who}, drawn.second.pixels(), one});
    });
}

static void batches_and_their_callbacks()
{
    scene s;
    auto next = [](std::int64_t index, idi_job &job) {
        job.labels = "where.png";
        job.style = "how.png";
        job.identity = "who.png";
        job.out = index ? "batch_1.png" : "batch_0.png";
        return index < 2;
    };
    std::int64_t heard = 0;
    const auto report = idinject::batch::run(s.generator, &s.recogniser, next,
                                             [&](std::int64_t index, idi_status status) {
                                                 CHECK(index == heard++ && status == IDI_OK);
                                                 return true;
                                             });
    CHECK(report.made == 2 && report.styles == 1 && heard == 2);
    bool is_caught = false;
    try {
        (void)idinject::batch::run(s.generator, &s.recogniser, next,
                                   [](std::int64_t, idi_status) -> bool { throw 7; });
    } catch (int seven) {
        is_caught = seven == 7;
    }
    CHECK(is_caught);
    throws(IDI_ERR_CANCELLED, "", [&] {
        (void)idinject::batch::run(s.generator, &s.recogniser, next,
                                   [](std::int64_t, idi_status) { return false; });
    });
}

static void animations()
{
    scene s;
    auto one = idinject::bitmap::portrait(s.context, 1, 0, 64);
    auto two = idinject::bitmap::portrait(s.context, 2, 0, 64);
    idinject::save_animation(s.context, "faces.apng", {one.first, two.first}, 40);
    const auto first = idinject::bitmap::load(s.context, "faces.apng");
    const auto shown = first.pixels();
    CHECK(std::equal(shown.begin(), shown.end(), one.first.pixels().begin()));
    throws(IDI_ERR_SHAPE, "frame 1", [&] {
        idinject::save_animation(s.context, "no.apng", {one.first, two.second}, 40);
    });
    throws(IDI_ERR_ARG, "", [&] { idinject::save_animation(s.context, "no.apng", {}, 40); });
}

static void sean_and_spade()
{
    scene s;
    const std::string config = "{\"size\": 64, \"width\": 2, \"spade_hidden\": 5";
    write("spade.json", config + "}");
    write("sean.json", config + ", \"style_dim\": 6}");
    idinject::write_random_model(s.context, "spade", 5, "spade.safetensors", "spade.json");
    idinject::write_random_model(s.context, "sean", 5, "sean.safetensors", "sean.json");
    const auto spade = idinject::model::load(s.context, "spade.safetensors");
    auto of_labels = idinject::session::create(spade);
    const auto image = of_labels.generate({s.labels.pixels(), {}, {}});
    const std::vector<std::uint8_t> nothing(s.labels.pixels().size(), 0);
    CHECK(image != of_labels.generate({nothing, {}, {}}));
    throws(IDI_ERR_UNSUPPORTED, "attends to nothing",
           [&] { (void)idinject::explanation::of(spade, s.labels, s.style, nullptr); });

    const auto sean = idinject::model::load(s.context, "sean.safetensors");
    const auto style = idinject::style::from_image(sean, s.photo, s.labels);
    auto options = idinject::defaults<idi_session_options>();
    options.has_noise = 1;
    auto noisy = idinject::session::create(sean, options);
    const std::vector<std::uint64_t> seven = {7}, eight = {8}, both = {7, 8};
    idinject::request request{s.labels.pixels(), {&style}, {}};
    request.noise_seeds = seven;
    const auto face = noisy.generate(request);
    CHECK(face == noisy.generate(request));
    request.noise_seeds = eight;
    CHECK(face != noisy.generate(request));
    request.noise_seeds = both;
    throws(IDI_ERR_SHAPE, "a noise seed for each", [&] { (void)noisy.generate(request); });

    std::vector<float> codes(style.data().begin(), style.data().end()), ones(codes.size(), 1.0f);
    std::fill(codes.begin() + 6, codes.begin() + 12, 0.0f);
    const auto lacking = idinject::style::from_array(s.context, codes, 19, 6);
    const auto completed = lacking.complete(idinject::style::from_array(s.context, ones, 19, 6));
    const auto whole = completed.data();
    CHECK(std::equal(whole.begin() + 6, whole.begin() + 12, ones.begin()));
    CHECK(!std::equal(whole.begin(), whole.end(), ones.begin()));
}

static void attacks()
{
    scene s;
    const auto own = idinject::identity::from_image(s.recogniser, s.photo);
    auto options = idinject::defaults<idi_attack_options>();
    options.steps = 2;
    const idinject::attack_target target{{&s.recogniser}, {&s.who}};
    const auto found =
        idinject::attack::search(s.generator, target, s.labels, s.style, own, s.who, options);
    CHECK(found.image().width() == 64 && found.reference().channels() == 3);
    CHECK(found.ssim() >= 0.9 && found.cosine(0).second >= found.cosine(0).first - 1e-3);
    CHECK(found.identity_numbers().size() == 32);
    const auto kept = found.style_numbers(), given = s.style.data();
    CHECK(std::equal(kept.begin(), kept.end(), given.begin(), given.end()));
    throws(IDI_ERR_CANCELLED, "", [&] {
        (void)idinject::attack::search(
            s.generator, target, s.labels, s.style, own, s.who, options,
            [](const char *, std::int64_t done, std::int64_t) { return done < 1; });
    });
    throws(IDI_ERR_ARG, "recogniser 1 of 1", [&] { (void)found.cosine(1); });
    throws(IDI_ERR_SHAPE, "a target for each", [&] {
        (void)idinject::attack::search(s.generator, {{&s.recogniser}, {}}, s.labels, s.style, own,
                                       s.who);
    });
}

static void failures()
{
    auto context = idinject::context::create();
    throws(IDI_ERR_DEVICE, "toaster", [] { (void)idinject::context::create("toaster"); });
    throws(IDI_ERR_IO, "missing.png",
           [&] { (void)idinject::bitmap::load(context, "missing.png"); });
    throws(IDI_ERR_IO, "missing.safetensors",
           [&] { (void)idinject::model::load(context, "missing.safetensors"); });
    auto portrait = idinject::bitmap::portrait(context, 1, 0, 64);
    CHECK(portrait.first.channels() == 3 && portrait.second.channels() == 1);
    auto small = idinject::bitmap::resize(context, portrait.first, 32, 32);
    const auto blurred = idinject::bitmap::degrade(context, portrait.first, IDI_DEGRADE_BLUR);
    CHECK(blurred.width() == 64 && blurred.channels() == 3);
    throws(IDI_ERR_ARG, "RGB",
           [&] { (void)idinject::bitmap::degrade(context, portrait.second, IDI_DEGRADE_BLUR); });
    small = std::move(portrait.first);
    CHECK(small.width() == 64);
    CHECK(idinject::devices().front().is_usable);
    auto options = idinject::defaults<idi_generate_file_options>();
    options.model = "missing.safetensors";
    throws(IDI_ERR_ARG, "", [&] { idinject::generate_file(context, options); });
}

int main()
{
    handles_keep_alive_what_they_need();
    session_makes_what_the_program_makes();
    identities_and_styles();
    edited_values();
    batches_and_their_callbacks();
    animations();
    sean_and_spade();
    attacks();
    failures();
    return check_failures;
}
