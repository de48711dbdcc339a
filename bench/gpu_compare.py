# SPDX-License-Identifier: Apache-2.0
"""The generator on a GPU against PyTorch eager, torch.compile(max-autotune) and JAX on the same
weights: all programs of one setting stay loaded, and their steps alternate, so that whatever the
card does meets all of them.

    gpu_compare.py BUILD_DIR MODEL --out DIR [--settings bf16:1,bf16:32,f32:1] [--rounds N]
                   [--peers eager,compile,jax] [--seconds LIMIT]

Timed: one decode, from label maps, style codes and identity on the device to the image on the
device (mask embedding, all blocks, tanh). Style encoding, copies to the host and PNG are outside.
Writes DIR/gpu_compare.json (raw seconds) and DIR/gpu_compare.md, and prints the table last. A
setting that a program cannot run is written down as such, with the program's last words.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


class Program:
    """A program of the step protocol: "ready" once it is warm, then seconds for each line."""

    def __init__(self, name, command):
        self.name = name
        self.words = tempfile.TemporaryFile("w+")
        environment = {**os.environ, "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.words, text=True, env=environment)
        self.seconds = []
        self.peak = None
        self.error = None

    def read(self, pattern):
        """The first line that matches; None if the program ended before."""
        matches = (re.fullmatch(pattern, line.strip()) for line in self.process.stdout)
        return next((match for match in matches if match), None)

    def fail(self):
        self.words.seek(0)
        lines = self.words.read().strip().splitlines()
        self.error = lines[-1] if lines else "ended without a word"

    def wait_until_ready(self):
        if not self.read("ready"):
            self.fail()

    def step(self):
        if self.error:
            return
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        match = self.read(r"(\d+\.\d+)")
        if match:
            self.seconds.append(float(match.group(1)))
        else:
            self.fail()

    def close(self):
        self.process.stdin.close()
        match = self.read(r"peak device: (\d+(?:\.\d+)?) MiB")
        self.peak = float(match.group(1)) if match else None
        self.process.wait()


def commands(arguments, precision, batch, repeat):
    common = ["--precision", precision, "--batch", str(batch), "--repeat", str(repeat), "--step"]
    torch = [sys.executable, str(HERE / "peers" / "peer_pytorch.py"), "--weights", arguments.model,
             "--device", "cuda", *common]
    every = {
        "ours": [f"{arguments.build}/bench_gpu", arguments.model, *common],
        "eager": torch,
        "compile": [*torch, "--compile"],
        "jax": [sys.executable, str(HERE / "peers" / "peer_jax.py"), "--weights", arguments.model, *common],
    }
    return {name: every[name] for name in ["ours", *arguments.peers.split(",")] if name}


def compare(arguments, precision, batch):
    repeat = max(1, 64 // batch)
    programs = [Program(name, command)
                for name, command in commands(arguments, precision, batch, repeat).items()]
    for program in programs:
        program.wait_until_ready()
    for _ in range(arguments.rounds):
        for program in programs:
            program.step()
    for program in programs:
        program.close()
    return {
        "precision": precision, "batch": batch, "decodes_a_step": repeat,
        "programs": {p.name: {"seconds": p.seconds, "peak_mib": p.peak, "error": p.error}
                     for p in programs},
    }


def row(setting):
    """One line of the table: images a second, our advantage, peak memory."""
    cells = [setting["precision"], str(setting["batch"])]
    ours = setting["programs"]["ours"]["seconds"]
    for name, program in setting["programs"].items():
        if not program["seconds"]:
            cells.append("failed")
            continue
        median = statistics.median(program["seconds"])
        cell = f"{setting['batch'] / median:.1f}"
        if name != "ours" and ours:
            cell += f" ({median / statistics.median(ours):.2f}x)"
        peak = program["peak_mib"]
        cells.append(cell + (f", {peak:.0f} MiB" if peak else ""))
    return "| " + " | ".join(cells) + " |"


def table(result):
    names = ["ours", *(n for n in result["peers"].split(",") if n)]
    lines = ["Images a second (in brackets: how many times as long that program took as ours), "
             "peak device memory.", "",
             "| precision | batch | " + " | ".join(names) + " |", "|---" * (len(names) + 2) + "|"]
    return "\n".join(lines + [row(setting) for setting in result["settings"]]) + "\n"


def device_name():
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        return subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build")
    parser.add_argument("model")
    parser.add_argument("--out", required=True)
    parser.add_argument("--settings", default="bf16:1,bf16:32,f32:1,tf32:1,f16:1")
    parser.add_argument("--peers", default="eager,compile,jax")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=420, help="start no setting after this")
    arguments = parser.parse_args()
    out = pathlib.Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    result = {"device": device_name(), "command": " ".join(sys.argv), "rounds": arguments.rounds,
              "peers": arguments.peers, "settings": [], "not_started": []}
    start = time.monotonic()
    for setting in arguments.settings.split(","):
        if time.monotonic() - start > arguments.seconds:
            result["not_started"].append(setting)
            continue
        precision, batch = setting.split(":")
        result["settings"].append(compare(arguments, precision, int(batch)))
        (out / "gpu_compare.json").write_text(json.dumps(result, indent=1) + "\n")
    (out / "gpu_compare.md").write_text(table(result))
    print(table(result))


if __name__ == "__main__":
    main()
