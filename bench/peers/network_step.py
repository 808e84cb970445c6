"""A training step of a network with the hybrid loss: Holdfast, a bare LibTorch loop, and Python PyTorch, in turn.

    /usr/bin/python3 bench/peers/network_step.py [--rounds 5] [--steps 100] [--data FOLDER]

Needs the build of the preset `bench` with the deep module, and PyTorch of the same version (Debian: python3-torch). All
three train the same small convolutional network (28 x 28 pixels, 64 entries of unit length) with AdamW on batches of 120
images of Fashion-MNIST, on all cores. Medians over the rounds are compared.
"""

import argparse
import gzip
import json
import os
import statistics
import subprocess
import time
from pathlib import Path

import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parents[2]
OURS = ROOT / "build" / "bench" / "bench" / "holdfast_network_step"
BATCH = 120


def read_idx(path, header):
    with gzip.open(path, "rb") as file:
        return torch.frombuffer(bytearray(file.read()[header:]), dtype=torch.uint8)


def network():
    layers = []
    widths = [1, 32, 64, 128]
    for i in range(3):
        layers += [torch.nn.Conv2d(widths[i], widths[i + 1], 3, padding=1, bias=False),
                   torch.nn.BatchNorm2d(widths[i + 1]), torch.nn.ReLU(inplace=True)]
        if i < 2:
            layers.append(torch.nn.MaxPool2d(2))
    layers += [torch.nn.AdaptiveAvgPool2d(2), torch.nn.Flatten(), torch.nn.Linear(512, 64)]
    return torch.nn.Sequential(*layers)


def jensen_shannon(z, temperature=0.1):
    log_p = F.log_softmax(z / temperature, dim=1)
    p = log_p.exp()
    entropy = -(p * log_p).sum(1)
    middle = 0.5 * (p.unsqueeze(1) + p.unsqueeze(0))
    return -(middle * middle.clamp_min(1e-30).log()).sum(2) - 0.5 * (entropy.unsqueeze(1) + entropy.unsqueeze(0))


def loss_of(z, classes, trade_off, margin=0.2):
    h = torch.cdist(z, z)
    if trade_off < 1:
        h = trade_off * h + (1 - trade_off) * jensen_shannon(z)
    same = classes.unsqueeze(1) == classes.unsqueeze(0)
    anchors, positives = (same & ~torch.eye(len(z), dtype=torch.bool)).nonzero(as_tuple=True)
    violation = (h[anchors, positives].unsqueeze(1) - h[anchors] + margin).clamp_min(0) * ~same[anchors]
    return violation.sum() / (violation > 0).sum().clamp_min(1)


def python_step(images, classes, trade_off, steps):
    torch.manual_seed(0)
    net = network()
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-4)
    net.train()
    began = time.perf_counter()
    for step in range(steps):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        loss = loss_of(F.normalize(net(images[rows])), classes[rows], trade_off)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        loss.item()
    return (time.perf_counter() - began) / steps


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--data", type=Path,
                        default=Path(os.environ.get("HOLDFAST_DATA", ROOT.parent / "shared" / "data")))
    arguments = parser.parse_args()
    files = [arguments.data / "fashion_mnist" / f"train-{what}-ubyte.gz" for what in ("images-idx3", "labels-idx1")]
    cores = len(os.sched_getaffinity(0))
    torch.set_num_threads(cores)
    images = (read_idx(files[0], 16)[: arguments.steps * BATCH * 784].float() / 255 - 0.2860) / 0.3530
    images = images.view(-1, 1, 28, 28)
    classes = read_idx(files[1], 8)[: arguments.steps * BATCH].long()
    python_step(images, classes, 0.5, min(20, arguments.steps))  # warms up

    seconds = {}
    for _ in range(arguments.rounds):
        result = subprocess.run([OURS, *files, str(arguments.steps)], check=True, capture_output=True, text=True)
        for name, value in json.loads(result.stdout).items():
            seconds.setdefault(name, []).append(value)
        for name, trade_off in (("python_hybrid", 0.5), ("python_triplet", 1.0)):
            seconds.setdefault(name, []).append(python_step(images, classes, trade_off, arguments.steps))
    print(f"PyTorch {torch.__version__}, {cores} threads, {arguments.rounds} rounds of {arguments.steps} steps; "
          "medians (least to greatest)\n")
    for name, values in seconds.items():
        print(f"{name:16} {1e3 * statistics.median(values):7.1f} ms a step "
              f"({1e3 * min(values):.1f} to {1e3 * max(values):.1f}), {BATCH / statistics.median(values):.0f} images/s")

    def ratio(text, a, b, asked):
        each = [x / y for x, y in zip(seconds[a], seconds[b])]
        print(f"{text:40} {statistics.median(each):.3f} ({min(each):.3f} to {max(each):.3f}), asked {asked}")

    print()
    ratio("our hybrid step / our triplet step", "hybrid", "triplet", "at most 1.15")
    ratio("our hybrid step / bare LibTorch", "hybrid", "bare_hybrid", "at most 1.05")
    ratio("our triplet step / bare LibTorch", "triplet", "bare_triplet", "at most 1.05")
    ratio("Python hybrid step / ours", "python_hybrid", "hybrid", "at least 1")
    ratio("Python triplet step / ours", "python_triplet", "triplet", "at least 1")


if __name__ == "__main__":
    main()
