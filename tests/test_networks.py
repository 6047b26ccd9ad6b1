"""Networks of the user's own: TFLite and ONNX files with cards, from `models check` to an album."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photosort.assets import asset
from photosort.embed.own import OwnBackbone, read_card
from photosort.embed.pixels import prepare, squeeze
from tests.conftest import snapshot
from tests.test_cli import User, paint, user  # noqa: F401 (fixtures)

CARD = {"input_side": 224, "mean": 0.5, "scale": [0.25, 0.25, 0.25], "licence": "none"}
SIDE, WIDTH, PATCH = 64, 24, 16


def own_tflite(folder: Path, **card: object) -> Path:
    """Give the network lite0 that ships as one of the user's, with its feature as the output."""
    file = folder / "mine.tflite"
    shutil.copy2(asset("models", "efficientnet-lite0.tflite"), file)
    file.with_suffix(".json").write_text(
        json.dumps({**CARD, "output": "Identity", "width": 1280, **card})
    )
    return file


def own_vit(folder: Path, **card: object) -> Path:
    """Make a vision transformer of one block with random weights: (1, 3, 64, 64) to (1, 24)."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)

    def weights(name: str, *shape: int):
        values = rng.normal(size=shape, scale=np.prod(shape[1:]) ** -0.5).astype(np.float32)
        return numpy_helper.from_array(values, name)

    tokens = (SIDE // PATCH) ** 2
    node = helper.make_node
    nodes = [
        node("Conv", ["pixels", "patches"], ["p"], strides=[PATCH, PATCH]),
        node("Reshape", ["p", "shape"], ["r"]),
        node("Transpose", ["r"], ["t0"], perm=[0, 2, 1]),
        node("Add", ["t0", "positions"], ["t"]),
        *(node("MatMul", ["t", name], [name[-1]]) for name in ("to_q", "to_k", "to_v")),
        node("Transpose", ["k"], ["kt"], perm=[0, 2, 1]),
        node("MatMul", ["q", "kt"], ["s"]),
        node("Softmax", ["s"], ["a"], axis=-1),
        node("MatMul", ["a", "v"], ["m"]),
        node("Add", ["t", "m"], ["x"]),
        node("ReduceMean", ["x"], ["feature"], axes=[1], keepdims=0),
    ]
    constants = [
        weights("patches", WIDTH, 3, PATCH, PATCH),
        weights("positions", tokens, WIDTH),
        *(weights(name, WIDTH, WIDTH) for name in ("to_q", "to_k", "to_v")),
        numpy_helper.from_array(np.array([1, WIDTH, tokens]), "shape"),
    ]
    graph = helper.make_graph(
        nodes,
        "vit",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("feature", "x")],
        constants,
    )
    return save(onnx, graph, folder / "vit.onnx", **{"output": "feature", "width": WIDTH, **card})


def own_means(folder: Path, **card: object) -> Path:
    """Make a network whose output is the mean of each channel, whatever the picture's size."""
    return own_graph(folder, "means", [], "means", **card)


def own_graph(folder: Path, name: str, more: list[tuple], output: str, **card: object) -> Path:
    """Make a network of the means of channels and `more`: (operator, inputs, output, attributes).

    Constants are `one_three`, the shape (1, 3), and `flat`, the shape of one axis.
    """
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper, numpy_helper

    nodes = [helper.make_node("ReduceMean", ["pixels"], ["means"], axes=[2, 3], keepdims=0)]
    nodes += [helper.make_node(kind, given, [to], **more) for kind, given, to, more in more]
    graph = helper.make_graph(
        nodes,
        name,
        [
            helper.make_tensor_value_info(
                "pixels", TensorProto.FLOAT, ["batch", 3, "height", "width"]
            )
        ],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [
            numpy_helper.from_array(np.array([1, 3]), "one_three"),
            numpy_helper.from_array(np.array([-1]), "flat"),
        ],
    )
    return save(onnx, graph, folder / f"{name}.onnx", **card)


def own_picky(folder: Path, **card: object) -> Path:
    """Make a network that fails where a channel is zero everywhere."""
    more = [
        ("NonZero", ["means"], "places", {}),
        ("Cast", ["places"], "numbers", {"to": 1}),
        ("ReduceMean", ["numbers"], "few", {"axes": [0], "keepdims": 1}),
        ("Reshape", ["few", "one_three"], "three", {}),
        ("Add", ["means", "three"], "feature", {}),
    ]
    return own_graph(folder, "picky", more, "feature", mean=0, scale=1, width=3, **card)


def save(onnx, graph, file: Path, **card: object) -> Path:
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, file)
    file.with_suffix(".json").write_text(json.dumps({**CARD, "input_side": SIDE, **card}))
    return file


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Paint twelve photos of three kinds."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(12):
        paint(folder / f"{number}.jpg", number % 3 * 80)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("make", [own_tflite, own_vit])
def test_an_album_is_made_with_a_network_of_ones_own(
    tmp_path: Path,
    photos: Path,
    user: User,  # noqa: F811
    make,
) -> None:
    """Groups, titles, add, --update, --again and undo work; originals stay as they are."""
    file = make(tmp_path)
    before, out = snapshot(photos), tmp_path / "album"
    run = user.run("organize", photos, "--out", out, "--clusters", "3", "--model", file)
    assert run.returncode == 0, run.stderr
    manifest = json.loads((out / "album.json").read_text())
    assert manifest["options"]["model"] == str(file)
    assert sum(entry.is_symlink() for entry in out.rglob("*")) == 12
    groups = [{int(p.name[:-4]) % 3 for p in d.iterdir()} for d in out.glob("cluster-*")]
    assert sorted(groups, key=min) == [{0}, {1}, {2}]
    paint(photos / "12.jpg", 0)
    assert user.run("organize", photos, "--out", out, "--update").returncode == 0
    assert sum(entry.is_symlink() for entry in out.rglob("*")) == 13
    assert user.run("organize", "--again", "--album", out).returncode == 0
    assert "own-" in user.run("cache", "info").stdout
    assert user.run("undo", "--album", out).returncode == 0
    (photos / "12.jpg").unlink()
    assert {name: seen[2] for name, seen in snapshot(photos).items()} == {
        name: seen[2] for name, seen in before.items()
    }
    file.unlink()
    gone = user.run("add", photos / "0.jpg", "--album", out)
    assert gone.returncode == 1
    assert f"{file}: no such file; put it there, or name another network" in gone.stderr


def test_a_network_is_checked_before_it_is_used(
    tmp_path: Path,
    photos: Path,
    user: User,  # noqa: F811
) -> None:
    """Without a width in its card it is refused; `models check` says which one to write."""
    file = own_vit(tmp_path, width=1)
    card = json.loads(file.with_suffix(".json").read_text())
    del card["width"]
    file.with_suffix(".json").write_text(json.dumps(card))
    out = tmp_path / "album"
    refused = user.run("organize", photos, "--out", out, "--model", file)
    assert refused.returncode == 1
    assert f"has no width; run photosort models check {file}" in refused.stderr
    assert not out.exists()
    said = user.run("models", "check", file)
    assert said.returncode == 0, said.stderr
    assert f'Write "width": {WIDTH} into its card' in said.stdout
    file.with_suffix(".json").write_text(json.dumps({**card, "width": WIDTH}))
    checked = json.loads(user.run("models", "check", file, "--json").stdout)
    assert (checked["width"], checked["width_in_card"]) == (WIDTH, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"input_side": 0}, "input_side: has to be a whole number of pixels from 1 to 2048"),
        ({"mean": [1, 2]}, "mean: has to be a number or three, for red, green and blue"),
        ({"scale": 0}, "scale: has to be a number above 0, or three, for red, green and blue"),
        ({"scale": True}, "scale: has to be a number above 0, or three, for red, green and blue"),
        ({"crop": "left"}, 'crop: has to be "centre" or "whole"'),
        ({"output": "nothing"}, "has no output nothing; it has feature, x"),
        ({"output": None}, "output: has to be a text"),
        ({"output": ""}, "has several outputs (feature, x); name one as output in its card"),
        ({"output": "x"}, "its output has the shape (16, 24), not one row of numbers"),
        ({"width": 7}, "its features are 24 wide, its card says 7; correct width there"),
        ({"input_side": 32}, "not a picture 32 x 32 in three channels"),
        ({"mean": 10**400}, "mean: has to be a number or three"),
        ({"mean": 1e39}, "its output is not finite or all zero; see mean and scale in its card"),
        ({"crops": "whole"}, "crops: no such key; known are crop, input_side"),
    ],
)
def test_what_is_wrong_with_a_card_is_one_line(
    tmp_path: Path,
    photos: Path,
    user: User,  # noqa: F811
    change: dict[str, object],
    said: str,
) -> None:
    """`models check` exits with 1, and so does `organize`, which writes nothing."""
    file = own_vit(tmp_path, **change)
    out = tmp_path / "album"
    commands = [("models", "check", file)]
    if change.keys() & {"width", "crop"}:
        commands.append(("organize", photos, "--out", out, "--clusters", "2", "--model", file))
    for command in commands:
        refused = user.run(*command)
        assert refused.returncode == 1, refused.stderr
        assert said in refused.stderr
        assert "Traceback" not in refused.stderr
    assert not (out / "album.json").exists()


def test_files_that_are_no_networks(tmp_path: Path, user: User) -> None:  # noqa: F811
    """No file, no card, a card that is no JSON, rubbish in place of a network: a line each."""
    for suffix in (".onnx", ".tflite"):
        file = tmp_path / f"rubbish{suffix}"
        cases = ["no such file; put it there, or name another network"]
        file_states = [None, b"rubbish", b"rubbish", b"rubbish"]
        cards = [None, None, "not JSON", json.dumps(CARD)]
        cases += ["no such file; a network needs a card", "is no readable JSON", "cannot be loaded"]
        for content, card, said in zip(file_states, cards, cases, strict=True):
            if content is not None:
                file.write_bytes(content)
            if card is not None:
                file.with_suffix(".json").write_text(card)
            refused = user.run("models", "check", file)
            assert (refused.returncode, refused.stdout) == (1, "")
            assert said in refused.stderr
        file.with_suffix(".json").unlink()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([("Reshape", ["pixels", "one_three"], "feature", {})], "cannot look at a picture ("),
        (
            [
                ("Reshape", ["pixels", "flat"], "row", {}),
                ("NonZero", ["row"], "places", {}),
                ("Cast", ["places"], "feature", {"to": 1}),
            ],
            "wide for one picture and",
        ),
    ],
)
def test_a_network_that_fails_while_it_looks(
    tmp_path: Path,
    user: User,  # noqa: F811
    more: list[tuple],
    said: str,
) -> None:
    """What a runtime raises, and features of several widths, are one line of `models check`."""
    file = own_graph(tmp_path, "failing", more, "feature", mean=0, scale=1)
    assert f"{file}: " in (line := user.refused("models", "check", file))
    assert said in line


@pytest.mark.slow
def test_a_photo_that_a_network_cannot_look_at_costs_itself(
    tmp_path: Path,
    photos: Path,
    user: User,  # noqa: F811
) -> None:
    """The network is blamed, not the decoder, and another network looks at the photo again."""
    Image.new("RGB", (80, 60)).save(photos / "black.png")
    file = own_picky(tmp_path)
    done = user.run("organize", photos, "-k", "2", "--out", tmp_path / "album", "--model", file)
    assert done.returncode == 0, done.stderr
    assert "12 placed, 1 skipped" in done.stdout
    assert "Skipped 1, its network gives no feature: black.png" in done.stdout
    (left_out,) = json.loads((tmp_path / "album" / "album.json").read_text())["skipped"]
    assert f"{file}: cannot look at a picture (" in left_out["reason"]
    other = user.run("organize", photos, "-k", "2", "--out", tmp_path / "other")
    assert "13 placed, 0 skipped" in other.stdout


@pytest.mark.timeout(60)
def test_cards_that_cannot_be_read(tmp_path: Path, user: User) -> None:  # noqa: F811
    """A pipe is not waited for, a device not read to no end; JSON nested too deep is none."""
    file = own_tflite(tmp_path)
    card = file.with_suffix(".json")
    card.write_text("[" * 100_000)
    assert "is no readable JSON" in user.refused("models", "check", file)
    card.unlink()
    os.mkfifo(card)
    assert f"{card}: not a file" in user.refused("models", "check", file)
    card.unlink()
    card.symlink_to("/dev/zero")
    assert f"{card}: not a file" in user.refused("models", "check", file)


def test_a_network_that_is_none_is_wrong_usage(tmp_path: Path, user: User) -> None:  # noqa: F811
    """`--model lite3` names what it may be."""
    refused = user.run("organize", tmp_path, "--model", "lite3")
    assert refused.returncode == 2
    assert "lite2, lite0, the path of a .tflite or .onnx file" in " ".join(refused.stderr.split())


@pytest.mark.slow
def test_a_file_of_options_names_a_network_beside_it(
    tmp_path: Path,
    photos: Path,
    user: User,  # noqa: F811
) -> None:
    """A path in a TOML file is that from its folder, whatever folder the user is in."""
    (tmp_path / "networks").mkdir()
    file = own_vit(tmp_path / "networks")
    config = tmp_path / "networks" / "photosort.toml"
    config.write_text('model = "vit.onnx"\nclusters = 2\n')
    run = user.run("organize", photos, "--out", tmp_path / "album", "--config", config)
    assert run.returncode == 0, run.stderr
    options = json.loads((tmp_path / "album" / "album.json").read_text())["options"]
    assert options["model"] == str(file)


@pytest.mark.parametrize("crop", ["centre", "whole"])
def test_pixels_are_given_as_the_card_says(tmp_path: Path, crop: str) -> None:
    """(pixel - mean) / scale, of the centre or of all; the feature has unit length."""
    mean, scale = [0.1, 0.2, 0.3], [0.5, 0.25, 2.0]
    file = own_means(tmp_path, mean=mean, scale=scale, crop=crop)
    picture = Image.fromarray(
        np.random.default_rng(1).integers(256, size=(90, 200, 3), dtype=np.uint8)
    )
    shown = (prepare if crop == "centre" else squeeze)(picture, SIDE)
    wanted = ((shown / 255 - np.array(mean)) / np.array(scale)).mean(axis=(0, 1))
    feature = OwnBackbone(read_card(file)).embed(picture)
    assert feature == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-4)


@pytest.mark.slow
def test_four_looks_are_remembered_and_an_album_keeps_to_them(
    tmp_path: Path,
    photos: Path,
    user: User,  # noqa: F811
) -> None:
    """--thorough looks anew once, has features of its own, and holds for --update and --again."""
    before, out = snapshot(photos), tmp_path / "album"
    assert user.run("organize", photos, "--out", out, "-k", "3").returncode == 0
    unlike = user.refused("organize", photos, "--out", out, "--update", "--thorough")
    assert "was not made with --thorough, and" in unlike
    first = user.run("organize", photos, "--out", out, "-k", "3", "--thorough")
    assert first.returncode == 0, first.stderr
    assert "Looking: 12 photos" in first.stderr
    again = user.run("organize", "--again", "--album", out)
    assert "Looking" not in again.stderr
    assert f"organize {photos} --clusters 3 --thorough --out {out}" in again.stderr
    assert json.loads((out / "album.json").read_text())["options"]["model"] == "lite2-thorough"
    assert user.run("cache", "info").stdout.count(": 3 features") == 2, "of three contents"
    paint(photos / "12.jpg", 0)
    updated = user.run("organize", photos, "--out", out, "--update", "--thorough")
    assert updated.returncode == 0, updated.stderr
    assert sum(entry.is_symlink() for entry in out.rglob("*")) == 13
    wrong = user.run("organize", photos, "--thorough", "--model", tmp_path / "a.onnx")
    assert wrong.returncode == 2
    assert "--thorough: for lite2 and lite0" in wrong.stderr
    (photos / "12.jpg").unlink()
    assert {name: seen[2] for name, seen in snapshot(photos).items()} == {
        name: seen[2] for name, seen in before.items()
    }


def test_models_are_listed(user: User) -> None:  # noqa: F811
    """Those that ship, with the default one first; as JSON too."""
    assert user.run("models", "list").stdout.startswith("lite2: EfficientNet-Lite")
    listed = json.loads(user.run("models", "list", "--json").stdout)["models"]
    assert [(one["name"], one["default"]) for one in listed] == [("lite2", True), ("lite0", False)]
