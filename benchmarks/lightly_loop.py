"""The side of `against_lightly.py` that trains with lightly, on PyTorch.

A loop as lightly's documentation has it: its transform in a `DataLoader` with
two workers, its head and its loss. The ResNet-18 is that of `kc.encoders`,
with its initializers; the ResNet-50 is torchvision's, of the same layers.
"""

import argparse
import json

import lightly
import numpy as np
import torch
from lightly.loss import NTXentLoss
from lightly.models.modules.heads import SimCLRProjectionHead
from lightly.transforms import SimCLRTransform
from lightly_task import CASES, Budget, small_images
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.datasets import ImageFolder
from torchvision.models import resnet50
from turns import serve


class Images(Dataset):
    """Arrays as the pictures that the transform expects."""

    def __init__(self, images, transform):
        self.images, self.transform = images, transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, number):
        return self.transform(Image.fromarray(self.images[number])), 0


class Block(nn.Module):
    """Two convolutions of 3 x 3 beside a shortcut."""

    def __init__(self, inputs, units, stride, project):
        super().__init__()
        self.first = conv_norm(inputs, units, 3, stride)
        self.second = conv_norm(units, units, 3)
        nn.init.zeros_(self.second[1].weight)
        self.shortcut = nn.Identity()
        if project:
            self.shortcut = conv_norm(inputs, units, 1, stride)

    def forward(self, x):
        inside = self.second(self.first(x).relu())
        return (inside + self.shortcut(x)).relu()


def conv_norm(inputs, units, size, stride=1):
    convolution = nn.Conv2d(inputs, units, size, stride, size // 2, bias=False)
    nn.init.kaiming_normal_(convolution.weight)
    return nn.Sequential(convolution, nn.BatchNorm2d(units))


def small_resnet18(width):
    """ResNet-18 with the stem for CIFAR."""
    layers = [conv_norm(3, width, 3), nn.ReLU()]
    inputs = width
    for stage in range(4):
        units = width * 2**stage
        stride = 1 if stage == 0 else 2
        layers += [Block(inputs, units, stride, project=True)]
        layers += [Block(units, units, 1, project=False)]
        inputs = units
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), inputs


def make_encoder(case):
    if case.width:
        return small_resnet18(case.width)
    encoder = resnet50(zero_init_residual=True)
    encoder.fc = nn.Identity()
    return encoder, 2048


def make_loader(case, data, folder):
    transform = SimCLRTransform(
        input_size=case.size,
        cj_strength=case.strength,
        gaussian_blur=0.5 if case.blur else 0.0,
        normalize=None,
    )
    if folder:
        images = ImageFolder(folder, transform)
    else:
        images = Images(data["bank"][0], transform)
    return DataLoader(
        images, case.batch, shuffle=True, drop_last=True, num_workers=2
    )


@torch.no_grad()
def features(encoder, images):
    encoder.eval()
    found = [
        encoder(torch.from_numpy(batch).permute(0, 3, 1, 2) / 255).numpy()
        for batch in np.array_split(images, -(-len(images) // 500))
    ]
    return np.concatenate(found)


def work(case, epochs, mnist=None, folder=None, output=None):
    torch.manual_seed(0)
    case = CASES[case]
    budget = Budget(case, epochs)
    data = None if folder else small_images(case, mnist)
    loader = make_loader(case, data, folder)
    encoder, units = make_encoder(case)
    model = nn.Sequential(encoder, SimCLRProjectionHead(units, units, 128))
    loss = NTXentLoss(temperature=0.5)
    optimizer = torch.optim.AdamW(
        model.parameters(), budget.rate, weight_decay=budget.weight_decay
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, budget.share)
    model.train()
    threads = torch.get_num_threads()
    used = f"lightly {lightly.__version__}, {threads} threads, float32"

    def run():
        total = 0.0
        for (first, second), _ in loader:
            value = loss(model(first), model(second))
            value.backward()
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
            total += value.item()
        return {"loss": total / len(loader), "steps": len(loader), "used": used}

    serve(run)
    if output:
        found = {key: features(encoder, x) for key, (x, _) in data.items()}
        np.savez(output, **found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--worker", type=json.loads, required=True)
    work(**parser.parse_args().worker)
