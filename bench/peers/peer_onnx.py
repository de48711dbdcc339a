# SPDX-License-Identifier: Apache-2.0
"""CA2-SIS's generator in ONNX Runtime on the CPU, every core: peer_network.py's decode, exported with
its weights as constants. Needs PyTorch for the export, onnx and onnxruntime.

    peer_onnx.py [--weights model.safetensors] [--step] [--out image.npy] [--graph FILE.onnx]

The protocol of --step is peer_pytorch.py's. --graph names a file to keep the export in: found there,
it is used as it is, so that the memory that is reported is the run time's alone.
"""
import argparse
import os
import pathlib
import resource
import statistics
import sys
import tempfile
import time

import numpy as np
import onnxruntime

import peer_inputs


def export(weights, config, inputs, path):
    """Imports PyTorch only here: a process that finds the graph made never pays for it."""
    import torch
    import peer_network

    class Decode(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = peer_network.Net(config, weights, torch.contiguous_format)

        def forward(self, labels, styles, identity):
            return peer_network.decode(self.net, labels, styles, identity)

    weights = {key: torch.from_numpy(value) for key, value in weights.items()}
    values = tuple(torch.from_numpy(inputs[key]) for key in ("labels", "styles", "identity"))
    options = {"opset_version": 17, "input_names": ["labels", "styles", "identity"],
               "output_names": ["image"]}
    if "dynamo" in torch.onnx.export.__code__.co_varnames:
        options["dynamo"] = False
    with torch.inference_mode():
        torch.onnx.export(Decode().eval(), values, path, **options)


def run(session, feeds):
    start = time.perf_counter()
    image = session.run(["image"], feeds)[0]
    return time.perf_counter() - start, image


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights")
    parser.add_argument("--styles", help="style codes f32 [classes, width], raw")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--step", action="store_true")
    parser.add_argument("--graph")
    parser.add_argument("--out")
    arguments = parser.parse_args()
    arrays, config = peer_inputs.weights(arguments.weights, False)
    inputs = peer_inputs.inputs(config, 1)
    width = (config["style_downs"] - 1) * config["style_dim"]
    inputs["styles"] = np.fromfile(arguments.styles, np.float32).reshape(1, -1, width)
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.graph or str(pathlib.Path(folder) / "decode.onnx")
        if not os.path.exists(path):
            export(arrays, config, inputs, path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = len(os.sched_getaffinity(0))
        session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
    wanted = {value.name for value in session.get_inputs()}
    feeds = {key: inputs[key] for key in wanted}
    print(f"onnxruntime {onnxruntime.__version__}, {config['size']} px", flush=True)
    _, image = run(session, feeds)
    if arguments.step:
        print("ready", flush=True)
        for _ in sys.stdin:
            seconds, image = run(session, feeds)
            print(f"{seconds:.6f}", flush=True)
    else:
        seconds = [run(session, feeds)[0] for _ in range(arguments.runs)]
        print(f"decode: {min(seconds):.4f} s best, {statistics.median(seconds):.4f} s median")
    print(f"peak resident: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    if arguments.out:
        peer_inputs.save(arguments.out, image)


if __name__ == "__main__":
    main()
