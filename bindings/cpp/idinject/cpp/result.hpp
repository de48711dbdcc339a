/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/cpp/result.hpp - failures as exceptions or as results, views, and the handles that all
 * others are. */
#ifndef IDINJECT_CPP_RESULT_HPP
#define IDINJECT_CPP_RESULT_HPP

#include <idinject/idinject.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#if !defined(IDINJECT_NO_EXCEPTIONS) && !defined(__cpp_exceptions)
#define IDINJECT_NO_EXCEPTIONS
#endif
/* The two ways have names of their own, so that they can be linked into one program. */
#ifdef IDINJECT_NO_EXCEPTIONS
#define IDINJECT_WAY with_results
#else
#define IDINJECT_WAY with_exceptions
#endif

namespace idinject {
inline namespace IDINJECT_WAY {

/** A failure: what the C function returned, and its sentence. */
class error : public std::runtime_error {
  public:
    error(idi_status status, const std::string &message)
        : std::runtime_error(message), status_(status)
    {
    }
    idi_status status() const noexcept { return status_; }

  private:
    idi_status status_;
};

/** A value, or the failure that there is instead. Looking at the one that is not there is a
 * mistake. */
template <class T>
class [[nodiscard]] result {
  public:
    result(T value) : value_(std::move(value)) {}
    result(error failure) : error_(std::move(failure)) {}
    explicit operator bool() const noexcept { return !error_; }
    T &operator*() & { return *value_; }
    T &&operator*() && { return *std::move(value_); }
    T *operator->() { return &*value_; }
    const error &failure() const { return *error_; }
    idi_status status() const noexcept { return error_ ? error_->status() : IDI_OK; }

  private:
    std::optional<T> value_;
    std::optional<error> error_;
};

template <>
class [[nodiscard]] result<void> {
  public:
    result() = default;
    result(error failure) : error_(std::move(failure)) {}
    explicit operator bool() const noexcept { return !error_; }
    const error &failure() const { return *error_; }
    idi_status status() const noexcept { return error_ ? error_->status() : IDI_OK; }

  private:
    std::optional<error> error_;
};

#ifdef IDINJECT_NO_EXCEPTIONS
template <class T>
using returns = result<T>;
#else
template <class T>
using returns = T;
#endif

/** Somebody's memory: `size` values from `data` on. */
template <class T>
class view {
  public:
    view() = default;
    view(T *data, std::size_t size) : data_(data), size_(size) {}
    template <class C, class = std::enable_if_t<
                           std::is_convertible_v<decltype(std::declval<C &>().data()), T *>>>
    view(C &&container) : data_(container.data()), size_(container.size())
    {
    }
    T *data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    T *begin() const noexcept { return data_; }
    T *end() const noexcept { return data_ + size_; }
    T &operator[](std::size_t i) const { return data_[i]; }

  private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

/** Hears what a long call does, how much of it is done and of how much; returns false to stop it.
 * An exception stops it too, and is thrown on. May be empty. */
using progress_heard = std::function<bool(const char *what, std::int64_t done, std::int64_t total)>;

namespace detail {

inline error last_error(idi_status status)
{
    return error(status, idi_last_error());
}

#ifdef IDINJECT_NO_EXCEPTIONS
template <class T = void>
result<T> fail(error failure)
{
    return result<T>(std::move(failure));
}
inline result<void> done()
{
    return {};
}
#else
template <class T = void>
[[noreturn]] T fail(error failure)
{
    throw failure;
}
inline void done() {}
#endif

/* What a call returns: done, or its failure; or what `make` makes of it. */
inline returns<void> give(idi_status status)
{
    if (status != IDI_OK) return fail(last_error(status));
    return done();
}
template <class F>
returns<std::invoke_result_t<F>> give(idi_status status, F &&make)
{
    if (status != IDI_OK) return fail<std::invoke_result_t<F>>(last_error(status));
    return make();
}

/* Owns `raw`, and whatever it was made from. */
template <class T>
std::shared_ptr<T> own(T *raw, void (*destroy)(T **), std::shared_ptr<void> origin = nullptr)
{
    return std::shared_ptr<T>(
        raw, [destroy, origin = std::move(origin)](T *pointer) { destroy(&pointer); });
}

/* A handle that is moved, not copied. */
template <class T>
class handle {
  public:
    handle(handle &&) noexcept = default;
    handle &operator=(handle &&) noexcept = default;
    /** The C handle, this object's; NULL after a move. */
    T *get() const noexcept { return shared_.get(); }
    /** For what is made from it. */
    const std::shared_ptr<T> &shared() const noexcept { return shared_; }

  protected:
    explicit handle(std::shared_ptr<T> shared) : shared_(std::move(shared)) {}
    ~handle() = default;

  private:
    std::shared_ptr<T> shared_;
};

/* Runs the caller's functions inside a C call: an exception of theirs stops it, and is thrown on
 * when it has ended. */
class guard {
  public:
    /* What a callback returns: that of `call`, or `stopped`. */
    template <class F>
    int run(int stopped, F &&call)
    {
#ifdef IDINJECT_NO_EXCEPTIONS
        (void)stopped;
        return call();
#else
        if (thrown_) return stopped;
        try {
            return call();
        } catch (...) {
            thrown_ = std::current_exception();
            return stopped;
        }
#endif
    }
    void rethrow() const
    {
#ifndef IDINJECT_NO_EXCEPTIONS
        if (thrown_) std::rethrow_exception(thrown_);
#endif
    }

  private:
    std::exception_ptr thrown_;
};

/* A progress as the C structs of options have it. */
struct listener {
    progress_heard hear;
    guard calls;
    static int on_progress(void *user, const char *what, std::int64_t done, std::int64_t total)
    {
        auto *self = static_cast<listener *>(user);
        return self->calls.run(
            1, [&] { return self->hear && !self->hear(what, done, total) ? 1 : 0; });
    }
    template <class Options>
    void listen(Options &options)
    {
        if (!hear) return; /* the options' own callback, if there is one */
        options.progress = on_progress;
        options.user = this;
    }
};

/* The C handles of a list; NULL stays. */
template <class C, class T>
std::vector<const C *> handles(const std::vector<const T *> &of)
{
    std::vector<const C *> raw;
    for (const T *one : of)
        raw.push_back(one ? one->get() : nullptr);
    return raw;
}

} // namespace detail

} // namespace IDINJECT_WAY
} // namespace idinject

#endif
