from __future__ import annotations

from pathlib import Path

import pytest

from motia.admin.workbench_files import WorkbenchFiles

PAGE = '<meta name="motia-root" content="motia-root" /><script src="./assets/index-abcd1234.js"></script>'


@pytest.fixture
def files(tmp_path: Path) -> WorkbenchFiles:
    assets = tmp_path / "dist" / "assets"
    assets.mkdir(parents=True)
    (assets.parent / "index.html").write_text(PAGE)
    (assets / "index-abcd1234.js").write_text("bare")
    (assets / "index-abcd1234.js.gz").write_text("gzipped")
    (assets / "index-abcd1234.js.br").write_text("brotli")
    (assets / "theme.js").write_text("theme")
    (assets.parent / "secret.js").write_text("not an asset")
    return WorkbenchFiles(assets.parent)


@pytest.mark.parametrize(("path", "root"), [("/", "./"), ("/wb", "./"), ("/wb/", "../"), ("/a/b/", "../../")])
def test_links_are_relative_to_where_the_page_is(files: WorkbenchFiles, path: str, root: str) -> None:
    page = files.page(path)
    assert f'content="{root}"' in page
    assert f'src="{root}__motia/workbench/index-abcd1234.js"' in page


@pytest.mark.parametrize(
    ("accepted", "content", "encoding"),
    [
        ("gzip, deflate, br", b"brotli", "br"),
        ("gzip;q=0.8", b"gzipped", "gzip"),
        ("identity", b"bare", None),
        ("", b"bare", None),
    ],
)
def test_compressed_twins_are_sent_to_who_takes_them(
    files: WorkbenchFiles, accepted: str, content: bytes, encoding: str | None
) -> None:
    file = files.asset("index-abcd1234.js", accepted)
    assert file is not None
    assert (file.content, file.encoding, file.media_type) == (content, encoding, "text/javascript")


def test_only_files_named_after_their_content_may_be_kept(files: WorkbenchFiles) -> None:
    kept = {name: files.asset(name, "") for name in ("index-abcd1234.js", "theme.js")}
    assert {name: file and file.lasting for name, file in kept.items()} == {
        "index-abcd1234.js": True,
        "theme.js": False,
    }


@pytest.mark.parametrize(
    "name",
    ["../secret.js", "..\\secret.js", "..", "", ".hidden", "nothing.js", "index-abcd1234.js.gz", "/etc/passwd", "a\0b"],
)
def test_nothing_else_is_served(files: WorkbenchFiles, name: str) -> None:
    assert files.asset(name, "br") is None


def test_a_checkout_that_was_not_built_says_so(tmp_path: Path) -> None:
    assert not WorkbenchFiles(tmp_path).present
