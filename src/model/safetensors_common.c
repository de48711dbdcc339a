/* SPDX-License-Identifier: Apache-2.0 */
/* model/safetensors_common.c - names, element types and sizes, and conversion to float. */
#include "core/half.h"
#include "model/safetensors_internal.h"

#include <stdio.h>
#include <string.h>

static bool is_control(const unsigned char *at)
{
    if (*at < 0x20 || *at == 0x7f) return true;
    return at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f; /* U+0080..U+009F in UTF-8 */
}

idi_shown idi_show(const char *name)
{
    idi_shown shown;
    size_t used = 0;
    const unsigned char *at = (const unsigned char *)name;
    for (; *at && used < sizeof shown.text - 5; at++)
        shown.text[used++] = is_control(at) ? '?' : (char)*at;
    if (*at) { /* cut: not inside a UTF-8 character */
        while (used > 0 && ((unsigned char)shown.text[used - 1] & 0xc0) == 0x80)
            used--;
        if (used > 0 && (unsigned char)shown.text[used - 1] >= 0xc0) used--;
        memcpy(shown.text + used, "...", 3);
        used += 3;
    }
    shown.text[used] = '\0';
    return shown;
}

idi_shown idi_show_errno(int error)
{
    idi_shown shown;
    if (strerror_r(error, shown.text, sizeof shown.text) != 0)
        (void)snprintf(shown.text, sizeof shown.text, "error %d", error);
    return shown;
}

idi_status idi_safetensors_check_name(const char *what, const char *name, idi_status status)
{
    const size_t bytes = strlen(name);
    IDI_REQUIRE(bytes > 0, status, "a %s is empty", what);
    IDI_REQUIRE(bytes <= IDI_SAFETENSORS_MAX_NAME_BYTES, status,
                "%s '%s' has %zu bytes, want at most %d", what, idi_show(name).text, bytes,
                (int)IDI_SAFETENSORS_MAX_NAME_BYTES);
    for (const unsigned char *at = (const unsigned char *)name; *at; at++)
        IDI_REQUIRE(!is_control(at), status, "%s '%s' has a control character at byte %zu", what,
                    idi_show(name).text, (size_t)(at - (const unsigned char *)name));
    return IDI_OK;
}

static const struct {
    const char *word;
    idi_dtype dtype;
} dtype_words[] = {{"F32", IDI_F32}, {"F16", IDI_F16}, {"BF16", IDI_BF16}, {"F64", IDI_F64},
                   {"I64", IDI_I64}, {"I32", IDI_I32}, {"U8", IDI_U8},     {"BOOL", IDI_U8}};

const char *idi_safetensors_dtype_word(idi_dtype dtype)
{
    for (size_t i = 0; i < sizeof dtype_words / sizeof dtype_words[0]; i++)
        if (dtype_words[i].dtype == dtype) return dtype_words[i].word;
    return NULL;
}

bool idi_safetensors_dtype_parse(const char *word, idi_dtype *dtype_out)
{
    for (size_t i = 0; i < sizeof dtype_words / sizeof dtype_words[0]; i++) {
        if (strcmp(dtype_words[i].word, word) == 0) {
            *dtype_out = dtype_words[i].dtype;
            return true;
        }
    }
    return false;
}

bool idi_safetensors_size(const idi_safetensor *tensor, size_t *bytes_out)
{
    uint64_t bytes = idi_dtype_bytes(tensor->dtype);
    bool is_empty = false;
    for (int i = 0; i < tensor->rank; i++) {
        const int64_t dim = tensor->dim[i];
        if (dim < 0) return false;
        if (dim == 0) {
            is_empty = true; /* the others must still not overflow, in whatever order */
        } else {
            if (bytes > (uint64_t)INT64_MAX / (uint64_t)dim) return false;
            bytes *= (uint64_t)dim;
        }
    }
    if (bytes > SIZE_MAX) return false;
    *bytes_out = is_empty ? 0 : (size_t)bytes;
    return true;
}

int64_t idi_safetensor_count(const idi_safetensor *tensor)
{
    int64_t count = 1;
    for (int i = 0; i < tensor->rank; i++)
        count *= tensor->dim[i];
    return count;
}

/* One element, wherever it lies: files do not promise alignment. */
static float element_to_f32(idi_dtype dtype, const uint8_t *at)
{
    uint16_t half;
    float f32;
    double f64;
    int32_t i32;
    int64_t i64;
    switch (dtype) {
    case IDI_F32:
        memcpy(&f32, at, sizeof f32);
        return f32;
    case IDI_F64:
        memcpy(&f64, at, sizeof f64);
        return (float)f64;
    case IDI_F16:
        memcpy(&half, at, sizeof half);
        return idi_float_of_f16(half);
    case IDI_BF16:
        memcpy(&half, at, sizeof half);
        return idi_float_of_bf16(half);
    case IDI_U8:
        return (float)*at;
    case IDI_I32:
        memcpy(&i32, at, sizeof i32);
        return (float)i32;
    case IDI_I64:
        memcpy(&i64, at, sizeof i64);
        return (float)i64;
    case IDI_REAL:
    case IDI_WIDE:
    case IDI_DTYPE_COUNT:
        break;
    }
    return 0.0f;
}

idi_status idi_safetensor_to_f32(const idi_safetensor *tensor, float *out)
{
    const size_t size = idi_dtype_bytes(tensor->dtype);
    IDI_REQUIRE(size > 0, IDI_ERR_ARG, "tensor '%s' has no file type (%s)",
                idi_show(tensor->name).text, idi_dtype_name(tensor->dtype));
    if (tensor->dtype == IDI_F32) {
        if (tensor->bytes > 0) memcpy(out, tensor->data, tensor->bytes);
        return IDI_OK;
    }
    const int64_t count = idi_safetensor_count(tensor);
    const uint8_t *at = tensor->data;
    for (int64_t i = 0; i < count; i++)
        out[i] = element_to_f32(tensor->dtype, at + (size_t)i * size);
    return IDI_OK;
}
