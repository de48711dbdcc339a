# SPDX-License-Identifier: Apache-2.0
"""The generator against PyTorch on the CPU: both programs are started, and their runs alternate, so
that whatever else the machine does meets both.

    alternate.py BUILD_DIR MODEL [--runs N] [--json FILE]

Needs a Python with PyTorch (Debian: python3-torch); it is looked for as /usr/bin/python3, or named
by --python. Prints both medians' ratio, and each program's peak resident memory.
"""
import argparse
import json
import pathlib
import platform
import re
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def start(command):
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def step(process):
    """Asks for one run and reads its seconds; other lines pass."""
    process.stdin.write("\n")
    process.stdin.flush()
    for line in process.stdout:
        match = re.fullmatch(r"(?:seconds )?(\d+\.\d+)", line.strip())
        if match:
            return float(match.group(1))
    sys.exit(f"alternate: {process.args[0]} ended early")


def peak_mib(process):
    process.stdin.close()
    rest = process.stdout.read()
    process.wait()
    match = re.search(r"peak[a-z_ ]*:? (\d+(?:\.\d+)?)", rest)
    return float(match.group(1)) if match else None


def processor():
    for line in open("/proc/cpuinfo", encoding="utf-8"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build")
    parser.add_argument("model")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    ours = start([f"{arguments.build}/bench_generator", arguments.model, "--step"])
    peer = start([arguments.python, str(HERE / "peer_pytorch.py"), "--weights", arguments.model,
                  "--step"])
    step(ours), step(peer)  # warm-up: first touch of memory, weights folded
    seconds = {"ours": [], "pytorch": []}
    for _ in range(arguments.runs):
        seconds["ours"].append(step(ours))
        seconds["pytorch"].append(step(peer))
    ratio = statistics.median(seconds["pytorch"]) / statistics.median(seconds["ours"])
    result = {
        "processor": processor(),
        "runs": arguments.runs,
        "seconds": seconds,
        "times_as_fast": round(ratio, 3),
        "peak_mib": {"ours": peak_mib(ours), "pytorch": peak_mib(peer)},
    }
    print(f"{ratio:.2f} times as fast as PyTorch (medians of {arguments.runs} alternating runs)")
    print(f"peak resident MiB: {result['peak_mib']['ours']} against {result['peak_mib']['pytorch']}")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
