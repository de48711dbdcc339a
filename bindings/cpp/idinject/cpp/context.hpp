/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/cpp/context.hpp - options with their defaults, devices, contexts and models. */
#ifndef IDINJECT_CPP_CONTEXT_HPP
#define IDINJECT_CPP_CONTEXT_HPP

#include <idinject/cpp/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace idinject {
inline namespace IDINJECT_WAY {

namespace detail {

inline void fill(idi_context_options *o)
{
    idi_context_options_init(o);
}
inline void fill(idi_session_options *o)
{
    idi_session_options_init(o);
}
inline void fill(idi_batch_options *o)
{
    idi_batch_options_init(o);
}
inline void fill(idi_generate_file_options *o)
{
    idi_generate_file_init(o);
}
inline void fill(idi_convert_options *o)
{
    idi_convert_options_init(o);
}
inline void fill(idi_attack_options *o)
{
    idi_attack_options_init(o);
}
inline void fill(idi_evaluate_options *o)
{
    idi_evaluate_options_init(o);
}
inline void fill(idi_training_options *o)
{
    idi_training_options_init(o);
}

} // namespace detail

/** A C struct of options with its defaults: defaults<idi_session_options>(). */
template <class T>
T defaults()
{
    T options;
    detail::fill(&options);
    return options;
}

/** A device, its memory and the caller's hooks. */
class context : public detail::handle<idi_context> {
  public:
    static returns<context> create(const idi_context_options &options)
    {
        idi_context *raw = nullptr;
        const idi_status status = idi_context_create(&options, &raw);
        return detail::give(status, [&] { return context(detail::own(raw, idi_context_destroy)); });
    }
    static returns<context> create(const char *device = "auto")
    {
        auto options = defaults<idi_context_options>();
        options.device = device;
        return create(options);
    }
    const char *device() const { return idi_context_device(get()); }
    returns<idi_memory_report> memory() const
    {
        idi_memory_report report = {};
        report.struct_size = sizeof report;
        return detail::give(idi_context_memory(get(), &report), [&] { return report; });
    }
    /** How fast the device multiplies square matrices of `side`, in floating-point operations a
     * second; precision nullptr: the context's. */
    returns<double> product_rate(std::int64_t side = 2048, const char *precision = nullptr)
    {
        double flops = 0.0;
        const idi_status status = idi_context_product_rate(get(), precision, side, &flops);
        return detail::give(status, [&] { return flops; });
    }
    /** Gives device memory that is kept for later sessions back to the driver. */
    void trim() { idi_context_trim(get()); }

  private:
    using handle::handle;
};

/** Weights: a generator or a recogniser. */
class model : public detail::handle<idi_model> {
  public:
    static returns<model> load(const context &context, const std::string &path)
    {
        idi_model *raw = nullptr;
        const idi_status status = idi_model_load(context.get(), path.c_str(), &raw);
        return adopt(status, raw, context.shared());
    }
    /** The recogniser that this generator's file names. */
    returns<model> recogniser() const
    {
        idi_model *raw = nullptr;
        const idi_status status = idi_model_load_recogniser(get(), &raw);
        return adopt(status, raw, shared());
    }
    returns<idi_model_info> info() const
    {
        idi_model_info info = {};
        info.struct_size = sizeof info;
        return detail::give(idi_model_get_info(get(), &info), [&] { return info; });
    }

  private:
    using handle::handle;
    static returns<model> adopt(idi_status status, idi_model *raw, std::shared_ptr<void> origin)
    {
        return detail::give(
            status, [&] { return model(detail::own(raw, idi_model_destroy, std::move(origin))); });
    }
};

/** Writes a model file with seeded random weights; config: a JSON file, or empty. */
inline returns<void> write_random_model(const context &context, const char *arch,
                                        std::uint64_t seed, const std::string &path,
                                        const std::string &config = {})
{
    return detail::give(idi_model_file_init(
        context.get(), arch, config.empty() ? nullptr : config.c_str(), seed, path.c_str()));
}

/** Turns a PyTorch state dictionary, saved as safetensors, or an ONNX file into a model file. */
inline returns<void>
convert_model(const context &context, const std::string &from, const std::string &path,
              const idi_convert_options &options = defaults<idi_convert_options>())
{
    return detail::give(
        idi_model_file_convert(context.get(), from.c_str(), &options, path.c_str()));
}

/** The CPU and every GPU. */
inline returns<std::vector<idi_device_info>> devices()
{
    std::vector<idi_device_info> list;
    idi_status status = IDI_OK;
    for (int i = 0; i < idi_device_count() && status == IDI_OK; i++) {
        idi_device_info info = {};
        info.struct_size = sizeof info;
        status = idi_device_get_info(i, &info);
        list.push_back(info);
    }
    return detail::give(status, [&] { return std::move(list); });
}

} // namespace IDINJECT_WAY
} // namespace idinject

#endif
