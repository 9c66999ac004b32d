# SPDX-License-Identifier: MIT
"""One training step of floe beside the same model in Python, alternating in one run.

    python bench/operators.py build/bench/bench/bench_operators [fno mgno deeponet fisher] [--threads 1] [--rounds 9]

needs torch, and neuraloperator for fno. Both sides make the same number of steps on data of the same sizes, in float32
with AdamW, in turns: what else runs on the machine slows both. Printed per model: milliseconds of a step (median of the
rounds), their ratio (median of the ratios of a round; above 1: floe is faster), the smallest and largest ratio, and the
largest resident memory of both processes.

fno       neuraloperator's FNO as in experiments/darcy_85: 85 x 85 points, 24 x 12 modes, 32 channels, 4 layers, batch 10
mgno      the published multigrid operator for Darcy flow on 85 x 85 points: 4 layers, 24 channels, 6 levels, batch 8
deeponet  DeepXDE's antiderivative example: 100 sensors, one hidden layer of 40, 10000 pairs in one batch
fisher    multi-task DeepONet for the Fisher equation: 200 samples of 68 numbers, 1280 positions, 300 features
"""
import argparse
import statistics
import subprocess
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class VCycle(nn.Module):
    """u = W f by one V-cycle of multigrid, zeros beyond the edges, no biases (He, Liu, Xu, ICLR 2024)."""

    def __init__(self, f, u, sizes, smoothing):
        super().__init__()
        conv = lambda a, b, stride=1: nn.Conv2d(a, b, 3, stride=stride, padding=1, bias=False)
        self.smoothers = nn.ModuleList()
        self.operators = nn.ModuleList()
        for level, steps in enumerate(smoothing):
            self.smoothers.append(nn.ModuleList(conv(f, u) for _ in range(steps)))
            self.operators.append(nn.ModuleList(conv(u, f) for _ in range(steps - (level == 0))))
        coarser = len(smoothing) - 1
        self.restrict_f = nn.ModuleList(conv(f, f, 2) for _ in range(coarser))
        self.restrict_u = nn.ModuleList(conv(u, u, 2) for _ in range(coarser))
        self.prolong = nn.ModuleList(
            nn.ConvTranspose2d(u, u, 3 if size % 2 else 4, stride=2, padding=1, bias=False) for size in sizes[:-1])

    def forward(self, f):
        us = []
        u = None
        for level, smoothers in enumerate(self.smoothers):
            operators = list(self.operators[level])
            for s in smoothers:
                u = s(f) if u is None else u + s(f - operators.pop(0)(u))
            us.append(u)
            if level + 1 < len(self.smoothers):
                f, u = self.restrict_f[level](f), self.restrict_u[level](u)
        for level in reversed(range(len(self.prolong))):
            u = us[level] + self.prolong[level](u)
        return u


class Mgno(nn.Module):
    def __init__(self, size=85, channels=24, layers=4, smoothing=(1, 1, 1, 1, 1, 2)):
        super().__init__()
        sizes = [size]
        while len(sizes) < len(smoothing):
            sizes.append((sizes[-1] + 1) // 2)
        inputs = [1] + [channels] * (layers - 1)
        self.cycles = nn.ModuleList(VCycle(n, channels, sizes, smoothing) for n in inputs)
        self.pointwise = nn.ModuleList(nn.Conv2d(n, channels, 1) for n in inputs)
        self.head = nn.Conv2d(channels, 1, 1, bias=False)

    def forward(self, u):
        for cycle, pointwise in zip(self.cycles, self.pointwise):
            u = F.gelu(cycle(u) + pointwise(u))
        return self.head(u)


def perceptron(widths, activation, norm=False, last=None):
    parts = []
    for i in range(len(widths) - 1):
        parts.append(nn.Linear(widths[i], widths[i + 1]))
        if i + 2 < len(widths):
            if norm:
                parts.append(nn.LayerNorm(widths[i + 1]))
            parts.append(activation())
    return nn.Sequential(*parts, *([last()] if last else []))


class PairDeepOnet(nn.Module):
    """As DeepXDE computes unaligned pairs: one position per sample, both nets, a product and a sum."""

    def __init__(self):
        super().__init__()
        self.branch = perceptron([100, 40, 40], nn.ReLU)
        self.trunk = perceptron([1, 40, 40], nn.ReLU, last=nn.ReLU)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, numbers, positions):
        return torch.einsum("bi,bi->b", self.branch(numbers), self.trunk(positions)).unsqueeze(1) + self.bias


class FisherDeepOnet(nn.Module):
    """As DeepXDE computes a Cartesian product: all samples at all positions."""

    def __init__(self):
        super().__init__()
        leaky = lambda: nn.LeakyReLU(0.2)
        self.branch = perceptron([68, 128, 128, 300], leaky, norm=True)
        self.trunk = perceptron([2, 128, 128, 128, 300], leaky)

    def forward(self, numbers, positions):
        return torch.einsum("bi,ni->bn", self.branch(numbers), self.trunk(positions))


def relative_l2(prediction, target):
    return ((prediction - target).flatten(1).norm(dim=1) / target.flatten(1).norm(dim=1)).mean()


def make_case(name):
    if name == "fno":
        from neuralop.models import FNO
        model = FNO(n_modes=(24, 22), in_channels=1, out_channels=1, hidden_channels=32, n_layers=4,
                    lifting_channel_ratio=0, projection_channel_ratio=4, positional_embedding="grid",
                    use_channel_mlp=False, domain_padding=0.1)
        return model, (torch.randn(10, 1, 85, 85),), torch.randn(10, 1, 85, 85), relative_l2
    if name == "mgno":
        return Mgno(), (torch.randn(8, 1, 85, 85),), torch.randn(8, 1, 85, 85), relative_l2
    if name == "deeponet":
        return PairDeepOnet(), (torch.randn(10000, 100), torch.rand(10000, 1)), torch.randn(10000, 1), F.mse_loss
    return FisherDeepOnet(), (torch.randn(200, 68), torch.rand(1280, 2)), torch.randn(200, 1280), F.mse_loss


def peak_mebibytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


class Python:
    """A process of its own, so that its memory is its own; speaks as bench_operators does."""

    def __init__(self, threads, name):
        torch.set_num_threads(threads)
        torch.manual_seed(1)
        self.model, self.inputs, self.target, self.loss = make_case(name)
        parameters = sum(p.numel() * (2 if p.is_complex() else 1) for p in self.model.parameters())
        print(f"{name} in Python: {parameters} parameters", file=sys.stderr)
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=1e-3)

    def serve(self):
        for line in sys.stdin:
            steps = int(line)
            start = time.perf_counter()
            for _ in range(steps):
                self.optimiser.zero_grad()
                self.loss(self.model(*self.inputs), self.target).backward()
                self.optimiser.step()
            seconds = (time.perf_counter() - start) / steps
            print(seconds, peak_mebibytes(), flush=True)


def ask(process, steps):
    process.stdin.write(f"{steps}\n")
    process.stdin.flush()
    seconds, memory = process.stdout.readline().split()
    return float(seconds), float(memory)


def compare(program, name, threads, rounds):
    start = lambda *words: subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    sides = [start(program, str(threads), name), start(sys.executable, __file__, "--serve", name, "--threads", str(threads))]
    once = [[ask(side, 1) for _ in range(3)][-1][0] for side in sides]
    steps = max(1, round(0.5 / max(once)))
    times = [[], []]
    memory = [0, 0]
    for _ in range(rounds):
        for i, side in enumerate(sides):
            seconds, memory[i] = ask(side, steps)
            times[i].append(seconds)
    for side in sides:
        side.stdin.close()
        side.wait()
    ratios = [b / a for a, b in zip(*times)]
    print(f"{name:9} {1e3 * statistics.median(times[0]):9.1f} {1e3 * statistics.median(times[1]):9.1f} "
          f"{statistics.median(ratios):6.2f} {min(ratios):6.2f} {max(ratios):6.2f} {memory[0]:8.0f} {memory[1]:8.0f}",
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--serve")
    options = parser.parse_args()
    if options.serve:
        Python(options.threads, options.serve).serve()
        return
    program, *names = options.words
    print(f"torch {torch.__version__}, {options.threads} thread(s)")
    print("model      floe ms  Python ms  ratio  least   most  floe MiB Python MiB")
    for name in names or ["fno", "mgno", "deeponet", "fisher"]:
        compare(program, name, options.threads, options.rounds)


main()
