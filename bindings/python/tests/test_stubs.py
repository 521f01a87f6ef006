"""What type checkers are told is what is there."""

import ast
from pathlib import Path

import confounder
from confounder import _native, _options, _report

PACKAGE = Path(confounder.__file__).parent


def test_the_stubs_name_what_the_native_part_has():
    stubs = ast.parse((PACKAGE / "_native.pyi").read_text())
    named = {node.target.id for node in stubs.body if isinstance(node, ast.AnnAssign)}
    named |= {node.name for node in stubs.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert named == {name for name in dir(_native) if not name.startswith("__")}
    [protector] = [node for node in stubs.body if isinstance(node, ast.ClassDef)]
    methods = {node.name for node in protector.body if isinstance(node, ast.FunctionDef)} - {"__new__"}
    assert methods == {name for name in dir(_native.Protector) if not name.startswith("__")}


def test_the_package_says_that_it_is_typed_and_lists_what_it_offers():
    assert (PACKAGE / "py.typed").is_file()
    assert all(hasattr(confounder, name) for name in confounder.__all__)
    public = {name for name in vars(confounder) if not name.startswith("_")}
    assert set(confounder.__all__) == public


def test_options_are_those_that_are_checked():
    assert set(_options.Options.__annotations__) == _options._PIXELS
    assert _options.FileOptions.__required_keys__ == frozenset()
    assert set(_options.FileOptions.__optional_keys__) == _options._FILES


def test_a_report_can_be_read_without_files(protector, pixels):
    _, [report] = protector.protect_with_reports(pixels)
    assert isinstance(report, _report.Report) and report.metadata == () and report.timings_ms["decode"] is None
    assert report.grid[0] > 0 and report.timings_ms["generator"] > 0
