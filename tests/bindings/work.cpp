/* SPDX-License-Identifier: Apache-2.0 */
/* bindings/work.cpp - the C++ binding's calls that take long: runs that are stopped, batches of
 * values, explanations, trainings and evaluations. In a folder with the files of
 * tests/bindings/cpp.sh. */
#include "scene.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

static std::string content(const std::string &path)
{
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

template <class F>
static void throws_seven(F &&call)
{
    try {
        call();
    } catch (int seven) {
        CHECK(seven == 7);
        return;
    }
    CHECK(!"thrown");
}

static void runs_that_are_stopped()
{
    scene s;
    auto session = idinject::session::create(s.generator);
    idinject::request request{s.labels.pixels(), {&s.style}, {&s.who}};
    const auto wanted = session.generate(request);
    int asked = 0;
    request.should_stop = [&] { return ++asked == 3; };
    throws(IDI_ERR_CANCELLED, "", [&] { (void)session.generate(request); });
    CHECK(asked == 3);
    request.should_stop = []() -> bool { throw 7; };
    throws_seven([&] { (void)session.generate(request); });
    request.should_stop = [] { return false; };
    CHECK(session.generate(request) == wanted);

    auto options = idinject::defaults<idi_session_options>();
    options.batch = 2;
    auto two = idinject::session::create(s.generator, options);
    std::vector<std::uint8_t> maps(s.labels.pixels().begin(), s.labels.pixels().end());
    maps.insert(maps.end(), s.labels.pixels().size(), 99);
    std::vector<idi_status> statuses(2);
    idinject::request bad{maps, {&s.style, &s.style}, {&s.who, &s.who}};
    bad.statuses = statuses;
    std::vector<std::uint8_t> made(2 * wanted.size(), 1);
    throws(IDI_ERR_LABELS, "99", [&] { two.generate(bad, idinject::view<std::uint8_t>(made)); });
    CHECK(statuses[0] == IDI_OK && statuses[1] == IDI_ERR_LABELS);
    CHECK(std::count(made.begin() + static_cast<std::ptrdiff_t>(wanted.size()), made.end(), 0) ==
          static_cast<std::ptrdiff_t>(wanted.size()));
    statuses.resize(1);
    bad.statuses = statuses;
    throws(IDI_ERR_SHAPE, "a status for each", [&] { (void)two.generate(bad); });
}

static void batches_of_values()
{
    scene s;
    auto options = idinject::defaults<idi_batch_options>();
    options.is_unwritten = 1;
    auto next = [&](std::int64_t index, idi_job &job) {
        job.labels_value = s.labels.get();
        job.style_value = s.style.get();
        job.identity_value = s.who.get();
        job.is_identity_off = index == 1;
        job.out = "value.png";
        return index < 2;
    };
    std::vector<std::string> files;
    auto file = [&](std::int64_t, const idi_job_file &made) {
        char digest[65];
        idi_sha256(made.bytes, made.byte_count, digest);
        CHECK(std::string(digest) == made.sha256);
        files.emplace_back(static_cast<const char *>(made.bytes), made.byte_count);
        return true;
    };
    const auto report = idinject::batch::run(s.generator, nullptr, next, {}, options, file);
    CHECK(report.made == 2 && report.identities == 0 && files.size() == 2);
    CHECK(content("value.png").empty()); /* is_unwritten */
    auto session = idinject::session::create(s.generator);
    const auto face = session.generate({s.labels.pixels(), {&s.style}, {&s.who}});
    idinject::bitmap_view(face, 64, 64).save(s.context, "wanted_value.png");
    CHECK(files[0] == content("wanted_value.png") && files[0] != files[1]);
    throws_seven([&] {
        (void)idinject::batch::run(s.generator, nullptr, next, {}, options,
                                   [](std::int64_t, const idi_job_file &) -> bool { throw 7; });
    });
}

static void explanations()
{
    scene s;
    const auto found = idinject::explanation::of(s.generator, s.labels, s.style, &s.who);
    const auto info = found.info();
    CHECK(info.blocks == 3 && info.classes == 19 && info.tokens == 20);
    CHECK(found.image().width() == 64 && found.image().channels() == 3);
    const auto shares = found.map(2);
    CHECK(shares.size() == 64 * 64 * 20);
    for (std::size_t pixel = 0; pixel < 64 * 64; pixel += 101) {
        double sum = 0.0;
        for (std::size_t t = 0; t < 20; t++)
            sum += static_cast<double>(shares[pixel * 20 + t]);
        CHECK(std::fabs(sum - 1.0) < 1e-5);
    }
    /* A region's row is the mean over its pixels. */
    const std::size_t skin = 1;
    double mean = 0.0, count = 0.0;
    for (std::size_t pixel = 0; pixel < 64 * 64; pixel++)
        if (s.labels.pixels()[pixel] == skin) {
            mean += static_cast<double>(shares[pixel * 20 + 5]);
            count += 1.0;
        }
    CHECK(found.regions(2).size() == 19 * 20);
    CHECK(count > 0.0);
    CHECK(std::fabs(mean / count - static_cast<double>(found.regions(2)[skin * 20 + 5])) < 1e-5);
    CHECK(found.map(3).size() == 0 && found.regions(3).size() == 0);
}

static const char recipe[] =
    "{\"network\": {\"arch\": \"mobilefacenet\", \"input_side\": 32, \"embedding_dim\": 8, "
    "\"width\": 4, \"blocks\": [1, 1, 1, 0]}, \"steps\": 6, \"data\": {\"people\": [0, 3], "
    "\"photos\": 2}, \"batch\": {\"people\": 4}, \"validation\": {\"every\": 3, \"people\": [4, "
    "23], \"photos\": 2}}";

static void trainings()
{
    const auto context = idinject::context::create("cpu");
    std::ofstream("recipe.json") << recipe;
    std::int64_t heard = 0;
    const auto whole = idinject::training::run(
        context, "recipe.json", "whole", [&](const idi_training_progress &at) {
            CHECK(at.step == heard && at.steps == 6);
            CHECK(!at.is_validated == (at.step % 3 != 0 || !at.step));
            heard++;
            return true;
        });
    CHECK(heard == 7 && whole.step == 6 && whole.first_step == 0 && whole.is_validated);
    throws(IDI_ERR_CANCELLED, "stopped after step 2 of 6", [&] {
        (void)idinject::training::run(context, "recipe.json", "stopped",
                                      [](const idi_training_progress &at) { return at.step < 2; });
    });
    throws_seven([&] {
        (void)idinject::training::run(context, "recipe.json", "stopped",
                                      [](const idi_training_progress &at) -> bool {
                                          if (at.step == 4) throw 7;
                                          return true;
                                      });
    });
    CHECK(idinject::training::run(context, "recipe.json", "stopped").first_step == 4);
    CHECK(!content("whole/model.safetensors").empty());
    CHECK(content("whole/model.safetensors") == content("stopped/model.safetensors"));
    CHECK(content("whole/log.csv") == content("stopped/log.csv"));
    throws(IDI_ERR_ARG, "want a generator's",
           [&] { (void)idinject::training::run(context, "recipe.json", "no", {}, "generator"); });
}

static void evaluations()
{
    scene s;
    auto options = idinject::defaults<idi_evaluate_options>();
    options.data.size = 64;
    options.data.first_person = 100;
    options.data.people = 12;
    options.data.photos = 4;
    options.replicates = 100;
    options.attacks = 6;
    std::int64_t last = 0;
    const auto found = idinject::evaluate_recogniser(
        s.recogniser, options, [&](const char *, std::int64_t done, std::int64_t total) {
            CHECK(done <= total);
            last = std::max(last, total);
            return true;
        });
    CHECK(found.people == 12 && found.photos == 48 && last >= 48);
    CHECK(found.genuine == 36 && found.impostors == 240);
    CHECK(found.at[0].is_supported && !found.at[1].is_supported);
    CHECK(found.auc.low <= found.auc.value && found.auc.value <= found.auc.high);
    const double zero = 0.0;
    options.strengths = &zero;
    options.strength_count = 1;
    const auto attack = idinject::evaluate_generator(s.generator, {&s.recogniser}, options);
    CHECK(attack.pairs == 6 && attack.recogniser_count == 1);
    CHECK(std::fabs(attack.attack_ssim - 1.0) < 1e-12); /* nothing is injected */
    throws(IDI_ERR_CANCELLED, "of 48", [&] {
        (void)idinject::evaluate_recogniser(
            s.recogniser, options, [](const char *, std::int64_t, std::int64_t) { return false; });
    });
    throws_seven([&] {
        (void)idinject::evaluate_generator(
            s.generator, {&s.recogniser}, options,
            [](const char *, std::int64_t, std::int64_t) -> bool { throw 7; });
    });
    options.data.people = 2;
    throws(IDI_ERR_ARG, "2 people",
           [&] { (void)idinject::evaluate_recogniser(s.recogniser, options); });
}

int main()
{
    runs_that_are_stopped();
    batches_of_values();
    explanations();
    trainings();
    evaluations();
    return check_failures;
}
