# SPDX-License-Identifier: Apache-2.0
"""A recipe's training step against PyTorch's on the CPU: both programs stay loaded and their steps
alternate, so that whatever else the machine does meets both. First, both train from the same weights
on the same batch, and their losses and gradients' lengths are held against each other.

    alternate_training.py BUILD_DIR RECIPE... [--threads 1,2] [--peers pytorch,nchw] [--steps N]
                          [--python PYTHON] [--note TEXT] [--json FILE]

Peers: pytorch (channels last), nchw, compile (torch.compile, max-autotune). PYTHON has torch and NumPy.
Run in the repository's root, where recipes name their files from. Prints the ratios of medians with
their spread, and each program's peak resident memory.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import alternate

PEER = pathlib.Path(__file__).resolve().parent / "peers" / "peer_training.py"
NAMES = {"pytorch": "PyTorch", "nchw": "PyTorch, NCHW", "compile": "torch.compile"}
CHECKED_STEPS = 3


def peer_command(name, threads, arguments, folder):
    command = [arguments.python, str(PEER), folder, "--threads", str(threads)]
    return command + ([f"--{name}"] if name != "pytorch" else [])


def reported(command):
    """(loss, gradient's length) of the first steps."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    rows = re.findall(r"^loss (\S+) length (\S+)$", done.stdout, re.MULTILINE)
    return [(float(loss), float(length)) for loss, length in rows]


def check_losses(recipe, arguments, folder):
    """The largest relative difference of a loss and of a length, for each peer. A first step's are of the
    same weights; each later one has the gradients and the optimiser in it. Adam makes a step of every
    gradient, however small, so that lengths drift apart with what rounding left of the smallest."""
    ours = reported([f"{arguments.build}/bench_training", recipe, str(CHECKED_STEPS), "--dump",
                     folder])
    errors = {}
    for name in arguments.peers.split(","):
        theirs = reported(peer_command(name, 1, arguments, folder) +
                          ["--steps", str(CHECKED_STEPS)])
        worst = [max(abs(t[i] / o[i] - 1) for t, o in zip(theirs, ours, strict=True))
                 for i in range(2)]
        errors[name] = {"loss": worst[0], "length": worst[1]}
        print(f"{recipe}: {NAMES[name]}'s losses of {CHECKED_STEPS} steps against ours: "
              f"{worst[0]:.1e}, lengths {worst[1]:.1e}", flush=True)
        first = abs(theirs[0][1] / ours[0][1] - 1)
        if not (worst[0] < 1e-4 and worst[1] < 1e-2 and first < 5e-5):
            sys.exit(f"alternate_training: {NAMES[name]} trains something else")
    return errors


def compare(recipe, threads, arguments, folder):
    names = arguments.peers.split(",")
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ["OPENBLAS_NUM_THREADS"] = str(threads)
    commands = {"ours": [f"{arguments.build}/bench_training", recipe]}
    commands |= {name: peer_command(name, threads, arguments, folder) for name in names}
    programs = [alternate.Program(name, command + ["--step"])
                for name, command in commands.items()]
    for program in programs:
        program.step()  # warm-up: first touch of memory, kernels chosen
        program.step()
    for _ in range(arguments.steps):
        for program in programs:
            program.seconds.append(program.step())
    peaks = {program.name: program.close() for program in programs}
    result = {"threads": threads, "versions": {p.name: p.version for p in programs[1:]},
              "seconds": {p.name: p.seconds for p in programs},
              "ratios": alternate.ratios(programs), "peak_mib": peaks}
    for name, ratio in result["ratios"].items():
        print(f"{recipe}, {threads} threads: {ratio['times_as_fast']:.2f} times as fast as "
              f"{NAMES[name]} (medians of {arguments.steps} alternating steps; single rounds "
              f"{ratio['lowest']:.2f} to {ratio['highest']:.2f}); peak resident "
              f"{peaks['ours']:.0f} MiB against {peaks[name]:.0f} MiB", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build")
    parser.add_argument("recipes", nargs="+")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--peers", default="pytorch,nchw")
    parser.add_argument("--steps", type=int, default=9)
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--note", default="", help="what else the machine did")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    os.environ["OMP_WAIT_POLICY"] = "passive"
    result = {"processor": alternate.processor(), "steps": arguments.steps,
              "note": arguments.note, "recipes": {}}
    for recipe in arguments.recipes:
        with tempfile.TemporaryDirectory() as folder:
            errors = check_losses(recipe, arguments, folder)
            result["recipes"][recipe] = {
                "errors": errors,
                "runs": [compare(recipe, int(threads), arguments, folder)
                         for threads in arguments.threads.split(",")]}
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
