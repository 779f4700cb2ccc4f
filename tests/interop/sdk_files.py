"""Files in volumes, by the unmodified databricks-sdk."""
import io

import pytest
from databricks.sdk.errors import AlreadyExists, BadRequest, InvalidParameterValue, NotFound, PermissionDenied
from databricks.sdk.service.catalog import VolumeType

from sdk_workspace import catalog, client, host, make_token, sql, w, warehouse  # noqa: F401  fixtures


@pytest.fixture
def volume(w, catalog):  # noqa: F811
    w.volumes.create(catalog_name=catalog, schema_name="default", name="files", volume_type=VolumeType.MANAGED)
    return f"/Volumes/{catalog}/default/files"


def put(w, path, data, **more):  # noqa: F811
    w.files.upload(path, io.BytesIO(data), **more)


def test_a_file_goes_up_and_comes_down(w, volume):  # noqa: F811
    data = bytes(range(256)) * 4096
    put(w, f"{volume}/deep/er/a b%.bin", data)
    answer = w.files.download(f"{volume}/deep/er/a b%.bin")
    assert answer.contents.read() == data and answer.content_length == len(data)
    meta = w.files.get_metadata(f"{volume}/deep/er/a b%.bin")
    assert meta.content_length == len(data) and meta.last_modified
    assert [e.name for e in w.files.list_directory_contents(volume + "/deep")] == ["er"]


def test_a_file_is_not_overwritten_unless_asked(w, volume):  # noqa: F811
    put(w, f"{volume}/a", b"one")
    with pytest.raises(AlreadyExists):
        put(w, f"{volume}/a", b"two", overwrite=False)
    assert w.files.download(f"{volume}/a").contents.read() == b"one"
    put(w, f"{volume}/a", b"two", overwrite=True)
    assert w.files.download(f"{volume}/a").contents.read() == b"two"
    w.files.delete(f"{volume}/a")
    with pytest.raises(NotFound):
        w.files.download(f"{volume}/a")


def test_directories(w, volume):  # noqa: F811
    w.files.create_directory(f"{volume}/x/y")
    w.files.get_directory_metadata(f"{volume}/x/y")
    for i in range(25):
        put(w, f"{volume}/x/{i:02}", b"")
    assert [e.name for e in w.files.list_directory_contents(f"{volume}/x", page_size=10)] == [f"{i:02}" for i in range(25)] + ["y"]
    with pytest.raises((BadRequest, InvalidParameterValue)):
        w.files.delete_directory(f"{volume}/x")
    w.files.delete_directory(f"{volume}/x/y")
    with pytest.raises(NotFound):
        w.files.get_directory_metadata(f"{volume}/x/y")


def test_nothing_outside_the_volume_can_be_named(w, volume, tmp_path):  # noqa: F811
    for path in (f"{volume}/../../../../etc/passwd", f"{volume}/%2e%2e/x", "/Volumes/main", "/etc/passwd"):
        with pytest.raises((BadRequest, InvalidParameterValue, NotFound)):
            w.api_client.do("GET", "/api/2.0/fs/files" + path)


def test_a_volume_is_read_and_written_with_its_privileges(w, host, catalog, volume):  # noqa: F811
    w.users.create(user_name="ann@example.com")
    ann = client(host, make_token(w, "ann@example.com"))
    put(w, f"{volume}/a", b"1")
    with pytest.raises(PermissionDenied):
        ann.files.download(f"{volume}/a")
    w.api_client.do("PATCH", f"/api/2.1/unity-catalog/permissions/catalog/{catalog}", body={
        "changes": [{"principal": "ann@example.com", "add": ["USE_CATALOG", "USE_SCHEMA", "READ_VOLUME"]}]})
    assert ann.files.download(f"{volume}/a").contents.read() == b"1"
    with pytest.raises(PermissionDenied):
        put(ann, f"{volume}/b", b"2")
