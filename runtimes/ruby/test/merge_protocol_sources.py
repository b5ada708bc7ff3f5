"""Writes the Ruby sources of `protocol_sources.yaml` into the cases of the protocol exam, as text, so that the cases keep
their form: `python merge_protocol_sources.py FOLDER`, where FOLDER is a `tests/protocol`. What is there already is replaced.

It also makes `ruby` one of the exam's languages: `conftest.py`, `known-failing/ruby.txt`, the greeting's pattern.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import yaml

HERE = Path(__file__).parent


def main(folder: Path) -> None:
    """Merges everything. Raises ValueError when a case or a file to add to is not there."""
    for file, cases in yaml.safe_load((HERE / "protocol_sources.yaml").read_text()).items():
        path = folder / file
        text = path.read_text()
        if file == "shared/sources.yaml":
            text = with_sources(text, cases[""], "")
        else:
            documents = re.split(r"^---\n", text, flags=re.MULTILINE)
            names = [yaml.safe_load(document)["name"] for document in documents]
            for name, sources in cases.items():
                if name not in names:
                    raise ValueError(f"{file} has no case '{name}'")
                documents[names.index(name)] = merged(documents[names.index(name)], dict(sources))
            text = "---\n".join(documents)
        path.write_text(text)
    add_language(folder)


def merged(document: str, sources: dict[str, str]) -> str:
    """One case with the Ruby sources in it."""
    if sources.pop("languages", False):
        document = re.sub(r"^languages: \[python\]$", "languages: [python, ruby]", document, flags=re.MULTILINE)
    return with_sources(document, sources, "  ")


def with_sources(text: str, sources: dict[str, str], indent: str) -> str:
    """The text with a `ruby` block for each file."""
    for file, source in sources.items():
        if "." in file:
            text = with_file(text, file, source, indent)
            continue
        block = re.compile(rf"^{indent}{re.escape(file)}:(?: &\w+)?\n((?:{indent}  .*\n|\n)+)", re.MULTILINE)
        found = block.search(text)
        if found is None and re.search(rf"^{indent}{re.escape(file)}: \*\w+\n", text, re.MULTILINE):
            continue  # it is the same as an earlier one
        if found is None:
            raise ValueError(f"no file '{file}' in:\n{text}")
        kept = re.sub(rf"^{indent}  ruby: \|\n(?:{indent}    .*\n|\n)*", "", found[1], flags=re.MULTILINE)
        added = f"{indent}  ruby: |\n{shifted(source, indent + '    ')}"
        text = text[: found.start(1)] + kept + added + text[found.end(1) :]
    return text


def with_file(text: str, file: str, source: str, indent: str) -> str:
    """The text with a file that has a name of its own, before the first of the case's files."""
    text = re.sub(rf"^{indent}{re.escape(file)}: \|\n(?:{indent}  .*\n)*", "", text, flags=re.MULTILINE)
    return text.replace("files:\n", f"files:\n{indent}{file}: |\n{shifted(source, indent + '  ')}", 1)


def shifted(source: str, indent: str) -> str:
    """The source, each line of it moved to the right."""
    return "".join(f"{indent}{line}\n" if line else "\n" for line in source.splitlines())


def add_language(folder: Path) -> None:
    """Adds Ruby to the languages of the exam."""
    (folder / "known-failing" / "ruby.txt").touch()
    replaced(folder / "connection.yaml", "/python|javascript/", "/python|javascript|ruby/")
    replaced(
        folder / "loading.yaml", "handler: {params: 2, names: null, async: true}", "handler: {params: 2, names: null}"
    )
    name = "name: a live schema fills in and refuses\n"
    replaced(folder / "http.yaml", f"{name}files", f"{name}languages: [python, typescript, javascript]\nfiles")
    conftest = folder / "conftest.py"
    text = conftest.read_text()
    if '"ruby"' in text:
        return
    text = text.replace(
        'PYTHON = ROOT / "src/motia/worker/bootstrap.py"\n',
        'PYTHON = ROOT / "src/motia/worker/bootstrap.py"\nRUBY = ROOT / "runtimes/ruby/exe/motia-worker"\n',
    )
    text = text.replace(
        '    Language("javascript", ',
        '    Language("ruby", "_step.rb", (os.environ.get("MOTIA_TEST_RUBY", "ruby"), str(RUBY)), RUBY),\n'
        '    Language("javascript", ',
    )
    text = text.replace(
        'None if self.language.name == "python" else text.get("javascript and typescript")',
        'text.get("javascript and typescript") if self.language.name.endswith("script") else None',
    )
    conftest.write_text(text)


def replaced(path: Path, old: str, new: str) -> None:
    """Replaces a text in a file, if it is there."""
    path.write_text(path.read_text().replace(old, new))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
