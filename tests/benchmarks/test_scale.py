"""The cost model against loops, hands and a compiled program."""

import importlib
import itertools
import json

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from tests.benchmarks.conftest import BENCHMARKS
from tests.replicas import two_replicas


@pytest.fixture(scope="module")
def costs(benchmark):
    return benchmark("cost_model")


def ring_all_gather(count, chunk):
    """Bytes that each device sends, until all hold the chunks of all."""
    held = [{device} for device in range(count)]
    newest, sent, steps = list(range(count)), [0] * count, 0
    while any(len(chunks) < count for chunks in held):
        newest = [newest[device - 1] for device in range(count)]
        for device, received in enumerate(newest):
            held[device].add(received)
            sent[device - 1] += chunk
        steps += 1
    return sent, steps


@pytest.mark.parametrize("devices", [2, 3, 8])
def test_bytes_of_a_ring(costs, devices):
    sent, steps = ring_all_gather(devices, chunk=5)
    size = 5 * devices
    assert steps == devices - 1
    assert {costs.wire_bytes("all-gather", size, devices)} == set(sent)
    # Adding up in chunks is the same way backward, and then they are gathered.
    assert costs.wire_bytes("all-reduce", size, devices) == 2 * sent[0]


def test_seconds_of_messages_by_hand(costs):
    hardware = costs.Hardware(
        per_node=2,
        link=100.0,
        node_link=40.0,
        link_share=0.5,
        start=1.0,
        latency=2.0,
        node_latency=3.0,
    )
    size = 2.0**20
    assert hardware.collective("all-gather", size, 1) == 0
    # Two devices: one step with the half that is missing.
    assert hardware.collective("all-gather", size, 2) == 1 + 2 + size / 2 / 50
    # Four, in two nodes: of three steps one crosses, by both cards.
    crossing = 1 + 2 + 2 + 3
    found = hardware.collective("all-gather", size, 4)
    assert found == crossing + size * 3 / 4 / 20
    found = hardware.collective("all-reduce", size, 4)
    assert found == crossing + 7 + size * 3 / 2 / 20
    # A device has one of the two cards to itself.
    found = hardware.collective("exchange", size, 4)
    assert found == crossing + size * 3 / 4 / 10
    # Nearly nothing is sent in two rounds.
    assert hardware.collective("all-reduce", 0.0, 4) == 1 + 2 + 3
    assert hardware.collective("all-gather", 0.0, 4) == 1 + 2 + 3


@pytest.mark.backends("tensorflow", "torch")  # JAX compiles what it builds.
def test_operations_of_a_network_are_those_of_a_loop(costs):
    model = kc.encoders.ResNet18((8, 8, 3), width=2)
    found = costs.count(model)
    convolutions = [x for x in model.layers if hasattr(x, "kernel_size")]
    operations = activations = 0
    for layer in convolutions:
        height, width, channels = layer.compute_output_shape(layer.input.shape)[
            1:
        ]
        window = [*layer.kernel_size, layer.input.shape[-1]]
        for _ in itertools.product(range(height), range(width)):
            for _ in range(channels):
                activations += 1
                for _ in itertools.product(*map(range, window)):
                    operations += 2  # multiplies, adds
    assert found.operations == operations
    assert found.activations == activations
    assert len(found.norms) == len(convolutions) == 21
    assert found.weights == sum(x.count_params() for x in convolutions)
    assert (found.features, found.pixels) == (16, 8 * 8 * 3)
    scales = 2 * sum(found.norms)  # and offsets
    trained = sum(np.prod(w.shape) for w in model.trainable_weights)
    assert found.weights + scales == trained


SMALL = {"operations": 100, "weights": 10, "activations": 7}
SMALL |= {"norms": (3,), "features": 4, "pixels": 12}


def test_arithmetic_of_losses_is_that_of_their_products(costs):
    encoder = costs.Encoder(**SMALL)
    batch, devices = 8, 2
    rows, every = batch // devices, 2 * batch
    # Shapes of the products `(a, b) @ (b, c)` of a device.
    d = {name: method.width for name, method in costs.METHODS.items()}
    keys, negatives = 65_536, 4096
    one = [(2 * rows, d["SimCLR"], every), (2 * rows, every, d["SimCLR"])]
    products = {
        "SimCLR": [*one, (every, 2 * rows, d["SimCLR"])],
        "MoCo": [(rows, 128, keys), (rows, keys, 128)],
        "BarlowTwins": [(8192, rows, 8192), (rows, 8192, 8192)] * 2,
        "InstDis": [(1, 128, negatives), (1, negatives, 128)] * rows,
    }
    products["BarlowTwins"].pop()
    for name, method in costs.METHODS.items():
        expected = sum(2 * a * b * c for a, b, c in products[name])
        found = costs.arithmetic(method, encoder, batch, devices)
        assert found["loss"] == expected
        head = method.head_weights(encoder)
        passes = {"SimCLR": 6, "MoCo": 4, "BarlowTwins": 6, "InstDis": 3}[name]
        assert found["encoder"] == rows * passes * (100 + 2 * head)


def test_one_device_sends_nothing(costs):
    encoder, hardware = costs.Encoder(**SMALL), costs.Hardware()
    for method in costs.METHODS.values():
        case = method, encoder, 64, 1
        assert costs.seconds(*case, hardware)["collective"] == 0
        assert set(costs.gathered_bytes(*case).values()) == {0}
        assert costs.efficiency(*case, hardware) == 1
        shared = costs.efficiency(method, encoder, 64, 16, hardware)
        assert 0 < shared < 1


def test_bank_and_queue_and_blocks(costs):
    encoder = costs.Encoder(**SMALL)

    def memory(name, batch=1024, devices=4, **change):
        method = costs.METHODS[name]
        method = costs.dataclasses.replace(method, **change)
        return costs.memory(method, encoder, batch, devices)

    assert memory("MoCo")["state"] == 65_536 * 128 * 4
    # No batch may be larger than the queue.
    assert memory("MoCo", batch=2**17)["state"] == 2**17 * 128 * 4
    assert memory("InstDis")["state"] == 1_280_000 * 128 * 4
    assert memory("InstDis", bank_devices=8)["state"] == 160_000 * 128 * 4
    matrix = 512 * 2048 * 4  # both views of a quarter of the batch, by all
    gathered = 2048 * 128 * 4
    assert memory("SimCLR")["loss"] == 2 * matrix + gathered
    assert memory("SimCLR", block=64)["loss"] == 2 * matrix / 8 + gathered
    assert memory("MoCo")["gathered"] == 1024 * 12 * 4
    assert memory("MoCo", shuffle=2)["gathered"] == 512 * 12 * 4
    assert memory("MoCo", shuffle=1)["gathered"] == 0


@pytest.mark.backends("jax")
@pytest.mark.parametrize("name", ["SimCLR", "BarlowTwins"])
def test_messages_are_those_of_a_compiled_step(benchmark, costs, name):
    import jax

    if jax.__version_info__ < (0, 5):
        pytest.skip("JAX 0.4 splits the program in another way")
    batch, units = 256, 64
    compare = {
        "SimCLR": kc.losses.NTXent(0.5),
        "BarlowTwins": kc.losses.BarlowTwinsLoss(),
    }[name]

    def loss(weights, *views):
        joined = ops.concatenate(views, axis=0) @ weights
        return compare(*ops.split(joined, 2))

    with two_replicas():
        distribution = keras.distribution.distribution()
        rows = distribution.get_data_layout((batch, units)).backend_layout
        whole = jax.sharding.NamedSharding(
            rows.mesh, jax.sharding.PartitionSpec()
        )
        view = jax.ShapeDtypeStruct((batch, units), "float32", sharding=rows)
        weights = jax.ShapeDtypeStruct((units,) * 2, "float32", sharding=whole)
        step = jax.jit(jax.value_and_grad(loss))
        program = step.lower(weights, view, view).compile().as_text()
    found = benchmark("scale").message_bytes(program)
    method = costs.dataclasses.replace(costs.METHODS[name], head=(units,))
    expected = {"all-gather": 0, "all-reduce": 4 * units**2}  # the gradient
    for message in costs.collectives(method, costs.Encoder(**SMALL), batch, 2):
        if message.part == "loss":
            expected[message.kind] += message.times * message.size
    assert found.items() >= expected.items()


def test_program_is_read(benchmark):
    pytest.importorskip("jax")
    program = """
  %a = (f32[8]{0}, s32[2,3]{1,0}) all-reduce(%b, %c), replica_groups={}
  %d = f32[4,5]{1,0} all-gather-start(%e), dimensions={0}
  %f = f32[4]{0} all-gather(%e), op_name="jit(step)/cond/branch"
  %g = f32[7]{0} collective-permute(%h)
  %i = pred[] all-reduce(%j)
  %k = f32[9]{0} add(%all-reduce, %d)
"""
    assert benchmark("scale").message_bytes(program) == {
        "all-reduce": 4 * (8 + 6),
        "all-gather": 4 * 20,
        "exchange": 4 * 7,
    }


def test_lines_are_found(benchmark):
    pytest.importorskip("jax")
    line = benchmark("scale").line
    np.testing.assert_allclose(line([1, 2, 5], [5, 7, 13]), (3, 2))
    fixed, slope = line([1, 2], [1, 3])
    assert fixed == 0 and 1 < slope < 1.5


@pytest.mark.backends("tensorflow", "torch")
def test_tables_are_those_of_the_model(benchmark, costs):
    """The file has been written by the formulas of today."""
    tables = benchmark("cost_tables")
    kept = json.loads((BENCHMARKS / "scale.json").read_text())
    hardware = costs.Hardware(**kept["hardware"])
    assert kept["paper"] == tables.on_paper(hardware)
    assert kept["limits"] == tables.limits(hardware)
    assert kept["changes"] == tables.changes(hardware)


def test_page_has_every_table(monkeypatch, tmp_path):
    folder = BENCHMARKS.parent / "docs"
    monkeypatch.syspath_prepend(folder / "build_site")
    hook = importlib.import_module("scaling")
    page = (folder / "scale.md").read_text()
    for name in hook.TABLES:
        assert f"<!-- scale: {name} -->" in page
    assert hook.NO_RESULTS not in page
    assert set(hook.HARDWARE) == set(
        json.loads(hook.RESULTS.read_text())["hardware"]
    )
    # What was not measured is said to be so.
    kept = json.loads(hook.RESULTS.read_text())
    paper = ("hardware", "paper", "limits", "changes")
    monkeypatch.setattr(hook, "RESULTS", tmp_path / "scale.json")
    hook.RESULTS.write_text(json.dumps({key: kept[key] for key in paper}))
    tables = [make() for make in hook.TEXTS.values()]
    assert tables.count(hook.NO_RESULTS) == 6


def test_recorded_runs_are_those_of_one_process():
    """The first losses are equal, and messages as long as expected."""
    kept = json.loads((BENCHMARKS / "scale.json").read_text())
    for name, row in kept["steps"].items():
        losses = [*row["first_loss"].values()]
        np.testing.assert_allclose(losses, losses[0], rtol=1e-6)
        for processes, found in row["program"].items():
            expected = kept["compared"][name]["bytes"][processes]
            for kind, size in found.items():
                tolerance = 0.15 if kind == "exchange" else 0.01
                assert size == pytest.approx(expected[kind], rel=tolerance)
