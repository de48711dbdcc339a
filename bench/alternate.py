# SPDX-License-Identifier: Apache-2.0
"""The generator against its peers on the CPU: all programs stay loaded and their runs alternate, so
that whatever else the machine does meets all of them. First, each peer's image is held against ours
on the same inputs.

    alternate.py BUILD_DIR MODEL [--peers pytorch,onnx] [--python PYTHON] [--runs N] [--json FILE]

Peers: pytorch (needs torch), compile (torch.compile, max-autotune), onnx (onnxruntime, and torch and
onnx for the export). --python names one Python that has what is asked for (Debian: python3-torch for
/usr/bin/python3), or --python onnx=PATH one for a single peer; may be repeated. Prints the ratios of
medians with their spread, and each program's peak resident memory.
"""
import argparse
import json
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile

import numpy as np

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
NAMES = {"pytorch": "PyTorch", "compile": "torch.compile", "onnx": "ONNX Runtime"}


class Program:
    def __init__(self, name, command):
        self.name = name
        self.seconds = []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.version = None

    def step(self):
        """Asks for one run and reads its seconds; other lines pass, the first names the version."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            match = re.fullmatch(r"(?:seconds )?(\d+\.\d+)", line.strip())
            if match:
                return float(match.group(1))
            self.version = self.version or line.strip()
        sys.exit(f"alternate: {self.name} ended early")

    def close(self):
        """Ends it; its peak memory in MiB."""
        self.process.stdin.close()
        rest = self.process.stdout.read()
        self.process.wait()
        match = re.search(r"peak[a-z_ ]*:? (\d+(?:\.\d+)?)", rest)
        return float(match.group(1)) if match else None


def processor():
    for line in open("/proc/cpuinfo", encoding="utf-8"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def pythons(choices):
    """Which Python runs which peer; the key "" is for all others."""
    chosen = {"": "/usr/bin/python3"}
    for choice in choices or []:
        name, _, path = choice.rpartition("=")
        chosen[name] = path
    return chosen


def peer_command(name, arguments, folder):
    chosen = pythons(arguments.python)
    program = "peer_onnx.py" if name == "onnx" else "peer_pytorch.py"
    command = [chosen.get(name, chosen[""]), str(PEERS / program), "--weights", arguments.model]
    if name == "onnx":
        return command + ["--styles", f"{folder}/styles", "--graph", f"{folder}/decode.onnx"]
    command += ["--inputs-out", f"{folder}/inputs", "--styles-out", f"{folder}/styles"]
    return command + (["--compile"] if name == "compile" else [])


def check_images(names, arguments, folder):
    """The largest ||peer - ours||/||ours||; PyTorch writes the inputs that all others read."""
    images = {}
    for name in names:
        out = f"{folder}/{name}.npy"
        command = peer_command(name, arguments, folder) + ["--runs", "1", "--out", out]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        images[name] = np.load(out).transpose(0, 2, 3, 1)
    subprocess.run([f"{arguments.build}/bench_generator", arguments.model, "1", "--inputs",
                    f"{folder}/inputs", "--out", f"{folder}/ours"], check=True,
                   stdout=subprocess.DEVNULL)
    ours = np.fromfile(f"{folder}/ours", np.float32).astype(np.float64)
    errors = {}
    for name, image in images.items():
        errors[name] = float(np.linalg.norm(image.ravel() - ours) / np.linalg.norm(ours))
        print(f"{NAMES[name]}'s image against ours: {errors[name]:.1e}", flush=True)
        if not errors[name] < 1e-4:
            sys.exit(f"alternate: {NAMES[name]} makes another image")
    return errors


def compare(names, arguments, folder):
    """Each program's seconds, and its peak memory."""
    ours = [f"{arguments.build}/bench_generator", arguments.model, "--step", "--inputs",
            f"{folder}/inputs"]
    programs = [Program("ours", ours)]
    programs += [Program(name, peer_command(name, arguments, folder) + ["--step"])
                 for name in names]
    for program in programs:
        program.step()  # warm-up: first touch of memory, weights folded
    for _ in range(arguments.runs):
        for program in programs:
            program.seconds.append(program.step())
    return programs, {program.name: program.close() for program in programs}


def ratios(programs):
    """Of medians, and of the single rounds: lowest and highest."""
    ours = programs[0].seconds
    result = {}
    for peer in programs[1:]:
        rounds = [theirs / mine for theirs, mine in zip(peer.seconds, ours)]
        result[peer.name] = {
            "times_as_fast": round(statistics.median(peer.seconds) / statistics.median(ours), 3),
            "lowest": round(min(rounds), 3), "highest": round(max(rounds), 3)}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build")
    parser.add_argument("model")
    parser.add_argument("--peers", default="pytorch")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--python", action="append")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    names = arguments.peers.split(",")
    if names[0] not in ("pytorch", "compile"):
        sys.exit("alternate: the first peer makes the inputs: pytorch or compile")
    with tempfile.TemporaryDirectory() as folder:
        errors = check_images(names, arguments, folder)
        programs, peaks = compare(names, arguments, folder)
    result = {"processor": processor(), "runs": arguments.runs,
              "versions": {p.name: p.version for p in programs[1:]}, "image_errors": errors,
              "seconds": {p.name: p.seconds for p in programs}, "ratios": ratios(programs),
              "peak_mib": peaks}
    for name, ratio in result["ratios"].items():
        print(f"{ratio['times_as_fast']:.2f} times as fast as {NAMES[name]} (medians of "
              f"{arguments.runs} alternating runs; single rounds {ratio['lowest']:.2f} to "
              f"{ratio['highest']:.2f}); peak resident {peaks['ours']:.0f} MiB against "
              f"{peaks[name]:.0f} MiB")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
