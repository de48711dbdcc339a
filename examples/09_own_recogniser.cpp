/* SPDX-License-Identifier: Apache-2.0 */
/* 09_own_recogniser.cpp - C++ without exceptions, and identities from a recogniser that is not
 * ours: its numbers and its fingerprint, by which a generator knows whose they are. */
#define IDINJECT_NO_EXCEPTIONS
#include <idinject/idinject.hpp>

#include <cstdio>

/* Stands for the program's own network. */
static std::vector<float> my_network(std::size_t length)
{
    std::vector<float> numbers(length);
    for (std::size_t i = 0; i < length; i++)
        numbers[i] = i % 3 ? 0.5f : -1.0f;
    return numbers;
}

template <class T>
static int say(const idinject::result<T> &failed)
{
    std::fprintf(stderr, "%s\n", failed.failure().what());
    return 1;
}

int main()
{
    auto context = idinject::context::create();
    if (!context) return say(context);
    auto generator = idinject::model::load(*context, "generator.safetensors");
    if (!generator) return say(generator);
    auto info = generator->info();
    if (!info) return say(info);

    /* nullptr as fingerprint: "unknown", and nothing is checked. */
    const auto numbers = my_network(static_cast<std::size_t>(info->identity_dim));
    auto who = idinject::identity::from_array(*context, numbers, "my network v1");
    if (!who) return say(who);
    auto portrait = idinject::bitmap::portrait(*context, 1, 0, info->size);
    if (!portrait) return say(portrait);
    auto style = idinject::style::from_image(*generator, portrait->first, portrait->second);
    if (!style) return say(style);
    auto session = idinject::session::create(*generator);
    if (!session) return say(session);
    auto face = session->generate({portrait->second.pixels(), {&*style}, {&*who}});
    if (!face) return say(face); /* IDI_ERR_ENCODER if the generator wants another recogniser */
    auto saved =
        idinject::bitmap_view(*face, info->size, info->size).save(*context, "own_recogniser.png");
    if (!saved) return say(saved);
    return 0;
}
