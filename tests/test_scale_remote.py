"""Photos in object stores: embedded, grouped into a manifest, shown; with moto's S3 server."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="needs the extra [ray]: pyarrow")
fsspec = pytest.importorskip("fsspec", reason="needs the extra [ray]: fsspec")

from photosort.scale.batch import embed_batch, end_workers  # noqa: E402
from photosort.scale.manifest import read_manifest  # noqa: E402
from tests.conftest import REPO, snapshot  # noqa: E402
from tests.test_cli import SAMPLES, User  # noqa: E402

COUNT = 18


def sample_photos() -> list[Path]:
    return sorted(SAMPLES.glob("*.jpg"))[:COUNT]


def place_of(url: str) -> str:
    """Give what stands behind the bucket and its folder: all that differs between two stores."""
    return url.rpartition("/photos/")[2]


@dataclass(frozen=True)
class Bucket:
    """An S3 server of this test, with sample photos under s3://bucket/photos/."""

    client: Any
    env: dict[str, str]

    def keys(self) -> dict[str, str]:
        """List all objects with their hashes."""
        found = self.client.list_objects_v2(Bucket="bucket").get("Contents", [])
        return {one["Key"]: one["ETag"] for one in found}

    def run(self, user: User, *args: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            user.command(*args), env={**user.env, **self.env}, cwd=REPO,
            capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    server_module = pytest.importorskip("moto.server", reason="needs moto[s3], flask: S3's tests")
    pytest.importorskip("s3fs", reason="needs the extra [ray]: s3fs")
    boto3 = pytest.importorskip("boto3")
    server = server_module.ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    keys = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "NO_PROXY": "*",
    }
    client = boto3.client(
        "s3", endpoint_url=keys["AWS_ENDPOINT_URL"], aws_access_key_id="test",
        aws_secret_access_key="test", region_name="us-east-1",
    )  # fmt: skip
    client.create_bucket(Bucket="bucket")
    for photo in sample_photos():
        client.put_object(Bucket="bucket", Key=f"photos/{photo.name}", Body=photo.read_bytes())
    bad = sample_photos()[0].read_bytes()[:300]
    client.put_object(Bucket="bucket", Key="photos/damaged.jpg", Body=bad)
    client.put_object(Bucket="bucket", Key="photos/notes.txt", Body=b"no photo")
    client.put_object(Bucket="bucket", Key="photos/.hidden/x.jpg", Body=b"hidden")
    yield Bucket(client, keys)
    client.close()
    server.stop()


@pytest.mark.slow
def test_photos_in_s3_give_the_groups_of_the_same_photos_as_files(
    bucket: Bucket, tmp_path: Path
) -> None:
    """embed, organize and gallery over s3://: equal groups; no object of the source is changed."""
    user = User(tmp_path / "home")
    before = {key: tag for key, tag in bucket.keys().items() if key.startswith("photos/")}
    run = bucket.run(user, "embed", "s3://bucket/photos", "--to", "s3://bucket/features", "--shard",
                     "7", "--json")  # fmt: skip
    assert run.returncode == 0, run.stderr
    done = json.loads(run.stdout)
    assert (done["photos"], done["looked"], done["failed"]) == (COUNT + 1, COUNT + 1, 1)
    assert done["unsupported"] == 1
    again = bucket.run(
        user, "embed", "s3://bucket/photos/", "--to", "s3://bucket/features", "--json"
    )
    assert json.loads(again.stdout)["looked"] == 0
    run = bucket.run(user, "organize", "--features", "s3://bucket/features", "-k", "3",
                     "--manifest", "s3://bucket/album", "--json")  # fmt: skip
    assert run.returncode == 0, run.stderr
    made = json.loads(run.stdout)
    assert [one["url"] for one in made["failed"]] == ["s3://bucket/photos/damaged.jpg"]
    photos = tmp_path / "photos"
    photos.mkdir()
    for photo in sample_photos():
        shutil.copy2(photo, photos)
    plain = user.json("organize", photos, "-k", "3")
    assert [(one["name"], one["count"]) for one in made["folders"]] == [
        (one["name"], one["count"]) for one in plain["folders"]
    ]
    data = bucket.client.get_object(Bucket="bucket", Key="album/photos.parquet")["Body"].read()
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "photos.parquet").write_bytes(data)
    about = bucket.client.get_object(Bucket="bucket", Key="album/manifest.json")["Body"].read()
    (tmp_path / "album" / "manifest.json").write_bytes(about)
    remote = read_manifest(str(tmp_path / "album"))
    groups = {place_of(one.url): (one.folder, one.confidence) for one in remote.photos}
    assert groups == {
        Path(one["path"]).name: (folder["name"], round(one["confidence"], 6))
        for folder in plain["folders"]
        for one in folder["photos"]
    }
    run = bucket.run(user, "gallery", "--manifest", "s3://bucket/album", "-o", tmp_path / "page")
    assert run.returncode == 0, run.stderr
    assert len(list((tmp_path / "page").rglob("thumbs/*/*.jpg"))) >= COUNT
    assert "cluster-1" in (tmp_path / "page" / "data.js").read_text()
    after = {key: tag for key, tag in bucket.keys().items() if key.startswith("photos/")}
    assert after == before


@pytest.mark.slow
def test_what_is_wrong_with_a_bucket_is_one_line(bucket: Bucket, tmp_path: Path) -> None:
    """No such bucket, nothing under a name, a place in the source: one line each, exit 1."""
    user = User(tmp_path / "home")
    for args, said in (
        (["s3://none/photos", "--to", tmp_path / "x"], "s3://none/photos"),
        ([SAMPLES, "--to", "s3://none/features"], "none/features/store.json: "),
        (["s3://bucket/nothing", "--to", tmp_path / "x"], "nothing there"),
        (["s3://bucket/photos", "--to", "s3://bucket/photos/features"], "lies in the source"),
        (["s3://bucket", "--to", "s3://bucket/features"], "lies in the source"),
        (["s3://", "--to", tmp_path / "x"], "names no folder"),
        (["s3://bucket/photos", SAMPLES, "--to", tmp_path / "x"], "folders of this machine"),
    ):
        run = bucket.run(user, "embed", *args)
        assert run.returncode == 1, (args, run.stderr)
        assert said in run.stderr.splitlines()[-1]
        assert "Traceback" not in run.stderr
    assert not (tmp_path / "x").exists()


def test_a_store_and_photos_in_memory(tmp_path: Path) -> None:
    """memory:// on both sides: the same rows and groups as in S3, without a server."""
    files = fsspec.filesystem("memory")
    for photo in sample_photos()[:8]:
        files.pipe_file(f"/shelf/photos/{photo.name}", photo.read_bytes())
    user = User(tmp_path / "home")
    try:
        urls = [f"memory://shelf/photos/{photo.name}" for photo in sample_photos()[:3]]
        mixed = embed_batch([*urls, str(sample_photos()[0]), "memory://shelf/photos/none.jpg"])
        rows = mixed.to_pylist()
        assert [os.fsdecode(row["url"]) for row in rows[:3]] == urls
        assert rows[0]["feature"] == rows[3]["feature"]
        assert rows[3]["mtime_ns"] == sample_photos()[0].stat().st_mtime_ns
        assert rows[4]["reason"] == "gone while photosort was looking"
        done = user.json("embed", "memory://shelf/photos", "--to", "memory://shelf/features")
        assert (done["photos"], done["failed"]) == (8, 0)
        run = user.run("organize", "--features", "memory://shelf/features", "--by", "time")
        assert run.returncode == 0, run.stderr
        assert "Manifest: memory://shelf/features-album" in run.stdout
        album = read_manifest("memory://shelf/features-album")
        assert len(album.photos) == 8
        assert all(one.url.startswith("memory://shelf/photos/") for one in album.photos)
        refused = user.run("organize", "--features", "memory://shelf/features", "-o", tmp_path)
        assert refused.returncode == 2
        page = tmp_path / "page"
        run = user.run("gallery", "--manifest", "memory://shelf/features-album", "-o", page)
        assert run.returncode == 0, run.stderr
        assert len(list(page.rglob("thumbs/*/*.jpg"))) >= 8
    finally:
        end_workers()
        files.rm("/shelf", recursive=True)


def test_a_url_of_files_is_their_path(tmp_path: Path) -> None:
    """file:// names a folder of this machine: links are written, and the source is left alone."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for photo in sample_photos()[:4]:
        shutil.copy2(photo, photos)
    before = snapshot(photos)
    user = User(tmp_path / "home")
    done = user.json("embed", f"file://{photos}", "--to", f"file://{tmp_path}/features")
    assert done["photos"] == 4
    run = user.run("organize", "--features", f"file://{tmp_path}/features", "-k", "1")
    assert run.returncode == 0, run.stderr
    links = [path for path in (tmp_path / "photos-photosort").rglob("*.jpg") if path.is_symlink()]
    assert sorted(os.path.realpath(link) for link in links) == sorted(map(str, photos.iterdir()))
    assert snapshot(photos) == before
    assert user.run("organize", "--features", tmp_path / "features", "--manifest", "x").returncode
    text = (tmp_path / "features" / "index.json").read_text().replace('"photos": 4', '"photos": [')
    (tmp_path / "features" / "index.json").write_text(text)
    assert "damaged" in user.refused("organize", "--features", tmp_path / "features")


def test_a_damaged_manifest_is_named(tmp_path: Path) -> None:
    """Another file's bytes, or no JSON: a line with a remedy."""
    user = User(tmp_path / "home")
    assert "no manifest there" in user.refused(
        "gallery", "--manifest", tmp_path / "none", "-o", tmp_path / "page"
    )
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "photos.parquet").write_bytes(b"none")
    for text in ("[]", "{", "[" * 100_000, '{"sha256": "x"}', '{"sha256": 1, "folders": 3}'):
        (tmp_path / "album" / "manifest.json").write_text(text)
        said = user.refused("gallery", "--manifest", tmp_path / "album", "-o", tmp_path / "page")
        assert "damaged" in said
    assert not (tmp_path / "page").exists()
