"""What a prediction's columns mean: the manifest names outputs, the label names classes, and both become samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from modelward.errors import CannotEvaluate, WrongUse
from modelward.evidence.rows import Rows
from modelward.evidence.scoring import Column
from modelward.evidence.tasks.binary import BinarySample
from modelward.evidence.tasks.interface import Sample
from modelward.evidence.tasks.multiclass import MulticlassSample
from modelward.evidence.tasks.regression import RegressionSample
from modelward.specs.manifest import Manifest, Output
from modelward.statistics.bootstrap import Array

MEASURED_TASKS: Final = ("binary", "multiclass", "regression")


@dataclass(frozen=True)
class Labels:
    """The truth of each row: a class, or a number; `classes` are sorted as training frameworks sort them."""

    texts: tuple[str, ...]
    numbers: Array | None
    classes: tuple[str, ...]


def labels_of(manifest: Manifest, rows: Rows) -> Labels:
    """The label column as the task needs it; raises for a missing column, and for rows without a label."""
    if manifest.label is None:
        raise WrongUse("the manifest declares no label, so nothing can be measured", "add `label:` to the manifest")
    column = manifest.label.column
    rows.require([column], "the label that the manifest declares")
    if manifest.task == "regression":
        numbers = rows.numbers(column)
        _complete(column, int(np.count_nonzero(~np.isfinite(numbers))))
        return Labels((), numbers, ())
    found = rows.texts(column)
    _complete(column, sum(text is None for text in found))
    texts = tuple(_plain(text) for text in found if text is not None)
    return Labels(texts, None, _sorted_classes(texts))


def _complete(column: str, missing: int) -> None:
    if missing:
        raise CannotEvaluate(
            f"{missing} rows of the data have no label in `{column}`", "leave out rows whose truth is not yet known"
        )


def find_output(manifest: Manifest, name: str | None) -> Output:
    """The output called `name`, by default the first."""
    if not manifest.outputs:
        raise WrongUse("the manifest declares no output", "add `outputs:` to the manifest")
    found = [output for output in manifest.outputs if name in (None, output.name)]
    if not found:
        known = ", ".join(output.name for output in manifest.outputs)
        raise WrongUse(f"the manifest declares no output `{name}`", f"its outputs are {known}")
    return found[0]


def range_of(output: Output) -> tuple[float, float] | None:
    """Where the output's values lie: as declared, and for a probability by what it is."""
    if output.range is not None:
        return output.range
    return (0.0, 1.0) if output.kind == "probability" else None


def values_of(manifest: Manifest, output: Output, columns: Sequence[Column], classes: Sequence[str]) -> list[Column]:
    """The columns that hold an output: one, or for probabilities of several classes one for each class.

    A column is found by the output's name, then by the name of the class; without names there is one column, or one
    for each class in the order of the sorted labels, as scikit-learn answers.
    """
    by_name = {column.name: column for column in columns if column.name is not None}
    if output.name in by_name:
        return [by_name[output.name]]
    wanted = classes_of(manifest, output, classes)
    if by_name and wanted and all(name in by_name for name in wanted):
        return [by_name[name] for name in wanted]
    if len(columns) == 1 and len(wanted) < 2:
        return [columns[0]]
    if not by_name and output.kind == "probability" and len(columns) == len(classes):
        return [columns[classes.index(name)] for name in wanted]
    known = ", ".join(by_name) or f"{len(columns)} without names"
    raise CannotEvaluate(
        f"no column of the prediction is `{output.name}`: its columns are {known}",
        "let the model name its columns: after the output, or one after each class",
    )


def classes_of(manifest: Manifest, output: Output, classes: Sequence[str]) -> list[str]:
    """The classes whose probabilities the output gives: the positive one of two, or all of several."""
    if output.kind != "probability":
        return []
    return list(classes) if manifest.task == "multiclass" else [positive_class(output, classes)]


def positive_class(output: Output, classes: Sequence[str]) -> str:
    """The class that is called positive, by default 1; raises when the labels are of two others."""
    positive = _plain(str(1 if output.positive is None else output.positive))
    if len(classes) > 2 or (len(classes) == 2 and positive not in classes):
        raise CannotEvaluate(
            f"the label has the values {', '.join(classes[:5])}, and `{positive}` is the positive one of two",
            f"declare `positive:` of output {output.name}, or correct the label's column",
        )
    return positive


def numbers_of(column: Column, output: Output) -> Array:
    """A column of an output as finite numbers; raises `CannotEvaluate` for others."""
    if column.numbers is None:
        raise CannotEvaluate(f"output {output.name} is text, not a {output.kind}", "correct its kind in the manifest")
    bad = int(np.count_nonzero(~np.isfinite(column.numbers)))
    if bad:
        raise CannotEvaluate(f"{bad} of {column.numbers.size} scores are not finite", "mend the model or its input")
    return column.numbers


def texts_of(column: Column) -> list[str]:
    """A column of classes as the labels write them."""
    if column.texts is not None:
        return [_plain(text) for text in column.texts]
    assert column.numbers is not None
    return [_plain(repr(float(number))) for number in column.numbers]


def sample_of(manifest: Manifest, output: Output, columns: Sequence[Column], labels: Labels) -> Sample:
    """What the release says of each row, beside its label."""
    found = values_of(manifest, output, columns, _with_positive(manifest, output, labels.classes))
    match manifest.task:
        case "binary":
            return _binary(output, found[0], labels)
        case "multiclass":
            return _multiclass(output, found, labels)
        case "regression":
            assert labels.numbers is not None
            return RegressionSample(labels.numbers, numbers_of(found[0], output))
        case _:
            raise WrongUse(
                f"the task {manifest.task} has no built-in metrics",
                "declare its metrics `computed: reported`, and give them with --reported",
            )


def _with_positive(manifest: Manifest, output: Output, classes: tuple[str, ...]) -> tuple[str, ...]:
    """The classes of a binary label, with the positive one also where no row has it."""
    if manifest.task != "binary" or len(classes) > 1:
        return classes
    return _sorted_classes({*classes, positive_class(output, classes)})


def _binary(output: Output, column: Column, labels: Labels) -> BinarySample:
    positive = positive_class(output, labels.classes)
    truth = np.array([text == positive for text in labels.texts])
    if output.kind == "class":
        return BinarySample(truth, None, np.array([text == positive for text in texts_of(column)]), probabilities=False)
    scores = numbers_of(column, output)
    bad = int(np.count_nonzero(~((scores >= 0) & (scores <= 1))))
    if output.kind == "probability" and bad:
        raise CannotEvaluate(f"{bad} of {scores.size} scores are no probabilities", "mend the model or its input")
    decisions = None if output.threshold is None else scores >= output.threshold
    return BinarySample(truth, scores, decisions, probabilities=output.kind == "probability")


def _multiclass(output: Output, columns: Sequence[Column], labels: Labels) -> MulticlassSample:
    index: Mapping[str, int] = {name: number for number, name in enumerate(labels.classes)}
    truth = np.array([index[text] for text in labels.texts], dtype=np.intp)
    if output.kind != "probability":
        called = np.array([index.get(text, -1) for text in texts_of(columns[0])], dtype=np.intp)
        return MulticlassSample(len(index), truth, called, None)
    probabilities = np.stack([numbers_of(column, output) for column in columns], axis=1)
    bad = int(np.count_nonzero(~((probabilities >= 0) & (probabilities <= 1)).all(axis=1)))
    if bad:
        raise CannotEvaluate(f"{bad} of {len(truth)} rows have no probabilities", "mend the model or its input")
    return MulticlassSample(len(index), truth, probabilities.argmax(axis=1), probabilities)


def _sorted_classes(texts: Sequence[str] | set[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Distinct classes: numbers by their size if all are numbers, else by the alphabet."""
    distinct = set(texts)
    try:
        return tuple(sorted(distinct, key=float))
    except ValueError:
        return tuple(sorted(distinct))


def _plain(text: str) -> str:
    """A class as it is compared: a whole number without a point."""
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else text
