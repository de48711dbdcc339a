/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/idinject.hpp - the C API as C++17: handles that free themselves, views of memory, and
 * failures as exceptions. A complete program:
 *
 *     #include <idinject/idinject.hpp>
 *     #include <cstdio>
 *
 *     int main()
 *     try {
 *         auto context = idinject::context::create();
 *         auto generator = idinject::model::load(context, "generator.safetensors");
 *         auto recogniser = generator.recogniser();
 *         auto labels = idinject::bitmap::load_labels(context, "where.png");
 *         auto style = idinject::style::from_image(
 *             generator, idinject::bitmap::load(context, "how.png"), labels);
 *         auto who = idinject::identity::from_image(
 *             recogniser, idinject::bitmap::load(context, "who.png"));
 *         auto session = idinject::session::create(generator);
 *         auto face = session.generate({labels.pixels(), {&style}, {&who}});
 *         idinject::bitmap_view(face, session.size(), session.size()).save(context, "face.png");
 *     } catch (const idinject::error &e) {
 *         std::fprintf(stderr, "%s\n", e.what());
 *         return 1;
 *     }
 *
 * Handles can be moved, not copied, and keep alive what they were made from, so that they may be
 * destroyed in any order. Threads, units and layouts are those of the C headers; get() gives the C
 * handle for what is missing here. A function that can fail returns returns<T>: that is T, and
 * failures are thrown as idinject::error; with IDINJECT_NO_EXCEPTIONS defined, or compiled without
 * exceptions, it is result<T>, to be asked first. */
#ifndef IDINJECT_HPP
#define IDINJECT_HPP

#include <idinject/cpp/attack.hpp>
#include <idinject/cpp/batch.hpp>
#include <idinject/cpp/bitmap.hpp>
#include <idinject/cpp/context.hpp>
#include <idinject/cpp/evaluate.hpp>
#include <idinject/cpp/explain.hpp>
#include <idinject/cpp/result.hpp>
#include <idinject/cpp/session.hpp>
#include <idinject/cpp/train.hpp>
#include <idinject/cpp/values.hpp>

#endif
