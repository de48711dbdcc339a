# SPDX-License-Identifier: Apache-2.0
"""CA2-SIS in PyTorch for speed comparisons, on the CPU or a GPU: eager, or compiled with
torch.compile(mode="max-autotune"). Inference mode, channels last, every core.

    peer_pytorch.py [--weights model.safetensors] [--runs N] [--out image.npy]

Inputs are the golden ones of tests/reference. Without --weights the weights are golden as well
(the published setting at 256). Prints one line a timed stage and the peak memory.
--step decodes --repeat times for every line on standard input and prints the seconds of one
decode, to alternate with another program; labels rotate among four sets, so that a run does not
find the last one's in a cache.
"""
import argparse
import os
import resource
import statistics
import sys
import time

import torch

import peer_inputs
import peer_network

TYPES = {"f32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", help="safetensors under the public checkpoints' names")
    parser.add_argument("--identity", action="store_true", help="golden weights with id_proj")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--precision", default="f32", choices=sorted(TYPES))
    parser.add_argument("--compile", action="store_true", help="torch.compile, max-autotune")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=1, help="decodes a step")
    parser.add_argument("--threads", type=int, default=0, help="0: every core this process may use")
    parser.add_argument("--nchw", action="store_true", help="NCHW instead of channels-last")
    parser.add_argument("--step", action="store_true", help="decode for lines of standard input")
    parser.add_argument("--out", help="write the image [N,3,H,W] as npy")
    parser.add_argument("--inputs-out", help="write labels, style codes and identity, raw")
    parser.add_argument("--styles-out", help="write the style codes, raw")
    return parser.parse_args()


def open_network(arguments):
    is_tf32 = arguments.precision == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = is_tf32
    torch.backends.cudnn.allow_tf32 = is_tf32
    arrays, config = peer_inputs.weights(arguments.weights, arguments.identity)
    kind = TYPES[arguments.precision]
    weights = {key: torch.from_numpy(value).to(arguments.device, kind)
               for key, value in arrays.items()}
    layout = torch.contiguous_format if arguments.nchw else torch.channels_last
    return peer_network.Net(config, weights, layout)


def open_inputs(net, arguments):
    kind = TYPES[arguments.precision]
    inputs = peer_inputs.inputs(net.config, arguments.batch)
    on_device = {key: torch.from_numpy(value).to(arguments.device)
                 for key, value in inputs.items()}
    on_device["image"] = on_device["image"].to(kind).contiguous(memory_format=net.format)
    on_device["identity"] = on_device["identity"].to(kind)
    return on_device


def clock(device):
    """Seconds, after everything that was enqueued is done."""
    if device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter()


def timed(name, arguments, runs, function):
    function()  # once to warm up
    seconds = []
    for _ in range(runs):
        start = clock(arguments.device)
        result = function()
        seconds.append(clock(arguments.device) - start)
    print(f"{name}: {min(seconds):.4f} s best, {statistics.median(seconds):.4f} s median of {runs}",
          flush=True)
    return result


def step(arguments, decode, label_sets):
    """One line in, the seconds of one decode out."""
    for labels in label_sets:
        result = decode(labels)  # warm up: compilation and autotuning
    print("ready", flush=True)
    for _ in sys.stdin:
        start = clock(arguments.device)
        for i in range(arguments.repeat):
            result = decode(label_sets[i % len(label_sets)])
        print(f"{(clock(arguments.device) - start) / arguments.repeat:.6f}", flush=True)
    return result


def write_inputs(arguments, inputs, styles):
    """What other programs decode from: the first sample's, floats as f32."""
    codes = styles[0].float().cpu().numpy()
    if arguments.styles_out:
        codes.tofile(arguments.styles_out)
    if arguments.inputs_out:
        with open(arguments.inputs_out, "wb") as file:
            inputs["labels"][0].cpu().numpy().tofile(file)
            codes.tofile(file)
            inputs["identity"][0].float().cpu().numpy().tofile(file)


def peak_mib(device):
    if device != "cpu":
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads or len(os.sched_getaffinity(0)))
    net = open_network(arguments)
    inputs = open_inputs(net, arguments)
    print(f"torch {torch.__version__}, {arguments.device} {arguments.precision}, "
          f"{net.config['size']} px, batch {arguments.batch}", flush=True)
    function = peer_network.decode
    if arguments.compile:
        function = torch.compile(function, mode="max-autotune")
    with torch.inference_mode():
        runs = 1 if arguments.step else arguments.runs
        styles = timed("encode", arguments, runs, lambda: peer_network.encode(
            net, inputs["image"], inputs["style_labels"]))

        write_inputs(arguments, inputs, styles)

        def decode(labels):
            return function(net, labels, styles, inputs["identity"])

        if arguments.step:
            sets = [torch.roll(inputs["labels"], 8 * i, 2) for i in range(4)]
            result = step(arguments, decode, sets)
        else:
            result = timed("decode", arguments, arguments.runs, lambda: decode(inputs["labels"]))
    name = "peak device" if arguments.device != "cpu" else "peak resident"
    print(f"{name}: {peak_mib(arguments.device):.0f} MiB")
    if arguments.out:
        peer_inputs.save(arguments.out, result.float().contiguous().cpu().numpy())


if __name__ == "__main__":
    main()
