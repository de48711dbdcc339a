/* SPDX-License-Identifier: Apache-2.0 */
/* 08_cpp.cpp - C++ with exceptions: two people in one batch, each with the other's identity. */
#include <idinject/idinject.hpp>

#include <cstdio>

int main()
try {
    auto context = idinject::context::create();
    auto generator = idinject::model::load(context, "generator.safetensors");
    auto recogniser = idinject::model::load(context, "recogniser.safetensors");
    const auto size = generator.info().size;

    std::vector<idinject::style> styles;
    std::vector<idinject::identity> people;
    std::vector<std::uint8_t> labels;
    for (std::uint64_t person = 0; person < 2; person++) {
        auto [photo, map] = idinject::bitmap::portrait(context, person, 0, size);
        styles.push_back(idinject::style::from_image(generator, photo, map));
        people.push_back(idinject::identity::from_image(recogniser, photo));
        labels.insert(labels.end(), map.pixels().begin(), map.pixels().end());
    }
    std::printf("similarity %.4f\n", people[0].similarity(people[1]));

    auto options = idinject::defaults<idi_session_options>();
    options.batch = 2;
    auto session = idinject::session::create(generator, options);
    auto faces = session.generate({labels, {&styles[0], &styles[1]}, {&people[1], &people[0]}});
    const std::size_t bytes = faces.size() / 2;
    for (int i = 0; i < 2; i++) {
        idinject::view<const std::uint8_t> face(faces.data() + i * bytes, bytes);
        idinject::bitmap_view(face, size, size)
            .save(context, "swapped_" + std::to_string(i) + ".png");
    }
} catch (const idinject::error &e) {
    std::fprintf(stderr, "%s: %s\n", idi_status_name(e.status()), e.what());
    return 1;
}
