"""Caffe files: written here by hand, byte by byte, and read by the package."""

import hashlib
import json
import math
import shutil
import struct

import numpy as np
import pytest
import torch
import typer
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.conftest import COLORS, fill, patch, png
from zokusei.bundle import Bundle
from zokusei.cli.model import model
from zokusei.errors import BundleError, UsageError
from zokusei.library import Library
from zokusei.network import Illustration2Vec
from zokusei.network.caffe import read_caffemodel
from zokusei.network.caffe_weights import load_caffe_weights
from zokusei.tagger import Tagger
from zokusei.training.export import export
from zokusei.training.head_run import HeadSettings, train_head, trained_by_head
from zokusei.training.import_caffe import import_caffe

SMALL = ((4,), (5,), (6, 6), (7, 7), (8, 8), (9, 10, 11))
FULL = ((64,), (128,), (256, 256), (512, 512), (512, 512), (1024, 1024, 1024))


# The wire format of protocol buffers: a key (field number and wire type) before each value.


def varint(number):
    encoded = b""
    while number > 127:
        encoded += bytes([number & 127 | 128])
        number >>= 7
    return encoded + bytes([number])


def number_field(field, number):
    return varint(field << 3) + varint(number)


def bytes_field(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def blob(values, *, new, shape=None, double=False):
    """A blob with a shape of four sides as before 2015, or of its own."""
    shape = np.shape(values) if shape is None else shape
    values = np.asarray(values)
    data = bytes_field(8, values.astype("<f8").tobytes()) if double else None
    data = data or bytes_field(5, values.astype("<f4").tobytes())
    gradient = bytes_field(6, bytes(8))
    if new:
        return data + gradient + bytes_field(7, bytes_field(1, b"".join(map(varint, shape))))
    sides = (1,) * (4 - len(shape)) + tuple(shape)
    numbered = enumerate(sides, start=1)
    return b"".join(number_field(field, side) for field, side in numbered) + data + gradient


def layer(name, blobs, *, new):
    """A convolution with training parameters that a reader has to skip."""
    if new:
        fields = [bytes_field(1, name.encode()), bytes_field(2, b"Convolution")]
        fields += [bytes_field(7, blob) for blob in blobs]
        fields += [
            bytes_field(6, struct.pack("<Bf", 3 << 3 | 5, 2.0)),
            bytes_field(106, b"\x08\x03"),
        ]
        return bytes_field(100, b"".join(fields))
    fields = [bytes_field(2, b"data"), bytes_field(3, b"top"), bytes_field(4, name.encode())]
    fields += [number_field(5, 4), *(bytes_field(6, blob) for blob in blobs)]
    fields += [struct.pack("<Bf", 7 << 3 | 5, 1.0), bytes_field(10, b"\x08\x03")]
    return bytes_field(2, b"".join(fields))


def net(layers, *, new, **form):
    """A file of layers, given as name to (weights, biases), with others between them."""
    content = [bytes_field(1, "イラスト".encode()), number_field(5, 1)]
    for name, arrays in layers.items():
        content.append(layer(name, [blob(array, new=new, **form) for array in arrays], new=new))
        content.append(layer(name.replace("conv", "relu"), [], new=new))
    return b"".join(content)


def random_layers(blocks, num_outputs, seed=0):
    """Name to (weights, biases), scaled so that activations neither vanish nor explode."""
    generator = np.random.default_rng(seed)
    layers, num_channels = {}, 3
    named = [
        (f"conv{block}_{place}", width)
        for block, widths in enumerate(blocks, start=1)
        for place, width in enumerate(widths, start=1)
    ]
    for name, width in [*named, ("conv6_4", num_outputs)]:
        weights = generator.standard_normal((width, num_channels, 3, 3), np.float32)
        weights *= math.sqrt(2 / (9 * num_channels))
        layers[name] = (weights, generator.uniform(-0.1, 0.1, width).astype(np.float32))
        num_channels = width
    return layers


# The forward pass of the same layers, without torch.


def convolve(maps, weights, biases):
    """3x3, stride 1, padding 1: the sum over the nine cells. maps: (C, H, W)."""
    height, width = maps.shape[1:]
    padded = np.pad(maps, ((0, 0), (1, 1), (1, 1)))
    cells = (
        np.einsum(
            "oc,chw->ohw",
            weights[:, :, i, j],
            padded[:, i : i + height, j : j + width],
            optimize=True,
        )
        for i in range(3)
        for j in range(3)
    )
    return sum(cells) + biases[:, None, None]


def pool(maps):
    """2x2, stride 2, over what there is at an odd border, as Caffe does."""
    rows, columns = range(0, maps.shape[1], 2), range(0, maps.shape[2], 2)
    return np.array(
        [[maps[:, i : i + 2, j : j + 2].max((1, 2)) for j in columns] for i in rows]
    ).transpose(2, 0, 1)


def reference_logits(layers, picture):
    """picture: (3, H, W), normalised; its dtype is computed in."""
    maps, block = picture, "1"
    for name, (weights, biases) in layers.items():
        if name[4] != block:
            maps, block = pool(maps), name[4]
        maps = convolve(maps, weights.astype(maps.dtype), biases.astype(maps.dtype))
        if name != "conv6_4":
            maps = np.maximum(maps, 0)
    return maps.mean((1, 2))


@pytest.fixture
def write(tmp_path):
    def to_file(content, name="weights.caffemodel"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return to_file


def loaded(path, blocks=SMALL, num_outputs=12):
    network = Illustration2Vec(num_outputs, blocks=blocks).eval()
    load_caffe_weights(network, read_caffemodel(path), source=path.name)
    return network


# Reading


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("double", [False, True])
def test_both_forms_of_the_file_hold_what_was_written(write, new, double):
    written = random_layers(SMALL, 12)
    read = read_caffemodel(write(net(written, new=new, double=double)))
    assert list(read) == list(written)
    for name, arrays in written.items():
        for array, blob in zip(arrays, read[name], strict=True):
            assert blob.fits(array.shape)
            assert blob.values.dtype == np.float32
            np.testing.assert_array_equal(blob.values.reshape(array.shape), array)


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("sides_px", [(32, 32), (37, 45)])
def test_logits_are_those_of_the_same_layers_in_numpy(write, new, sides_px):
    layers = random_layers(SMALL, 12)
    network = loaded(write(net(layers, new=new)))
    picture = np.random.default_rng(1).normal(0, 60, (3, *sides_px))
    with torch.no_grad():
        logits, *_ = network(torch.from_numpy(picture[None].astype(np.float32)))
    expected = reference_logits(layers, picture)
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(logits[0].numpy(), expected, rtol=1e-4, atol=1e-4)


def test_layers_may_come_in_any_order_and_in_both_forms_at_once(write):
    layers = random_layers(SMALL, 12)
    first = dict(list(layers.items())[6:])
    last = {name: layers[name] for name in layers if name not in first}
    network = loaded(write(net(first, new=True) + net(last, new=False)))
    np.testing.assert_array_equal(network.conv6_4.bias.detach(), layers["conv6_4"][1])
    np.testing.assert_array_equal(network.trunk.conv1_1.weight.detach(), layers["conv1_1"][0])


def test_values_may_be_packed_in_pieces_or_not_at_all(write):
    pieces = bytes_field(5, struct.pack("<2f", 1, 2)) + bytes_field(5, struct.pack("<f", 3))
    single = struct.pack("<BfBf", 5 << 3 | 5, 4, 5 << 3 | 5, 5)
    shape = bytes_field(7, bytes_field(1, b"\x05"))
    (blob,) = read_caffemodel(write(layer("fc", [pieces + shape + single], new=True)))["fc"]
    np.testing.assert_array_equal(blob.values, [1, 2, 3, 4, 5])
    assert blob.shape == (5,)


def test_biases_of_four_sides_fit_in_the_new_form_too(write):
    layers = {
        name: (weights, biases.reshape(1, 1, 1, -1))
        for name, (weights, biases) in random_layers(SMALL, 12).items()
    }
    assert loaded(write(net(layers, new=True))).conv6_4.bias.shape == (12,)


# Refusing


def refused(call, *wanted):
    """The one line with which something is refused."""
    with pytest.raises(UsageError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    for text in wanted:
        assert text in message
    return message


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "is empty"),
        (b'name: "VGG"\nlayer {\n  name: "conv1_1"\n}\n', "is text (a .prototxt"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is text"),
        (b"\x89HDF\r\n\x1a\n" + bytes(64), "is damaged, incomplete or of another format"),
        (bytes_field(1, b"a net"), "holds no layers with weights"),
        (layer("conv1_1", [], new=True), "holds no layers with weights"),
    ],
)
def test_a_file_without_weights_is_refused(write, content, found):
    path = write(content)
    refused(lambda: read_caffemodel(path), str(path), found, "expected weights in Caffe's binary")


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    refused(lambda: read_caffemodel(tmp_path / "none"), "none cannot be read: No such file")
    refused(lambda: read_caffemodel(tmp_path), "cannot be read: Is a directory")


def test_a_layer_that_is_there_twice_is_refused(write):
    layers = random_layers(SMALL, 12)
    path = write(net(layers, new=True) + net({"conv3_1": layers["conv3_1"]}, new=False))
    refused(lambda: read_caffemodel(path), "layer 'conv3_1' twice")


def test_all_that_does_not_fit_is_said_at_once(write):
    layers = random_layers(SMALL, 12)
    del layers["conv1_1"], layers["conv6_4"]
    layers["conv2_1"] = (layers["conv2_1"][0][:, :3], layers["conv2_1"][1])
    layers["conv3_1"] = layers["conv3_1"][:1]
    layers["conv3_2"] = (layers["conv3_2"][0], np.zeros(7, np.float32))
    layers["conv4_1"][0][0, 0, 0, :2] = np.nan, np.inf
    layers["encode1"] = (np.zeros((2, 11, 7, 7), np.float32), np.zeros(2, np.float32))
    path = write(net(layers, new=True))
    message = refused(lambda: loaded(path), path.name, "12 convolutions", "conv1_1 to conv6_4")
    assert message.partition("biases, conv1_1 to conv6_4): ")[2].split("; ") == [
        "missing conv1_1, conv6_4",
        "left over encode1 (2x11x7x7, 2)",
        "misshapen conv2_1.weight: 5x3x3x3, expected 5x4x3x3",
        "conv3_1 has 1 blobs, expected 2",
        "misshapen conv3_2.bias: 7, expected 6",
        "conv4_1.weight holds 2 numbers that are not finite",
    ]


@pytest.mark.parametrize("shape", [(12, 11, 3, 2), (12, 11, 3, 4), (2**40, 11, 3, 3), ()])
def test_a_shape_that_its_values_do_not_fill_is_refused(write, shape):
    layers = random_layers(SMALL, 12)
    weights, biases = layers.pop("conv6_4")
    forged = [blob(weights, new=True, shape=shape), blob(biases, new=True)]
    path = write(net(layers, new=True) + layer("conv6_4", forged, new=True))
    refused(lambda: loaded(path), "misshapen conv6_4.weight", f"with {weights.size} values")


def test_values_that_float32_cannot_hold_are_refused(write):
    layers = random_layers(SMALL, 12)
    layers["conv1_1"] = (layers["conv1_1"][0].astype(np.float64) * 1e60, layers["conv1_1"][1])
    path = write(net(layers, new=True, double=True))
    refused(lambda: loaded(path), "conv1_1.weight holds 108 numbers that are not finite")


def test_a_refused_file_leaves_the_network_as_it_was(write):
    layers = random_layers(SMALL, 12)
    del layers["conv6_4"]
    network = Illustration2Vec(12, blocks=SMALL)
    before = network.trunk.conv1_1.weight.detach().clone()
    read = read_caffemodel(write(net(layers, new=True)))
    refused(lambda: load_caffe_weights(network, read, source="file"), "missing conv6_4")
    assert torch.equal(network.trunk.conv1_1.weight, before)


TINY = net(random_layers(((1,),), 2), new=True) + net({"fc": (np.ones((2, 3)),)}, new=False)


@given(st.integers(0, len(TINY) - 1))
@example(531)  # all but a field that nobody reads
def test_a_truncated_file_is_read_in_part_or_refused(tmp_path_factory, size):
    path = tmp_path_factory.getbasetemp() / "truncated.caffemodel"
    path.write_bytes(TINY)
    whole = read_caffemodel(path)
    assert set(whole) == {"conv1_1", "conv6_4", "fc"}
    path.write_bytes(TINY[:size])
    try:
        layers = read_caffemodel(path)
    except UsageError:
        layers = {}
    for name, blobs in layers.items():  # what is read was there to its end
        for blob, expected in zip(blobs, whole[name], strict=True):
            np.testing.assert_array_equal(blob.values, expected.values)


@given(st.binary() | st.tuples(st.integers(0, len(TINY)), st.binary(max_size=20)))
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path_factory, content):
    if isinstance(content, tuple):
        place, inserted = content
        content = TINY[:place] + inserted + TINY[place + len(inserted) :]
    path = tmp_path_factory.getbasetemp() / "noise.caffemodel"
    path.write_bytes(content)
    network = Illustration2Vec(2, blocks=((1,),))
    refused(lambda: load_caffe_weights(network, read_caffemodel(path), source=str(path)), str(path))


# The whole path, at full size


NAMES = {
    0: "solo",
    3: "twintails",
    7: "blue hair",
    600: "hatsune miku",
    601: "beret",
    1100: "vocaloid",
}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Weights and names of the original's size, and what is in them."""
    folder = tmp_path_factory.mktemp("original")
    layers = random_layers(FULL, 1539)
    layers["conv6_4"][0][:] /= 50  # logits of about 1
    (folder / "weights.caffemodel").write_bytes(net(layers, new=False))
    names = [NAMES.get(output, f"tag {output}") for output in range(1536)]
    (folder / "tag_list.json").write_text(json.dumps([*names, "safe", "questionable", "explicit"]))
    yield folder, layers
    shutil.rmtree(folder)  # pytest would keep these 400 MB of the last three runs


@pytest.fixture(scope="module")
def imported(original):
    """The bundle, made from the command line, and what the command said."""
    folder, _ = original
    done = run_command(folder, folder / "made" / "bundle")
    assert done.exit_code == 0, done.output
    return Bundle.load(folder / "made" / "bundle"), done.output


def run_command(folder, out, *options):
    app = typer.Typer()
    app.add_typer(model, name="model")
    files = [folder / "weights.caffemodel", "--tags", folder / "tag_list.json", "--out", out]
    return CliRunner().invoke(app, [*map(str, ["model", "import-caffe", *files]), *options])


def test_the_bundle_tags_as_the_layers_in_numpy_do(original, imported):
    _, layers = original
    bundle, _ = imported
    pixels = np.random.default_rng(3).integers(0, 256, (224, 224, 3), np.uint8)
    (tagging,) = Tagger(bundle).tag([png(pixels)])
    bgr = pixels[:, :, ::-1] - np.array([164.76139251, 167.47864617, 181.13838569])
    logits = reference_logits(layers, bgr.transpose(2, 0, 1).astype(np.float32))
    expected = 1 / (1 + np.exp(-logits))
    assert np.ptp(expected) > 0.5
    outputs = {"twintails": 3, "blue_hair": 7, "hatsune_miku": 600, "vocaloid": 1100, "safe": 1536}
    for attribute_id, output in outputs.items():
        probability = tagging.probabilities[bundle.vocabulary.row(attribute_id)]
        assert probability == pytest.approx(expected[output], abs=1e-4)
    np.testing.assert_allclose(np.sort(tagging.probabilities), np.sort(expected), atol=1e-4)
    over = {attribute.id for attribute in tagging.attributes if attribute.over_threshold}
    assert len(over) == np.count_nonzero(expected >= 0.25)


def test_the_command_says_what_it_made(imported):
    bundle, said = imported
    assert f"bundle {bundle.fingerprint} at {bundle.path}, not converged: weights imported" in said
    assert "1539 outputs: 2 are attributes of the vocabulary, 1537 are kept as extra tags" in said
    assert "'beret' is kept as 'beret_(character)': 'beret' has its name" in said


def test_the_bundle_says_where_it_is_from_and_claims_no_convergence(original, imported):
    folder, _ = original
    bundle, _ = imported
    assert not bundle.converged
    assert "nothing is known about their convergence" in bundle.evidence
    assert bundle.about["arch"] == "illustration2vec"
    assert bundle.about["cut"] == "relu6_3"
    content = (folder / "weights.caffemodel").read_bytes()
    assert bundle.about["imported"]["weights.caffemodel"] == hashlib.sha256(content).hexdigest()
    assert bundle.about["parity"]["max_logit_difference"] < 1e-4
    assert set(bundle.thresholds) == {np.float32(0.25)}


def test_the_bundle_serves_as_a_trunk(imported):
    bundle, _ = imported
    features = bundle.features(np.zeros((1, 224, 224, 3), np.uint8))
    _, embedding = bundle.logits(np.zeros((1, 224, 224, 3), np.uint8))
    assert features.shape == (1, 1024, 7, 7)
    np.testing.assert_allclose(features.mean((2, 3)), embedding, rtol=1e-4, atol=1e-4)


def test_the_internships_whole_path(imported, tmp_path):
    """Trunk of a Caffe file, features, head, bundle, taggings."""
    trunk, _ = imported
    library = fill(Library.create(tmp_path / "library"), num=60)
    settings = HeadSettings(min_support=3, l2s=(0.01,))
    run = train_head(library, trunk, tmp_path / "run", settings)
    assert run.about()["converged"], run.about()["evidence"]
    bundle = export(trained_by_head(run), tmp_path / "bundle")
    assert bundle.preprocessing == trunk.preprocessing
    taggings = Tagger(bundle).tag([patch(color, seed=77) for color in COLORS])
    assert [tagging.attributes[0].id for tagging in taggings] == [*COLORS]


def test_pictures_are_stretched_to_bgr_less_the_means(imported):
    bundle, _ = imported
    red, blue = (200, 30, 10), (5, 60, 250)
    pixels = np.empty((60, 500, 3), np.uint8)
    pixels[:, :250], pixels[:, 250:] = red, blue
    inputs = bundle.preprocessing.normalise(bundle.preprocessing.canvas(pixels)[None])[0]
    assert inputs.shape == (3, 224, 224)
    for rows in (slice(0, 1), slice(223, 224)):  # filled to the corners: no border
        np.testing.assert_allclose(
            inputs[:, rows, 0].ravel(), [10 - 164.76139, 30 - 167.47865, 200 - 181.13839], atol=1e-4
        )
        np.testing.assert_allclose(
            inputs[:, rows, 223].ravel(),
            [250 - 164.76139, 60 - 167.47865, 5 - 181.13839],
            atol=1e-4,
        )


def test_where_no_bundle_can_be_written_nothing_is_read(write, tmp_path):
    tags = write(["hat"], "tags.json")
    with pytest.raises(BundleError, match=r"cannot be written: (File exists|Not a directory)"):
        import_caffe(tmp_path / "none", tags, tags / "bundle")


def test_a_directory_that_exists_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(BundleError, match=r"exists; remove it or choose another --out"):
        import_caffe(tmp_path / "none", tmp_path / "none", tmp_path)


def test_another_number_of_names_than_of_outputs_is_refused(write, tmp_path):
    path = write(net(random_layers(SMALL, 12), new=True))
    tags = write([f"tag {output}" for output in range(11)], "tags.json")
    out = tmp_path / "bundle"
    refused(lambda: import_caffe(path, tags, out), "has 12 outputs (conv6_4)", "names 11")
    assert sorted(tmp_path.iterdir()) == sorted([path, tags])


def test_weights_of_another_network_are_refused(write, tmp_path):
    path = write(net(random_layers(SMALL, 12), new=True))
    tags = write([f"tag {output}" for output in range(12)], "tags.json")
    refused(
        lambda: import_caffe(path, tags, tmp_path / "bundle"),
        str(path),
        "misshapen conv1_1.weight: 4x3x3x3, expected 64x3x3x3",
        "misshapen conv6_4.weight: 12x11x3x3, expected 12x1024x3x3",
    )
