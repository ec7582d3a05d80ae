"""What a run answered on rows that it did not train on: pictures and tables of its outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gradwright.nn import Probabilistic
from gradwright.nn.layer import Array
from gradwright.show.figures import inline_svg, png_uri
from gradwright.show.figures.calibration import calibration, calibration_error
from gradwright.show.figures.confusion import MOST_NUMBERED, confusion_matrix, row_shares
from gradwright.show.figures.fit import MOST_OUTPUTS, fit_quality
from gradwright.show.figures.wrong import has_images, image_shape, most_wrong
from gradwright.show.pictures import Picture
from gradwright.show.run_figures import again, classes_of
from gradwright.show.wording import chance_text, count_text, likely_text
from gradwright.tables import Table
from gradwright.training import Run
from gradwright.training.outcome import Classified, Fitted

MOST_CONFUSED = 12  # pairs of classes in the table
MOST_COLUMNS = 10  # features of a row in the table


@dataclass(frozen=True)
class Answers:
    """The part of a page about the answers of a run; ``tables`` by their captions."""

    heading: str
    note: str
    pictures: tuple[Picture, ...]
    tables: dict[str, Table]


def answers_of(run: Run, folder: str, anchor: str = "run") -> Answers | None:
    """What there is to show; None for a run without an outcome.

    ``folder`` is for the commands; ``anchor`` keeps the identifiers of pictures apart.
    """
    match run.outcome:
        case Classified() as found:
            return _classified(run, found, anchor, folder)
        case Fitted() as found:
            return _fitted(found, folder)
    return None


def confusions_table(found: Classified, classes: Sequence[str], most: int = MOST_CONFUSED) -> Table:
    """The most frequent mistakes, each with its share of the rows of the true class."""
    wrong = found.counts - np.diag(np.diag(found.counts))
    shares = row_shares(found.counts)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    pairs = [(int(i), int(j)) for i, j in zip(*np.unravel_index(order, wrong.shape), strict=True)]
    rows = [
        (classes[i], classes[j], f"{wrong[i, j]:,}", chance_text(shares[i, j]))
        for i, j in pairs
        if wrong[i, j]
    ]
    return Table(("true class", "answered", "rows", "share of the class"), "llrr", tuple(rows))


def wrong_table(
    found: Classified, classes: Sequence[str], features: Mapping[str, Sequence[str]], probable: bool = True
) -> Table:
    """The rows on which the classifier was most wrong, the worst first, with their first features.

    ``features`` are the rows of ``found`` in words, by column; ``probable`` says whether there are
    probabilities, or scores alone.
    """
    names = list(features)[:MOST_COLUMNS]
    rows = [
        (
            f"{found.rows[i]:,}",
            *(classes[found.labels[i]], likely_text(found.likely[i, 0], probable)),
            *(classes[found.answers[i]], likely_text(found.likely[i, 1], probable)),
            *(features[name][i] for name in names),
        )
        for i in range(len(found.rows))
    ]
    what = "probability" if probable else "score"
    titles = ("row", "true class", f"its {what}", "answered", f"with {what}")
    return Table((*titles, *names), "rlrlr" + "r" * len(names), tuple(rows))


def features_in_words(run: Run, x: Array) -> Mapping[str, Sequence[str]]:
    """Rows as the data set stores them, by column; of a table in the terms of its columns."""
    if run.encoding is not None:
        return run.encoding.decode(x)
    names = run.feature_names or [f"x{j + 1}" for j in range(x.shape[1])]
    return {name: [f"{value:.4g}" for value in x[:, j].tolist()] for j, name in enumerate(names)}


def _classified(run: Run, found: Classified, anchor: str, folder: str) -> Answers:
    classes, rows, right = classes_of(run), int(found.counts.sum()), int(np.trace(found.counts))
    note = f"{right:,} of {count_text(rows, f'{found.split} row')} were answered rightly."
    numbers = "Counts, and their shares of the true class" if len(classes) <= MOST_NUMBERED else "Colours"
    caption = f"{numbers}: rows of each true class (down) that were answered as each class (across)."
    pictures = [
        Picture(
            caption=caption,
            description=f"Confusion matrix of {len(classes)} classes. {note} The table has the mistakes.",
            png=png_uri(confusion_matrix(found.counts, classes)),
            again=again([folder], "confusion"),
            wide=len(classes) > MOST_NUMBERED,
        )
    ]
    if found.calibration is not None:
        pictures.append(_calibration(found.calibration, anchor, folder))
    tables = {"The most frequent mistakes": confusions_table(found, classes)}
    probable = isinstance(run.objective.loss, Probabilistic)
    if has_images(found) and run.encoding is None:
        pictures.append(_images(found, classes, folder, probable))
    else:
        features = features_in_words(run, found.x)
        which = f", with {MOST_COLUMNS} of {len(features)} features" if len(features) > MOST_COLUMNS else ""
        worst = wrong_table(found, classes, features, probable)
        tables[f"{_worst(probable)}{which}"] = worst
    return Answers(
        heading="Where it is wrong",
        note=note,
        pictures=tuple(pictures),
        tables={caption: table for caption, table in tables.items() if table.rows},
    )


def _calibration(bins: Array, anchor: str, folder: str) -> Picture:
    error = chance_text(calibration_error(bins))
    text = (
        f"The share of right answers against the probability of the answer, in {bins.shape[1]} bins; "
        f"on average they differ by {error}."
    )
    return Picture(
        caption="Whether answers are right as often as their probability says: on average they differ by "
        f"{error}. Below the dotted line the classifier is too sure of itself.",
        description=text,
        svg=inline_svg(calibration(bins), f"{anchor}-calibration", text),
        again=again([folder], "calibration"),
    )


def _worst(probable: bool) -> str:
    how = "whose class seemed least likely" if probable else "whose class was furthest behind the answer"
    return f"The most wrong rows, those {how}"


def _images(found: Classified, classes: Sequence[str], folder: str, probable: bool) -> Picture:
    shape = image_shape(found.x)
    assert shape is not None
    height, width, planes = shape
    cases = (f"{classes[t]} as {classes[a]}" for t, a in zip(found.labels, found.answers, strict=True))
    return Picture(
        caption=f"{_worst(probable)}, as images of {height} x {width}"
        f"{' in three colours' if planes == 3 else ''}: the true class and the answer, each with its "
        f"{'probability' if probable else 'score'}.",
        description=f"{len(found.rows)} images that were answered wrongly: {', '.join(cases)}.",
        png=png_uri(most_wrong(found, classes, probable)),
        again=again([folder], "wrong"),
        wide=True,
    )


def _fitted(found: Fitted, folder: str) -> Answers:
    outputs = found.targets.shape[1]
    residuals = found.targets - found.predictions
    which = f" The first {MOST_OUTPUTS} of {outputs} outputs." if outputs > MOST_OUTPUTS else ""
    picture = Picture(
        caption="Above, predictions against targets: on the dotted line they agree. Below, what is left: "
        f"target less prediction.{which}",
        description=f"Predictions against targets of {len(found.targets)} {found.split} rows, and residuals "
        f"from {residuals.min():.4g} to {residuals.max():.4g}.",
        png=png_uri(fit_quality(found)),
        again=again([folder], "fit"),
    )
    return Answers(
        heading="How it fits",
        note=f"{count_text(len(found.targets), f'{found.split} row')}; the root of the mean squared residual "
        f"is {np.sqrt(np.mean(residuals**2)):.4g}.",
        pictures=(picture,),
        tables={},
    )
