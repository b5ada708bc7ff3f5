from pathlib import Path
from typing import Any

from motia.worker.mentions import mentioned_files


def names(found: set[Path], root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in found)


def test_imports_inside_functions_are_found(files: Any) -> None:
    root = files(
        lib__deep_py="",
        lib__other_py="",
        src____init___py="",
        src__x_py="",
        steps__near_py="",
        steps__it_py=(
            "import json\n"
            "def one():\n"
            "    from lib import deep, absent\n"
            "    import lib.other as o, os\n"
            "    from .near import y\n"
            "    from src.x import z\n"
        ),
    )
    root = root if (root / "src/__init__.py").exists() else files(src____init___py="")
    found = names(mentioned_files(root / "steps/it.py", root, lazy_only=True), root)
    assert [name for name in found if "__init__" not in name] == [
        "lib/deep.py",
        "lib/other.py",
        "src/x.py",
        "steps/near.py",
    ]


def test_a_file_without_indented_imports_is_not_parsed_when_it_has_run(files: Any) -> None:
    root = files(lib__deep_py="", it_py="from lib import deep\n")
    assert mentioned_files(root / "it.py", root, lazy_only=True) == set()
    assert names(mentioned_files(root / "it.py", root, lazy_only=False), root) == ["lib/deep.py"]


def test_the_root_by_its_own_name(files: Any) -> None:
    root = files(lib__deep_py="", it_py="def one():\n    import NAME.lib.deep\n")
    (root / "it.py").write_text((root / "it.py").read_text().replace("NAME", root.name))
    assert names(mentioned_files(root / "it.py", root, lazy_only=True), root) == ["lib/deep.py"]


def test_what_cannot_be_read_mentions_nothing(files: Any) -> None:
    root = files(it_py="def one(:\n    import it\n")
    assert mentioned_files(root / "it.py", root, lazy_only=True) == set()
    assert mentioned_files(root / "absent.py", root, lazy_only=True) == set()
