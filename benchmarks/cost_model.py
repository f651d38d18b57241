"""What a training step costs on several devices, on paper.

Bytes, memory, arithmetic and seconds of SimCLR, MoCo, Barlow Twins and InstDis
with plain data parallelism on JAX: parameters, queue and bank on every device,
rows of the batch shared out, no collective behind other work. `scale.py`
tables it and holds it against measurements.

In the formulas `B` is the global batch, `p` the number of devices, `d` the
width of a projection, `n` the bytes of an array.
"""

import dataclasses
import math

FLOAT, HALF = 4, 2  # bytes


@dataclasses.dataclass(frozen=True)
class Hardware:
    """Nodes of equal devices. The defaults are H100s, eight in a node.

    Args:
        peak: Operations a second of matrix products in 16 bits.
        peak_float32: The same of float32 tensors, TensorFloat-32 here.
        peak_integer: Operations a second of int32.
        utilization: Share of a peak that is reached.
        memory: Bytes of a device.
        bandwidth: Bytes a second of that memory.
        bandwidth_share: Share of it that is reached.
        per_node: Devices of a node.
        link: Bytes a second from one device to another of its node.
        node_link: Bytes a second out of a node, all its network cards.
        link_share: Share of both that is reached.
        start: Seconds to begin a collective.
        latency: Seconds of a step within a node.
        node_latency: Seconds of a step between nodes.
        images_per_second: Images that a node reads and decodes.
    """

    peak: float = 989.4e12
    peak_float32: float = 494.7e12
    peak_integer: float = 33.5e12
    utilization: float = 0.19
    memory: float = 80e9
    bandwidth: float = 3.35e12
    bandwidth_share: float = 0.6
    per_node: int = 8
    link: float = 450e9
    node_link: float = 8 * 50e9
    link_share: float = 0.83
    start: float = 6.6e-6
    latency: float = 1.9e-6
    node_latency: float = 4.0e-6
    images_per_second: float = 17_800.0

    def nodes(self, devices):
        return math.ceil(devices / self.per_node)

    def collective(self, kind, size, devices):
        """Seconds of a collective, none of one device.

        With a message of `a` seconds and `1 / b` seconds a byte,

            all-gather:  (p - 1) a + (p - 1) / p n / b      ring
                         log2(p) a + (p - 1) / p n / b      recursive doubling
            all-reduce:  2 (p - 1) a + 2 (p - 1) / p n / b  ring: reduce-scatter
                                                            and all-gather
                         log2(p) (a + n / b)                recursive doubling
            exchange:    (p - 1) a + (p - 1) / p n / b      pairs in turn
                         log2(p) (a + n / 2 / b)            Bruck

        of which the faster one counts, as libraries choose it. An all-gather
        doubles up to 512 KiB alone, as in MPICH: with more its partners are
        too far. Of the `p - 1` steps of a ring one for each node but the first
        crosses nodes, by all network cards of a node. What is exchanged, or
        doubled, leaves by the card of its own device.

        Reference: Thakur, Rabenseifner, Gropp, 2005, "Optimization of
            collective communication operations in MPICH",
            https://doi.org/10.1177/1094342005051521; Chan et al., 2007,
            "Collective communication: theory, practice, and experience",
            https://doi.org/10.1002/cpe.1206.
        """
        if devices == 1:
            return 0.0
        nodes = self.nodes(devices)
        between = nodes - 1
        ring = (devices - 1 - between) * self.latency
        ring += between * self.node_latency
        inner = math.log2(min(devices, self.per_node)) * self.latency
        outer = math.log2(nodes) * self.node_latency
        card = self.node_link / self.per_node if nodes > 1 else self.link
        wide = min(self.link, self.node_link) if nodes > 1 else self.link
        card, wide = card * self.link_share, wide * self.link_share
        rounds = math.log2(devices)
        sent = wire_bytes(kind, size, devices)
        if kind == "all-gather":
            seconds = ring + sent / wide
            if size <= 512 * 1024:
                seconds = min(seconds, inner + outer + sent / card)
        elif kind == "all-reduce":
            seconds = min(
                2 * ring + sent / wide, inner + outer + rounds * size / card
            )
        else:
            seconds = min(
                ring + sent / card, inner + outer + rounds * size / 2 / card
            )
        return self.start + seconds


def wire_bytes(kind, size, devices):
    """Bytes that a device sends, and receives, on a ring or in exchanges.

    `(p - 1) / p n` of an all-gather to `n` bytes, or of `n` bytes that are
    exchanged; twice that of an all-reduce of `n` bytes.
    """
    share = size * (devices - 1) / devices
    return 2 * share if kind == "all-reduce" else share


@dataclasses.dataclass(frozen=True)
class Encoder:
    """What one image costs in an encoder.

    Args:
        operations: Multiplications and additions of a forward pass.
        weights: Of convolutions, all to be trained.
        activations: Numbers that all convolutions return.
        norms: Channels of each batch normalization.
        features: Width of the features.
        pixels: Numbers of an image.
    """

    operations: int
    weights: int
    activations: int
    norms: tuple
    features: int
    pixels: int


def count(model):
    """The `Encoder` of a Keras model of convolutions.

    A convolution of `k` numbers in each of its windows, from which it makes
    `c` channels at `h w` places, takes `2 k c h w` operations.
    """
    operations = weights = activations = 0
    norms = []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "Conv2D":
            size = math.prod(layer.output.shape[1:])
            channels = layer.kernel.shape[-1]
            kernel = math.prod(layer.kernel.shape)
            operations += 2 * kernel // channels * size
            weights += kernel
            activations += size
        elif kind == "BatchNormalization":
            norms.append(layer.gamma.shape[0])
    return Encoder(
        operations,
        weights,
        activations,
        tuple(norms),
        model.output_shape[-1],
        math.prod(model.input_shape[1:]),
    )


@dataclasses.dataclass(frozen=True)
class Method:
    """A method, as this package trains it on JAX.

    Args:
        name: String.
        trained: Views of an image that are encoded with a gradient.
        followed: Views that the momentum branch encodes.
        head: Widths of the layers of the projector.
        head_norms: Widths of its batch normalizations.
        joined: Whether the trained views pass in one call.
        queue: Keys that are kept.
        bank: Images that are remembered.
        negatives: Rows of the bank that each image is compared with.
        block: Rows of the similarity matrix at a time, or None for all.
        micro_batch: Images of a device whose activations are held at a time,
            or None for all of them.
        shuffle: Devices whose images are shuffled with each other for the
            keys, or None for all.
        moves_views: Whether joining them moves views between devices.
        local_norms: Whether batch normalization is that of each device.
        adds_gradients: Whether those of several calls are added up before
            they are sent.
        bank_devices: Devices that share one bank; all others have their own.
    """

    name: str
    trained: int
    head: tuple
    head_norms: tuple = ()
    followed: int = 0
    joined: bool = False
    queue: int = 0
    bank: int = 0
    negatives: int = 0
    block: int | None = None
    micro_batch: int | None = None
    shuffle: int | None = None
    moves_views: bool = True
    local_norms: bool = False
    adds_gradients: bool = False
    bank_devices: int = 1

    @property
    def width(self):
        return self.head[-1]

    @property
    def views(self):
        return self.trained + self.followed

    def head_weights(self, encoder):
        widths = (encoder.features, *self.head)
        return sum(a * b for a, b in zip(widths, widths[1:], strict=False))

    def weights(self, encoder):
        return encoder.weights + self.head_weights(encoder)


METHODS = {
    method.name: method
    for method in (
        Method("SimCLR", 2, (2048, 128), (2048, 128), joined=True),
        Method("MoCo", 1, (128,), followed=1, queue=65_536),
        Method("BarlowTwins", 2, (8192,) * 3, (8192,) * 2),
        Method("InstDis", 1, (128,), bank=1_280_000, negatives=4096),
    )
}


@dataclasses.dataclass(frozen=True)
class Collective:
    """One kind of message of a step, for one part of it.

    Args:
        part: `"norms"`, `"gradients"`, `"views"`, `"loss"` or `"memory"`.
        direction: `"forward"` or `"backward"`.
        kind: `"all-gather"`, `"all-reduce"` or `"exchange"`.
        size: Bytes: of the whole array that each device ends with; of what a
            device holds before an exchange.
        times: How many such messages there are.
        devices: Devices that take part, or None for all.
    """

    part: str
    direction: str
    kind: str
    size: float
    times: int = 1
    devices: int | None = None


def collectives(method, encoder, batch, devices):
    """Messages of a step, as XLA partitions it over the rows of a batch.

    * Batch normalization of `c` channels: `c` sums, then `2 c` (the mean once
      more), and backward `2 c`, then `c`, for each call.
    * Gradients: an all-reduce of all weights, for each call: XLA adds up the
      calls afterwards.
    * Views that are joined for one call: 4 times the pixels of a device's
      views of one kind are exchanged; 6 times its features on the way there
      and on the way back; 8 times its projections.
    * NT-Xent: both views' projections are gathered, `2 B d`; 2 maxima and 4
      sums of `B`; backward the sums of `2 B d`.
    * MoCo: the images of a view are gathered to be shuffled, then keys once
      to be brought back and once for the queue.
    * Barlow Twins: mean and variance of `d` features, and three sums for
      their gradient, for each view; the correlations, `d^2`.
    * InstDis: the rows that move and their numbers are gathered twice.

    Weights and statistics are float32, as are projections and views.
    """
    p, d, rows = devices, method.width, batch / devices
    calls = 1 if method.joined else method.trained
    found = []

    def add(part, direction, kind, numbers, times=1, among=None):
        size = FLOAT * numbers
        found.append(Collective(part, direction, kind, size, times, among))

    norms = (*encoder.norms, *method.head_norms)
    for c in () if method.local_norms else norms:
        for numbers in (c, 2 * c):
            add("norms", "forward", "all-reduce", numbers, calls)
            add("norms", "backward", "all-reduce", numbers, calls)
            if method.followed:
                add("norms", "forward", "all-reduce", numbers, method.followed)
    # All leave in one message.
    sums = 1 if method.adds_gradients else calls
    add("gradients", "backward", "all-reduce", sums * method.weights(encoder))
    if method.joined and method.moves_views:
        add("views", "forward", "exchange", rows * encoder.pixels, 4)
        for direction in ("forward", "backward"):
            add("views", direction, "exchange", rows * encoder.features, 6)
            add("views", direction, "exchange", rows * d, 8)
    if method.name == "SimCLR":
        add("loss", "forward", "all-gather", batch * d, 2)
        add("loss", "forward", "all-reduce", 2 * batch)
        add("loss", "forward", "all-reduce", 4 * batch)
        add("loss", "backward", "all-reduce", 2 * batch * d)
    if method.name == "BarlowTwins":
        add("loss", "forward", "all-reduce", d, 4)
        add("loss", "forward", "all-reduce", d * d)
        add("loss", "backward", "all-reduce", d, 4)
    if method.queue:
        among = min(p, method.shuffle or p)
        images = rows * among * encoder.pixels
        if among > 1:
            add("views", "forward", "all-gather", images, 1, among)
            add("views", "forward", "all-gather", rows * among * d, 1, among)
        add("memory", "forward", "all-gather", batch * d)
    if method.bank:
        add("memory", "forward", "all-gather", batch * d, 2)
        add("memory", "forward", "all-gather", batch, 2)
    return found


def message_seconds(method, encoder, batch, devices, hardware):
    """Seconds of all messages of a step, by the part that they are for."""
    passed = {}
    for c in collectives(method, encoder, batch, devices):
        each = hardware.collective(c.kind, c.size, c.devices or devices)
        passed[c.part] = passed.get(c.part, 0.0) + c.times * each
    return passed


def gathered_bytes(method, encoder, batch, devices):
    """Bytes that a device receives in a step, forward and backward."""
    received = {"forward": 0.0, "backward": 0.0}
    for c in collectives(method, encoder, batch, devices):
        size = wire_bytes(c.kind, c.size, c.devices or devices)
        received[c.direction] += c.times * size
    return received


def arithmetic(method, encoder, batch, devices):
    """Operations of a device in a step.

    * Encoder and projector, `F` forward: `3 F` for a view that is trained
      (the backward pass makes two products of each), `F` for one that is not;
      one more `F` where activations are computed again.
    * NT-Xent: `2 B / p` rows by `2 B` columns, three products, `24 B^2 d / p`.
    * MoCo: `B / p` by the queue, no gradient to keys, `4 (B / p) K d`.
    * Barlow Twins: `d` by `d`, three products, `6 (B / p) d^2`.
    * InstDis: `B / p` by the negatives, `4 (B / p) m d`.
    """
    rows, d = batch / devices, method.width
    forward = encoder.operations + 2 * method.head_weights(encoder)
    passes = 3 if method.micro_batch is None else 4
    loss = {
        "SimCLR": 24 * rows * batch * d,
        "MoCo": 4 * rows * keys(method, batch) * d,
        "BarlowTwins": 6 * rows * d**2,
        "InstDis": 4 * rows * method.negatives * d,
    }
    return {
        "encoder": rows * forward * (passes * method.trained + method.followed),
        "loss": loss[method.name],
    }


def keys(method, batch):
    """Length of a queue, which must not be below a batch."""
    return max(method.queue, batch) if method.queue else 0


def similarities(method, batch, devices):
    """Numbers of the matrix that the loss makes on a device.

    `(2 B / p) 2 B` of NT-Xent, `(B / p) K` of MoCo, `d^2` of Barlow Twins, on
    every device, `(B / p) m` of InstDis.
    """
    rows = batch / devices
    return {
        "SimCLR": 4 * rows * batch,
        "MoCo": rows * keys(method, batch),
        "BarlowTwins": method.width**2,
        "InstDis": rows * method.negatives,
    }[method.name]


def memory(method, encoder, batch, devices):
    """Bytes on a device.

    * weights: each with its gradient, its momentum and, with a momentum
      branch, its follower, float32.
    * activations: of each trained view what convolutions return and what
      follows a normalization, in 16 bits.
    * loss: the similarity matrix twice, as compiled (logits, and their
      gradient), or a block of it; projections of the whole batch where they
      are gathered; of InstDis the rows of the negatives twice.
    * state: queue, or the bank, shared by `bank_devices`.
    * gathered: the images that are shuffled together.
    """
    rows, d = batch / devices, method.width
    copies = 3 + bool(method.followed)
    matrix = similarities(method, batch, devices)
    if method.block:
        matrix = min(matrix, method.block * 2 * batch)
    held = min(rows, method.micro_batch or rows)
    loss = 2 * matrix
    if method.name == "SimCLR":
        loss += 2 * batch * d
    if method.bank:
        loss += 2 * rows * method.negatives * d
    among = min(devices, method.shuffle or devices)
    images = rows * among * encoder.pixels if method.followed else 0
    state = keys(method, batch) + method.bank / method.bank_devices
    return {
        "weights": FLOAT * copies * method.weights(encoder),
        "activations": HALF * 2 * held * method.trained * encoder.activations,
        "loss": FLOAT * loss,
        "state": FLOAT * d * state,
        "gathered": FLOAT * images * (among > 1),
    }


# Reads and writes of a view that SimCLR's transforms make: cast, two products
# of the crop, six slots of color with a mean each, gray, two products of blur.
VIEW_PASSES = 12
# Reads and writes of the similarity matrix, forward and backward.
MATRIX_PASSES = 6


def update_bytes(method, encoder, batch, devices):
    """Bytes that a device reads and writes to move weights and state.

    5 numbers of each weight (SGD with momentum), 3 more of a follower; queue
    or bank are copied.
    """
    moved = (5 + 3 * bool(method.followed)) * method.weights(encoder)
    state = memory(method, encoder, batch, devices)["state"]
    return FLOAT * moved + 2 * state


def seconds(method, encoder, batch, devices, hardware):
    """Seconds of the parts of a step, and of all of it.

    * encoder: operations over what is reached of the peak in 16 bits.
    * views: `VIEW_PASSES` times a view in float32, read and written.
    * loss: operations over the peak in float32, and `MATRIX_PASSES` over the
      matrix; of InstDis 4 times the negatives' rows.
    * update: `update_bytes`; of InstDis `3 B^2 / p` comparisons as well, which
      find numbers that come twice in a batch.
    * collective: the sum over all messages.
    * input: images over the rate of a node. It runs beside the others, so that
      the step lasts as long as the longer of the two.
    """
    rows = batch / devices
    bytes_per_second = hardware.bandwidth * hardware.bandwidth_share
    operations = arithmetic(method, encoder, batch, devices)
    view = VIEW_PASSES * 2 * FLOAT * encoder.pixels
    passes = MATRIX_PASSES * similarities(method, batch, devices)
    passes += 4 * rows * method.negatives * method.width
    update = update_bytes(method, encoder, batch, devices) / bytes_per_second
    if method.bank:
        update += 3 * rows * batch / hardware.peak_integer
    reached = hardware.utilization
    parts = {
        "encoder": operations["encoder"] / hardware.peak / reached,
        "views": rows * method.views * view / bytes_per_second,
        "loss": operations["loss"] / hardware.peak_float32 / reached
        + FLOAT * passes / bytes_per_second,
        "update": update,
        "collective": sum(
            message_seconds(method, encoder, batch, devices, hardware).values()
        ),
    }
    nodes = devices / min(devices, hardware.per_node)
    parts["input"] = batch / nodes / hardware.images_per_second
    return {**parts, "device": sum(parts.values()) - parts["input"]}


def efficiency(method, encoder, batch, devices, hardware):
    """Images a second and device, over those of one device by itself.

    The one device has the same global batch and, on paper, memory for it:
    `T(B, 1) / (p T(B, p))`. Input is left out.
    """
    alone = seconds(method, encoder, batch, 1, hardware)["device"]
    shared = seconds(method, encoder, batch, devices, hardware)["device"]
    return alone / devices / shared
