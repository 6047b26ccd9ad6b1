"""photosort.dec as a library: cheap to import, alone, documented, with examples that run."""

import doctest
import importlib
import inspect
import json
import pkgutil
import subprocess
import sys

import pytest

import photosort
from photosort import dec
from tests.conftest import REPO

MODULES = [f"photosort.dec.{module.name}" for module in pkgutil.iter_modules(dec.__path__)]
PUBLIC = [name for name in dec.__all__ if name not in {"DivergedError", "PAPER"}]


def modules_after(program: str) -> set[str]:
    """Run a program in a fresh interpreter; return the names of the modules it has loaded."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{program}\nimport json, sys; print(json.dumps(list(sys.modules)))",
        ],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


def test_dec_costs_nothing_until_it_is_used() -> None:
    """`import photosort` loads not even NumPy; `from photosort import DEC` no TensorFlow."""
    plain = modules_after("import photosort, photosort.dec")
    assert not plain & {"numpy", "scipy", "sklearn", "tensorflow", "keras"}
    used = modules_after("from photosort import DEC; DEC()")
    assert "sklearn" in used
    assert "tensorflow" not in used
    assert photosort.DEC is dec.DEC


def test_dec_stands_alone() -> None:
    """Every module of it loads nothing of photosort but itself and the error."""
    loaded = modules_after("import " + ", ".join(MODULES))
    ours = {name for name in loaded if name.startswith("photosort.")}
    others = {name for name in ours if not name.startswith("photosort.dec")}
    assert others == {"photosort.errors"}


def test_what_is_not_there_is_an_attribute_error() -> None:
    """Names that neither package has are refused as by any module."""
    for package in (photosort, dec):
        with pytest.raises(AttributeError, match="has no attribute 'Dec'"):
            package.Dec  # noqa: B018 - looking it up is the test


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_show(name: str) -> None:
    """The examples in the docstrings are run."""
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", ["DEC", "Autoencoder", "refine", "soft_assignment"])
def test_the_entrances_have_an_example(name: str) -> None:
    """What a newcomer opens first shows how it is used."""
    assert ">>> " in inspect.getdoc(getattr(dec, name))


@pytest.mark.parametrize("name", PUBLIC)
def test_every_parameter_is_documented(name: str) -> None:
    """Each public class and function lists its parameters or attributes one by one."""
    member = getattr(dec, name)
    text = inspect.getdoc(member)
    documented = {
        word.strip()
        for line in text.splitlines()
        if " : " in line
        for word in line.partition(" : ")[0].split(",")
    }
    assert set(inspect.signature(member).parameters) <= documented


def test_every_attribute_of_a_fitted_estimator_is_documented() -> None:
    """After `fit`, each attribute that ends in an underscore is in the docstring."""
    x = [[0.0, 1.0], [1.0, 0.0], [0.0, 0.9], [0.9, 0.0]]
    fitted = dec.DEC(2, hidden=(4,), code_size=1, max_iter=2, n_init=1, random_state=0).fit(x)
    names = [name for name in vars(fitted) if name.endswith("_")]
    assert len(names) >= 8
    assert [name for name in names if name not in dec.DEC.__doc__] == []
