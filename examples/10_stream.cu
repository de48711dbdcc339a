/* SPDX-License-Identifier: Apache-2.0 */
/* 10_stream.cu - a CUDA program that shares its stream and its memory: labels made by a kernel, an
 * image turned into bytes by another, the generator between them, and one wait at the end. */
#include <cuda_runtime.h>
#include <idinject/idinject.hpp>

#include <cstdio>

static void must(cudaError_t error)
{
    if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorString(error));
}

/* Mirrors a label map: stands for whatever makes them on the device. */
__global__ void mirror(const unsigned char *labels, unsigned char *mirrored, int size)
{
    const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(blockIdx.x);
    mirrored[y * size + x] = labels[y * size + size - 1 - x];
}

__global__ void to_bytes(const float *image, unsigned char *bytes, int count)
{
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < count) bytes[i] = static_cast<unsigned char>((image[i] * 0.5f + 0.5f) * 255.0f + 0.5f);
}

static void run()
{
    auto context = idinject::context::create("cuda:0");
    auto generator = idinject::model::load(context, "generator.safetensors");
    auto recogniser = idinject::model::load(context, "recogniser.safetensors");
    auto session = idinject::session::create(generator);
    const int size = static_cast<int>(session.size()), pixels = size * size;
    auto [photo, map] = idinject::bitmap::portrait(context, 1, 0, size);
    auto style = idinject::style::from_image(generator, photo, map);
    auto who = idinject::identity::from_image(recogniser, photo);

    cudaStream_t stream;
    unsigned char *labels, *mirrored, *bytes;
    float *image;
    must(cudaStreamCreate(&stream));
    must(cudaMalloc(&labels, pixels));
    must(cudaMalloc(&mirrored, pixels));
    must(cudaMalloc(&bytes, pixels * 3));
    must(cudaMalloc(&image, pixels * 3 * sizeof(float)));
    must(cudaMemcpy(labels, map.pixels().data(), pixels, cudaMemcpyHostToDevice));

    std::vector<unsigned char> face(static_cast<std::size_t>(pixels) * 3);
    for (int frame = 0; frame < 5; frame++) { /* from the third on, each is one graph launch */
        mirror<<<size, size, 0, stream>>>(labels, mirrored, size); /* sizes up to 1024 */
        const std::size_t count = face.size();
        session.enqueue(stream, {{mirrored, count / 3}, {&style}, {&who}}, {image, count});
        to_bytes<<<(pixels * 3 + 255) / 256, 256, 0, stream>>>(image, bytes, pixels * 3);
    }
    must(cudaMemcpyAsync(face.data(), bytes, face.size(), cudaMemcpyDeviceToHost, stream));
    must(cudaStreamSynchronize(stream)); /* the only wait; faults of the device show here */
    idinject::bitmap_view(face, size, size).save(context, "mirrored.png");
    for (void *memory : {(void *)labels, (void *)mirrored, (void *)bytes, (void *)image})
        must(cudaFree(memory));
    must(cudaStreamDestroy(stream));
}

int main()
try {
    run();
} catch (const std::exception &e) { /* idinject::error is one */
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
