/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cudnn/describe.c - writes cuDNN's description of GPU 0, from which plans can be made on a
 * machine without one.
 *
 *     describe_device OUT.json                    of the GPU
 *     describe_device OUT.json DESCRIPTION.json   of what the file describes, as cuDNN reads it
 * back
 */
#include "cuda/runtime/cudnn.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_BYTES = 1 << 16 };

static idi_status read_description(const char *path, char *text, int64_t *count)
{
    FILE *file = fopen(path, "rb");
    IDI_REQUIRE(file, IDI_ERR_IO, "%s: cannot be opened", path);
    const size_t bytes = fread(text, 1, MAX_BYTES - 1, file);
    (void)fclose(file);
    text[bytes] = '\0';
    *count = (int64_t)bytes + 1;
    return IDI_OK;
}

static idi_status write_description(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    IDI_REQUIRE(file, IDI_ERR_IO, "%s: cannot be opened", path);
    const int written = fprintf(file, "%s\n", text);
    IDI_REQUIRE(fclose(file) == 0 && written > 0, IDI_ERR_IO, "%s: cannot be written", path);
    return IDI_OK;
}

static idi_status describe(const idi_cudnn *dnn, idi_cudnn_pile *pile, const char *out_path,
                           const char *in_path)
{
    static char text[MAX_BYTES];
    const int32_t ordinal = 0;
    int64_t count = 0;
    idi_cudnn_attribute source = {CUDNN_ATTR_DEVICEPROP_DEVICE_ID, CUDNN_TYPE_INT32, 1, &ordinal};
    cudnnBackendDescriptor_t device;
    if (in_path) {
        IDI_TRY(read_description(in_path, text, &count));
        source = (idi_cudnn_attribute){CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR,
                                       count, text};
    }
    IDI_TRY(idi_cudnn_describe(dnn, pile, "the device", CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR,
                               &source, 1, &device));
    IDI_TRY_CUDNN(dnn, "reading the description",
                  dnn->BackendGetAttribute(device, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION,
                                           CUDNN_TYPE_CHAR, MAX_BYTES, &count, text));
    IDI_REQUIRE(count > 0 && count < MAX_BYTES, IDI_ERR_INTERNAL, "a description of %lld bytes",
                (long long)count);
    text[count] = '\0';
    return write_description(out_path, text);
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        (void)fprintf(stderr, "usage: describe_device OUT.json [DESCRIPTION.json]\n");
        return 2;
    }
    idi_cudnn dnn;
    idi_cudnn_pile pile = {.count = 0};
    idi_status st = idi_cudnn_open(&dnn);
    if (st == IDI_OK) {
        st = describe(&dnn, &pile, argv[1], argc == 3 ? argv[2] : NULL);
        idi_cudnn_destroy(&dnn, &pile);
        idi_cudnn_close(&dnn);
    }
    if (st != IDI_OK) (void)fprintf(stderr, "describe_device: error: %s\n", idi_last_error());
    return st != IDI_OK;
}
