"""The training steps of `steps.rs` in PyTorch: one thread, channels-last, float32.

    cargo bench -p confounder-trainer --bench steps
    python trainer/benches/torch_steps.py

Needs torch. Images a second of the median of eight steps, as there: nets of width 16, ten classes, batches of 128 images of
32 px; gradient and update (Nesterov SGD for the classifiers, Adam for the generator). Options as there: --width, --steps.
"""

import argparse
import time

import torch
import torch.nn.functional as F
from torch import nn

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("--width", type=int, default=16)
options.add_argument("--steps", type=int, default=8)
options = options.parse_args()
WIDTH, STEPS, CLASSES, BATCH = options.width, options.steps, 10, 128
EPSILON = 8 / 255


def conv_norm(inputs, outputs, kernel, stride=1):
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs))


class Block(nn.Module):
    """A residual block: its convolutions, and a 1x1 shortcut where the extents change."""

    def __init__(self, inputs, outputs, stride, body):
        super().__init__()
        self.body = body
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else conv_norm(inputs, outputs, 1, stride)

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


def basic(inputs, channels, stride):
    body = nn.Sequential(conv_norm(inputs, channels, 3, stride), nn.ReLU(), conv_norm(channels, channels, 3))
    return Block(inputs, channels, stride, body), channels


def bottleneck(inputs, channels, stride):
    body = nn.Sequential(
        conv_norm(inputs, channels, 1), nn.ReLU(),
        conv_norm(channels, channels, 3, stride), nn.ReLU(),
        conv_norm(channels, 4 * channels, 1),
    )  # fmt: skip
    return Block(inputs, 4 * channels, stride, body), 4 * channels


def head(channels):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES)]


def resnet(block, blocks):
    layers, channels = [conv_norm(3, WIDTH, 3), nn.ReLU()], WIDTH
    for stage, count in enumerate(blocks):
        for i in range(count):
            layer, channels = block(channels, WIDTH << stage, 2 if stage and not i else 1)
            layers.append(layer)
    return nn.Sequential(*layers, *head(channels))


def vgg11():
    layers, channels, side = [], 3, 32
    for stage in ((1,), (2,), (4, 4), (8, 8), (8, 8)):
        for multiple in stage:
            layers += [conv_norm(channels, multiple * WIDTH, 3), nn.ReLU()]
            channels = multiple * WIDTH
        if side > 1:
            layers.append(nn.MaxPool2d(2))
            side //= 2
    return nn.Sequential(*layers, *head(channels))


class Dense(nn.Module):
    """A layer of DenseNet: what it adds joins what it saw."""

    def __init__(self, inputs, growth):
        super().__init__()
        self.body = nn.Sequential(
            nn.BatchNorm2d(inputs), nn.ReLU(), conv_norm(inputs, 4 * growth, 1), nn.ReLU(),
            nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False),
        )  # fmt: skip

    def forward(self, x):
        return torch.cat([x, self.body(x)], 1)


def densenet121():
    growth, channels = WIDTH // 2, WIDTH
    layers = [conv_norm(3, channels, 3), nn.ReLU()]
    for block, count in enumerate((6, 12, 24, 16)):
        for _ in range(count):
            layers.append(Dense(channels, growth))
            channels += growth
        if block < 3:
            half = channels // 2
            layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, half, 1, bias=False), nn.AvgPool2d(2)]
            channels = half
    return nn.Sequential(*layers, nn.BatchNorm2d(channels), nn.ReLU(), *head(channels))


def generator():
    """AdvGAN's: down by 4, four residual blocks, up by 4, bounded by tanh."""

    class Inner(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(conv_norm(32, 32, 3), nn.ReLU(), conv_norm(32, 32, 3))

        def forward(self, x):
            return x + self.body(x)

    down = [m for a, b, s in ((3, 8, 1), (8, 16, 2), (16, 32, 2)) for m in (conv_norm(a, b, 3, s), nn.ReLU())]
    up = [m for a, b in ((32, 16), (16, 8)) for m in (nn.Upsample(scale_factor=2), conv_norm(a, b, 3), nn.ReLU())]
    return nn.Sequential(*down, *(Inner() for _ in range(4)), *up, nn.Conv2d(8, 3, 3, padding=1), nn.Tanh())


def discriminator():
    return nn.Sequential(
        nn.Conv2d(3, 8, 4, 2), nn.LeakyReLU(0.2),
        nn.Conv2d(8, 16, 4, 2, bias=False), nn.BatchNorm2d(16), nn.LeakyReLU(0.2),
        nn.Conv2d(16, 32, 4, 2, bias=False), nn.BatchNorm2d(32), nn.LeakyReLU(0.2),
        nn.Conv2d(32, 1, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(0),
    )  # fmt: skip


def images_and_targets():
    images = torch.rand(BATCH, 3, 32, 32).to(memory_format=torch.channels_last)
    return images, torch.arange(BATCH) % CLASSES


def report(name, step):
    times = []
    for _ in range(STEPS):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    print(f"{name:14} PyTorch        {BATCH / sorted(times)[STEPS // 2]:7.1f} images/s", flush=True)


def classifier(name, net):
    net = net.to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.SGD(net.parameters(), 1e-3, momentum=0.9, nesterov=True, weight_decay=5e-4)
    images, targets = images_and_targets()

    def step():
        optimiser.zero_grad(set_to_none=True)
        F.cross_entropy(net(images), targets).backward()
        optimiser.step()

    report(name, step)


def generator_step():
    """Eq. 5 of the paper: the discriminator judges the protected images, a frozen ResNet-18 reads the residual."""
    g, d, f = (net.to(memory_format=torch.channels_last) for net in (generator(), discriminator(), resnet(basic, (2,) * 4)))
    f.eval().requires_grad_(False)
    d.requires_grad_(False)
    optimiser = torch.optim.Adam(g.parameters(), 1e-3)
    images, targets = images_and_targets()

    def step():
        optimiser.zero_grad(set_to_none=True)
        residual = EPSILON * g(images)
        protected = (images + residual).clamp(0, 1)
        adversarial = F.softplus(-d(protected)).mean()
        shown = (protected - images) / (2 * EPSILON) + 0.5
        confounder = F.cross_entropy(f(shown), targets)
        hinge = F.relu(residual.flatten(1).norm(dim=1) - 1).mean()
        (adversarial + confounder + hinge).backward()
        optimiser.step()

    report("generator", step)


if __name__ == "__main__":
    torch.set_num_threads(1)
    classifier("ResNet-18", resnet(basic, (2, 2, 2, 2)))
    classifier("ResNet-50", resnet(bottleneck, (3, 4, 6, 3)))
    classifier("VGG-11", vgg11())
    classifier("DenseNet-121", densenet121())
    generator_step()
