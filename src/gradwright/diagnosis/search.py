"""The search for a cure: each proposal on one seed, the best over several, together, and then less of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from gradwright.diagnosis.effects import MORE_SEEDS, SEEDS, Paired, is_material, paired
from gradwright.diagnosis.kinds import Kind
from gradwright.diagnosis.proposals.case import Proposal
from gradwright.diagnosis.trials import Changes, Outcome, Trials

HALF = 0.5  # of a material gain: what a single seed must show to be looked at again
PAIRS = 5  # changes that are tried over several seeds
ROUNDS = 3  # changes that are added to the first
ADDED = 10  # changes that are tried beside what helps already
BEGUN = 0.3  # of what a constant answer gets wrong: a shorter training that has come so far is on its way
# what gains in a training that was cut short whatever is wrong with the whole one
NEEDS_LENGTH: tuple[Kind, ...] = (
    "rate too low",
    "too few epochs",
    "batch too large",
    "optimizer settings",
    "schedule frozen",
    "overfitting",
)
MENDED = 0.75  # of the best gain: an unusual setting is mended first, and what is still missing added to it
AS_GOOD = 0.9  # of the best gain: what reaches it is as good, and what explains more is named


@dataclass(frozen=True)
class Tried:
    """One or several proposals together: what they cost beside the original, over seeds or on one."""

    proposals: tuple[Proposal, ...]
    pair: Paired
    helped: bool = False

    @property
    def changes(self) -> Changes:
        """All their changes."""
        return changes_of(self.proposals)


@dataclass(frozen=True)
class Search:
    """What a search came to.

    ``cure`` is the smallest set of proposals that reaches what the best reached, ``rivals`` are single ones
    that are as good, ``tried`` all that was, and ``left`` what there was no time for. ``original`` is the
    original on its own seed, ``spread`` the mean costs of the original over seeds.
    """

    original: Outcome | None = None
    cure: Tried | None = None
    rivals: tuple[Tried, ...] = ()
    tried: tuple[Tried, ...] = ()
    left: tuple[Proposal, ...] = ()
    spread: tuple[float, ...] = ()
    best: float = field(default=np.inf)


def changes_of(proposals: Sequence[Proposal]) -> Changes:
    """The changes of several proposals, one after the other."""
    return tuple(chain.from_iterable(each.changes for each in proposals))


def search(trials: Trials, proposed: Sequence[Proposal], preference: Callable[[Proposal], float]) -> Search:
    """The cure of an original among what is proposed; of cures that are as good the preferred one.

    The original is trained on its own seed and on fresh ones; each proposal on its own seed first. Those that
    gain most there are trained on the fresh seeds, which had no part in their choice, and only what gains
    there is believed.
    """
    return _Searcher(trials, proposed, preference).search()


def _back(tried: Tried) -> bool:
    """Whether any part of it leads back to the usual."""
    return any(each.back for each in tried.proposals)


class _Searcher:
    def __init__(
        self, trials: Trials, proposed: Sequence[Proposal], preference: Callable[[Proposal], float]
    ) -> None:
        self.trials, self.proposed, self.preference = trials, proposed, preference
        self.first = trials.config.seed
        self.fresh = tuple(self.first + k for k in range(1, MORE_SEEDS + 1))
        self.yardstick = trials.yardstick
        self.constant = self.yardstick.mean(self.yardstick.constant)
        self.tried: dict[tuple[Proposal, ...], Tried] = {}

    def search(self) -> Search:
        seeds = (self.first, *self.fresh[:SEEDS])
        originals = self.trials.of([((), seed) for seed in seeds])
        original = originals[0]
        if original is None:
            return Search(left=tuple(self.proposed))
        self.spread = tuple(self.yardstick.mean(each.costs) for each in originals if each is not None)
        if self.trials.is_less and self._way(self.spread[0]) > BEGUN:
            self.proposed = [each for each in self.proposed if each.kind not in NEEDS_LENGTH]
        self.screened = seeds[int(np.argmax(self.spread))]  # where the original fails, if it fails at times
        singles = [(each,) for each in self.proposed]
        together = self._together([each for each in self.proposed if each.back])
        self._screen([*singles, *([together] if len(together) > 1 else [])])
        cure = None
        if len(self.spread) == len(seeds):
            cure = self._cure(singles, together)
        missing = (each for each in self.proposed if (each,) not in self.tried)
        return Search(
            original=original,
            cure=cure,
            rivals=() if cure is None else self._rivals(cure),
            tried=tuple(self.tried.values()),
            left=tuple(missing) if self.trials.is_over else (),
            spread=self.spread,
            best=self.best,
        )

    def _way(self, cost: float) -> float:
        """How much of what a constant answer gets wrong is got right."""
        return 1 - cost / self.constant if self.constant else 0.0

    @property
    def best(self) -> float:
        """The least mean cost of all that was tried."""
        return min((min(each.pair.after, each.pair.before) for each in self.tried.values()), default=np.inf)

    def _cure(self, singles: Sequence[tuple[Proposal, ...]], together: tuple[Proposal, ...]) -> Tried | None:
        """What is proven: the preferred single proposal, with others beside it where they help more."""
        for single in self._promising(singles):
            self._pair(single)
        proven = [each for single in singles if (each := self.tried.get(single)) and each.helped]
        cure = self._preferred(proven)
        if together in self.tried and self._is_promising(together) and self._gains_on(together, cure):
            whole = self._pair(self._fewer(together))
            if whole is not None and whole.helped and self._gains_on(whole.proposals, cure):
                cure = whole
        if cure is None:
            cure = self._from_pairs(singles)
        return None if cure is None else self._smallest(self._with_others(cure))

    # One seed

    def _screen(self, sets: Sequence[tuple[Proposal, ...]]) -> None:
        """Each set of proposals on one seed, beside the original on that seed."""
        [before] = self.trials.of([((), self.screened)])
        wanted = [(changes_of(each), self.screened) for each in sets]
        for each, outcome in zip(sets, self.trials.of(wanted), strict=True):
            if before is not None and outcome is not None:
                pair = paired(self.yardstick, before.costs[None], outcome.costs[None])
                self.tried.setdefault(each, Tried(each, pair))

    def _is_promising(self, each: tuple[Proposal, ...]) -> bool:
        return each in self.tried and self._material(each, self.tried[each].pair, HALF)

    def _promising(self, sets: Sequence[tuple[Proposal, ...]]) -> list[tuple[Proposal, ...]]:
        """Those that gained enough on one seed to be tried on others, the best by cost and preference."""
        found = [each for each in sets if self._is_promising(each)]
        ranked = sorted(found, key=lambda each: self.tried[each].pair.after)
        back = [each for each in ranked if each[0].back][: PAIRS - 1]
        return [*back, *(each for each in ranked if each not in back)][:PAIRS]

    # Several seeds

    def _pair(self, proposals: tuple[Proposal, ...]) -> Tried | None:
        """The proposals over fresh seeds beside the original; over more of them where five leave it open."""
        changes = changes_of(proposals)
        for count in (SEEDS, MORE_SEEDS):
            after = self.trials.costs(changes, self.fresh[:count])
            before = self.trials.costs((), self.fresh[:count])
            if after is None or before is None:
                return self.tried.get(proposals)
            pair = paired(self.yardstick, before, after)
            material = self._material(proposals, pair)
            sure = pair.is_sure(back=any(each.back for each in proposals))
            self.tried[proposals] = Tried(proposals, pair, helped=material and sure)
            if sure or not material:
                break
        return self.tried[proposals]

    def _material(self, proposals: tuple[Proposal, ...], pair: Paired, share: float = 1.0) -> bool:
        """Whether the gain, or one so much larger than it as ``share`` is less than 1, would be material."""
        after = pair.before - pair.gain / share
        back = any(each.back for each in proposals)
        return is_material(pair.before, after, self.constant, self.best, back=back)

    def _preferred(self, proven: Sequence[Tried]) -> Tried | None:
        """Of proven cures that are as good as the best the one that is preferred."""
        if not proven:
            return None
        most = max(each.pair.gain for each in proven)
        good = [each for each in proven if each.pair.gain >= (MENDED if _back(each) else AS_GOOD) * most]
        return max(good, key=lambda each: (self.preference(each.proposals[0]), each.pair.gain))

    def _gains_on(self, proposals: tuple[Proposal, ...], cure: Tried | None) -> bool:
        """Whether proposals reach materially more than the cure that there is."""
        if cure is None:
            return True
        pair, back = self.tried[proposals].pair, any(each.back for each in proposals)
        return is_material(cure.pair.after, pair.after, self.constant, self.best, back=back)

    # Several proposals

    def _together(self, proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
        """As many of them as change different settings, in their order; of longer training and smaller
        batches, which both mean more steps, one."""
        found: list[Proposal] = []
        for each in proposals:
            if each.kind == "too few epochs" and any(other.kind == "batch too large" for other in found):
                continue
            if not any(each.settings & other.settings for other in found):
                found.append(each)
        return tuple(found)

    def _fewer(self, proposals: tuple[Proposal, ...]) -> tuple[Proposal, ...]:
        """The proposals without those that the gain on one seed does not need, one after the other."""
        for each in proposals:
            rest = tuple(other for other in proposals if other is not each)
            if not rest:
                break
            self._screen([rest])
            if rest in self.tried and self._as_good(rest, proposals):
                proposals = rest
        return proposals

    def _as_good(self, proposals: tuple[Proposal, ...], others: tuple[Proposal, ...]) -> bool:
        return self.tried[proposals].pair.gain >= AS_GOOD * self.tried[others].pair.gain

    def _from_pairs(self, singles: Sequence[tuple[Proposal, ...]]) -> Tried | None:
        """A cure of two proposals where none helps by itself."""
        known = [each for each in singles if each in self.tried]
        ranked = sorted(known, key=lambda each: (not each[0].back, self.tried[each].pair.after))
        pairs = [
            (one, other)
            for i, (one,) in enumerate(ranked[:ADDED])
            for (other,) in ranked[i + 1 : ADDED]
            if (one.back or other.back) and not one.settings & other.settings
        ]
        self._screen(pairs)
        for each in self._promising(pairs)[:2]:
            found = self._pair(each)
            if found is not None and found.helped:
                return found
        return None

    def _with_others(self, cure: Tried) -> Tried:
        """The cure with one proposal after the other beside it, as long as that gains materially more.

        One that changes the same setting takes the place of what did: a rate that was best under a strong
        penalty need not be without it.
        """
        for _ in range(ROUNDS):
            free = [each for each in self._ranked() if each not in cure.proposals][
                : ADDED + len(cure.proposals)
            ]
            sets = [
                (*(other for other in cure.proposals if not each.settings & other.settings), each)
                for each in free
            ]
            self._screen(sets)
            gaining = [each for each in sets if each in self.tried and self._adds(each, cure)]
            if not gaining:
                break
            best = min(gaining, key=lambda each: self.tried[each].pair.after)
            more = self._pair(best)
            if more is None or not more.helped or not self._adds(best, cure):
                break
            cure = more
        return cure

    def _adds(self, proposals: tuple[Proposal, ...], cure: Tried) -> bool:
        pair = self.tried[proposals].pair
        return is_material(cure.pair.after, pair.after, self.constant, self.best, back=proposals[-1].back)

    def _ranked(self) -> list[Proposal]:
        """The proposals by what they cost alone, those that lead back first."""
        known = [each for each in self.proposed if (each,) in self.tried]
        return sorted(known, key=lambda each: (not each.back, self.tried[(each,)].pair.after))

    def _smallest(self, cure: Tried) -> Tried:
        """The cure without the proposals that it does not need, over several seeds."""
        for each in cure.proposals:
            rest = tuple(other for other in cure.proposals if other is not each)
            if not rest:
                break
            fewer = self._pair(rest)
            if fewer is not None and fewer.helped and self._as_good(rest, cure.proposals):
                cure = fewer
        return cure

    def _rivals(self, cure: Tried) -> tuple[Tried, ...]:
        """Other single proposals that are proven and as good as the cure."""
        singles = [each for each in self.tried.values() if len(each.proposals) == 1 and each.helped]
        good = [each for each in singles if each.pair.gain >= AS_GOOD * cure.pair.gain and each is not cure]
        return tuple(sorted(good, key=lambda each: -each.pair.gain))
